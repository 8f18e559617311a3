"""Who holds what was said first, and never got what was said later: a newer version, a correction, a kill. Reads only.

A wave carries a version as such (advance, general), or it is a notice. Whoever got a version by either wave has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from distro.archive.vault import Vault
from distro.dispatch.delivery import Delivery
from distro.dispatch.finding import spans_of
from distro.dispatch.history import records
from distro.dispatch.questions import version_of, versions_of
from distro.editorial.plan import CARRYING, Wave, has_text
from distro.editorial.release import find_release
from distro.errors import Refused

PAGE = 500
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Later:
    """What is asked about. `waves` bring it; `before` are the waves whose readers should have had it."""

    what: str
    waves: tuple[int, ...]
    before: tuple[int, ...]


def later_of(session: Session, slug: str, *, version: str | None = None, wave: int | None = None) -> Later:
    """What a release said later: this version, what this wave brings, or else the newest thing that left.

    Raises Refused: no such release, version or wave; nothing that left before it.
    """
    release = find_release(session, slug)
    versions_of(session, release)
    waves = session.exec(select(Wave).where(Wave.release_id == release.id).order_by(col(Wave.id))).all()
    found: Later | None
    if wave is not None:
        asked = next((one for one in waves if one.id == wave), None)
        if asked is None:
            raise Refused(f"Wave {wave} is none of {slug!r}; `distro wave list --release {slug}` shows its waves.")
        found = _by_wave(asked, waves)
    elif version is not None:
        found = _of_version(version_of(session, release, version).id or 0, waves)
    else:
        newest = sorted((one for one in waves if one.launched_at is not None), key=_launched, reverse=True)
        found = next((later for later in (_by_wave(one, waves) for one in newest) if later.before), None)
    if found is None or not found.before:
        what = "that" if wave is not None or version is not None else "a second version or a notice"
        raise Refused(f"Nothing of {slug!r} left before {what}, so nobody could have missed it.")
    return found


def _launched(wave: Wave) -> datetime:
    return wave.launched_at or _NEVER


def _by_wave(asked: Wave, waves: Sequence[Wave]) -> Later:
    """A notice is a thing of its own, unless it brings a text that nobody had before: then its version is what counts."""
    before = [w for w in waves if w.purpose in CARRYING and w.launched_at is not None and w.launched_at < _launched(asked)]
    told_of = {w.version_id for w in before}
    if asked.purpose in CARRYING or (has_text(asked.purpose) and asked.version_id not in told_of):
        return _of_version(asked.version_id, waves)
    same = [w for w in waves if (w.version_id, w.purpose, w.ordinal) == (asked.version_id, asked.purpose, asked.ordinal)]
    return Later(f"{asked.purpose} {asked.ordinal}", _ids(same), _ids(before))


def _of_version(version_id: int, waves: Sequence[Wave]) -> Later:
    brings = [w for w in waves if w.version_id == version_id]
    first = min((_launched(w) for w in brings), default=_NEVER)
    before = [w for w in waves if w.version_id != version_id and w.purpose in CARRYING and _launched(w) < first]
    return Later("version", _ids(brings), _ids(before))


def _ids(waves: Sequence[Wave]) -> tuple[int, ...]:
    return tuple(wave.id for wave in waves if wave.id is not None)


def never_got(
    session: Session, vault: Vault, later: Later, *, after: int = 0, limit: int | None = None
) -> Iterator[dict[str, object]]:
    """Everybody whom a server took an earlier copy for, and no later one; once each, by the newest copy that they hold, in the
    order of those deliveries' ids. `later` is what became of the later one: None for whom it had none."""
    left = limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        holding = _holding(session, later, after, size)
        ids = [i for i, _ in holding]
        elsewhere = _got_at_their_address(session, later, ids)
        told = [record for record in records(session, vault, ids) if record["delivery"] not in elsewhere]
        became = _became(session, later, [contact for _, contact in holding])
        for record in told:
            yield {
                "contact": record["contact"],
                "recipient": record["recipient"],
                "not_shown": record["not_shown"],
                "language": record["language"],
                "holds": {key: record[key] for key in ("delivery", "version", "wave", "purpose", "accepted_at", "message_id")},
                "later": became.get(int(str(record["contact"]))),
            }
        session.expunge_all()
        if len(ids) < size:
            return
        after, left = ids[-1], None if left is None else left - len(told)


def _holding(session: Session, later: Later, after: int, size: int) -> list[tuple[int, int]]:
    """The next deliveries that were accepted, of contacts who have no later one by their own number; each with its contact."""
    brought, newer = aliased(Delivery, name="brought"), aliased(Delivery, name="newer")
    has_it = (
        select(brought.id)
        .where(col(brought.wave_id).in_(later.waves), col(brought.contact_id) == col(Delivery.contact_id))
        .where(text("brought.live"), col(brought.accepted_at).isnot(None))
    )
    holds_newer = (
        select(newer.id)
        .where(col(newer.wave_id).in_(later.before), col(newer.contact_id) == col(Delivery.contact_id), text("newer.live"))
        .where(col(newer.accepted_at).isnot(None), col(newer.id) > col(Delivery.id))
    )
    found: list[tuple[int, int]] = []
    for span in spans_of(session, later.before):
        if span.last <= after or len(found) >= size:
            continue
        rows = session.exec(
            select(Delivery.id, Delivery.contact_id)
            .where(col(Delivery.id) >= max(span.first, after + 1), col(Delivery.id) <= span.last)
            .where((col(Delivery.wave_id) + 0).in_(span.waves), col(Delivery.accepted_at).isnot(None))
            .where(~has_it.exists(), ~holds_newer.exists())
            .order_by(col(Delivery.id))
            .limit(size - len(found))
        )
        found += [(i, contact) for i, contact in rows if i is not None]
    return found


def _got_at_their_address(session: Session, later: Later, ids: Sequence[int]) -> set[int]:
    """Those of these deliveries to whose address a later one was accepted: under another number, of a contact made anew."""
    brought = aliased(Delivery, name="brought")
    had = (
        select(brought.id)
        .where(col(brought.address_hash) == col(Delivery.address_hash), (col(brought.wave_id) + 0).in_(later.waves))
        .where(col(brought.accepted_at).isnot(None))
    )
    return {i for i in session.exec(select(Delivery.id).where(col(Delivery.id).in_(ids), had.exists())) if i is not None}


def _became(session: Session, later: Later, contacts: Sequence[int]) -> dict[int, dict[str, object]]:
    """By contact, the newest later delivery that there is, whatever its state."""
    found: dict[int, dict[str, object]] = {}
    for stands in ("delivery.live", "NOT delivery.live"):  # each has an index of its own
        query = select(Delivery.id, Delivery.contact_id, Delivery.wave_id, Delivery.state).where(
            text(stands), col(Delivery.contact_id).in_(contacts), col(Delivery.wave_id).in_(later.waves)
        )
        for i, contact, wave, state in session.exec(query):
            before = found.get(contact)
            if before is None or int(str(before["delivery"])) < (i or 0):
                found[contact] = {"delivery": i, "wave": wave, "state": state}
    return found
