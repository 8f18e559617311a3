"""Each rule for finished mails finds the fault it is there for, and nothing in ours."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.config import Office
from distro.contrast import Colour, colour, ratio, shown
from distro.editorial.content import Kind
from distro.look import Look
from distro.mail.standards.held import faults
from distro.mail.standards.opened import Fault, Opened, open_copy
from distro.mail.standards.samples import OCCASIONS, House, Occasion, sample
from distro.mail.standards.sheet import rules

HOUSE = House(Office(), Look(), None)
ADVANCE = Occasion("advance", advance=True)


def found(html: Callable[[str], str], text: Callable[[str], str] = str) -> list[Fault]:
    """The faults of the sample release's advance copy, with its parts changed."""
    made = sample(Kind.RELEASE, "en", ADVANCE, HOUSE)
    mail = open_copy(made.octets)
    changed = Opened(mail.octets, html(mail.html), text(mail.text))
    assert (changed.html, changed.text) != (mail.html, mail.text), "nothing was changed"
    return faults(changed, made.content, made.letter, made.shown)


def swap(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def drop(pattern: str) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, "", text, flags=re.DOTALL)


@pytest.mark.parametrize("language", ["en", "es", "fr", "pt", "es+en", "ar", "he", "en+ar"])
@pytest.mark.parametrize("kind", Kind)
def test_ours_have_no_fault(kind: Kind, language: str) -> None:
    for occasion in OCCASIONS:
        made = sample(kind, language, occasion, HOUSE)
        assert faults(open_copy(made.octets), made.content, made.letter, made.shown) == [], occasion


@pytest.mark.parametrize(
    ("rule", "words", "change"),
    [
        ("size", "Gmail cuts", lambda html: html + "<!--" + "x" * 102_000 + "-->"),
        ("size", "budget is 80 KB", lambda html: html + "<!--" + "x" * 70_000 + "-->"),
        ("size", "16 KB", swap("<style>", "<style>/*" + "x" * 16_384 + "*/")),
        ("contrast", "#777777 on #ffffff in light colours: 4.4:1", swap("color:#4d5660", "color:#777777")),
        ("contrast", "in dark colours", swap("color: #b4bdc7 !important", "color: #666666 !important")),
        (
            "contrast",
            "in Outlook.com's dark colours",
            swap("[data-ogsc] .sheet { background-color: #191d22", "[data-ogsc] .sheet { background-color: #e9ecef"),
        ),
        ("outside", "would be fetched", swap("###", '### <img src="https://t.example.org/p.gif" alt="x">')),
        ("outside", "no alt text", swap("###", '### <img src="cid:a" width="1" height="1">')),
        ("outside", "no width and height", swap("###", '### <img src="cid:a" alt="x">')),
        ("outside", "loads something", swap("<style>", "<style>@import 'x.css';")),
        ("outside", "loads something", swap("###", '###</p><p lang="en" style="background: url(x)">')),
        ("outside", "<script>", swap("###", "### <script>1</script>")),
        (
            "outside",
            "follows the reader",
            swap('href="https://network.example.org/"', 'href="https://x.example/?utm_source=a"'),
        ),
        ("narrow", "600 px wide", swap('<p class="end"', '<table width="600" role="presentation"></table><p class="end"')),
        ("narrow", "400 px wide", swap('<p class="end"', '<div style="min-width:400px"></div><p class="end"')),
        ("narrow", "never breaks", swap('<p class="end"', '<p lang="en" style="white-space: nowrap"></p><p class="end"')),
        ("text-part", "Also seen", swap("###", '###</p><p lang="en">Also seen by none</p><p lang="en">')),
        ("missing", "embargo line", swap("EMBARGOED UNTIL", "WAIT UNTIL")),
        ("missing", "press contact's phone", swap("+1 212 555 0101", "a number")),
        ("missing", "end mark", swap("###", "")),
        ("missing", "phone of Rosa Ejemplo is no link", swap("tel:+12125550101", "#")),
        ("missing", "mail of Rosa Ejemplo is no link", swap("mailto:rosa@", "mailto:someone@")),
        ("missing", "unsubscribe link", swap("/u/" + "a" * 26, "/u/")),
        ("missing", "reference number", swap("Reference: 1-1", "Reference:")),
        ("missing", "role=article", swap('role="article"', 'role="main"')),
        ("missing", "color-scheme", drop('<meta name="color-scheme"[^>]*>')),
        ("missing", "no <div> with its lang", swap('<div lang="en" dir="ltr">', '<div dir="ltr">')),
        ("shape", "2 h1", swap("###", '###</p><h1 lang="en">X</h1><p lang="en">')),
        ("shape", "say no lang", swap('<p class="end" lang="en"', '<p class="end"')),
        ("shape", "role=presentation", swap('<table role="presentation" class="event"', '<table class="event"')),
        ("shape", "DOCTYPE", drop("<!DOCTYPE html>")),
    ],
)
def test_a_fault_is_found(rule: str, words: str, change: Callable[[str], str]) -> None:
    said = [fault for fault in found(change) if fault.rule == rule]
    assert any(words in fault.why for fault in said), said


def test_a_headline_above_the_embargo_line_is_found() -> None:
    def moved(html: str) -> str:
        heading = re.search(r"<h1.*?</h1>", html, re.DOTALL)
        assert heading is not None
        return html.replace(heading[0], "").replace(
            '<td class="embargo"', f'<td class="x">{heading[0]}</td><td class="embargo"'
        )

    assert [fault.why for fault in found(moved)] == ["The headline stands before the embargo or release line."]


def test_a_text_part_that_says_less_is_found() -> None:
    said = found(str.strip, lambda text: text.replace("what they need to find their way", ""))
    assert {fault.rule for fault in said} == {"text-part", "missing"}
    assert found(str.strip, lambda _: "")[-1].rule == "missing"


def test_what_nobody_sees_needs_no_contrast() -> None:
    hidden = '<p lang="en" style="display:none; color:#ffffff">x</p>'
    assert found(swap('<p class="end"', f'{hidden}<p class="end"')) == []


def test_a_style_sheet_is_read_as_programs_read_it() -> None:
    css = "/* a { } */ a, .b { color: red; } @media (x) { .c { margin: 0 !important } } .d { top: 1px }"
    assert [(rule.media, rule.selector, rule.declared) for rule in rules(css)] == [
        ("", "a", {"color": "red"}),
        ("", ".b", {"color": "red"}),
        ("(x)", ".c", {"margin": "0"}),
        ("", ".d", {"top": "1px"}),
    ]
    assert [rule.important for rule in rules(css)][2] == {"margin"}


part = st.integers(0, 255)
colours = st.tuples(part, part, part)


@given(colours, colours)
def test_contrast_is_the_same_both_ways_and_within_its_bounds(one: Colour, other: Colour) -> None:
    assert ratio(one, other) == ratio(other, one)
    assert 1 <= ratio(one, other) <= 21.0000001
    assert ratio(one, one) == 1


@given(colours)
def test_a_colour_is_read_however_it_is_written(one: Colour) -> None:
    assert colour("#" + "".join(f"{p:02X}" for p in one)) == one
    assert colour("rgb({}, {}, {})".format(*one)) == one


def test_contrast_by_the_numbers_that_others_publish() -> None:
    assert shown(ratio((255, 255, 255), (0, 0, 0))) == "21.0:1"
    assert shown(ratio((119, 119, 119), (255, 255, 255))) == "4.4:1"  # 4.478, which is not enough
    assert shown(ratio((118, 118, 118), (255, 255, 255))) == "4.5:1"
    assert colour("#fff") == (255, 255, 255)
    assert colour("currentColor") is None
