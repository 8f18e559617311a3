"""What the commands show of embargoes to a person: a line each, or all of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from distro.cli.printing import print_table
from distro.cli.saying import lasting

Told = Mapping[str, object]


def tell_all(found: list[dict[str, object]]) -> None:
    rows = [(one["release"], one["number"], one["state"], one["lift_office"], _left(one), _proposed(one)) for one in found]
    columns = ("release", "number", "state", "lifts at", "in", "proposed")
    print_table(columns, rows, empty="No release has an embargo.")


def tell(told: dict[str, object], zone: str) -> None:
    """All of one. Instants stand in the office's zone where no other is named."""
    head = [
        ("release", f"{told['release']} (number {told['number']})"),
        ("state", told["state"]),
        ("lifts at", told["lift_office"]),
        ("as it was written", told["lift_written"]),
        ("in UTC", told["lift"]),
        ("in", _left(told)),
        ("proposed", _proposed(told)),
    ]
    if not told["sound"]:
        head.append(("ALTERED", "what is kept of it is not what was recorded; nothing leaves"))
    print_table(("", ""), head)
    _table("What became of it", told["history"], ("change", "what", "said", "by", "at", "reason", "from", "to", "breach"), zone)
    _table("Who agreed", told["agreements"], ("name", "address", "scope", "terms", "how", "at"), zone)
    _table("Who was offered it", told["offered"], ("name", "address", "wave", "state", "offered_at", "agreed_at"), zone)
    _table(
        "Who holds what",
        [one | {"since": one["since"] or "not certain"} for one in _rows(told["holders"])],
        ("name", "address", "wave", "purpose", "version", "language", "since"),
        zone,
    )
    _table("Who was told", told["notices"], ("wave", "purpose", "ordinal", "state", "to", "accepted"), zone)
    _table("When the public hears", told["public_waves"], ("wave", "at", "state", "waits"), zone)


def _table(title: str, rows: object, columns: tuple[str, ...], zone: str) -> None:
    found = [tuple(_cell(row.get(name), name, zone) for name in columns) for row in _rows(rows)]
    if found:
        print()
        print_table(tuple(name.replace("_", " ") for name in columns), found, title=title)


def _rows(value: object) -> Iterable[dict[str, object]]:
    return value if isinstance(value, list) else []


def _cell(value: object, name: str, zone: str) -> object:
    if name == "version" and isinstance(value, str):
        return f"{value[:12]}…"
    return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %Z}" if isinstance(value, datetime) else value


def _left(told: Told) -> str:
    left = told["seconds_left"]
    return lasting(timedelta(seconds=left)) if isinstance(left, int) and left else ""


def _proposed(told: Told) -> str:
    change = told["proposed"]
    if not isinstance(change, dict):
        return ""
    to = change["to"]
    when = f"{to.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if isinstance(to, datetime) else "at once"
    return f"{change['what']} to {when}, by {change['by']}; not approved"
