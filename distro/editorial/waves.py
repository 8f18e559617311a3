"""A release's waves, read under lock: which of them a change of text or hour still reaches. Owns no transition."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, func, select

from distro.archive.ledger import Entry
from distro.editorial.plan import WAVE_TRANSITIONS, Purpose, Wave, WaveState, WaveVerb
from distro.editorial.release import Release


def lock(session: Session, release: Release) -> list[Wave]:
    """The release's waves, the oldest first, as they are now; nobody else changes them or the release before we commit.

    Waves are locked before their release, as launching does it too: two that lock in one order never wait for each other.
    """
    session.flush()
    waves = session.exec(
        select(Wave)
        .where(Wave.release_id == release.id)
        .order_by(col(Wave.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    session.refresh(release, with_for_update=True)
    return list(waves)


def unlaunched(waves: Iterable[Wave]) -> list[Wave]:
    """Those of which nothing has left yet, and which are not over. A kill is none of them: no later step takes it back."""
    return [wave for wave in waves if wave.launched_at is None and can(wave, WaveVerb.CANCEL) and wave.purpose != Purpose.KILL]


def can(wave: Wave, verb: WaveVerb) -> bool:
    return (WaveState(wave.state), verb) in WAVE_TRANSITIONS


def recalled_since(session: Session, wave: Wave) -> bool:
    """Whether the release was recalled or killed after the wave had left. That it is a draft again gives nothing back."""

    def newest(subject: str, *kinds: str) -> int:
        entries = select(func.max(col(Entry.id))).where(Entry.subject == subject, col(Entry.kind).in_(kinds))
        return session.exec(entries).one() or 0

    stopped = newest(f"release:{wave.release_id}", "release.recall", "release.kill")
    return wave.purpose != Purpose.KILL and stopped > newest(f"wave:{wave.id}", "wave.launch")
