"""The invented press list: 250 journalists, the same at every run, and what they have said to us. Names no real person.

Writes the CSV that `distro contacts import` reads. Knows nothing of the store: who agreed is known here, apart from it.
"""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from slugify import slugify

COUNT = 250

SEGMENTS = {
    "Labor": "beat:labor",
    "Health": "beat:health",
    "City desk": 'beat:"city hall" or beat:housing',
    "Spanish-language press": "language:es and tier<=2",
    "Out of town": 'not (region:"Los Angeles*" or region:"Long Beach*")',
    "Front row": "tier<=1 and (beat:labor or beat:health)",
}


@dataclass(frozen=True)
class Journalist:
    """A row of the CSV."""

    email: str
    name: str
    outlet: str
    beats: str
    region: str
    languages: str
    timezone: str
    phone: str
    tier: str
    source: str = "press list"


@dataclass(frozen=True)
class PressList:
    """Everybody, and by address: the promises to hold an embargo (release, or "" for a standing one), and who wants no mail."""

    journalists: tuple[Journalist, ...]
    agreements: dict[str, str]
    suppressed: dict[str, str]

    def write_csv(self, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(field.name for field in fields(Journalist))
            writer.writerows(map(astuple, self.journalists))


def press_list(release: str) -> PressList:
    """The list. Some of the agreements are for that release only, the others standing."""
    everybody = tuple(_known(i, *one) for i, one in enumerate(_KNOWN)) + tuple(_made(i) for i in range(len(_KNOWN), COUNT))
    if len({one.email for one in everybody}) != COUNT:
        raise AssertionError("an address was made twice")
    first_row = [one.email for one in everybody if one.tier == "1"]
    agreed = [address for n, address in enumerate(first_row) if n % 5 not in (3, 4)]
    agreements = {address: release if n % 6 == 5 else "" for n, address in enumerate(agreed)}
    reasons = ("asked by phone", "left the outlet", "wrote back: no more mail, please", "mailbox closed")
    # the second who agreed is among them: a promise brings no mail to someone who wants none
    silent = [agreed[1], *(one.email for n, one in enumerate(everybody) if n % 31 == 17)]
    return PressList(everybody, agreements, {address: reasons[n % len(reasons)] for n, address in enumerate(silent)})


def _known(i: int, name: str, email: str, languages: str) -> Journalist:
    return _journalist(i, name, email, languages, tier=1 + i % 2)


def _made(i: int) -> Journalist:
    name = f"{_GIVEN[i % len(_GIVEN)]} {_FAMILY[i % len(_FAMILY)]}"
    domain = _OUTLETS[i % len(_OUTLETS)][1]
    address = f"{slugify(name, separator='.')}@{domain}"
    return _journalist(i, name, address, _LANGUAGES[i % len(_LANGUAGES)], tier=(1, 2, 3, 2)[i % 4])


def _journalist(i: int, name: str, address: str, languages: str, tier: int) -> Journalist:
    region, zone = _PLACES[i % len(_PLACES)]
    outlet = _OUTLETS[i % len(_OUTLETS)][0]
    phone = f"+1 202 555 {100 + i % 100:04}" if i % 3 else ""
    return Journalist(address, name, outlet, _BEATS[i * 5 % len(_BEATS)], region, languages, zone, phone, str(tier))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_KNOWN = (
    ("Zoë Ångström", "zoë.ångström@radio.example.org", "en+es"),
    ("Nguyễn Thị Hạnh", "hanh.nguyen@wire.example.net", "en"),
    ("Seán O'Brien", "sean.o'brien@herald.example.com", "en;es"),
    ("ليلى الحداد", "layla.haddad@deutsche-stimme.example.org", "en"),
    ("María José Núñez Peña", "maria.nunez@señal.example.org", "es"),
    ("李 美玲", "meiling.li@harbor-daily.example.com", "en"),
    ("Ñusta Quispe", "ñusta@ondas.example.net", "es+en"),
    ("Jean-François Lefèvre", "jf.lefevre@dépêche.example.org", "fr"),
    ("Владимир Соколов", "v.sokolov@wire.example.net", "en;es"),
    ("Ursula von der Heide-Müller", "ursula+press@stimme-münchen.example.org", "en"),
    ("A", "a@b.example.net", ""),
    ("Dr. h. c. Wilhelmina Featherstonehaugh-Cholmondeley, Night Editor (Weekends)", "nights@post.example.com", "en"),
)
"""People who are hard on software: other scripts, SMTPUTF8 addresses, domains with letters of their own, long and short."""

_GIVEN = _words(
    "Ana Lucía Renée Björn Chidi Dolores Emeka Fátima Gabriela Hyun-ju İpek Jorge Katarzyna Luís Mei Noémie Óscar Priya "
    "Quentin Rocío Søren Tomás Ulla Valentina Wambui Ximena Yusuf Žofia Imani Diego Saoirse"
)

_FAMILY = _words(
    "Ejemplo Ferreira Okonkwo Dvořák Kowalczyk Núñez Park O'Neill Haddad Lindqvist Baptiste Castañeda Yılmaz Tremblay "
    "Iñíguez Schäfer Mwangi Rossi Achterberg Delgado-Ruiz Nakamura Papadopoulou Quiroga Silva Tuiasosopo Ueda Villalobos "
    "Whitfield Xu Zamora Ibrahim Jensen Kapoor Luna McAllister Begay Estrada"
)

_OUTLETS = (
    ("Example Wire", "wire.example.net"),
    ("El Diario Ejemplo", "diario.example.org"),
    ("The Harbor Daily", "harbor-daily.example.com"),
    ("Radio Ondas", "ondas.example.net"),
    ("Example Herald", "herald.example.com"),
    ("La Voz de la Costa", "lavoz.example.org"),
    ("Night Shift Magazine", "nightshift.example.com"),
    ("Example Public Radio", "radio.example.org"),
    ("Medical Example", "medical.example.net"),
    ("Canal 55 Noticias", "canal55.example.com"),
    ("City Hall Notebook", "notebook.example.org"),
    ("Example Post", "post.example.com"),
    ("Agencia Señal", "señal.example.org"),
)

_BEATS = (
    "labor", "health", "labor;health", "city hall", "housing", "labor;city hall;housing", "science;health",
    "immigration", "labor;immigration", "health;city hall", "economy",
)  # fmt: skip

_PLACES = (
    ("Los Angeles, CA", "America/Los_Angeles"),
    ("Los Angeles County", "America/Los_Angeles"),
    ("Long Beach, CA", "America/Los_Angeles"),
    ("New York", "America/New_York"),
    ("Los Angeles, CA", "America/Los_Angeles"),
    ("Ciudad de México", "America/Mexico_City"),
    ("Chicago, IL", "America/Chicago"),
    ("Los Angeles, CA", "America/Los_Angeles"),
    ("Madrid", "Europe/Madrid"),
)

_LANGUAGES = (
    "en", "es", "en", "en;es", "en", "es", "en+es", "en", "es;en", "en", "es+en", "en", "es", "", "en+es", "en", "fr", "es;en",
    "en",
)  # fmt: skip
