"""Questions about one release: who held it before the lift, who never got what came later, on whose word it left. Reads only.

What is asked of single deliveries is `history` with `finding`; what was said is `searching`.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import not_, or_, text
from sqlmodel import Session, col, select

from contacts.models import Journalist
from distro.archive.columns import from_microseconds
from distro.archive.damage import as_recorded
from distro.archive.ledger import told_by
from distro.archive.vault import Keys, Vault
from distro.bulk import rows_in
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.finding import Wanted
from distro.dispatch.history import records
from distro.editorial import desk
from distro.editorial.embargo import before
from distro.editorial.lift import lift_of
from distro.editorial.plan import Wave, WaveState
from distro.editorial.release import Approval, Release, Version, find_release
from distro.errors import Refused

PAGE = 500
_TOLD = (
    *("delivery", "contact", "recipient", "not_shown", "version", "wave", "purpose", "language", "segments", "state"),
    *("accepted_at", "damaged"),
)
"""Of a delivery's record, what an answer about one release repeats."""
_MOST_SHOWN = 12
"""Digits of a version's name in a sentence."""
_OVER = (WaveState.DONE, WaveState.CANCELLED, WaveState.EXPIRED)


def version_of(session: Session, release: Release, named: str) -> Version:
    """The version of this release whose name begins so. Raises Refused where there is none, or several."""
    found = [version for version in versions_of(session, release) if version.hash.startswith(named.lower())]
    if len(found) == 1:
        return found[0]
    there = ", ".join(version.hash[:_MOST_SHOWN] for version in versions_of(session, release))
    how_many = "no version" if not found else "more than one version"
    raise Refused(f"{release.slug!r} has {how_many} whose name begins with {named!r}; it has {there}.")


def versions_of(session: Session, release: Release) -> Sequence[Version]:
    """In the order in which they were first submitted. Raises Refused where there are none."""
    found = session.exec(select(Version).where(Version.release_id == release.id).order_by(col(Version.id))).all()
    if not found:
        raise Refused(f"{release.slug!r} was never submitted, so there is nothing that anybody could have got.")
    return found


@dataclass(frozen=True)
class _Embargoed:
    """A version, the instant of its lift, and its waves."""

    lift: datetime
    waves: list[int]


def held_before_lift(
    session: Session, vault: Vault, slug: str, *, version: str | None = None, after: int = 0, limit: int | None = None
) -> Iterator[dict[str, object]]:
    """Who had which version before its own embargo lifted, in the order of the deliveries' ids; by which permit and, for an
    advance copy, on which agreement as it was then.

    `held` is "accepted", or "in doubt" for content that was sent before the lift and of which nobody heard whether it arrived.
    Raises Refused: no such release or version, never submitted, no embargo.
    """
    release = find_release(session, slug)
    versions = versions_of(session, release) if version is None else [version_of(session, release, version)]
    embargoed: dict[str, _Embargoed] = {}
    for one in versions:
        with as_recorded(f"Version {one.hash[:_MOST_SHOWN]} of {slug!r}"):
            lift = lift_of(session, one)
        if lift is not None:
            waves = session.exec(select(Wave.id).where(Wave.release_id == release.id, Wave.version_id == one.id)).all()
            embargoed[one.hash] = _Embargoed(lift, [wave for wave in waves if wave is not None])
    if not embargoed:
        raise Refused(f"{slug!r} has no embargo in what was submitted, so nobody could hold it before a lift.")
    for page in _pages(lambda behind, size: _before_lift(session, embargoed.values(), behind, size), after, limit):
        told = [(record, *_before(record, embargoed[str(record["version"])].lift)) for record in records(session, vault, page)]
        agreed = _agreements(session, [(record, at) for record, _, at in told])
        for record, sure, _ in told:
            yield {key: record[key] for key in _TOLD} | {
                "held": "accepted" if sure else "in doubt",
                "lift": embargoed[str(record["version"])].lift,
                "permit": record["permit"],
                "agreement": agreed.get(int(str(record["delivery"]))),
                "message_id": record["message_id"],
                "sha256": record["sha256"],
            }
        session.expunge_all()


def _before(record: dict[str, object], lift: datetime) -> tuple[bool, object]:
    """Whether it was accepted before the lift, and until when a promise counts that it may have left on: of a copy in doubt
    nobody knows when it left, so until it was stamped."""
    at = record["accepted_at"]
    sure = isinstance(at, datetime) and before(at, lift)
    return sure, at if sure else record["stamped_at"]


def _pages(page: Callable[[int, int], list[int]], after: int, limit: int | None) -> Iterator[list[int]]:
    left = limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        found = page(after, size)
        if found:
            yield found
            after = found[-1]
        if len(found) < size:
            return
        left = None if left is None else left - len(found)


def _before_lift(session: Session, embargoed: Iterable[_Embargoed], after: int, size: int) -> list[int]:
    ids = col(Delivery.id) + 0  # not by their own index: few are wanted of many
    found = []
    for one in embargoed:
        of_it = col(Delivery.wave_id).in_(one.waves)
        accepted = (col(Delivery.state).in_(list(State)), before(col(Delivery.accepted_at), one.lift))
        late = or_(col(Delivery.accepted_at).is_(None), not_(before(col(Delivery.accepted_at), one.lift)))
        doubtful = (text("delivery.doubt"), before(col(Delivery.stamped_at), one.lift), late)
        for conditions in (accepted, doubtful):
            query = select(Delivery.id).where(of_it, *conditions, ids > after).order_by(ids).limit(size)
            found.append([i for i in session.exec(query) if i is not None])
    return list(heapq.merge(*found))[:size]


def _agreements(session: Session, told: Iterable[tuple[dict[str, object], object]]) -> dict[int, dict[str, object]]:
    """By delivery, the promise that its permit names, as it stood at the instant beside it: a later one, to other terms, takes
    the same row, and only the record keeps both."""
    asked = [(record, at) for record, at in told if str(record["permit"]).startswith("agreement:")]
    rows = rows_in(
        session,
        "SELECT id, subject, at_us, actor, payload FROM entry WHERE kind = 'contact.agreed' AND subject",
        sorted({f"contact:{record['contact']}" for record, _ in asked}),
    )
    promises: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for entry, subject, at_us, actor, payload in sorted(rows):
        said = told_by(payload) or {}
        promise = {
            "id": said.get("agreement"),
            "release": said.get("release", ""),
            "terms": said.get("terms", ""),
            "agreed_at": from_microseconds(at_us),
            "by": actor,
            "entry": entry,
        }
        promises.setdefault((subject, int(said.get("agreement", 0))), []).append(promise)
    found: dict[int, dict[str, object]] = {}
    for record, at in asked:
        number = int(str(record["permit"]).partition(":")[2])
        made = promises.get((f"contact:{record['contact']}", number), [])
        then = [one for one in made if not isinstance(at, datetime) or one["agreed_at"] <= at]
        found[int(str(record["delivery"]))] = then[-1] if then else {"id": number}
    return found


def received_by(session: Session, keys: Keys, canonical: str, *, also_at_others: bool) -> Wanted:
    """What to look for: all that this address was sent, now or once; also what its people were sent at other addresses."""
    hashed = keys.address_hash(canonical)
    if not also_at_others:
        return Wanted(address_hash=hashed)
    return Wanted(contacts=frozenset(people_at(session, keys, canonical)))


def people_at(session: Session, keys: Keys, canonical: str) -> set[int]:
    """Ids of the contacts who have this address now, or were written to at it."""
    now = session.exec(select(Journalist.id).where(Journalist.canonical == canonical)).all()
    then = session.exec(select(Delivery.contact_id).where(Delivery.address_hash == keys.address_hash(canonical)).distinct())
    return {contact for contact in (*now, *then) if contact is not None}


def approvals(session: Session, slug: str) -> list[dict[str, object]]:
    """Every word that was given for a release, the oldest first: by whom, when, and what exactly it bound.

    `version` is the text that the terms name. `binding` is the SHA-256 of the terms, and `intact` whether it still is, and is
    the one that the record has. Of each wave that was bound: its hour (UTC, or "now" for as soon as approved), segments and
    exclusions with each rule (None where the wave no longer has the rule of that SHA-256), its state today, and `void`, why the
    word no longer covers it (None where it does, or where the wave is over). Raises Refused where there is no such release, or
    where terms cannot be read.
    """
    release = find_release(session, slug)
    entries = rows_in(
        session,
        "SELECT payload, id FROM entry WHERE kind = 'release.approve' AND subject",
        [f"release:{release.id}"],
    )
    said = [(entry, told_by(payload) or {}) for payload, entry in entries]
    entry_of = {told.get("approval"): (entry, told.get("binding")) for entry, told in said}
    given = session.exec(select(Approval).where(Approval.release_id == release.id).order_by(col(Approval.id))).all()
    versions = {version.hash: version for version in session.exec(select(Version).where(Version.release_id == release.id))}
    waves = {wave.id: wave for wave in session.exec(select(Wave).where(Wave.release_id == release.id))}
    found = []
    for approval in given:
        entry, bound = entry_of.get(approval.id, (None, None))
        with as_recorded(f"Approval {approval.id} of {slug!r}"):
            told = _approval(session, approval, versions, waves)
            found.append(told | {"intact": told["intact"] and approval.binding == bound, "entry": entry})
    return found


def _approval(
    session: Session, approval: Approval, versions: dict[str, Version], waves: dict[int | None, Wave]
) -> dict[str, object]:
    terms = json.loads(approval.terms)
    version = versions.get(terms["version"])  # by what was bound: nobody gave a word for the row to which this one points
    return {
        "approval": approval.id,
        "by": approval.by,
        "at": approval.at,
        "alone": approval.alone,
        "version": terms["version"],
        "authors": version.authors.splitlines() if version is not None else [],
        "submitted_by": version.submitted_by if version is not None else None,
        "binding": approval.binding,
        "intact": _sha256(approval.terms) == approval.binding,
        "embargo": terms["embargo"],
        "waves": [_bound(session, term, waves.get(term["id"]), approval) for term in terms["waves"]],
    }


def _bound(session: Session, term: dict[str, object], wave: Wave | None, approval: Approval) -> dict[str, object]:
    void = None
    if wave is not None and wave.state not in _OVER:
        void = desk.holds(session, wave) if wave.approval_id == approval.id else "Another word was given for it, or is wanted."
    rules = {} if wave is None else {_sha256(one.rule): one.rule for one in (*wave.rules.segments, *wave.rules.exclude)}

    def named(listed: object) -> list[dict[str, object]]:
        assert isinstance(listed, list)
        return [{"name": name, "rule": rules.get(sha256), "rule_sha256": sha256} for name, sha256 in listed]

    return {
        "wave": term["id"],
        "purpose": term["purpose"],
        "ordinal": term["ordinal"],
        "at": term["at"],
        "segments": named(term["segments"]),
        "exclude": named(term["exclude"]),
        "state": None if wave is None else wave.state,
        "void": void,
    }


def _sha256(written: str) -> str:
    return hashlib.sha256(written.encode()).hexdigest()
