"""Counts whom a release would reach, for the audience rules: the candidates that a freezing sees too. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from sqlalchemy import false, not_, or_
from sqlmodel import Session, col, func, select

from contacts.languages import choose, wanted
from contacts.models import Journalist
from contacts.rules import compile_rule
from contacts.segments import find
from distro.archive.said import entries_about
from distro.archive.vault import Keys
from distro.dispatch.audience import brief_for, pages
from distro.dispatch.candidates import Brief, LeftOut
from distro.editorial.content import ReleaseContent
from distro.editorial.plan import NamedRule, Purpose, Wave, WaveState
from distro.editorial.release import Release, Status
from distro.preflight.reach import Reach, Segment

COMING = (WaveState.PROPOSED, WaveState.ARMED, WaveState.PREPARING, WaveState.PAUSED, WaveState.HELD)


@dataclass
class _Count:
    segments: Counter[str] = field(default_factory=Counter)
    suppressed: Counter[str] = field(default_factory=Counter)
    overlap: Counter[tuple[str, str]] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    fallbacks: int = 0


def of_segments(session: Session, content: ReleaseContent, names: Iterable[str], keys: Keys, release: Release | None) -> Reach:
    """Whom these segments would reach with this text. Raises Refused for a segment that there is none of."""
    rows = [find(session, name) for name in dict.fromkeys(names)]
    named = tuple(NamedRule(row.name, row.rule) for row in rows)
    brief = Brief(
        wave_id=None,
        release_id=release.id or 0 if release else 0,
        slug=content.slug,
        version_id=release.version_id or 0 if release else 0,
        version=content.sha256(),
        purpose=Purpose.GENERAL.value,
        ordinal=1,
        languages=content.languages,
        segments=named,
        conditions=tuple(compile_rule(one.rule).condition() for one in named),
        excluded=or_(false()),
        in_advance=or_(false()),
        corrected=or_(false()),
    )
    return _reach([brief], [_count(session, brief, keys)], _unread(session, [brief]))


def of_waves(session: Session, release: Release, keys: Keys) -> tuple[Reach | None, Mapping[int, Mapping[str, int]]]:
    """Whom the release's coming waves would reach, None where it has none; and by wave how many get a copy in each language."""
    states = [state.value for state in COMING]
    query = select(Wave).where(Wave.release_id == release.id, col(Wave.state).in_(states), col(Wave.launched_at).is_(None))
    waves = session.exec(query.order_by(col(Wave.id))).all()
    if not waves:
        return None, {}
    briefs = [brief_for(session, wave) for wave in waves]
    counted = [_count(session, brief, keys) for brief in briefs]
    by_wave = {wave.id or 0: dict(count.languages) for wave, count in zip(waves, counted, strict=True)}
    found = _reach(briefs, counted, _unread(session, briefs))
    if release.status not in (Status.APPROVED, Status.RELEASED):
        return found, by_wave
    joined, left = _changed(_at_approval(session, release), by_wave)
    return replace(found, joined=joined, left=left), by_wave


def _count(session: Session, brief: Brief, keys: Keys) -> _Count:
    total = _Count()
    for page in pages(session, brief, keys):
        for one in page:
            total.segments.update(one.matched)
            total.overlap.update(combinations(one.matched, 2))
            if one.left_out is LeftOut.SUPPRESSED:
                total.suppressed.update(one.matched)
            elif one.left_out is None:
                total.languages[one.language] += 1
                total.fallbacks += one.fallback
    return total


def _unread(session: Session, briefs: Sequence[Brief]) -> dict[str, int]:
    """How many prefer which language that the release does not have, of all whom some wave looks at."""
    whom = or_(false(), *(condition for brief in briefs for condition in brief.conditions))
    query = select(Journalist.languages, func.count()).where(whom, not_(briefs[0].excluded)).group_by(col(Journalist.languages))
    found: Counter[str] = Counter()
    available = briefs[0].languages
    for preference, count in session.exec(query):
        first = next(iter(wanted(preference)), "")
        if first and choose(first, available, available[0]).fallback:
            found[first] += count
    return dict(sorted(found.items()))


def _reach(briefs: Sequence[Brief], counted: Sequence[_Count], unread: Mapping[str, int]) -> Reach:
    """One segment may be in two waves: it is the same people, so the larger number is the segment's."""
    segments = {named.name: Segment(named.name, 0) for brief in briefs for named in brief.segments}
    overlap: dict[tuple[str, str], int] = {}
    for count in counted:
        for name, one in segments.items():
            if count.segments[name] > one.count:
                segments[name] = Segment(name, count.segments[name], count.suppressed[name])
        for pair, number in count.overlap.items():
            overlap[pair] = max(number, overlap.get(pair, 0))
    copies = sum(count.languages.total() for count in counted)
    return Reach(tuple(segments.values()), copies, sum(count.fallbacks for count in counted), unread, overlap)


def _at_approval(session: Session, release: Release) -> Mapping[str, Mapping[str, int]]:
    """By wave, what the newest approval's entry says."""
    number = release.id or 0
    told = [said.told for said in entries_about(session, "release", [number])[number] if said.kind == "release.approve"]
    reach = told[-1].get("reach") if told else None
    return reach if isinstance(reach, dict) else {}


def _changed(then: Mapping[str, Mapping[str, int]], now: Mapping[int, Mapping[str, int]]) -> tuple[int, int]:
    """How many more and how many fewer copies, wave by wave and language by language: at least so many people came and went."""
    joined = left = 0
    for wave, counts in now.items():
        before = then.get(str(wave))
        for language in {*counts, *before} if before is not None else ():
            more = counts.get(language, 0) - (before or {}).get(language, 0)
            joined, left = joined + max(0, more), left + max(0, -more)
    return joined, left
