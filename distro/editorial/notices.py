"""Proposes notices: waves that say something about a release to whoever holds it, or to chosen people. What a notice says is
`notice`'s; a person's word arms it as any wave (`approving`), but for a kill, which is `killing`'s.

A notice moves no release: it is proposed and approved beside what the release is otherwise about to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from distro.archive.ledger import Fact, record
from distro.editorial.notice import Notice, NoticeContent, notice_named
from distro.editorial.plan import CARRYING, Audience, Purpose, Wave, WaveState, has_text
from distro.editorial.proposing import propose, told
from distro.editorial.release import Release, Version
from distro.editorial.waves import lock
from distro.editorial.when import When
from distro.errors import Refused
from distro.staff import Actor, Right

_OVER = (WaveState.CANCELLED.value, WaveState.EXPIRED.value)

LONGEST = 20_000
"""Signs of a notice at most: what is wrong is to be read, and a mail has a size."""


def with_copies(waves: Iterable[Wave]) -> tuple[int, ...]:
    """Numbers of those from which somebody may hold the release: they left, and carry it as such. Whoever has a correction had
    what it corrects, and a notice speaks of that."""
    return tuple(wave.id for wave in waves if wave.launched_at is not None and wave.purpose in CARRYING and wave.id is not None)


def next_ordinal(waves: Iterable[Wave], purpose: Purpose) -> int:
    """Of a release's waves: the number that another notice of this purpose has. One that never left gives its own back."""
    counted = (wave for wave in waves if wave.launched_at is not None or wave.state not in _OVER)
    return max((wave.ordinal for wave in counted if wave.purpose == purpose), default=0) + 1


def newest_text(session: Session, waves: Iterable[Wave]) -> tuple[Wave, Version] | None:
    """The wave that left last with a text, and its version; None where nothing left."""
    left = [wave for wave in waves if wave.launched_at is not None and has_text(wave.purpose)]
    if not left:
        return None
    wave = max(left, key=lambda one: (one.launched_at, one.id))
    return wave, session.get_one(Version, wave.version_id)


def headlines(version: Version) -> dict[str, str]:
    """By language, as its readers know it; a statement may have none."""
    return {tag: edition.headline for tag, edition in version.release_content.editions.items() if edition.headline}


def propose_notice(
    session: Session,
    release: Release,
    content: NoticeContent,
    *,
    audience: Audience,
    when: When,
    parent: int | None,
    actor: Actor,
    now: datetime,
) -> Wave:
    """Propose one notice with the release's newest version, to the people of `audience`. `parent`: the wave that it follows.

    The content's ordinal is `next_ordinal`'s. Raises Refused: not allowed, nobody to tell, a notice too long to be read.
    """
    actor.need(Right.WRITE, f"propose a notice ({content.purpose})")
    waves = lock(session, release)
    version = session.get(Version, release.version_id) if release.version_id is not None else None
    if version is None:
        raise Refused(f"The release {release.slug!r} was never submitted, so there is nothing to tell of; submit it first.")
    against_audience(audience, waves)
    wave = propose(
        session,
        release,
        version,
        Purpose(content.purpose),
        when,
        audience,
        actor,
        now,
        notice=keep(session, release, content).hash,
        ordinal=content.ordinal,
        parent=parent,
    )
    payload = {"slug": release.slug, "version": version.hash, "notice": wave.notice, "waves": [told(wave)]}
    record(session, Fact(now, actor.name, "release.notice", f"release:{release.id}", payload))
    return wave


def against_audience(audience: Audience, waves: Iterable[Wave]) -> None:
    """Raise Refused where an audience is none for a notice."""
    if bool(audience.segments) == bool(audience.holders):
        raise Refused("A notice goes to those who hold copies, or else to segments; nothing of the release has left yet.")
    strange = set(audience.holders) - {wave.id for wave in waves}
    if strange:
        raise Refused(f"Wave {min(strange)} is none of this release, so its holders are not those of a notice about it.")


def keep(session: Session, release: Release, content: NoticeContent) -> Notice:
    """The row of what the notice says; the same words by the same person are the same row."""
    text = content.canonical()
    if len(text) > LONGEST:
        raise Refused(f"The notice has {len(text):,} signs, more than the {LONGEST:,} that anybody reads; shorten it.")
    known = notice_named(session, content.sha256())
    if known is not None:
        return known
    row = Notice(hash=content.sha256(), release_id=release.id or 0, content=text)
    session.add(row)
    session.flush()
    return row


def notices_of(session: Session, release: Release) -> list[tuple[Wave, NoticeContent]]:
    """The notices of a release, the oldest first, each with what it says."""
    waves = session.exec(
        select(Wave).where(Wave.release_id == release.id, col(Wave.notice).isnot(None)).order_by(col(Wave.id))
    ).all()
    found = []
    for wave in waves:
        row = notice_named(session, wave.notice)
        if row is not None:
            found.append((wave, row.notice_content))
    return found
