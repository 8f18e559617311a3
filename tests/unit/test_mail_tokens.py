"""A token says who it is for, and nobody else can make one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.archive.vault import Keys
from distro.config import Office
from distro.mail.stamp import envelope_from
from distro.mail.tokens import LENGTH, Purpose, make, read

KEYS = Keys(bytes(range(32)))
OTHER = Keys(bytes(32))
NUMBERS = st.integers(0, 2**48 - 1)
PURPOSES = st.sampled_from(["u", "b"])


@given(PURPOSES, NUMBERS)
def test_a_token_reads_back_in_any_case(purpose: Purpose, number: int) -> None:
    token = make(KEYS, purpose, number)
    assert len(token) == LENGTH
    assert token == token.lower()
    assert token.isalnum()
    assert read(KEYS, purpose, token) == read(KEYS, purpose, token.upper()) == number


@given(NUMBERS)
def test_a_token_serves_one_purpose_and_one_office(number: int) -> None:
    token = make(KEYS, "u", number)
    assert read(KEYS, "b", token) is None
    assert read(OTHER, "u", token) is None


@given(NUMBERS, st.integers(0, LENGTH - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_character_can_be_changed(number: int, at: int, character: str) -> None:
    token = make(KEYS, "u", number)
    changed = token[:at] + character + token[at + 1 :]
    assert read(KEYS, "u", changed) == (number if changed == token else None)


@given(st.text())
def test_anything_else_is_nobody(text: str) -> None:
    assert read(KEYS, "u", text) is None


@pytest.mark.parametrize("number", [-1, 2**48])
def test_a_number_out_of_range_is_a_mistake_of_ours(number: int) -> None:
    with pytest.raises(OverflowError):
        make(KEYS, "u", number)


def test_the_envelope_says_whose_copy_bounced() -> None:
    office = Office(bot_address="robot@press.example.org", bounce_domain="bounce.example.org")
    assert envelope_from(office, "abc") == "robot+b.abc@bounce.example.org"
