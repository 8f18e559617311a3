"""Corrections and updates: what the newest version says otherwise than the one that is out, said in each language, and proposed
to exactly those who got the older one. What differs is found by `differences`; a person may say it in other words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from distro.editorial.content import ReleaseContent
from distro.editorial.differences import changes_between
from distro.editorial.language_names import language_called
from distro.editorial.notice import NoticeContent, Saying
from distro.editorial.notices import headlines, newest_text, next_ordinal, propose_notice, with_copies
from distro.editorial.plan import Audience, Purpose, Wave, has_text, is_notice
from distro.editorial.release import Release, Version
from distro.editorial.sending_hours import notice_hour
from distro.editorial.waves import lock
from distro.errors import Refused
from distro.staff import Actor
from distro.words import words


@dataclass(frozen=True)
class Comparison:
    """The version that its readers hold and the one that they are to get; what differs, by language. `parent`: the wave that
    sent the older one last. `holders`: the waves from which somebody may hold an older one."""

    old: Version
    new: Version
    said: dict[str, Saying]
    parent: int
    holders: tuple[int, ...]


def compare(session: Session, release: Release, *, only: Sequence[str] = (), folder: Path | None = None) -> Comparison:
    """The newest version against the text that is out. `only`: languages that are told; the others are not. `folder`: of the
    office's own words.

    Raises Refused: nothing is out, no newer version was submitted, a language that it does not have.
    """
    waves = lock(session, release)
    new = session.get(Version, release.version_id) if release.version_id is not None else None
    if new is None or new.hash != release.draft_hash:
        raise Refused(f"The draft of {release.slug!r} is not submitted; `distro release submit {release.slug}` first.")
    older = [wave for wave in waves if wave.version_id != new.id]
    out = newest_text(session, older)
    holders = with_copies(wave for wave in waves if wave.version_id != new.id or _was_corrected(wave, older))
    if out is None or not holders:
        raise Refused(
            f"No other version of {release.slug!r} has left than the newest: change its folder, then `distro release add` and "
            "`submit` it; or else nobody has anything that could be corrected."
        )
    parent, old = out
    content = new.release_content
    strange = [language for language in only if language not in content.languages]
    if strange:
        raise Refused(f"{strange[0]!r} is no language of {release.slug!r}; it has {', '.join(content.languages)}.")
    said = _said(old.release_content, content, tuple(only) or content.languages, folder)
    return Comparison(old, new, said, parent.id or 0, holders)


def _was_corrected(wave: Wave, others: Sequence[Wave]) -> bool:
    """Whether its readers may have got another text since: then this one, said again, is a correction to them as well."""
    since = (one.launched_at for one in others if is_notice(one.purpose) and has_text(one.purpose))
    return wave.launched_at is not None and any(at is not None and at > wave.launched_at for at in since)


def _said(old: ReleaseContent, new: ReleaseContent, languages: Sequence[str], folder: Path | None) -> dict[str, Saying]:
    """An edition that was not changed tells what was changed in another."""
    both = [language for language in new.languages if language in old.editions]
    changes = {language: found for language in both if (found := changes_between(old, new, language))}
    said = {}
    for language in languages:
        if language in changes or not changes:
            said[language] = Saying(changes=changes.get(language, ()))
            continue
        _ = words(language, new.primary, folder=folder)
        others = " / ".join(language_called(tag, _.language) for tag in changes)
        elsewhere = _("Only the edition in %(language)s was changed; this one stands as it was.", language=others)
        quoted = tuple(one.model_copy(update={"language": tag}) for tag, found in changes.items() for one in found)
        said[language] = Saying(changes=quoted, words=elsewhere)
    return said


def as_edited(found: Comparison, edited: Mapping[str, Saying]) -> dict[str, Saying]:
    """What a person made of it, in the order of the languages. Raises Refused where a language is missing or too many."""
    missing = [language for language in found.said if language not in edited]
    strange = [language for language in edited if language not in found.said]
    if missing or strange:
        raise Refused(
            *(f"There are no words in {one}; write {one}.toml, or say --only-language." for one in missing),
            *(f"{one}.toml is in a language that is not told; the notice speaks {', '.join(found.said)}." for one in strange),
        )
    return {language: edited[language] for language in found.said}


def with_words(said: Mapping[str, Saying], wrong: Mapping[str, str], reason: Mapping[str, str]) -> dict[str, Saying]:
    """The same with what a person says was wrong, and why. Raises Refused for a language that is not told."""
    strange = [language for language in (*wrong, *reason) if language not in said]
    if strange:
        raise Refused(f"The notice does not speak {strange[0]!r}; it speaks {', '.join(said)}.")
    return {
        language: one.model_copy(
            update={"words": wrong.get(language, one.words), "reason": reason.get(language, one.reason)},
        )
        for language, one in said.items()
    }


def correct(
    session: Session,
    release: Release,
    found: Comparison,
    said: Mapping[str, Saying],
    *,
    purpose: Purpose,
    only: bool,
    at: str | None,
    office_zone: str,
    actor: Actor,
    now: datetime,
) -> Wave:
    """Propose the correction or update to those who hold an older version. `at`: WHEN, None for as soon as it is approved.

    only  a language that is not in `said` is told nothing
    Raises Refused: not allowed, an hour that is past, nothing said.
    """
    refusals: list[str] = []
    when = notice_hour(at, office_zone, now, refusals)
    unsaid = [language for language, one in said.items() if not (one.changes or one.words or one.reason)]
    if unsaid or not said:
        refusals.append(
            f"Nothing differs, and nothing is said of what was wrong, in {', '.join(unsaid) or 'any language'}; "
            "say it with --wrong TEXT, or hand it in with --from FOLDER."
        )
    if refusals or when is None:
        raise Refused(*refusals)
    waves = session.exec(select(Wave).where(Wave.release_id == release.id)).all()
    notice = NoticeContent(
        release=release.slug,
        purpose=purpose,
        ordinal=next_ordinal(waves, purpose),
        by=actor.name,
        old=found.old.hash,
        new=found.new.hash,
        headline=headlines(found.old),
        said=dict(said),
        only=only,
    )
    audience = Audience((), (), found.holders)
    return propose_notice(session, release, notice, audience=audience, when=when, parent=found.parent, actor=actor, now=now)
