"""What a notice says (a correction, an update, a kill, news of an embargo): a value named by its SHA-256, kept in a table that
only grows. Who gets it and when is a Wave's matter, which names it by that hash; proposing one is `notices`' business.
"""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Field as Column
from sqlmodel import Session, SQLModel, select

from distro.archive.ledger import canonical
from distro.editorial.content import Edition, Instant, ReleaseContent, Words


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Change(_Frozen):
    """What was said and what is right. `was` is empty for what is new, `now` for what is taken back. `language` is that of both
    where it is not the notice's own: an English notice may tell what the Spanish edition said."""

    was: str = ""
    now: str = ""
    language: str = ""


class Saying(_Frozen):
    """The notice in one language: plain text as written. `words` may be several paragraphs, a blank line between them."""

    changes: tuple[Change, ...] = ()
    reason: str = ""
    words: str = ""


class NoticeContent(_Frozen):
    """All of a notice.

    release, purpose, ordinal  what it is a notice of: the second correction of a release has the ordinal 2
    by                         who wrote it
    old                        hash of the newest version that its readers hold; "" for an offer, whose readers hold none
    new                        hash of the version that it brings, "" where it brings none
    headline                   the original's, by language; empty where it must not be named
    said                       by language, the one that stands in for others first
    only                       a language that is not said gets no notice; else it gets that first one
    before, after              of an embargo's lift, where that is what it is about: as it was, and as it is now; no `after` is
                               at once
    topic, terms               of an offer: what it is about in the officer's words, and what one would agree to
    """

    release: str
    purpose: str
    ordinal: int = 1
    by: str
    old: str = ""
    new: str = ""
    headline: Words = Field(default_factory=dict)
    said: dict[str, Saying]
    only: bool = False
    before: Instant | None = None
    after: Instant | None = None
    topic: Words = Field(default_factory=dict)
    terms: str = ""

    def canonical(self) -> str:
        """Canonical JSON, in which a field at its default is not written."""
        return canonical(self.model_dump(mode="json", exclude_defaults=True))

    def sha256(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> NoticeContent:
        return cls.model_validate_json(text)


class Notice(SQLModel, table=True):
    """`hash` is the SHA-256 of `content`, the canonical JSON of a NoticeContent. Append-only."""

    id: int | None = Column(default=None, primary_key=True)
    hash: str = Column(unique=True)
    release_id: int = Column(foreign_key="release.id", index=True)
    content: str

    @property
    def notice_content(self) -> NoticeContent:
        return NoticeContent.from_json(self.content)


def notice_named(session: Session, name: str | None) -> Notice | None:
    """The notice of that hash."""
    return None if name is None else session.exec(select(Notice).where(Notice.hash == name)).first()


def without_text(content: ReleaseContent, notice: NoticeContent) -> ReleaseContent:
    """Of a version, what a notice may show that carries no text: who says it and whom to call, and the headline that its
    readers hold. So no template can let out more."""
    return content.model_copy(
        update={
            "languages": tuple(notice.said),
            "embargo": None,
            "organisations": tuple(one.model_copy(update={"boilerplate": {}}) for one in content.organisations),
            "resources": (),
            "events": (),
            "editions": {language: Edition(headline=notice.headline.get(language, "")) for language in notice.said},
        }
    )
