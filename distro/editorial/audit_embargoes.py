"""Steps of embargoes held against their entries: one that was forged or taken out would end an embargo by nobody's word.

Writes nothing. That nothing leaves by such a step is `lift`'s business; this names it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, col, func, select

from distro.archive.findings import Finding
from distro.archive.ledger import instant
from distro.archive.said import Said, Told, each_page, first_of
from distro.db import Store
from distro.editorial.audit_staff import Roles
from distro.editorial.embargo_steps import EmbargoStep
from distro.editorial.embargo_steps import Said as What
from distro.editorial.release import Approval
from distro.staff import Right

_RIGHTS = {What.APPROVED: Right.APPROVE}


def audit_embargoes(store: Store, roles: Roles) -> list[Finding]:
    """Every step that is not as it was recorded, by release."""

    def look(session: Session, told: Told) -> Iterator[Finding]:
        rows: defaultdict[int, list[EmbargoStep]] = defaultdict(list)
        for row in session.exec(
            select(EmbargoStep).where(col(EmbargoStep.release_id).in_(list(told))).order_by(col(EmbargoStep.id))
        ):
            rows[row.release_id].append(row)
        given = _approvals(session, told)
        for release, entries in told.items():
            yield from _of_release(release, rows[release], entries)
            for said in entries:
                yield from _of_step(release, said, entries, roles, given)

    return list(each_page(store, "embargo", "embargoes", _there, look))


def _there(session: Session, number: int) -> int | None:
    lowest = session.exec(select(func.min(EmbargoStep.release_id)).where(col(EmbargoStep.release_id) >= number)).one()
    return lowest if isinstance(lowest, int) else None  # SQLite keeps any value, and has words behind all numbers


def _of_release(release: int, rows: list[EmbargoStep], entries: list[Said]) -> Iterator[Finding]:
    left = list(entries)
    for row in rows:
        said = next((one for one in left if _is(row, one)), None)
        if said is not None:
            left.remove(said)
            continue
        yield Finding(f"Step {row.id} of the embargo on release {release} ({row.what}, {row.said}) is not as any entry has it.")
    for said in left:
        what = f"{said.kind.removeprefix('embargo.')} in entry {said.entry} by {said.actor}"
        yield Finding(f"A step of the embargo on release {release}, {what}, is not there, or not as it was.", said.entry)


def _is(row: EmbargoStep, said: Said) -> bool:
    fact = row.fact()
    told = {name: instant(value) if isinstance(value, datetime) else value for name, value in fact.payload.items()}
    return (fact.at, fact.actor, fact.kind, told) == (said.at, said.actor, said.kind, dict(said.told))


def _of_step(release: int, said: Said, entries: list[Said], roles: Roles, given: dict[int, Approval]) -> Iterator[Finding]:
    """Who did it, and whether they might."""
    what = said.kind.removeprefix("embargo.")
    yield from roles.wrong(said, _RIGHTS.get(What(what), Right.WRITE), f"{what} a change of the embargo on release {release}")
    if what != What.APPROVED:
        return
    proposed = first_of((one for one in entries if one.told.get("change") == said.told.get("change")), "embargo.proposed")
    number = f"Change {said.told.get('change')} of the embargo on release {release}"
    if proposed is None or proposed.entry > said.entry:
        yield Finding(f"{number} got force in entry {said.entry}, and nobody had proposed it.", said.entry)
    word = given.get(int(said.told.get("approval_id") or 0))
    if word is None or word.release_id != release:
        yield Finding(f"{number} got force in entry {said.entry} by an approval that is not there.", said.entry)
    elif proposed is not None and proposed.actor == said.actor and not word.alone:
        yield Finding(f"{said.actor} proposed {number.lower()} and gave it force in entry {said.entry}, alone.", said.entry)


def _approvals(session: Session, told: Told) -> dict[int, Approval]:
    """The approvals of these releases, by number."""
    return {row.id or 0: row for row in session.exec(select(Approval).where(col(Approval.release_id).in_(list(told))))}
