"""What an offer, and news of an embargo, say in one language: hours, the topic in the officer's words, and nothing of the text.

Pure. Says which words; how a notice looks is the templates' business, `notice_view` makes it of these.
"""

from __future__ import annotations

from dataclasses import dataclass

from distro import hours
from distro.editorial.content import Instant, say
from distro.editorial.embargo import before
from distro.editorial.notice import NoticeContent
from distro.editorial.plan import Purpose
from distro.mail.letter import Letter
from distro.mail.pieces import one_line, zone_and_city
from distro.words import Words

ABOUT_EMBARGO = (Purpose.EMBARGO_MOVED.value, Purpose.EMBARGO_LIFTED.value, Purpose.OFFER.value)


@dataclass(frozen=True)
class EmbargoWords:
    """In the order in which they are read. `rows`: a label and what stands behind it."""

    intro: str
    rows: tuple[tuple[str, str], ...]
    paragraph: str
    request: str
    closing: str


def embargo_words(letter: Letter, notice: NoticeContent, language: str, sent: str, _: Words) -> EmbargoWords:
    """`sent`: when the message was sent that it follows, in words; "" where it follows none."""
    if notice.purpose == Purpose.OFFER:
        return _offer(letter, notice, language, _)
    intro = _("This is about the material under embargo that we wrote to you about on %(when)s.", when=sent) if sent else ""
    old = _hour(notice.before, letter, _)
    if notice.purpose == Purpose.EMBARGO_LIFTED:
        request = _("The embargo is lifted as of this message. You may publish and broadcast at once.")
        return EmbargoWords(intro, ((_("It was to hold until"), old),) if old else (), "", request, "")
    rows = ((_("Hour until now"), old), (_("New hour"), _hour(notice.after, letter, _)))
    asked = (
        _("Please publish and broadcast nothing of it before the new hour."),
        _("It replaces every hour that we gave you before."),
    )
    return EmbargoWords(intro, rows, _direction(notice, _), " ".join(asked), "")


def topic(letter: Letter, language: str, _: Words) -> str:
    """What stands behind the title in the subject: the new hour, the topic of an offer, else ""."""
    notice = letter.notice
    if notice is None:
        return ""
    if notice.purpose == Purpose.EMBARGO_MOVED and notice.after is not None:
        return hours.short_hour(notice.after.utc, zone_and_city(notice.after, letter.office)[0], _)
    return one_line(say(notice.topic, language))


def _offer(letter: Letter, notice: NoticeContent, language: str, _: Words) -> EmbargoWords:
    rows = (
        (_("Topic"), one_line(say(notice.topic, language))),
        (_("Embargo until"), _hour(notice.after, letter, _)),
        (_("Terms"), one_line(notice.terms)),
    )
    asked = (
        _("Would you hold it?"),
        _("If you agree to publish nothing of it and to pass nothing on before then, please answer this message with yes."),
    )
    return EmbargoWords(
        _("We would like to send you news ahead of time, under embargo."),
        tuple((label, text) for label, text in rows if text),
        "",
        " ".join(asked),
        _("You then get the full text ahead of time; otherwise, when the embargo lifts."),
    )


def _hour(hour: Instant | None, letter: Letter, _: Words) -> str:
    if hour is None:
        return ""
    zone, city = zone_and_city(hour, letter.office)
    return hours.full_hour(hour.utc, zone, _, city)


def _direction(notice: NoticeContent, _: Words) -> str:
    if notice.before is None or notice.after is None:
        return ""
    if before(notice.after.utc, notice.before.utc):
        return _("The embargo is moved to an earlier hour.")
    return _("The embargo is moved to a later hour.")
