"""How far waves are: deliveries by state, and whether any is left to send. Reads only."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func
from sqlmodel import Session, col, select

from distro.db import Store
from distro.dispatch.delivery import UNFINISHED, Delivery
from distro.editorial.plan import Wave
from distro.editorial.release import Release


def counts_of(session: Session, wave_ids: list[int]) -> dict[int, Counter[str]]:
    """Deliveries by state, for each of these waves."""
    counts: dict[int, Counter[str]] = {wave_id: Counter() for wave_id in wave_ids}
    rows = session.exec(
        select(Delivery.wave_id, Delivery.state, func.count())
        .where(col(Delivery.wave_id).in_(wave_ids))
        .group_by(col(Delivery.wave_id), col(Delivery.state))
    )
    for wave_id, state, count in rows:
        counts[wave_id][state] = count
    return counts


def unfinished(session: Session, wave_id: int | None) -> bool:
    states = [s.value for s in UNFINISHED]
    return (
        session.exec(select(Delivery.id).where(Delivery.wave_id == wave_id, col(Delivery.state).in_(states)).limit(1)).first()
        is not None
    )


def progress_of(store: Store) -> list[tuple[int, str, str, int, int]]:
    """Id, release, purpose, deliveries ended and in all, of the waves launched last (at most ten)."""
    with store.read() as session:
        waves = session.exec(
            select(Wave, Release.slug)
            .join(Release, col(Release.id) == col(Wave.release_id))
            .where(col(Wave.launched_at).isnot(None))
            .order_by(col(Wave.launched_at).desc())
            .limit(10)
        ).all()
        counts = counts_of(session, [wave.id or 0 for wave, _ in waves])
    found = []
    for wave, slug in reversed(waves):
        states = counts[wave.id or 0]
        total = sum(states.values())
        found.append((wave.id or 0, slug, wave.purpose, total - sum(states[s] for s in UNFINISHED), total))
    return found
