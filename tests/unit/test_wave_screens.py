"""What a press secretary sees, kept as files: read the diff when one changes. `UPDATE_GOLDEN=1 pytest …` writes them anew."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from distro.cli.saying import clock_hour, lasting, number
from distro.cli.wavescreen import Line, Place, board, screen, wrapped
from distro.dispatch.progress import Doubt, Retry, WaveSight
from distro.dispatch.workers import Heard, LaneTold, RelayTold, Snapshot, WaveTold, rate_of

GOLDEN = Path(__file__).parents[1] / "golden" / "screens"
NOW = datetime(2026, 12, 1, 14, 2, 30, tzinfo=UTC)
LAUNCHED = NOW - timedelta(seconds=150)
HOUR = "Tuesday, December 1, 2026 at 9:00 AM, New York (EST, 14:00 UTC)"


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


PLANNED = WaveSight(4, "clinic", "general", later(-150), "armed", "", None, None, {})
SENDING = replace(
    PLANNED,
    state="sending",
    launched_at=LAUNCHED,
    counts={"accepted": 61_200, "pending": 38_411, "claimed": 16, "in_flight": 10, "deferred": 230, "refused": 133},
    retry=Retry(later(40), 12, later(1800), 230),
)
DOUBTFUL = replace(
    SENDING,
    counts={**SENDING.counts, "held": 2, "uncertain": 3},
    doubts=(
        Doubt(17, "held", ago(100), None, sent=True),
        Doubt(90_211, "held", ago(90), None, sent=False),
        Doubt(18, "uncertain", ago(80), later(220), sent=True),
        Doubt(19, "uncertain", ago(80), ago(1), sent=True),
    ),
)
DONE = replace(
    SENDING, state="done", finished_at=ago(10), counts={"accepted": 99_867, "refused": 131, "held": 2}, retry=None,
    doubts=DOUBTFUL.doubts[:2],
)  # fmt: skip

BOT = Snapshot("a1", "press1", 4242, ago(7400), ago(1), waves=(WaveTold(4, 412.3, {"accepted": 61_200}),))
LANES = tuple(LaneTold(f"mail{n}.example.com", "421 4.7.28", ago(60), later(43 + n)) for n in range(3))
SLOWED = replace(
    BOT, lanes=(*LANES, LaneTold("post.example.net", "450 4.7.1", ago(300), rate=0.5)), slowed=4,
    relays=(RelayTold("relay1.example.org:25"), RelayTold("relay2.example.org:587", "Connection refused", ago(190), later(12))),
)  # fmt: skip
BLOCKED = replace(BOT, blocked="database or disk is full", blocked_since=ago(75), waves=())
ALIVE, DEAD = Heard(SLOWED, living=True), Heard(replace(BOT, at=ago(260)), living=False)

SCREENS: dict[str, tuple[WaveSight, list[Heard]]] = {
    "planned": (replace(PLANNED, at=later(86_400)), []),
    "due-and-no-bot": (PLANNED, []),
    "sending": (SENDING, [Heard(BOT, living=True)]),
    "sending-with-everything-wrong": (DOUBTFUL, [ALIVE]),
    "two-bots-one-gone": (SENDING, [Heard(BOT, living=True), DEAD]),
    "blocked": (SENDING, [Heard(BLOCKED, living=True)]),
    "not-heard-of": (SENDING, [DEAD]),
    "held": (replace(SENDING, state="held", reason="Our own set-up is refused (550 5.7.26), see delivery 12."), [ALIVE]),
    "done": (DONE, [ALIVE]),
    "cancelled": (replace(DONE, state="cancelled", doubts=(), counts={"accepted": 3, "cancelled": 97}), []),
}
BOARDS: dict[str, tuple[list[WaveSight], Snapshot]] = {
    "nothing": ([], BOT),
    "one": ([SENDING], BOT),
    "everything-wrong": ([DOUBTFUL], replace(SLOWED, blocked=BLOCKED.blocked, blocked_since=BLOCKED.blocked_since)),
    "many": ([replace(SENDING, id=n, release=f"release-{n}") for n in range(4, 10)], SLOWED),
}


def text_of(lines: list[Line], width: int = 80) -> str:
    return "\n".join(text for text, _ in wrapped(lines, width)) + "\n"


def shown(name: str) -> str:
    sight, bots = SCREENS[name]
    rate = rate_of(sight.id, [bot.said for bot in bots if bot.living])
    return text_of(screen(sight, bots, rate, NOW, Place("America/New_York", hour=HOUR)))


def drawn(name: str) -> str:
    sights, said = BOARDS[name]
    return text_of(board(sights, {sight.id: 412.3 for sight in sights}, said, NOW, Place("America/New_York")))


def hold(name: str, found: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found


@pytest.mark.parametrize("name", SCREENS)
def test_wave_show_looks_as_it_did(name: str) -> None:
    hold(f"show.{name}.txt", shown(name))


@pytest.mark.parametrize("name", BOARDS)
def test_the_board_looks_as_it_did(name: str) -> None:
    hold(f"board.{name}.txt", drawn(name))


@pytest.mark.parametrize("found", [*(shown(n) for n in SCREENS), *(drawn(n) for n in BOARDS)])
def test_everything_fits_a_small_terminal(found: str) -> None:
    lines = found.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_what_stops_everything_is_said_first() -> None:
    assert shown("blocked").startswith("NOTHING LEAVES for 75 s: no evidence can be written (database or disk is full).")
    assert drawn("everything-wrong").startswith("NOTHING LEAVES")
    assert shown("not-heard-of").startswith("The bot has not been heard of for 4 min")
    assert shown("due-and-no-bot").startswith("No bot is running")
    assert "No bot" not in shown("planned")


def test_the_board_and_the_screen_say_the_same_sentences() -> None:
    on_screen = shown("sending").splitlines()
    assert all(line in on_screen for line in drawn("one").splitlines())


def test_a_bar_is_full_only_when_nothing_is_left() -> None:
    almost = replace(SENDING, counts={"accepted": 999_999, "pending": 1}, retry=None)
    bar = text_of(screen(almost, [], 0.0, NOW, Place("UTC"))).splitlines()[2]
    assert "░" in bar
    assert bar.endswith("999,999 of 1,000,000 · 99 %")
    assert "░" not in shown("done")


def test_the_eta_counts_what_is_due_and_nothing_that_waits() -> None:
    assert SENDING.due == 38_437
    assert SENDING.eta(412.3, NOW) == later(93)
    assert SENDING.eta(0.0, NOW) is None
    assert DONE.eta(412.3, NOW) is None
    assert replace(SENDING, state="paused").eta(412.3, NOW) is None


def test_no_words_of_a_server_and_no_address_are_on_a_screen() -> None:
    assert "@" not in "".join(shown(name) for name in SCREENS)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0 s"), (0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7100, "118 min"), (7200, "2 h"), (12_000, "3 h 20 min"),
     (172_800, "2 days")],
)  # fmt: skip
def test_a_span_is_said_coarsely(seconds: float, said: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == said


def test_an_hour_is_said_as_near_as_it_is() -> None:
    assert clock_hour(later(93), "America/New_York", NOW) == "09:04:03 EST"
    assert clock_hour(later(1800), "America/New_York", NOW) == "09:32 EST"
    assert clock_hour(later(86_400), "America/New_York", NOW) == "2 Dec 09:02 EST"
    assert [number(r) for r in (0, 0.52, 41.23, 99.96, 412.3, 5744)] == ["0.0", "0.5", "41.2", "100", "412", "5,744"]
