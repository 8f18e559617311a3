"""Invented notices for mail tests, on releases of `letters`: a correction, an update, a kill, offers, news of embargoes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from distro.editorial.content import Instant, ReleaseContent
from distro.editorial.notice import Change, NoticeContent, Saying, without_text
from distro.editorial.plan import has_text
from distro.mail.letter import Letter
from tests.letters import JOINT, letter

SENT = {
    "en": "Tuesday, November 24, 2026 at 9:00 AM, Los Angeles (PST, 17:00 UTC)",
    "es": "martes, 24 de noviembre de 2026, a las 9:00 a. m., Los Ángeles (PST; 17:00 UTC)",
}
_HEADLINES = {language: edition.headline for language, edition in JOINT.editions.items()}
_WRONG = (
    Change(
        was="El acuerdo abarca a 621 personas.",
        now="El acuerdo abarca a 612 personas.",
        language="es",
    ),
)
NOTICES = {
    "correction": NoticeContent(
        release=JOINT.slug,
        purpose="correction",
        by="Rosa Ejemplo",
        old="0" * 64,
        new=JOINT.sha256(),
        headline=_HEADLINES,
        said={
            "en": Saying(changes=_WRONG, words="Only the edition in Spanish was changed; this one stands as it was."),
            "es": Saying(
                changes=(
                    Change(was="El acuerdo abarca a 621 personas.", now="El acuerdo abarca a 612 personas."),
                    Change(was="Llame al 213-555-0199."),
                ),
                reason="Se invirtieron dos cifras al componer el texto.",
            ),
        },
    ),
    "update": NoticeContent(
        release=JOINT.slug,
        purpose="update",
        by="Rosa Ejemplo",
        old="0" * 64,
        new=JOINT.sha256(),
        headline=_HEADLINES,
        said={
            "en": Saying(
                changes=(
                    Change(now="A hearing on the fees is set for December 9."),
                    Change(was="Payments start in January.", now="Payments start on December 15."),
                ),
                words="The companies have confirmed the first date of payment.\n\nInterviews remain possible all day.",
            ),
            "es": Saying(
                changes=(
                    Change(now="El 9 de diciembre habrá una audiencia sobre los honorarios."),
                    Change(was="Los pagos comienzan en enero.", now="Los pagos comienzan el 15 de diciembre."),
                ),
                words="Las empresas confirmaron la fecha del primer pago.\n\nSe pueden concertar entrevistas todo el día.",
            ),
        },
    ),
    "kill": NoticeContent(
        release=JOINT.slug,
        purpose="kill",
        by="Rosa Ejemplo",
        old=JOINT.sha256(),
        headline=_HEADLINES,
        said={
            "en": Saying(reason="The settlement has not been signed."),
            "es": Saying(reason="El acuerdo no se ha firmado."),
        },
    ),
    "embargo-moved": NoticeContent(
        release=JOINT.slug,
        purpose="embargo-moved",
        by="Rosa Ejemplo",
        old=JOINT.sha256(),
        said={"en": Saying(), "es": Saying()},
        before=Instant(utc=datetime(2026, 12, 1, 17, tzinfo=UTC), wall="2026-12-01 09:00", zone="America/Los_Angeles"),
        after=Instant(utc=datetime(2026, 12, 2, 1, 30, tzinfo=UTC), wall="2026-12-01 17:30", zone="America/Los_Angeles"),
    ),
    "embargo-lifted": NoticeContent(
        release=JOINT.slug,
        purpose="embargo-lifted",
        by="Rosa Ejemplo",
        old=JOINT.sha256(),
        said={"en": Saying(), "es": Saying()},
        before=Instant(utc=datetime(2026, 12, 1, 17, tzinfo=UTC), wall="2026-12-01 09:00", zone="America/Los_Angeles"),
    ),
    "offer": NoticeContent(
        release=JOINT.slug,
        purpose="offer",
        by="Rosa Ejemplo",
        said={"en": Saying(), "es": Saying()},
        after=Instant(utc=datetime(2026, 12, 1, 17, tzinfo=UTC), wall="2026-12-01 09:00", zone="America/Los_Angeles"),
        topic={"en": "wages on the waterfront", "es": "los salarios en el puerto"},
        terms="standard 2026",
    ),
}


def notice_letter(purpose: str, language: str, *, advance: bool = False) -> tuple[ReleaseContent, Letter, tuple[str, ...]]:
    """What the letter of this notice is compiled from, the letter, and when the original was sent, in words."""
    said = NOTICES[purpose]
    content = JOINT if has_text(purpose) else without_text(JOINT, said)
    one = replace(letter(JOINT, language, advance=advance), purpose=purpose, notice=said, threaded=purpose != "offer")
    return content, one, tuple(SENT[tag] for tag in language.split("+"))
