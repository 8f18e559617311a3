"""The rules of the mail and of the audience: what they read out of HTML, and what they make of counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from distro.preflight.case import Case, Mail
from distro.preflight.reach import Reach, Segment
from distro.preflight.rules import RULES, mail_css, mail_image_size
from distro.severity import Severity
from tests.unit.test_preflight_form import NAMED, WHOLE, case, found, with_text


def mailed(html: str, text: str = "The clinic opened.\n\n###\n") -> Case:
    """A case whose mail is this one, as an office's own templates might make it."""
    made = replace(case(WHOLE))
    made.__dict__["mails"] = {"en": Mail("Clinic opens", text, html)}
    return made


def page(body: str, css: str = "") -> str:
    return f"<html><head><style>{css}</style></head><body style='background-color:#ffffff;color:#1b1f24'>{body}</body></html>"


def said(rule: str, made: Case) -> list[str]:
    return [one.why for one in NAMED[rule].findings(made)]


def test_our_own_mails_are_in_order() -> None:
    for rule in RULES:
        if rule.name.startswith("mail-") or rule.name == "form-end-mark":
            assert rule.findings(case(WHOLE)) == [], rule.name


def test_size() -> None:
    assert said("mail-size", mailed(page("x" * 102 * 1024)))
    assert found("mail-size", with_text("es", "La clínica abrió. " * 6000))[0].place.language == "es"
    assert found("mail-size", with_text("es", "La clínica abrió. " * 3000)) == []


def test_contrast_in_light_and_in_dark() -> None:
    pale = page("<p style='color:#999999'>pale</p><p>dark</p>")
    assert said("mail-contrast", mailed(pale)) == [
        "“pale” stands in #999999 on #ffffff in light colours: 2.8:1, and letters need 4.5:1."
    ]
    assert [one.place.words for one in NAMED["mail-contrast"].findings(mailed(pale))] == ["pale"]
    dark = "@media (prefers-color-scheme: dark) { .sheet { background-color: #191d22 !important; } }"
    lost = page("<div class='sheet' style='background-color:#ffffff'>lost</div>", dark)
    assert "#1b1f24 on #191d22 in dark colours" in said("mail-contrast", mailed(lost))[0]
    mended = lost.replace("!important; }", "!important; color: #ffffff !important; }")
    assert said("mail-contrast", mailed(mended)) == []
    hidden = page("<p style='display:none;color:#ffffff'>nobody sees it</p>")
    assert said("mail-contrast", mailed(hidden)) == []


def test_css_that_is_dropped() -> None:
    found = mail_css.dropped(page("<div style='display: flex; width: 10vw; padding: 3px; max-width: 600px'>x</div>"))
    assert "Outlook for Windows" in found["display: flex"]
    assert "vw unit" in found
    assert "max-width" not in found
    assert "padding" not in found
    assert "“display: flex”" in said("mail-css", mailed(page("<p style='display:flex'>x</p>")))[0]


@pytest.mark.parametrize(
    ("picture", "sources"),
    [
        ("<img src='a.png' width='20' height='30'>", []),
        ("<img src='a.png' width='20'>", ["a.png"]),
        ("<img src='a.png' style='width:20px;height:30px'>", ["a.png"]),
    ],
)
def test_pictures_without_size(picture: str, sources: list[str]) -> None:
    assert mail_image_size.sizeless(page(picture)) == sources


def test_a_text_part_that_says_less() -> None:
    html = page("<p>The clinic opened.</p><p>Nobody came to see it open.</p><p style='display:none'>Preheader words</p>")
    less = mailed(html, "The clinic opened.")
    assert [one.place.words for one in NAMED["mail-text-part"].findings(less)] == ["Nobody came to see it open."]
    assert said("mail-text-part", mailed(html, "The clinic opened. Nobody came to see it open.")) == []


def test_an_end_mark_that_a_template_lost() -> None:
    assert said("form-end-mark", mailed(page("x"), "The clinic opened.\n")) == ["The copy does not say where the text ends."]
    assert said("form-end-mark", mailed(page("x"))) == []


def test_the_audience() -> None:
    reach = Reach(
        segments=(Segment("Press", 20, 5), Segment("Nobody", 0)),
        count=14,
        fallbacks=1,
        unread={"fr": 3},
        overlap={("Press", "Wires"): 2},
        joined=4,
        left=1,
    )
    told = {
        rule.name: [(one.severity, one.why) for one in rule.findings(case(WHOLE, audience=reach))]
        for rule in RULES
        if rule.name.startswith("audience-")
    }
    assert told == {
        "audience-empty": [(Severity.WARNS, "There is nobody in the segment 'Nobody'.")],
        "audience-suppressed": [(Severity.HINTS, "5 of the 20 in 'Press' (25%) may not be written to.")],
        "audience-language": [(Severity.HINTS, "3 contacts prefer fr, and there is no edition in it.")],
        "audience-fallback": [(Severity.WARNS, "1 contact reads none of its languages and gets en.")],
        "audience-overlap": [(Severity.HINTS, "2 stand in both 'Press' and 'Wires'; each gets one copy.")],
        "audience-changed": [(Severity.WARNS, "Since it was approved, the audience changed: +4/-1.")],
    }
    assert "nobody gets a copy" in found("audience-empty", WHOLE, audience=Reach((Segment("Press", 3),), 0))[0].why
    quiet = Reach((Segment("Press", 20, 1),), 19)
    assert [one for rule in RULES for one in rule.findings(case(WHOLE, audience=quiet))] == []
