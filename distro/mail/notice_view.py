"""What a notice says, worked out in one language: its title, what it speaks of, what was wrong and what is right.

Pure. Owns the choice of words by purpose; the templates own order and looks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from distro.editorial.notice import Change, NoticeContent, Saying
from distro.editorial.plan import Purpose, has_text
from distro.mail.embargo_view import ABOUT_EMBARGO, EmbargoWords, embargo_words
from distro.mail.letter import Letter
from distro.mail.pieces import one_line
from distro.words import Words


@dataclass(frozen=True)
class ChangeView:
    """`rows`: a label and the text behind it; `language` that of the texts."""

    rows: tuple[tuple[str, str], ...]
    language: str


@dataclass(frozen=True)
class NoticeView:
    """The notice as shown.

    stop     it asks its readers to use nothing of the release
    title    CORRECTION
    intro    what it speaks of, and when that was sent
    request  what its readers are asked to do, "" for nothing
    closing  what follows it in the mail, "" for nothing
    short    for the line beside the subject
    """

    stop: bool
    title: str
    intro: str
    request: str
    changes: tuple[ChangeView, ...]
    reason: str
    paragraphs: tuple[str, ...]
    closing: str
    short: str


def title(purpose: str, _: Words) -> str:
    """As it stands in front of the subject."""
    return {
        Purpose.UPDATE.value: _("UPDATE"),
        Purpose.CORRECTION.value: _("CORRECTION"),
        Purpose.KILL.value: _("KILL"),
        Purpose.EMBARGO_MOVED.value: _("EMBARGO MOVED"),
        Purpose.EMBARGO_LIFTED.value: _("EMBARGO LIFTED"),
        Purpose.OFFER.value: _("OFFER UNDER EMBARGO"),
    }[purpose]


def notice_view(letter: Letter, language: str, headline: str, sent: str, _: Words) -> NoticeView:
    """`headline`: the original's, where the letter brings no text; `sent`: when that was sent, in words."""
    notice = letter.notice
    assert notice is not None
    if notice.purpose in ABOUT_EMBARGO:
        return _of_embargo(embargo_words(letter, notice, language, sent if letter.threaded else "", _), notice.purpose, _)
    said = notice.said.get(language) or Saying()
    named = notice.headline.get(language, "") if has_text(notice.purpose) else headline if letter.threaded else ""
    request = _request(notice.purpose, _)
    changes = tuple(_change(one, notice, language, _) for one in said.changes)
    reason, paragraphs = one_line(said.reason), tuple(_paragraphs(said.words))
    first = next((text for one in said.changes for text in (one.now, one.was) if text), "")
    return NoticeView(
        stop=notice.purpose == Purpose.KILL,
        title=title(notice.purpose, _),
        intro=_intro(notice.purpose, one_line(named), sent if letter.threaded else "", _),
        request=request,
        changes=changes,
        reason=reason,
        paragraphs=paragraphs,
        closing=_closing(notice.purpose, _),
        short=request or reason or next(iter(paragraphs), "") or one_line(first),
    )


def _of_embargo(words: EmbargoWords, purpose: str, _: Words) -> NoticeView:
    return NoticeView(
        stop=False,
        title=title(purpose, _),
        intro=words.intro,
        request=words.request,
        changes=(ChangeView(words.rows, _.language),) if words.rows else (),
        reason="",
        paragraphs=(words.paragraph,) if words.paragraph else (),
        closing=words.closing,
        short=words.request,
    )


def _intro(purpose: str, headline: str, sent: str, _: Words) -> str:
    if not sent:
        return ""
    if purpose == Purpose.CORRECTION:
        if headline:
            return _("This corrects “%(headline)s”, which we sent you on %(when)s.", headline=headline, when=sent)
        return _("This corrects what we sent you on %(when)s.", when=sent)
    if purpose == Purpose.UPDATE:
        if headline:
            return _("This updates “%(headline)s”, which we sent you on %(when)s.", headline=headline, when=sent)
        return _("This updates what we sent you on %(when)s.", when=sent)
    if purpose == Purpose.KILL:
        return _("Please do not use “%(headline)s”, sent to you on %(when)s. It is withdrawn.", headline=headline, when=sent)
    return ""


def _request(purpose: str, _: Words) -> str:
    if purpose != Purpose.KILL:
        return ""
    asked = (
        _("Do not publish or broadcast it."),
        _("If it is out already, please take it down and tell us."),
        _("Whoever got it from you should hear of this too."),
    )
    return " ".join(asked)


def _closing(purpose: str, _: Words) -> str:
    if purpose == Purpose.CORRECTION:
        return _("The corrected text follows in full.")
    return _("The updated text follows in full.") if purpose == Purpose.UPDATE else ""


def _change(change: Change, notice: NoticeContent, language: str, _: Words) -> ChangeView:
    was, now = one_line(change.was), one_line(change.now)
    updates = notice.purpose == Purpose.UPDATE
    if was and now:
        labels = (_("It said"), _("It now says")) if updates else (_("It said"), _("It should say"))
        rows: tuple[tuple[str, str], ...] = ((labels[0], was), (labels[1], now))
    else:
        rows = ((_("Added"), now),) if now else ((_("Taken out"), was),)
    return ChangeView(rows, change.language or language)


def _paragraphs(text: str) -> list[str]:
    return [one_line(one) for one in re.split(r"\n\s*\n", text) if one.strip()]
