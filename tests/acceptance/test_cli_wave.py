"""`distro wave` and `distro archive` in processes of their own, each with no more imported than its command asks for."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.process import Office
from tests.acceptance.ready import DISTRO
from tests.sink import Sink


def test_one_copy_is_sent_again_from_the_command_line(tmp_path: Path, sink: Sink) -> None:
    office = Office.at(tmp_path, sink.port)
    office.people()
    office.contacts(["ana@outlet.example.org,Ana,es,1"])
    office.release()
    office.run("run", "--until-idle")
    told = office.json("wave", "resend", "1", "--reason", "asked by phone", as_="Rosa")
    assert (told["delivery"], told["state"]) == (1, "pending")
    office.run("run", "--until-idle")
    first, second = sink.received
    assert first.octets == second.octets == office.run("archive", "eml", "1").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("wave", "show", str(2**63)),
        ("wave", "list", "--limit", str(2**63)),
        ("wave", "resend", str(2**63)),
        ("archive", "show", str(2**63)),
        ("archive", "eml", str(2**63)),
        ("archive", "list", "--wave", str(2**63)),
        ("archive", "list", "--after", str(2**63)),
        ("contacts", "list", "--after", str(2**63)),
        ("contacts", "list", "--limit", str(2**63)),
    ],
)
def test_a_number_beyond_what_a_store_holds_is_bad_input(arguments: tuple[str, ...], bare_office: Office) -> None:
    refused = bare_office.run(*arguments, status=2)
    assert refused.stdout == b""
    assert b"fault of the program" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "closed", "status"),
    [
        ("staff list", ">&-", 0),
        ("staff list --json", ">&-", 0),
        ("wave show 1", ">&-", 2),
        ("wave show 1 --json", "2>&-", 2),
    ],
)
def test_a_closed_stream_is_no_fault_and_moves_nothing_to_the_other(
    arguments: str, closed: str, status: int, bare_office: Office
) -> None:
    command = f"exec {shlex.join(DISTRO)} {arguments} {closed}"
    done = subprocess.run(["sh", "-c", command], env=bare_office.environment, capture_output=True, check=False)
    assert done.returncode == status, done.stderr
    assert b"fault of the program" not in done.stderr
    assert done.stdout == b""


@pytest.fixture(scope="module")
def bare_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office.at(tmp_path_factory.mktemp("office"), 25)
    office.run("init")
    return office
