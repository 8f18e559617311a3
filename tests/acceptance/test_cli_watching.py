"""`distro wave show` beside a bot in another process, and `distro wave settle`."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.process import Office
from tests.acceptance.ready import DISTRO
from tests.sink import Sink

PEOPLE = ["ana@outlet.example.org,Ana,es,1", "ben@outlet.example.org,Ben,en,1", "cid@slow.example.com,Cid,en,1"]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Three readers and one wave that may go, of which nothing has left."""
    office = Office.at(tmp_path_factory.mktemp("office"), 25)
    office.people()
    office.contacts(PEOPLE)
    office.release()
    return office


@pytest.fixture
def office(planned: Office, tmp_path: Path, sink: Sink) -> Office:
    """The same office, with a relay."""
    shutil.copytree(planned.folder / "data", tmp_path / "data")
    return Office.at(tmp_path, sink.port, DISTRO_SENDING__UNCERTAIN="hold", DISTRO_OFFICE__TIMEZONE="America/Los_Angeles")


def wait_for(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"nothing like it in {seconds} s"
        time.sleep(0.2)
    return found


def living(worker: dict[str, Any]) -> bool:
    return bool(worker["living"])


def held(office: Office, sink: Sink) -> int:
    """Ana's copy was taken and never answered; returns its delivery's number."""
    sink.at_dot = lambda to, _: "drop" if to.startswith("ana") else None
    office.run("run", "--until-idle")
    sink.at_dot = lambda _to, _octets: None
    (doubt,) = office.json("wave", "show", "1")["uncertain"]
    number: int = doubt["delivery"]
    return number


def test_the_json_of_a_wave_keeps_its_keys(office: Office, sink: Sink) -> None:
    planned = office.json("wave", "show", "1")
    assert planned["counts"] == {}
    number = held(office, sink)
    shown = office.json("wave", "show", "1")

    assert (shown["id"], shown["release"], shown["purpose"], shown["state"]) == (1, "clinic", "general", "done")
    assert datetime.fromisoformat(shown["at"]).tzinfo is not None
    assert shown["counts"] == {"accepted": 2, "held": 1}
    assert shown["reason"] == "1 delivery is held and waits for a person: distro wave show 1"
    assert (shown["rate"], shown["eta"], shown["next_retry"], shown["lanes"], shown["relays"], shown["workers"]) == (
        0.0, None, None, [], [], [],
    )  # fmt: skip
    (doubt,) = shown["uncertain"]
    assert (doubt["delivery"], doubt["state"], doubt["due_at"]) == (number, "held", None)
    assert len(doubt["commands"]) == 3
    assert set(planned) == set(shown)


def test_the_screen_is_plain_where_there_is_no_terminal(office: Office, sink: Sink) -> None:
    assert b"No bot is running on this store" in office.run("wave", "show", "1").stdout
    number = held(office, sink)
    screen = office.run("wave", "show", "1").stdout.decode()
    assert "\x1b" not in screen
    assert screen.startswith("Wave 1 · clinic · general · done\n")
    assert "Los Angeles (P" in screen.splitlines()[1]
    assert re.search(r"\d\d:\d\d:\d\d UTC( on \w+ \d+)?\)", screen.splitlines()[1]), (
        "the date too where it is another one there"
    )
    assert f"wave settle {number} --resend" in screen
    listed = office.run("wave", "list").stdout.decode()
    assert "1 delivery is held and waits" in listed


def test_a_command_that_the_screen_names_settles_it(office: Office, sink: Sink) -> None:
    number = held(office, sink)
    (doubt,) = office.json("wave", "show", "1")["uncertain"]
    resend = doubt["commands"][0].replace("NAME", "Rosa").split()
    assert resend == ["distro", "--as", "Rosa", "wave", "settle", str(number), "--resend"]
    assert office.run(*resend[1:]).stdout.decode() == f"Delivery {number}: due again; the bot sends the identical copy.\n"
    office.run("run", "--until-idle")
    assert office.json("wave", "show", "1")["counts"] == {"accepted": 3}
    first, second = sink.to("ana@outlet.example.org")
    assert first.octets == second.octets


def test_a_persons_word_is_taken_with_its_reason(office: Office, sink: Sink) -> None:
    number = str(held(office, sink))
    refused = office.run("wave", "settle", number, "--accepted", as_="Rosa", status=2)
    assert b"--reason" in refused.stderr
    told = office.json("wave", "settle", number, "--accepted", "--reason", "it stands in their log", as_="Rosa")
    assert told == {"delivery": int(number), "wave": 1, "state": "accepted", "as": "accepted"}
    shown = office.json("wave", "show", "1")
    assert (shown["counts"], shown["reason"], shown["uncertain"]) == ({"accepted": 3}, "", [])


def test_all_of_a_wave_are_given_up(office: Office, sink: Sink) -> None:
    sink.at_dot = lambda _to, _octets: "drop"
    office.run("run", "--until-idle")
    told = office.json("wave", "settle", "--all", "1", "--give-up", "--reason", "too late now", as_="Rosa")
    assert told == {"wave": 1, "settled": 3, "as": "give_up"}
    assert office.json("wave", "show", "1")["counts"] == {"expired": 3}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("1",), b"one of --resend, --accepted and --give-up"),
        (("1", "--resend", "--give-up"), b"one of --resend, --accepted and --give-up"),
        (("--resend",), b"Name one delivery, or a whole wave"),
        (("1", "--all", "1", "--resend"), b"Name one delivery, or a whole wave"),
        (("99", "--resend"), b"There is no delivery 99"),
        (("--all", "99", "--resend"), b"There is no wave 99"),
        (("--all", "1", "--resend"), b"no delivery that could be settled"),
        ((str(2**63), "--resend"), b""),
    ],
)
def test_what_cannot_be_settled_is_refused(arguments: tuple[str, ...], sentence: bytes, planned: Office) -> None:
    refused = planned.run("wave", "settle", *arguments, as_="Rosa", status=2)
    assert sentence in refused.stderr
    assert refused.stdout == b""
    assert b"fault of the program" not in refused.stderr


def test_settling_needs_a_person(planned: Office) -> None:
    assert b"say who you are" in planned.run("wave", "settle", "1", "--resend", status=2).stderr


def test_on_a_terminal_a_board_is_drawn(office: Office, sink: Sink) -> None:
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    environment = {**office.environment, "TERM": "xterm-256color"}
    bot = subprocess.Popen([*DISTRO, "run", "--until-idle"], env=environment, cwd=office.folder, stdout=end, stderr=end)
    os.close(end)
    drawn = b""
    with suppress(OSError):  # the other end was closed
        while piece := os.read(terminal, 65536):
            drawn += piece
    os.close(terminal)
    assert bot.wait(30) == 0
    text = drawn.decode()
    assert "Wave 1 · clinic · general · done" in text
    assert "3 of 3 · 100 %" in text
    assert "delivery.accepted" not in text


def test_a_bot_in_another_process_is_seen_while_it_lives_and_last_seen_when_it_was_killed(office: Office, sink: Sink) -> None:
    sink.at_rcpt = lambda to, _: "451 4.2.1 Later" if to.startswith("ben") else None
    bot = office.start("run")

    def deferred() -> Any:
        """On a slow machine a look may come when the bot has not been heard of lately."""
        shown = office.json("wave", "show", "1")
        return any(map(living, shown["workers"])) and shown["counts"].get("deferred") == 1 and shown

    try:
        shown = wait_for(deferred, 60.0)
        (worker,) = shown["workers"]
        assert (worker["pid"], worker["living"], worker["blocked"]) == (bot.pid, True, None)
        assert shown["next_retry"]["count"] == 1
        assert b"for the next try at" in office.run("wave", "show", "1").stdout
    finally:
        bot.send_signal(signal.SIGKILL)
        bot.wait()

    wait_for(lambda: not any(map(living, office.json("wave", "show", "1")["workers"])), 60.0)
    screen = office.run("wave", "show", "1").stdout.decode()
    assert screen.startswith("The bot has not been heard of for ")
    assert f"Bot: process {bot.pid} on " in screen

    again = office.start("run")
    try:
        wait_for(lambda: [w["pid"] for w in office.json("wave", "show", "1")["workers"]] == [again.pid], 60.0)
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.wait(30) == 0
    assert office.json("wave", "show", "1")["workers"] == []
