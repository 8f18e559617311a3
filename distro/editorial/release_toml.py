"""Reads release.toml: kind, date, embargo, organisations, press contacts, resources, events. Owns no file but that one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date

from contacts.address import parse
from distro.editorial.content import Event, Instant, Kind, Organisation, PressContact, Resource
from distro.editorial.fields import Fields, near

NAME = "release.toml"


@dataclass(frozen=True)
class Front:
    """What release.toml says. `kind` and `date` are None where they are missing or wrong, which is among the problems."""

    kind: Kind | None
    slug: str
    date: date | None
    languages: tuple[str, ...]
    embargo: Instant | None
    organisations: tuple[Organisation, ...]
    contacts: tuple[PressContact, ...]
    resources: tuple[Resource, ...]
    events: tuple[Event, ...]


def read_front(octets: bytes, office_zone: str, problems: list[str]) -> Front | None:
    """What the file says; what is wrong is added to `problems`. None where it cannot be read at all."""
    try:
        table = tomllib.loads(octets.decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        line = octets[: wrong.start].count(b"\n") + 1
        problems.append(f"{NAME} is not UTF-8 in line {line}; save it as UTF-8.")
        return None
    except tomllib.TOMLDecodeError as wrong:
        problems.append(f"{NAME} is not TOML: {wrong}.")
        return None
    except RecursionError:
        problems.append(f"{NAME} is nested too deeply; look for a row of opening brackets.")
        return None
    fields = Fields(table, NAME, problems)
    front = Front(
        kind=_kind(fields),
        slug=fields.line("slug"),
        date=fields.day("date"),
        languages=fields.languages("languages"),
        embargo=fields.instant("embargo", office_zone),
        organisations=tuple(_organisation(f) for f in fields.several("organisation")),
        contacts=tuple(_contact(f) for f in fields.several("contact")),
        resources=tuple(_resource(f) for f in fields.several("resource")),
        events=tuple(e for e in (_event(f, office_zone) for f in fields.several("event")) if e is not None),
    )
    if not fields.has("organisation"):
        problems.append(f"{NAME} names no organisation; write [[organisation]] with its name.")
    fields.close()
    return front


def _kind(fields: Fields) -> Kind | None:
    written = fields.line("kind")
    if written in list(Kind):
        return Kind(written)
    if not fields.has("kind"):
        fields.wrong("kind", f"is missing; write one of {', '.join(Kind)}.")
    elif isinstance(fields.table["kind"], str):
        fields.wrong("kind", f"is {written!r}; write one of {', '.join(Kind)}{near(written, Kind)}")
    return None


def _organisation(fields: Fields) -> Organisation:
    organisation = Organisation(name=_name(fields), url=fields.link("url"), boilerplate=fields.words("boilerplate"))
    fields.close()
    return organisation


def _contact(fields: Fields) -> PressContact:
    contact = PressContact(
        name=_name(fields),
        role=fields.words("role"),
        email=fields.address("email", lambda text: parse(text).written),
        phone=fields.line("phone"),
        languages=fields.languages("languages"),
    )
    fields.close()
    return contact


def _name(fields: Fields) -> str:
    name = fields.line("name")
    if not name and not isinstance(fields.table.get("name"), int | float | list | dict | date):
        fields.wrong("name", "is missing.")
    return name


def _resource(fields: Fields) -> Resource:
    resource = Resource(
        title=fields.words("title"), url=fields.link("url"), file=fields.line("file"), language=fields.language("language")
    )
    if not fields.has("title"):
        fields.wrong("title", "is missing; it is what a reader sees.")
    if fields.has("url") == fields.has("file"):
        fields.problems.append(f"{fields.where}: write either url or file.")
    fields.close()
    return resource


def _event(fields: Fields, office_zone: str) -> Event | None:
    start = fields.instant("start", office_zone)
    if not fields.has("start"):
        fields.wrong("start", f"is missing; write it like '2026-12-02 10:00 {office_zone}'.")
    contact = fields.nested("contact")
    place, region, title = fields.words("place"), fields.words("region"), fields.words("title")
    person = _contact(contact) if contact else None
    fields.close()
    return Event(start=start, place=place, region=region, title=title, contact=person) if start else None
