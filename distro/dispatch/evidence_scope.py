"""What an evidence bag is about: a release, one of its waves, or a single delivery; and which entries belong to it. Reads only.

Left out is what would name somebody else, or could be guessed: other deliveries, contacts as such, suppressions and segments.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from distro.archive.damage import damaged
from distro.archive.ledger import Sealable, told_by
from distro.bulk import mark_of, rows_in, run
from distro.dispatch.delivery import Delivery
from distro.editorial.notice import Notice
from distro.editorial.plan import Wave
from distro.editorial.release import Approval, Release, Version, find_release
from distro.errors import Refused
from distro.staff import Staff

PAGE = 500

_COLUMNS = "id, at_us, actor, kind, subject, payload"
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Scope:
    """`what` is how it was asked for, `subject` how the record names it, `delivery` the only one, where it is about one."""

    what: str
    subject: str
    release: Release
    waves: tuple[Wave, ...]
    versions: tuple[Version, ...]
    approvals: tuple[Approval, ...]
    delivery: int | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def deliveries(self) -> ColumnElement[bool]:
        """Which deliveries belong to it."""
        if self.delivery is not None:
            return col(Delivery.id) == self.delivery
        return col(Delivery.wave_id).in_([wave.id for wave in self.waves])


def scope_of(session: Session, what: str) -> Scope:
    """What a slug, "wave:12" or "delivery:345" names. Raises Refused where there is no such thing."""
    kind, number = _named(what)
    if kind == "release":
        release = find_release(session, what)
        waves = session.exec(select(Wave).where(Wave.release_id == release.id).order_by(col(Wave.id))).all()
        versions = session.exec(select(Version).where(Version.release_id == release.id).order_by(col(Version.id))).all()
        approvals = session.exec(select(Approval).where(Approval.release_id == release.id).order_by(col(Approval.id))).all()
        subject, notices = f"release:{release.id}", _notices(session, waves)
        return Scope(what, subject, release, tuple(waves), tuple(versions), tuple(approvals), notices=notices)
    delivery = None
    if kind == "delivery":
        found = session.exec(select(Delivery.id, Delivery.wave_id).where(Delivery.id == number)).first()
        if found is None:
            raise Refused(f"There is no delivery {number}; `distro archive list` shows them.")
        delivery, number = found
    wave = session.get(Wave, number)
    if wave is None:
        raise Refused(f"There is no wave {number}; `distro wave list` shows them.")
    carries, version = session.get(Release, wave.release_id), session.get(Version, wave.version_id)
    approval = None if wave.approval_id is None else session.get(Approval, wave.approval_id)
    if carries is None:
        raise damaged(f"Release {wave.release_id}, which wave {wave.id} is of, is not there any more, or")
    # a text or a word that was taken out of the store is missed by the audit of the scope
    versions_, approvals_ = (version,) if version else (), (approval,) if approval else ()
    return Scope(what, what, carries, (wave,), versions_, approvals_, delivery, _notices(session, [wave]))


def _notices(session: Session, waves: Sequence[Wave]) -> tuple[Notice, ...]:
    """What the notices among these waves say."""
    named = {wave.notice for wave in waves if wave.notice is not None}
    return tuple(session.exec(select(Notice).where(col(Notice.hash).in_(named)).order_by(col(Notice.id)))) if named else ()


def _named(what: str) -> tuple[str, int]:
    kind, colon, number = what.partition(":")
    if not colon:
        return "release", 0
    if kind not in ("wave", "delivery") or not re.fullmatch("[1-9][0-9]*", number) or int(number) > _LARGEST:
        raise Refused(f"{what!r} names nothing; write a release's slug, a wave as wave:12, or a delivery as delivery:345.")
    return kind, int(number)


def count(session: Session, scope: Scope) -> int:
    """How many deliveries there are."""
    return session.exec(select(func.count()).select_from(Delivery).where(scope.deliveries)).one()


class Page(NamedTuple):
    """Some deliveries by their ids, and the entries about each by theirs."""

    deliveries: Sequence[Delivery]
    entries: dict[int, list[Sealable]]


def pages(session: Session, scope: Scope) -> Iterator[Page]:
    """All deliveries, some hundred at a time."""
    after = 0
    while True:
        found = session.exec(
            select(Delivery).where(scope.deliveries, col(Delivery.id) > after).order_by(col(Delivery.id)).limit(PAGE)
        ).all()
        if not found:
            return
        session.expunge_all()
        entries: dict[int, list[Sealable]] = {d.id or 0: [] for d in found}
        for entry in about(session, [f"delivery:{d.id}" for d in found]):
            entries[int(entry.subject.partition(":")[2])].append(entry)
        yield Page(found, entries)
        after = found[-1].id or 0


def about(session: Session, subjects: Sequence[str]) -> list[Sealable]:
    """The entries about these, by their ids."""
    rows = rows_in(session, f"SELECT {_COLUMNS} FROM entry WHERE subject", list(dict.fromkeys(subjects)))  # noqa: S608
    return sorted(Sealable._make(row) for row in rows)


def by_number(session: Session, numbers: Sequence[int]) -> dict[int, Sealable]:
    """The entries with these numbers."""
    rows = rows_in(session, f"SELECT {_COLUMNS} FROM entry WHERE id", numbers)  # noqa: S608
    return {row[0]: Sealable._make(row) for row in rows}


def agreements(session: Session, permits: Collection[tuple[int, str]]) -> list[Sealable]:
    """The promises on which advance copies left: each "contact.agreed" about an agreement that the permit of one names.
    `permits`: contacts, each with a permit of a copy to them."""
    named = {(f"contact:{contact}", permit) for contact, permit in permits if permit.startswith("agreement:")}
    return [
        entry
        for entry in about(session, [contact for contact, _ in named])
        if entry.kind == "contact.agreed" and (entry.subject, agreement_of(entry)) in named
    ]


def agreement_of(entry: Sealable) -> str:
    """The agreement that a promise made, as permits name it."""
    return f"agreement:{(told_by(entry.payload) or {}).get('agreement')}"


def destroyed(session: Session, contacts: Collection[int], disposals: Collection[int]) -> list[Sealable]:
    """On whose word what is not shown went: the erasures of these contacts, and these disposals."""
    erased = [entry for entry in about(session, [f"contact:{one}" for one in contacts]) if entry.kind == "contact.erased"]
    return [*erased, *about(session, [f"disposal:{one}" for one in disposals])]


def governing(session: Session, scope: Scope) -> list[Sealable]:
    """What was decided and done about the release, its embargo and its waves, test copies included."""
    release = scope.release
    ours = [f"embargo:{release.id}", *(f"wave:{wave.id}" for wave in scope.waves)]
    # test copies are recorded under the slug, which may look like another release's number
    found = about(session, [f"release:{release.id}", f"release:{release.slug}", *ours])
    return [entry for entry in found if entry.subject in ours or _is_about(entry, release)]


def _is_about(entry: Sealable, release: Release) -> bool:
    slug = (told_by(entry.payload) or {}).get("slug")
    return bool(slug == release.slug or (slug is None and entry.subject == f"release:{release.id}"))


def staff(session: Session, names: Collection[str]) -> list[Sealable]:
    """How these people came to be on the staff, and as what."""
    people = session.exec(select(Staff.id).where(col(Staff.name).in_(sorted(names)))).all()
    return [entry for entry in about(session, [f"staff:{one}" for one in people]) if entry.kind == "staff.added"]


def runs(session: Session, first: int, last: int) -> list[Sealable]:
    """What is recorded of the bot itself from entry `first` to entry `last`, the start of the run before included: software,
    settings, jumps of the clock."""
    mark, ours = mark_of(session), "(subject = 'clock' OR subject LIKE 'run:%')"
    if session.get_bind().dialect.name == "postgresql":
        ours = ours.replace("%", "%%")  # the driver's own sign
    columns = f"SELECT {_COLUMNS} FROM entry WHERE {ours}"  # noqa: S608
    before = run(session, f"{columns} AND kind = 'run.started' AND id < {mark} ORDER BY id DESC LIMIT 1", (first,))
    within = run(session, f"{columns} AND id >= {mark} AND id <= {mark} ORDER BY id", (first, last))
    return [Sealable._make(row) for row in [*before, *within]]
