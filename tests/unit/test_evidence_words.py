"""What the summary of evidence says is said in both languages, whatever the record holds; and its instants are unmistakable."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from distro.archive.ledger import Sealable
from distro.dispatch.delivery import State
from distro.dispatch.evidence_pdf import fit
from distro.dispatch.evidence_summary import LEFT_OUT, PROVES, PROVES_NOT
from distro.dispatch.evidence_words import DEEDS, PURPOSES, STATES, WORDS_OF_PEOPLE, deed, hour, hour_in_line
from distro.dispatch.opening import DAMAGED, DISPOSED, ERASED
from distro.dispatch.settling import How
from distro.editorial.plan import Purpose, WaveVerb
from distro.editorial.release import Verb
from distro.words import words

SHORT = [*DEEDS.values(), *STATES.values(), *PURPOSES.values(), *WORDS_OF_PEOPLE.values(), ERASED, DISPOSED, DAMAGED]
LONG = [
    *PROVES,
    *PROVES_NOT,
    *LEFT_OUT,
    *(f"evidence: {n}" for n in ("in doubt", "not shown", "does not match", "the record", "accepted")),
]


@pytest.mark.parametrize("message", SHORT)
def test_it_is_said_in_spanish_too(message: str) -> None:
    assert words("es")(message, **({"who": "Rosa"} if "%(who)s" in message else {})) != message


STAMPS = ["evidence: time-stamps", "evidence: no time-stamps", "evidence: how to check time-stamps"]


@pytest.mark.parametrize("message", [*LONG, *STAMPS, "evidence: how to check"])
def test_a_paragraph_is_written_out_in_both_languages(message: str) -> None:
    assert len(words("en")(message)) > 40
    assert len(words("es")(message)) > 40
    assert words("en")(message) != words("es")(message)


def test_every_verb_and_state_has_words() -> None:
    assert {f"release.{verb}" for verb in Verb} | {f"wave.{verb}" for verb in WaveVerb} <= set(DEEDS)
    assert set(State) <= set(STATES)
    assert set(Purpose) == set(PURPOSES)
    assert set(How) == set(WORDS_OF_PEOPLE)


def test_an_instant_is_said_where_it_was_and_in_utc() -> None:
    at = datetime(2026, 12, 2, 1, 0, 5, tzinfo=UTC)
    assert hour(at, "America/New_York") == "2026-12-01 20:00:05 EST\n2026-12-02 01:00:05 UTC"
    assert hour_in_line(at, "America/Sao_Paulo") == "2026-12-01 22:00:05 UTC-3 (2026-12-02 01:00:05 UTC)"
    assert hour(None, "UTC") == hour_in_line(None, "UTC") == ""


def test_what_an_entry_tells() -> None:
    paused = Sealable(1, 0, "Rosa", "wave.pause", "wave:12", '{"count":3,"reason":"asked by phone"}')
    assert deed(paused, words("en")) == "paused the wave (wave 12; 3 deliveries; “asked by phone”)"
    assert deed(paused._replace(kind="wave.unheard_of"), words("es")).startswith("wave.unheard_of (tanda 12; 3 entregas")


def test_what_the_fonts_lack_is_said_by_number_and_long_words_may_break() -> None:
    assert fit("Łukasz 中 Жанна Ελένη") == "Łukasz [U+4E2D] Жанна Ελένη"
    assert fit("e\u0301 \u202e \x1b") == "é [U+202E] [U+001B]"
    assert fit("somebody@daily.example.com").split("\u200b") == ["somebody@", "daily.", "example.", "com"]
    assert all(len(part) <= 12 for part in fit("f" * 64).split("\u200b"))
