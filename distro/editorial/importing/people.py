"""Whom a release names for journalists to call: names, roles, mail addresses and phones out of a contact block. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from contacts.address import parse
from distro.editorial.importing.protected import PLACEHOLDER, spelt_out
from distro.errors import Refused
from distro.reading.persons import is_name
from distro.reading.speechwords import BODIES, HONORIFICS, ROLES

MAIL = re.compile(r"(?:mailto:)?([\w.+%'’-]*[\w+%-]@(?:[\w-]+\.)+[A-Za-z]{2,})", re.UNICODE)
PHONE = re.compile(
    r"(?<![\w./-])(?:(?:\+|00)\d{1,3}[\s.-]?)?(?:\(\d{1,4}\)[\s./-]{0,2})?\d{2,4}(?:(?:[\s.–‑-]"
    r"|/(?=\d{3}[-. ]\d{4}\b))?\d{2,4}){1,4}(?:\s*(?:x"
    r"|ext\.?|extensi[oó]n|int\.?)\s*\d{1,6})?(?![\w/])",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"^(?:name|nombre)\b(?=\s)|\b(?:name|nombre|e-?mail(?:\s+address)?|correo(?:\s+electr[oó]nico)?|courriel"
    r"|tel(?:[eé]fono|ephone|\.)?|t[eé]l\.?"
    r"|tlf\.?|tfno\.?|phone|cell(?:ular)?|mobile|m[oó]vil|celular|cel\.?|whatsapp"
    r"|ph\.?|at|or|via)\b\s*(?:[:.]|(?=\s|$))|\b(?:office|oficina|direct|fax|web|c|o|m|p|t|w)\b\s*[:.]"
    r"|\b(?:or via|o al|al|en el)\b",
    re.IGNORECASE,
)
_DIVIDERS = re.compile(r"\s*(?:[,;|<>\n\t•·/]|\s[–—-]\s|\s{3,}|\band\b|\bor\b|\s[yeo&]\s|\bet\b|[()\[\]])\s*")
_DESKS = re.compile(
    r"\b(?:press|media|communications?|public affairs|public information|news|newsroom|prensa|comunicaci[oó]n"
    r"|medios|presse|imprensa)\b.{0,40}\b(?:office|desk|team|relations|department|services?|room|line|unit)\b"
    r"|\b(?:office|oficina|gabinete|departamento|[aá]rea|equipo|direcci[oó]n|coordinaci[oó]n|unidad"
    r"|servicio)\s+(?:of|de|for)\s+(?:the\s+|la\s+)?(?:press|media|communications?|public affairs|prensa"
    r"|comunicaci[oó]n|medios)"
    r"|^(?:press|media|prensa|comunicaci[oó]n|public affairs|media relations|relaciones con los medios"
    r"|oficina de prensa|comunicaciones)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Caller:
    """A press contact as a page names them. `note`: what else stood there, their organisation above all."""

    name: str = ""
    email: str = ""
    phone: str = ""
    role: str = ""
    note: str = ""


def people_in(text: str) -> list[Caller]:
    """The people of a contact block, in their order. An address or a phone belongs to the name before it; addresses that
    follow several names go to those whose names they hold."""
    text = _first_of_each_line(spelt_out(PLACEHOLDER.sub(" ", text)))
    marks = sorted(
        [(m.start(), m.end(), "mail", m[1]) for m in MAIL.finditer(text)]
        + [(m.start(), m.end(), "phone", m[0].strip(" .-–")) for m in PHONE.finditer(text) if is_phone(m[0])]
    )
    found: list[Caller] = []
    waiting = Caller()
    at = 0
    for start, end, kind, value in [*marks, (len(text), len(text), "", "")]:
        if start < at:
            continue
        for part in _parts(text[at:start]):
            if is_caller(part):
                found.append(replace(waiting, name=part, note="") if not found else Caller(part))
                waiting = Caller()
            elif found:
                found[-1] = _with_words(found[-1], part)
        at = end
        if not kind:
            break
        if kind == "mail" and (owner := _owner(found, value)) is not None:
            found[owner] = replace(found[owner], email=found[owner].email or value)
        elif found and not getattr(found[-1], "email" if kind == "mail" else "phone"):
            found[-1] = replace(found[-1], **{"email" if kind == "mail" else "phone": value})
        elif not found:
            waiting = (
                replace(waiting, email=waiting.email or (value if kind == "mail" else ""))
                if kind == "mail"
                else replace(waiting, phone=waiting.phone or value)
            )
        elif kind == "mail":
            found.append(Caller(email=value))
    if not found and (waiting.email or waiting.phone):
        found = [waiting]
    return [one for one in map(_checked, found) if one.name or one.email or one.phone]


def _first_of_each_line(text: str) -> str:
    """Where each line is a person's, with an address or a number, what stands behind the name is their organisation."""
    lines = re.split(r"\n|;\s", text)
    return "\n".join(_with_organisation(line) if reaches(line) else line for line in lines)


def _with_organisation(line: str) -> str:
    parts = re.split(r"([,:])", line, maxsplit=2)
    if len(parts) == 5 and is_caller(parts[0].strip()) and is_caller(parts[2].strip()) and not reaches("".join(parts[:3])):
        return f"{parts[0]}, ~{parts[2].strip()}, {parts[4]}"  # no name begins with that
    return line


def reaches(text: str) -> bool:
    """An address or a number stands in it."""
    return bool(MAIL.search(spelt_out(text))) or any(is_phone(m[0]) for m in PHONE.finditer(text))


def people_under(label: str, text: str) -> list[Caller]:
    """As people_in; where nobody is named, the desk is that the label names ("Press office: 555-0101")."""
    found = people_in(text)
    desk = " ".join(label.split()).strip(" :–—-|*_")
    if found and not any(one.name for one in found) and is_desk(desk):
        found[0] = replace(found[0], name=desk)
    return found


def is_desk(text: str) -> bool:
    return bool(_DESKS.search(text)) and len(text.split()) <= 7


def is_caller(text: str) -> bool:
    """The words are somebody whom one calls: a person, or a desk ("Media Relations")."""
    bare = text.strip()
    if is_desk(bare):
        return True
    words = bare.split()
    if bare.isupper() and 2 <= len(words) <= 4 and all(w.isalpha() for w in words):
        return not any(w.lower() in BODIES or w.lower() in ROLES for w in words)
    if len(words) > 1 and words[0].lower() in HONORIFICS:
        return is_name(" ".join(words[1:])) or (len(words) == 2 and words[1][:1].isupper() and words[1].isalpha())
    return is_name(bare)


def is_phone(text: str) -> bool:
    """Seven to fifteen digits, and no year or date."""
    digits = re.sub(r"\D", "", re.split(r"(?i)x|ext|int", text)[0])
    if not 7 <= len(digits) <= 15 or (re.fullmatch(r"\d{4}[-–]\d{4}|\d{8}", text.strip()) and digits[:2] in ("19", "20")):
        return False
    return not re.fullmatch(r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d\d", text.strip())


def _parts(text: str) -> list[str]:
    parts = (re.sub(r"^[\s:.,*_–—-]+|[\s:.,*_–—-]+$", "", _LABELS.sub(" ", one)) for one in _DIVIDERS.split(text))
    plain = (re.sub(r"^(?:y|e|and|or|o|et|&)\s+", "", " ".join(one.split())) for one in parts)
    return [one for one in plain if len(one) > 1]


def _with_words(caller: Caller, part: str) -> Caller:
    words = [w.strip(".,").lower() for w in part.split()]
    if len(words) > 12:
        return caller
    if any(w in ROLES or re.split(r"[-/]", w)[0] in ROLES for w in words) or re.search(
        r"(?i)\b(?:communications?|media|press|prensa|comunicaci[oó]n|public affairs|outreach|relations)\b", part
    ):
        return replace(caller, role=f"{caller.role}, {part}" if caller.role else part)
    part = part.lstrip("~")
    return replace(caller, note=f"{caller.note}, {part}" if caller.note else part)


def _owner(found: list[Caller], address: str) -> int | None:
    """Whose name the address holds: rosa@…, rperez@…, r.perez@…."""
    local = re.sub(r"[^a-z]", "", _plain(address.partition("@")[0]))
    for number, one in enumerate(found):
        parts = [re.sub(r"[^a-z]", "", _plain(w)) for w in one.name.split()]
        parts = [p for p in parts if p]
        if one.email or not parts:
            continue
        if local and (
            parts[-1] in local
            or local in (parts[0], parts[0] + parts[-1][:1])
            or (len(parts[0]) > 3 and local.startswith(parts[0]))
        ):
            return number
    return None


def _plain(text: str) -> str:
    import unicodedata

    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))


def _checked(caller: Caller) -> Caller:
    """An address that is none is dropped: a draft could not be added with it."""
    if not caller.email:
        return caller
    try:
        return replace(caller, email=parse(caller.email).written)
    except Refused:
        return replace(caller, email="", note=f"{caller.note} {caller.email}".strip())
