"""How far waves are: deliveries by state, and whether any is left to send. Reads only."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func
from sqlmodel import Session, col, select

from distro.dispatch.delivery import UNFINISHED, Delivery


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
