"""What may stand in each field of a contact, and what an import leaves in the notes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.errors import Refused
from contacts.fields import FIELDS, beat_keys, beats, check
from contacts.folding import fold
from contacts.kept_notes import column_label, merge, split


@pytest.mark.parametrize(
    ("field", "text", "stored"),
    [
        ("name", "  Dr. José   Peña ", "Dr. José Peña"),
        ("name", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("name", "a\tb", "a b"),
        ("beats", "Inmigración; tribunales ;inmigracion;;", "Inmigración;tribunales"),
        ("timezone", "america/new_york", "America/New_York"),
        ("tier", " 2 ", 2),
        ("tier", "", None),
        ("notes", "one\r\ntwo\n", "one\ntwo"),
        ("languages", "en+es", "en+es"),
    ],
)
def test_stored_forms(field: str, text: str, stored: object) -> None:
    assert check({field: text}) == ({field: stored}, [])


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "Bcc: x@example.org\nX"),
        ("name", "a\u2028b"),
        ("name", "a\x85b"),
        ("name", "=?UTF-8?Q?=0A?="),
        ("tier", "dos"),
        ("tier", "-1"),
        ("tier", "1.0"),
        ("tier", "١"),
        ("timezone", "America/Fénix"),
        ("region", "x" * 1001),
        ("notes", "\x1b[2J"),
    ],
)
def test_faults(field: str, text: str) -> None:
    values, (fault,) = check({field: text})
    assert (values, fault.field, fault.value) == ({}, field, text)
    assert fault.reason.endswith(".")


@given(st.sampled_from(sorted(FIELDS)), st.text())
def test_a_stored_form_is_stable_or_the_text_is_refused(field: str, text: str) -> None:
    try:
        stored = FIELDS[field](text)
    except Refused:
        return
    assert FIELDS[field]("" if stored is None else str(stored)) == stored


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8), max_size=6))
def test_folded_beats_stand_between_single_semicolons(labels: list[str]) -> None:
    stored = beats(";".join(labels))
    keys = beat_keys(stored)
    assert keys[1:-1].split(";") == [fold(one) for one in stored.split(";")] if stored else keys == ";"


LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)
NOTES = st.lists(LINES | st.builds("[{}] {}".format, LINES, LINES), max_size=4).map("\n".join)


@given(NOTES, NOTES, st.dictionaries(LINES.map(column_label).filter(bool), LINES, max_size=3))
def test_importing_notes_again_changes_nothing(stored: str, cell: str, kept: dict[str, str]) -> None:
    once = merge(stored, cell, kept)
    assert merge(once, cell, kept) == once
    assert {label for label, value in kept.items() if value.strip()} <= set(split(once)[1])


def test_words_and_kept_columns_do_not_eat_each_other() -> None:
    first = merge("", "calls in the morning", {"Twitter": "@ana"})
    assert first == "calls in the morning\n[Twitter] @ana"
    assert merge(first, "", {"Signal": "ana.1"}) == "calls in the morning\n[Twitter] @ana\n[Signal] ana.1"
    assert merge(first, "calls at noon", {"Twitter": "@ana2"}) == "calls at noon\n[Twitter] @ana2"
