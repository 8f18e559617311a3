"""Invented notices of the sample releases, one of each purpose, so that their templates are tried as those of releases are."""

from __future__ import annotations

from distro.editorial.content import Instant, ReleaseContent
from distro.editorial.notice import Change, NoticeContent, Saying
from distro.editorial.plan import Purpose

_SAYINGS = {
    "en": Saying(
        changes=(
            Change(was="The clinic opens at 8:00 a.m.", now="The clinic opens at 9:00 a.m."),
            Change(now="Interpreters are there all day."),
        ),
        reason="Two figures changed places.",
        words="Interviews remain possible all day.",
    ),
    "es": Saying(
        changes=(
            Change(was="La clínica abre a las 8:00.", now="La clínica abre a las 9:00."),
            Change(now="Habrá intérpretes todo el día."),
        ),
        reason="Se invirtieron dos cifras.",
        words="Se pueden concertar entrevistas todo el día.",
    ),
    "fr": Saying(
        changes=(
            Change(was="Le centre ouvre à 8 h.", now="Le centre ouvre à 9 h."),
            Change(now="Des interprètes seront présents toute la journée."),
        ),
        reason="Deux chiffres ont été intervertis.",
        words="Les entretiens restent possibles toute la journée.",
    ),
    "pt": Saying(
        changes=(
            Change(was="A clínica abre às 8h.", now="A clínica abre às 9h."),
            Change(now="Haverá intérpretes o dia todo."),
        ),
        reason="Dois números foram trocados.",
        words="Entrevistas podem ser marcadas durante todo o dia.",
    ),
    "ar": Saying(
        changes=(
            Change(was="تفتح العيادة أبوابها الساعة 8:00.", now="تفتح العيادة أبوابها الساعة 9:00."),
            Change(now="سيكون المترجمون حاضرين طوال اليوم."),
        ),
        reason="تبدّل رقمان.",
        words="يمكن إجراء المقابلات طوال اليوم.",
    ),
}
_TOPICS = {
    "en": "health in the neighbourhood",
    "es": "la salud en el barrio",
    "fr": "la santé dans le quartier",
    "pt": "a saúde no bairro",
    "ar": "الصحة في الحي",
}


def notice_of(content: ReleaseContent, purpose: Purpose, languages: tuple[str, ...], lift: Instant) -> NoticeContent:
    """What a notice of this purpose about this release says in these languages. `lift`: the hour that news of an
    embargo is about; it moves to a day later."""
    said = {tag: _SAYINGS.get(tag, _SAYINGS["en"]) for tag in languages}
    of_embargo = purpose in (Purpose.EMBARGO_MOVED, Purpose.EMBARGO_LIFTED, Purpose.OFFER)
    if of_embargo or purpose is Purpose.KILL:
        kept = Saying() if of_embargo else None
        said = {tag: kept or Saying(reason=saying.reason) for tag, saying in said.items()}
    later = Instant(utc=lift.utc.replace(day=lift.utc.day + 1), wall=lift.wall, zone=lift.zone)
    offer = purpose is Purpose.OFFER
    return NoticeContent(
        release=content.slug,
        purpose=purpose.value,
        by="Rosa Example",
        old="" if offer else "0" * 64,
        new="" if of_embargo or purpose is Purpose.KILL else content.sha256(),
        headline={}
        if of_embargo
        else {tag: content.editions[tag].headline for tag in languages if content.editions[tag].headline},
        said=said,
        before=lift if purpose in (Purpose.EMBARGO_MOVED, Purpose.EMBARGO_LIFTED) else None,
        after=later if purpose is Purpose.EMBARGO_MOVED else lift if offer else None,
        topic={tag: _TOPICS.get(tag, _TOPICS["en"]) for tag in languages} if offer else {},
        terms="standard 2026" if offer else "",
    )
