"""The log: one JSON event a line, with the ids it is about, and nothing that must not be there."""

from __future__ import annotations

import io
import json
import logging
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from distro.log import FILE, about, black_out, log, start


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[io.StringIO]:
    screen = io.StringIO()
    stop = start(tmp_path, stderr=screen)
    yield screen
    stop()


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (path / FILE).read_text().splitlines()]


def test_an_event_is_one_line_of_json_with_the_ids_it_is_about(tmp_path: Path, screen: io.StringIO) -> None:
    with about(release="clinica-móvil", wave=12):
        log().info("wave.launched", count=250)
    log().info("tick")
    first, second = lines(tmp_path)
    assert (first["event"], first["release"], first["wave"], first["count"]) == ("wave.launched", "clinica-móvil", 12, 250)
    assert first["level"] == "info"
    assert str(first["timestamp"]).endswith("Z")
    assert "wave" not in second
    assert [json.loads(line) for line in screen.getvalue().splitlines()] == [first, second]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_secrets_and_addresses_are_blacked_out_at_any_depth(tmp_path: Path, screen: io.StringIO) -> None:
    log().info(
        "smtp.failed",
        password="hunter2",
        relay={"host": "mail.example.org", "smtp_password": "hunter2"},
        tries=[{"rcpt_to": "ana@example.org", "code": 550}],
        unsubscribe_token="aaaa",
        raw=b"Subject: secret",
    )
    text = (tmp_path / FILE).read_text() + screen.getvalue()
    assert "hunter2" not in text
    assert "ana@" not in text
    assert "aaaa" not in text
    assert "Subject" not in text
    assert lines(tmp_path)[0]["relay"] == {"host": "mail.example.org", "smtp_password": "[…]"}
    assert '"code": 550' in text


def test_no_address_stands_in_what_an_error_says_either(tmp_path: Path, screen: io.StringIO) -> None:
    for reason in ("550 5.1.1 <Óscar.íñ@daily.example.com>: unknown", "'zoe@xn--mnchen-3ya.example.com' (of ada@example.org)"):
        log().warning("relay.away", reason=reason, tries=[{"said": reason}])
    try:
        raise RuntimeError("There is no contact with the address ada@example.org.")
    except RuntimeError as wrong:
        log().exception("tick.failed", reason=str(wrong))
    text = (tmp_path / FILE).read_text() + screen.getvalue()
    assert "@" not in text
    assert "There is no contact with the address […]" in str(lines(tmp_path)[2]["exception"])
    assert lines(tmp_path)[0]["reason"] == "550 5.1.1 <[…]>: unknown"


def test_the_event_itself_is_never_blacked_out() -> None:
    assert black_out(None, "info", {"event": "token.read"}) == {"event": "token.read"}


def test_an_exception_is_told_in_full_in_the_file(tmp_path: Path, screen: io.StringIO) -> None:
    try:
        raise RuntimeError("the disk is full")
    except RuntimeError:
        log().exception("tick.failed")
    assert "the disk is full" in str(lines(tmp_path)[0]["exception"])
    assert len(lines(tmp_path)) == 1


def test_what_libraries_warn_of_is_an_event_too(tmp_path: Path, screen: io.StringIO) -> None:
    logging.getLogger("apscheduler.executors").error("Job %s raised", "tick")
    logging.getLogger("apscheduler").info("not worth a line")
    assert [(e["event"], e["said"]) for e in lines(tmp_path)] == [("library.apscheduler.executors", "Job tick raised")]


FULL = """
import resource, signal, sys
from pathlib import Path
from distro.log import log, start
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
stop = start(Path(sys.argv[1]), board=True)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
for n in range(100):
    log().info("delivery.accepted", delivery=n)
log().error("evidence.blocked", reason="full")
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
log().info("evidence.unblocked")
stop()
"""


def test_a_full_disk_stops_no_one_who_only_tells(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    first, second = (json.loads(line) for line in done.stderr.splitlines())
    assert first["event"] == "delivery.accepted"  # shown though a board is: it is the first that the file lacks
    assert "File too large" in first["not_in_the_file"]
    assert (second["event"], second["reason"]) == ("evidence.blocked", "full")
    gap, last = (json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()[-2:])
    assert (gap["event"], gap["events"] > 10, last["event"]) == ("log.gap", True, "evidence.unblocked")


@pytest.mark.parametrize(("method", "shown"), [("info", False), ("warning", False), ("error", True)])
def test_beside_a_board_only_errors_are_shown(tmp_path: Path, method: str, shown: bool) -> None:
    screen, before = io.StringIO(), sys.stderr
    stop = start(tmp_path, board=True)
    try:
        sys.stderr = screen  # as a board does when it begins
        getattr(log(), method)("something")
    finally:
        sys.stderr = before
        stop()
    assert bool(screen.getvalue()) is shown
    assert len(lines(tmp_path)) == 1


def test_importing_it_is_light() -> None:
    code = "import sys, distro.log; print('structlog' in sys.modules, 'sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_before_it_is_started_only_warnings_are_told_and_never_on_standard_output() -> None:
    code = "from distro.log import log; log().info('quiet'); log().warning('loud', password='x')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert [json.loads(line) for line in done.stderr.splitlines()] == [{"event": "loud", "level": "warning", "password": "[…]"}]


def test_a_full_disk_behind_the_screen_stops_nothing(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full")
    with full.open("wb", buffering=0) as device:
        stop = start(tmp_path, stderr=io.TextIOWrapper(cast(BinaryIO, device), write_through=True))
        log().error("evidence.blocked")
        log().info("evidence.unblocked")
        stop()
    assert [line["event"] for line in lines(tmp_path)] == ["evidence.blocked", "evidence.unblocked"]
