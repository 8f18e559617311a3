"""What the commands show of a release: one line in a list, and all of one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from distro.cli.printing import print_table
from distro.config import Config
from distro.editorial.content import Instant
from distro.editorial.killing import all_unconfirmed
from distro.editorial.lift import as_it_stands
from distro.editorial.notice import NoticeContent
from distro.editorial.notices import notices_of
from distro.editorial.plan import Wave
from distro.editorial.release import Approval, Release, Status, Version, find_release
from distro.preflight.cases import for_submitting


@dataclass(frozen=True)
class Line:
    slug: str
    kind: str
    status: str
    date: str
    languages: tuple[str, ...]
    embargo: datetime | None
    embargo_written: str
    version: str
    changed_at: datetime
    unconfirmed_kill: bool

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def lines(session: Session) -> list[Line]:
    """Every release; those first whose kill a second person has to confirm, then the newest change first."""
    rows = session.exec(select(Release).order_by(col(Release.changed_at).desc(), col(Release.id).desc())).all()
    waiting = _killed_alone(session)
    return sorted((_line(session, row, waiting) for row in rows), key=lambda line: not line.unconfirmed_kill)


def _killed_alone(session: Session) -> set[int]:
    """Numbers of the releases whose kill rests on one person's word in an office that has two."""
    waves = all_unconfirmed(session)
    return set(session.exec(select(Wave.release_id).where(col(Wave.id).in_(waves)))) if waves else set()


def line(row: Line) -> tuple[str, ...]:
    status = f"{row.status}, kill not confirmed" if row.unconfirmed_kill else row.status
    return row.slug, row.kind, status, row.date, " ".join(row.languages), row.embargo_written or "none"


def _line(session: Session, release: Release, waiting: set[int]) -> Line:
    content = as_it_stands(session, release.id or 0, release.content)
    return Line(
        slug=release.slug,
        kind=release.kind,
        status=release.status,
        date=content.date.isoformat(),
        languages=content.languages,
        embargo=content.embargo.utc if content.embargo else None,
        embargo_written=_written(content.embargo),
        version=release.draft_hash,
        changed_at=release.changed_at,
        unconfirmed_kill=release.id in waiting,
    )


def _written(instant: Instant | None) -> str:
    return instant.spoken if instant else ""


def detail(session: Session, slug: str, *, config: Config, now: datetime) -> dict[str, object]:
    """All of one release, as JSON shows it. Raises Refused where there is none."""
    release = find_release(session, slug)
    content = release.content
    frozen = session.get(Version, release.version_id) if release.version_id else None
    waves = session.exec(select(Wave).where(Wave.release_id == release.id).order_by(col(Wave.id))).all()
    approvals = session.exec(select(Approval).where(Approval.release_id == release.id).order_by(col(Approval.id))).all()
    draft = release.status == Status.DRAFT
    return _line(session, release, _killed_alone(session)).to_json() | {
        "frozen": frozen.hash if frozen else None,
        "headlines": {tag: edition.headline for tag, edition in content.editions.items()},
        "organisations": [organisation.name for organisation in content.organisations],
        "press_contacts": [{"name": c.name, "email": c.email, "phone": c.phone} for c in content.contacts],
        "resources": [r.url or r.file for r in content.resources],
        "authors": release.authors.splitlines(),
        "approvals": [{"id": a.id, "by": a.by, "at": a.at, "alone": a.alone, "binding": a.binding} for a in approvals],
        "waves": [_wave(wave) for wave in waves],
        "notices": [_notice(wave, content) for wave, content in notices_of(session, release)],
        "against_submitting": list(for_submitting(session, release, config, now).checked.against) if draft else [],
    }


def _wave(wave: Wave) -> dict[str, object]:
    return {
        "id": wave.id,
        "purpose": wave.purpose,
        "at": wave.at,
        "asap": wave.asap,
        "state": wave.state,
        "segments": [one.name for one in wave.rules.segments],
        "exclude": [one.name for one in wave.rules.exclude],
        "reason": wave.reason,
    }


def _notice(wave: Wave, content: NoticeContent) -> dict[str, object]:
    said = {
        language: {
            "changes": [{"was": change.was, "is": change.now} for change in one.changes],
            "reason": one.reason,
            "words": one.words,
        }
        for language, one in content.said.items()
    }
    named = {"wave": wave.id, "purpose": wave.purpose, "ordinal": wave.ordinal, "notice": wave.notice, "by": content.by}
    return {**named, "state": wave.state, "said": said}


def tell(seen: dict[str, object]) -> None:
    """The same for a person."""
    print_table(("", ""), [(key.replace("_", " "), _cell(value)) for key, value in seen.items()])


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_cell(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(_cell(one) for one in value)
    return "" if value is None else str(value)
