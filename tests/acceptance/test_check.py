"""The check of the fault rig must be able to fail: a sound run passes, and each way of tampering with it is told."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.rig.check import RULES, Evidence, figures, violations
from tests.acceptance.rig.facts import Facts, Life
from tests.acceptance.rig.relay import Copy

HOUR = "2026-12-01T14:00:00Z"
AT = 1_796_133_600.0  # the same instant
PEOPLE = [f"reader{n}@outlet.example.org" for n in range(4)]


def message_id(address: str) -> str:
    return f"<{address.partition('@')[0]}@press.example.org>"


def copy(address: str, at: float, *, taken: bool = True, octets: bytes | None = None) -> Copy:
    octets = f"To: {address}\r\n\r\nThe clinic opens.\r\n".encode() if octets is None else octets
    packed = base64.b64encode(zlib.compress(octets)).decode()
    sha256 = hashlib.sha256(octets).hexdigest()
    return Copy(at + 0.01, at, at, at, address, message_id(address), sha256, taken, "", packed)


def attempt(outcome: str, reply: str | None, *, uncertain: bool = False) -> dict[str, Any]:
    return {"at": HOUR, "outcome": outcome, "phase": "dot", "reply": reply, "uncertain": uncertain}


def delivery(number: int, address: str, state: str, *attempts: dict[str, Any]) -> dict[str, Any]:
    return {
        "delivery": number,
        "release": "clinic",
        "version": "v",
        "wave": 1,
        "purpose": "general",
        "recipient": {"address": address},
        "state": state,
        "message_id": message_id(address),
        "sha256": copy(address, AT).sha256,
        "attempts": list(attempts),
    }


@pytest.fixture
def sound() -> Evidence:
    """Four people: accepted; accepted twice after a kill, and flagged; refused; suppressed before its turn."""
    accepted = attempt("accepted", "250 2.0.0 Ok")
    archive = [
        delivery(1, PEOPLE[0], "accepted", accepted),
        delivery(2, PEOPLE[1], "accepted", attempt("uncertain", None), attempt("accepted", "250 Ok", uncertain=True)),
        delivery(3, PEOPLE[2], "refused", attempt("refused", "554 5.6.0 No")),
        delivery(4, PEOPLE[3], "suppressed"),
    ]
    counts = {"accepted": 2, "refused": 1, "suppressed": 1}
    return Evidence(
        archive=archive,
        waves=[{"id": 1, "release": "clinic", "at": HOUR, "state": "done", "counts": counts}],
        copies=[copy(PEOPLE[0], AT + 1), copy(PEOPLE[1], AT + 1), copy(PEOPLE[1], AT + 9)],
        rebuilt={d["delivery"]: d["sha256"] for d in archive},
        frozen={1: 4},
        entries=Counter({"delivery.accepted": 2}),
        changed=[],
        audit=[],
        facts=Facts(
            lives=[Life(AT - 1, AT + 3, clean=False), Life(AT + 8, AT + 20, clean=True)],
            audience={"clinic": set(PEOPLE)},
            stopped={PEOPLE[3]: AT + 2},
            touched={PEOPLE[3]},
            clock=[(AT - 100, 0.0)],
        ),
    )


def test_a_sound_run_passes(sound: Evidence) -> None:
    assert violations(sound) == []
    told = figures(sound)
    assert (told.accepted, told.uncertain, told.doubled) == (3, 1, 1)


def lose_a_delivery(e: Evidence) -> None:
    del e.archive[0]


def leave_one_pending(e: Evidence) -> None:
    e.archive[0]["state"] = "pending"


def stop_one_without_reason(e: Evidence) -> None:
    e.archive[0]["state"] = "cancelled"


def refuse_without_a_refusal(e: Evidence) -> None:
    e.archive[2]["attempts"] = [attempt("refused", "451 4.3.0 later")]


def claim_what_the_server_never_took(e: Evidence) -> None:
    e.copies[0] = dataclasses.replace(e.copies[0], taken=False)


def double_without_a_flag(e: Evidence) -> None:
    e.copies.append(copy(PEOPLE[0], AT + 10))


def double_once_more_than_doubted(e: Evidence) -> None:
    e.copies.append(copy(PEOPLE[1], AT + 10))


def double_with_other_bytes(e: Evidence) -> None:
    e.copies[2] = copy(PEOPLE[1], AT + 9, octets=b"To: somebody\r\n\r\nOther words.\r\n")


def forget_the_flag(e: Evidence) -> None:
    e.archive[1]["attempts"][1]["uncertain"] = False


def deliver_one_release_twice(e: Evidence) -> None:
    e.archive.append(e.archive[0] | {"delivery": 5, "purpose": "advance"})


def receive_what_the_archive_does_not_know(e: Evidence) -> None:
    e.copies.append(copy("stranger@elsewhere.example.net", AT + 2))


def change_the_archived_hash(e: Evidence) -> None:
    e.archive[0]["sha256"] = "0" * 64


def rebuild_other_bytes(e: Evidence) -> None:
    e.rebuilt[1] = "0" * 64


def leave_early(e: Evidence) -> None:
    e.copies[0] = copy(PEOPLE[0], AT - 2)


def leave_after_the_recall(e: Evidence) -> None:
    e.facts.recalled["clinic"] = AT + 5  # between the lives: nobody had anything on the wire


def leave_more_than_the_lines_after_the_recall(e: Evidence) -> None:
    e.facts.lives = [Life(AT - 1, AT + 20, clean=False, lines=1)]
    e.facts.recalled["clinic"] = AT + 0.5


def mail_the_suppressed(e: Evidence) -> None:
    e.copies.append(copy(PEOPLE[3], AT + 9))


def lose_one_in_the_counts(e: Evidence) -> None:
    e.waves[0]["counts"]["accepted"] = 1


def freeze_more_than_there_are(e: Evidence) -> None:
    e.frozen[1] = 5


def lose_an_entry(e: Evidence) -> None:
    e.entries["delivery.accepted"] = 1


def change_an_entry(e: Evidence) -> None:
    e.changed.append("entry 7")


def alter_a_row(e: Evidence) -> None:
    e.audit.append("Entry 7 is not what was sealed (note of thing:1).")


def doubt_more_than_the_lines(e: Evidence) -> None:
    e.facts.lives = [Life(AT - 1, AT + 20, clean=True)]


TAMPERING: dict[Callable[[Evidence], None], str] = {
    lose_a_delivery: "nobody is lost",
    leave_one_pending: "every delivery has ended",
    stop_one_without_reason: "what ended without a copy says why",
    refuse_without_a_refusal: "what ended without a copy says why",
    claim_what_the_server_never_took: "accepted means taken",
    double_without_a_flag: "nothing is doubled but what is flagged",
    double_once_more_than_doubted: "nothing is doubled but what is flagged",
    double_with_other_bytes: "nothing is doubled but what is flagged",
    forget_the_flag: "nothing is doubled but what is flagged",
    deliver_one_release_twice: "nobody gets a release twice",
    receive_what_the_archive_does_not_know: "the archive has what was received",
    change_the_archived_hash: "the archive has what was received",
    rebuild_other_bytes: "the archive has what was received",
    leave_early: "nothing leaves early",
    leave_after_the_recall: "nothing leaves after a recall",
    leave_more_than_the_lines_after_the_recall: "nothing leaves after a recall",
    mail_the_suppressed: "nobody suppressed is mailed",
    lose_one_in_the_counts: "the states add up",
    freeze_more_than_there_are: "the states add up",
    lose_an_entry: "the states add up",
    change_an_entry: "the record only grows",
    alter_a_row: "the archive is as it was sealed",
    doubt_more_than_the_lines: "doubt is bounded",
}


@pytest.mark.parametrize(("tamper", "rule"), TAMPERING.items(), ids=lambda x: getattr(x, "__name__", ""))
def test_tampering_is_told(sound: Evidence, tamper: Callable[[Evidence], None], rule: str) -> None:
    tamper(sound)
    assert any(sentence.startswith(rule + ": ") for sentence in violations(sound)), violations(sound)


def test_an_advance_copy_that_was_refused_is_none(sound: Evidence) -> None:
    refused = next(d for d in sound.archive if d["state"] == "refused")
    sound.archive.append(sound.archive[0] | {"delivery": 5, "recipient": refused["recipient"]})
    assert not [sentence for sentence in violations(sound) if sentence.startswith("nobody gets a release twice")]


def test_no_rule_is_left_untried() -> None:
    assert {rule.__name__.replace("_", " ") for rule in RULES} == set(TAMPERING.values())
