"""What the entries about a delivery come to: where its row may stand, and where it may not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from distro.archive.columns import microseconds
from distro.dispatch.attempts import base64
from distro.dispatch.delivery import LIVE
from distro.dispatch.delivery import State as S
from distro.dispatch.trail import Row, Said, disagreements, follow

SHA256 = bytes(range(32))
OPEN = {S.PENDING, S.CLAIMED, S.IN_FLIGHT, S.DEFERRED, S.UNCERTAIN}


def said(number: int, what: str, **told: object) -> Said:
    return Said(number, number * 1000, f"delivery.{what}", json.dumps({"wave": 1, **told}))


def accepted(number: int, attempt: int = 1) -> Said:
    return said(number, "accepted", attempt=attempt, permit="lift", sealed="s" * 43, sha256=base64(SHA256))


def settled(how: str, to: str, **told: object) -> Said:
    return said(2, "settled", **{"as": how, "to": to, **told})


GOING, DOUBT = OPEN | {S.CANCELLED}, OPEN | {S.HELD, S.CANCELLED}
AGAIN = [accepted(1), said(2, "resend")]
AT = "1970-01-01T00:00:00.001000Z"

HISTORIES: dict[str, tuple[list[Said], set[S], int, int | None]] = {
    "new": ([], {S.PENDING, S.CLAIMED, S.IN_FLIGHT, S.CANCELLED}, 0, None),
    "accepted": ([accepted(1)], {S.ACCEPTED}, 1, 1000),
    "accepted at the second try": ([said(1, "deferred"), accepted(2, 2)], {S.ACCEPTED}, 2, 2000),
    "deferred": ([said(1, "deferred")], GOING, 1, None),
    "refused": ([said(1, "refused")], {S.REFUSED}, 1, None),
    "taken back": ([said(1, "uncertain")], DOUBT, 1, None),
    "held": ([said(1, "held")], {S.HELD, S.CANCELLED}, 1, None),
    "a late reply takes the doubt away": ([said(1, "uncertain"), said(2, "accepted", attempt=1)], {S.ACCEPTED}, 1, 2000),
    "a late reply that changes nothing": ([said(1, "uncertain"), said(2, "late_reply", attempt=4)], DOUBT, 1, None),
    "sent again and on its way": (AGAIN, OPEN | {S.ACCEPTED}, 1, 1000),
    "sent again and refused": ([*AGAIN, said(3, "refused", attempt=2)], {S.ACCEPTED}, 2, 1000),
    "sent again and accepted": ([*AGAIN, accepted(3, 2)], {S.ACCEPTED}, 2, 1000),
    "sent again and stopped": ([*AGAIN, said(3, "resend_stopped")], {S.ACCEPTED}, 1, 1000),
    "sent again and in doubt": ([*AGAIN, said(3, "uncertain", attempt=2)], OPEN | {S.HELD, S.ACCEPTED}, 2, 1000),
    "vouched for": ([said(1, "held"), settled("accepted", "accepted", accepted_at=AT)], {S.ACCEPTED}, 1, 1000),
    "given up": ([said(1, "held"), settled("give_up", "expired")], {S.EXPIRED}, 1, None),
    "settled to go again": ([said(1, "held"), settled("resend", "uncertain")], GOING, 1, None),
    "suppressed": ([said(1, "suppressed")], {S.SUPPRESSED}, 0, None),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_says_where_the_row_stands(name: str) -> None:
    entries, states, attempts, at = HISTORIES[name]
    trail = follow(entries)
    assert (set(trail.states), trail.attempts, trail.accepted) == (states, attempts, at)
    for state in S:
        found = [one.what for one in disagreements(row(state, attempts, at, doubt=trail.doubts == {True}), trail)]
        assert bool(found) is (state not in states), found


def row(state: S, attempts: int, at: int | None, *, doubt: bool = False) -> Row:
    return Row(
        id=7,
        wave_id=1,
        contact_id=1,
        once=b"",
        address_hash=b"",
        language="en",
        fallback=False,
        segments="All",
        state=state.value,
        live=state in LIVE,
        doubt=doubt,
        basis="lift",
        attempts=attempts,
        skeleton_id=1,
        sha256=SHA256,
        stamped_us=1,
        accepted_us=at,
    )


def test_each_column_is_held_against_the_entries() -> None:
    trail, honest = follow([accepted(1)]), row(S.ACCEPTED, 1, 1000)
    assert list(disagreements(honest, trail)) == []
    others: dict[str, Any] = {
        "state": "refused",
        "attempts": 2,
        "accepted_us": 1001,
        "sha256": bytes(32),
        "wave_id": 2,
        "basis": "immediate",
        "doubt": True,
        "live": False,
        "skeleton_id": None,
        "stamped_us": None,
    }
    for column, value in others.items():
        (found,) = disagreements(honest._replace(**{column: value}), trail)
        assert found.delivery == 7
        assert found.entry == (1 if column in ("accepted_us", "sha256", "wave_id", "basis") else None)


SILENT = {"class": "silent", "permit": "lift"}
DOUBTS: dict[str, tuple[list[Said], set[bool]]] = {
    "never tried": ([], {False}),
    "refused": ([said(1, "refused", **{"class": "hard"})], {False}),
    "silence before the end": ([said(1, "deferred", phase="data", **SILENT)], {False}),
    "silence at the end, of which nothing had left": ([said(1, "deferred", **SILENT)], {False}),
    "silence behind the end": ([said(1, "uncertain", **SILENT)], {True}),
    "taken back": ([said(1, "uncertain")], {True}),
    "held, for it was sent": ([said(1, "held", **SILENT)], {True}),
    "held, for it could not be made": ([said(1, "held", **{"class": "silent", "phase": "mail"})], {False}),
    "given up after silence: no entry knows": ([said(1, "expired", **SILENT)], {False, True}),
    "given up after doubt": ([said(1, "uncertain", **SILENT), said(2, "expired", attempt=2, **SILENT)], {True}),
    "accepted after doubt": ([said(1, "uncertain", **SILENT), accepted(2, 2)], {True}),
    "in doubt at the try": ([said(1, "accepted", uncertain=True)], {True}),
}


@pytest.mark.parametrize("name", DOUBTS)
def test_doubt_comes_from_what_was_tried_and_stays(name: str) -> None:
    entries, doubts = DOUBTS[name]
    assert follow(entries).doubts == doubts


LATE = said(2, "accepted", permit="agreement:4", attempt=1)
PERMITS: dict[str, tuple[list[Said], str | None]] = {
    "none": ([said(1, "refused", phase="rcpt")], None),
    "of the last try": ([said(1, "uncertain", permit="agreement:4"), said(2, "deferred", attempt=2, permit="lift")], "lift"),
    "of the last that had one": ([said(1, "deferred", permit="lift"), said(2, "refused", attempt=2, phase="rcpt")], "lift"),
    "of the first acceptance": ([accepted(1), said(2, "resend"), said(3, "refused", attempt=2, permit="agreement:4")], "lift"),
    "not of what was told too late": ([said(1, "uncertain", permit="lift"), LATE], "lift"),
}


@pytest.mark.parametrize("name", PERMITS)
def test_the_permit_is_that_of_the_last_try(name: str) -> None:
    entries, permit = PERMITS[name]
    assert follow(entries).permit == permit


def test_what_is_on_the_wire_may_have_a_newer_permit() -> None:
    trail = follow([said(1, "uncertain", permit="agreement:4")])
    assert list(disagreements(row(S.IN_FLIGHT, 1, None, doubt=True), trail)) == []
    (found,) = disagreements(row(S.HELD, 1, None, doubt=True), trail)
    assert found.what == "Delivery 7 left by the permit 'lift', and by its entries 'agreement:4'."


def test_an_entry_from_before_the_third_migration_has_its_hash_in_hex() -> None:
    told = said(1, "deferred", attempt=1, permit="lift", sha256=SHA256.hex(), reply="0" * 64, to="0" * 64)
    assert list(disagreements(row(S.DEFERRED, 1, None), follow([told]))) == []
    assert follow([told]).replied == {1}


def test_what_a_person_knew_is_to_the_microsecond() -> None:
    at = datetime(2026, 11, 24, 15, 0, 0, 123456, tzinfo=UTC)
    told = settled("accepted", "accepted", accepted_at="2026-11-24T15:00:00.123456Z")
    assert follow([said(1, "held"), told]).accepted == microseconds(at)


@pytest.mark.parametrize("payload", ["", "[]", "null", "7", '{"attempt":"x"}'])
def test_an_entry_that_is_none_of_ours_is_told(payload: str) -> None:
    trail = follow([Said(3, 1, "delivery.accepted", payload)])
    (found,) = disagreements(row(S.ACCEPTED, 1, 1), trail)
    assert (found.what, found.entry, found.delivery) == ("Entry 3 about delivery 7 cannot be read.", 3, 7)
