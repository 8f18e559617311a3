"""What is to be compiled: a release's content as one letter, in one language or two, for one purpose. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from distro.config import Office
from distro.editorial.notice import NoticeContent
from distro.look import Look


@dataclass(frozen=True)
class Letter:
    """All that the copies of one letter have in common beside the content.

    public_url  the address of the public web pages, or "" where there is none; then mailto: does for everything
    version     the content's hash
    purpose     the wave's, "general" or "advance" (a test copy carries that of what it tries out)
    ordinal     1 for the first of its purpose
    language    "en", or "en+es" for a stacked copy, the reader's own language on top
    advance     marked as embargoed, in the subject and by a banner
    test        marked TEST, in the subject and by a banner
    audience    what the wave's audience is called, for Feedback-ID
    notice      what it says as a notice, None for the release as such
    threaded    carries In-Reply-To and References; each addressee then has an original_message_id, and `sent` for each language
    signed      starts with the slot of its DKIM signatures (`mail.dkim`)
    look        the office's colours and logo
    folder      the office's own templates and words, which lie over ours; None: there are none
    """

    office: Office
    public_url: str
    version: str
    purpose: str
    ordinal: int
    language: str
    advance: bool = False
    test: bool = False
    audience: str = ""
    notice: NoticeContent | None = None
    threaded: bool = False
    signed: bool = field(default=False, repr=False)  # boundary and marks come from the rest: they are the same either way
    look: Look = field(default=Look(), repr=False)
    folder: Path | None = field(default=None, repr=False)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.language.split("+"))


@dataclass(frozen=True)
class Shown:
    """What differs from copy to copy in what a reader sees: one person's values, or the marks of slots."""

    token: str
    list_name: str
    reference: str
    sent: tuple[str, ...] = ()
