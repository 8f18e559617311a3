"""Gathers a Case: of a release in the store, or of a folder that need never have been added; and for the desk what was checked.

Reads; the store is written to by none of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from distro.archive.vault import Keys
from distro.config import Config
from distro.editorial.checked import Checked
from distro.editorial.content import ReleaseContent
from distro.editorial.edited import edited
from distro.editorial.release import Release, Verb, Version
from distro.editorial.waivers import standing
from distro.preflight import reaching, run
from distro.preflight.case import Case
from distro.preflight.finding import Finding
from distro.preflight.reach import Reach


@dataclass(frozen=True)
class Looked:
    """`checked` is for the desk, `findings` for the person, those that were waived among them."""

    checked: Checked
    findings: tuple[Finding, ...]


def for_submitting(session: Session, release: Release, config: Config, now: datetime) -> Looked:
    """What the rules say of the draft."""
    return _look(session, release, release.content, config, now, Verb.SUBMIT, None)


def for_approving(session: Session, release: Release, config: Config, now: datetime, *, keys: Keys | None) -> Looked:
    """What the rules say of the frozen version and of whom its waves reach. `keys` None: nobody counts."""
    version = session.get(Version, release.version_id) if release.version_id else None
    content = release.content if version is None else version.release_content
    return _look(session, release, content, config, now, Verb.APPROVE, keys)


def of_release(
    session: Session,
    release: Release,
    content: ReleaseContent,
    config: Config,
    now: datetime,
    *,
    audience: Reach | None = None,
    answers: Mapping[str, str] | None = None,
) -> Case:
    """A text of a release: its newest draft, or the version that was frozen."""
    changed = edited(session, release.id or 0, content)
    return Case(content, config.office, config.web.public_url, now, changed, audience, answers)


def of_content(
    content: ReleaseContent,
    config: Config,
    now: datetime,
    *,
    audience: Reach | None = None,
    answers: Mapping[str, str] | None = None,
) -> Case:
    """A text that is in no store."""
    return Case(content, config.office, config.web.public_url, now, None, audience, answers)


def findings_of(session: Session, release: Release, case: Case, config: Config) -> list[Finding]:
    """What the rules say of a release, with what was waived for it."""
    return run.findings(case, config.preflight, standing(session, release.id or 0))


def reach_of(
    session: Session, content: ReleaseContent, release: Release | None, segments: Sequence[str], keys: Keys
) -> Reach | None:
    """Of the segments that were named, else of the release's coming waves; None where there are neither."""
    if segments:
        return reaching.of_segments(session, content, segments, keys, release)
    return None if release is None else reaching.of_waves(session, release, keys)[0]


def _look(
    session: Session, release: Release, content: ReleaseContent, config: Config, now: datetime, step: Verb, keys: Keys | None
) -> Looked:
    audience, by_wave = (None, {}) if keys is None else reaching.of_waves(session, release, keys)
    case = of_release(session, release, content, config, now, audience=audience)
    found = findings_of(session, release, case, config)
    return Looked(run.checked(case, found, step, by_wave), tuple(found))
