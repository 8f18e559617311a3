"""Offers under embargo: asking chosen people whether they would hold a release until its lift, without a word of what is in it.

The topic is the officer's own words. What holds the headline, or a piece of it, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from contacts.folding import fold
from distro.editorial.content import ANY, ReleaseContent, Words
from distro.editorial.embargo import has_lifted
from distro.editorial.fields import tagged
from distro.editorial.lift import hour_to_be, lift_of
from distro.editorial.notice import NoticeContent, Saying
from distro.editorial.notices import next_ordinal, propose_notice
from distro.editorial.plan import Audience, Purpose, Wave
from distro.editorial.release import Release, Version
from distro.editorial.sending_hours import advance_hour
from distro.editorial.timetable import named_rules
from distro.editorial.waves import lock
from distro.errors import Refused
from distro.mail.headers import check_header_text
from distro.staff import Actor, Right

_RUN = 4
"""So many words in a row of a headline are no topic any more."""

_LONGEST = 120
_WORD = re.compile(r"\w+")


def topics(given: Sequence[str]) -> Words:
    """--about TEXT for all languages, --about es=TEXT for one. Raises Refused for two of one language."""
    found: Words = {}
    for one in given:
        tag, text = tagged(one)
        key = tag or ANY
        if key in found:
            raise Refused("One topic a language: --about 'rents' for all, or --about 'en=rents' --about 'es=los alquileres'.")
        found[key] = text
    return {key: text for key, text in found.items() if text}


def offer(
    session: Session,
    release: Release,
    *,
    audience: Sequence[str],
    exclude: Sequence[str] = (),
    about: Mapping[str, str],
    when: str | None,
    terms: str,
    office_zone: str,
    actor: Actor,
    at: datetime,
) -> Wave:
    """Propose the offer as a wave. Raises Refused: never submitted, no embargo, lifted, unknown segments, a wrong hour, a topic
    that tells the headline."""
    actor.need(Right.WRITE, "offer a release under embargo")
    waves = lock(session, release)
    version = session.get(Version, release.version_id) if release.version_id is not None else None
    if version is None:
        raise Refused(f"The release {release.slug!r} was never submitted; submit it first, so that its embargo stands.")
    hour = hour_to_be(session, version, at)
    if hour is None or has_lifted(lift_of(session, version), at):
        raise Refused(f"{release.slug!r} is under no embargo, so there is nothing to agree to; send it as it is.")
    refusals: list[str] = []
    if not audience:
        refusals.append("Name at least one segment to ask.")
    leaves = advance_hour(when, hour, office_zone, at, refusals)
    rules = named_rules(session, audience, refusals), named_rules(session, exclude, refusals)
    content = version.release_content
    refusals += against_topics(about, content)
    line = " ".join(terms.split())
    if not line:
        refusals.append("Say which terms they would agree to, such as --terms 'standard 2026'.")
    if refusals or leaves is None:
        raise Refused(*refusals)
    said = NoticeContent(
        release=release.slug,
        purpose=Purpose.OFFER.value,
        ordinal=next_ordinal(waves, Purpose.OFFER),
        by=actor.name,
        said={tag: Saying() for tag in content.languages},
        topic=dict(about),
        terms=line,
        after=hour,
    )
    whom = Audience(*rules)
    return propose_notice(session, release, said, audience=whom, when=leaves, parent=None, actor=actor, now=at)


def against_topics(about: Mapping[str, str], content: ReleaseContent) -> list[str]:
    """A sentence for each topic that says too much, or cannot stand in a header."""
    against: list[str] = []
    for text in about.values():
        try:
            check_header_text(text, "The topic")
        except Refused as refused:
            against += refused.sentences
        if len(text) > _LONGEST:
            against.append(f"The topic has {len(text)} signs; an offer names it in {_LONGEST} at most.")
        told = next((line for line in _lines(content) if _tells(text, line)), None)
        if told is not None:
            against.append(
                f"The topic {text!r} tells what the release says ({told!r}); an offer carries no content, so say it wider."
            )
    return against


def _lines(content: ReleaseContent) -> list[str]:
    return [line for e in content.editions.values() for line in (e.headline, e.subhead) if line.strip()]


def _tells(topic: str, line: str) -> bool:
    """Whether some words of the line stand in the topic in a row: four, or all of a shorter one."""
    theirs, ours = _words(line), _words(topic)
    run = min(_RUN, len(theirs))
    pieces = {tuple(theirs[start : start + run]) for start in range(len(theirs) - run + 1)}
    return bool(run) and any(tuple(ours[start : start + run]) in pieces for start in range(len(ours) - run + 1))


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))
