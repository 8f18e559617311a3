"""Quoted-printable: whatever goes in comes out, and no line can hurt a mail server on the way."""

from __future__ import annotations

import quopri

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from distro.mail.quoted import SOFT_BREAK, quoted

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


@given(TEXT)
@example("." * 300)
@example("From me\nFrom you")
@example("x " * 200)
@example("trailing \nand\t\n")
@example("é" * 998)
def test_text_reads_back_and_lines_are_safe(text: str) -> None:
    written = quoted(text)
    assert quopri.decodestring(written.replace("\r\n", "\n")).decode() == text
    assert written.isascii()
    assert "\n" not in written.replace("\r\n", "")
    assert "\r" not in written.replace("\r\n", "")
    for line in written.split("\r\n"):
        assert len(line) <= 76
        assert not line.startswith((".", "From "))
        assert not line.endswith(" ")


@given(TEXT, TEXT, TEXT)
def test_a_value_between_soft_breaks_joins_its_neighbours(before: str, value: str, after: str) -> None:
    joined = quoted(before) + SOFT_BREAK + quoted(value) + SOFT_BREAK + quoted(after)
    assert quopri.decodestring(joined.replace("\r\n", "\n")).decode() == before + value + after
    assert max(len(line) for line in joined.split("\r\n")) <= 76


@pytest.mark.parametrize(
    ("text", "written"),
    [("Labor desk", "Labor desk"), (".", "=2E"), ("a=b", "a=3Db"), ("ñ", "=C3=B1"), ("From here", "=46rom here"), ("", "")],
)
def test_known_forms(text: str, written: str) -> None:
    assert quoted(text) == written
