"""Writes a release's content out as a release folder; `folder.read_folder` reads the same content back, byte for byte of its
canonical JSON. Owns no content and no slug."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from distro.editorial.assets import within
from distro.editorial.content import ANY, Edition, Event, Instant, Organisation, PressContact, ReleaseContent, Resource, Words
from distro.editorial.release_toml import NAME
from distro.editorial.when import parse_instant, show_offset
from distro.errors import Refused

_ZONE = "America/New_York"
"""For parse_instant's sentences only: every instant that is written names its zone or its offset."""


def write_folder(content: ReleaseContent, place: Path, *, shelf: Path | None = None) -> None:
    """Make `place` the release's folder: whole or not at all. `shelf`: where files are kept by their SHA-256.

    Raises Refused where something is there already, where it cannot be written, and where a file resource has the name of
    one of the folder's own files.
    """
    own = {NAME, *(f"{tag}.md" for tag in content.editions)}
    for resource in content.resources:
        if resource.file in own:
            raise Refused(f"The resource {resource.file!r} has the name of a file of the release folder itself; rename it.")
    if os.path.lexists(place):
        raise Refused(f"{place} is there already; name another folder.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
        try:
            for name, octets in files_of(content).items():
                (beside / name).write_bytes(octets)
            for resource in content.resources:
                _copy(resource, beside, shelf)
            beside.chmod(0o755)
            beside.rename(place)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as wrong:
        raise Refused(f"{place} cannot be written: {wrong.strerror}.") from None


def files_of(content: ReleaseContent) -> dict[str, bytes]:
    """release.toml and the editions, by their names."""
    files = {NAME: "\n".join(_front(content)).encode() + b"\n"}
    for tag, edition in content.editions.items():
        files[f"{tag}.md"] = _edition(edition).encode()
    return files


def _copy(resource: Resource, folder: Path, shelf: Path | None) -> None:
    if not (resource.file and resource.sha256) or shelf is None:
        return
    source = shelf / resource.sha256
    if not source.is_file():
        raise Refused(f"The file {resource.file} is not in the data folder any more, so the folder would lack it.")
    target = within(folder, resource.file)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _front(content: ReleaseContent) -> Iterator[str]:
    yield f"kind = {_quoted(content.kind.value)}"
    yield f"slug = {_quoted(content.slug)}"
    yield f"date = {content.date.isoformat()}"
    yield f"languages = {_list(content.languages)}"
    if content.embargo:
        yield f"embargo = {_quoted(written(content.embargo))}"
    for organisation in content.organisations:
        yield from _table("organisation", _organisation(organisation))
    for contact in content.contacts:
        yield from _table("contact", _contact(contact))
    for resource in content.resources:
        yield from _table("resource", _resource(resource))
    for event in content.events:
        yield from _table("event", _event(event))


def _table(name: str, values: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield f"[[{name}]]"
    yield from (f"{key} = {value}" for key, value in values.items())


def _organisation(one: Organisation) -> dict[str, str]:
    return {"name": _quoted(one.name)} | _text("url", one.url) | _words("boilerplate", one.boilerplate)


def _contact(one: PressContact) -> dict[str, str]:
    values = {"name": _quoted(one.name)} | _words("role", one.role) | _text("email", one.email) | _text("phone", one.phone)
    return values | ({"languages": _list(one.languages)} if one.languages else {})


def _resource(one: Resource) -> dict[str, str]:
    where = {"file": _quoted(one.file)} if one.file else {"url": _quoted(one.url)}
    return (_words("title", one.title) or {"title": '""'}) | where | _text("language", one.language)


def _event(one: Event) -> dict[str, str]:
    values = {"start": _quoted(written(one.start))} | _words("place", one.place) | _words("region", one.region)
    values |= _words("title", one.title)
    if one.contact:
        values["contact"] = "{ " + ", ".join(f"{key} = {value}" for key, value in _contact(one.contact).items()) + " }"
    return values


def written(instant: Instant) -> str:
    """The instant as WHEN, with its offset where the hour happens twice in its zone."""
    if not instant.zone:
        return instant.wall
    plain = f"{instant.wall} {instant.zone}"
    try:
        parse_instant(plain, office_zone=_ZONE)
    except Refused:
        return f"{plain} {show_offset(_offset(instant))}"
    return plain


def _offset(instant: Instant) -> timedelta:
    from zoneinfo import ZoneInfo

    return instant.utc.astimezone(ZoneInfo(instant.zone)).utcoffset() or timedelta(0)


def _edition(edition: Edition) -> str:
    lines = [f"{name}: {_quoted(value)}" for name, value in edition if name != "body" and value]
    return "\n".join(["---", *lines, "---", "", edition.body, ""])


def _text(key: str, value: str) -> dict[str, str]:
    return {key: _quoted(value)} if value else {}


def _words(key: str, words: Words) -> dict[str, str]:
    if not words:
        return {}
    if list(words) == [ANY]:
        return {key: _quoted(words[ANY])}
    return {key: "{ " + ", ".join(f"{_quoted(tag)} = {_quoted(text)}" for tag, text in words.items()) + " }"}


def _list(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_quoted, values)) + "]"


def _quoted(text: str) -> str:
    """A string that TOML and YAML both read back as it is: what is not printable goes by its number."""
    return '"' + "".join(map(_character, text)) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def _character(c: str) -> str:
    if c in _ESCAPES:
        return _ESCAPES[c]
    if c.isprintable() and c not in "\ufeff\ufffe\uffff":
        return c
    return f"\\u{ord(c):04X}" if ord(c) < 0x10000 else f"\\U{ord(c):08X}"
