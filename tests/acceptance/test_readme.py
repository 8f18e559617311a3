"""README.md's own commands, run as they stand there; only the port is another, so that two runs do not meet."""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.sink import Sink, free_port

ROOT = Path(__file__).parents[2]
SERVER, FIRST_SEND = re.findall(
    r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like a fresh checkout to these commands: its own var/, our code."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "config.toml").symlink_to(ROOT / "config.toml")
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    (commands / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (commands / "distro").write_text(f'#!/bin/sh\nexec {sys.executable} -c "from distro.cli import main; main()" "$@"\n')
    for command in commands.iterdir():
        command.chmod(0o755)
    return tmp_path


def environment() -> Mapping[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DISTRO_")}
    return clean | {"PYTHONPATH": str(ROOT)}


def test_the_first_send_takes_ten_lines() -> None:
    assert len(FIRST_SEND.splitlines()) == 10
    assert SERVER.count("2525") == FIRST_SEND.count("2525") == 1


def test_the_first_send_leads_to_received_mail(checkout: Path, sink: Sink) -> None:
    block = FIRST_SEND.replace("2525", str(sink.port)) + "distro archive eml 1 > first.eml\n"
    done = subprocess.run(
        ["bash", "-e", "-c", block], cwd=checkout, env=environment(), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    languages = {r.to: r.message["Content-Language"] for r in sink.received}
    assert languages == {
        "ada.reader@daily.example.com": "en",
        "lucia.lectora@diario.example.com": "es",
        "rene.bilingue@radio.example.org": "en, es",
    }
    (ada,) = sink.to("ada.reader@daily.example.com")
    assert (checkout / "first.eml").read_bytes() == ada.octets


def test_the_mail_server_to_try_it_on_prints_what_it_receives(checkout: Path) -> None:
    assert any(_printed_a_mail(checkout) for _ in range(5)), "none of five free ports was free a moment later"
    assert "Subject: Hello" in (checkout / "printed").read_text()


def _printed_a_mail(checkout: Path) -> bool:
    """Whether the server was sent one: it ends at once where somebody else has taken its port meanwhile."""
    port = free_port()
    command = SERVER.replace("2525", str(port))
    with (checkout / "printed").open("wb") as printed:
        server = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=checkout, env=environment(), stdout=printed, stderr=subprocess.PIPE
        )
        try:
            if not _listens(server, port):
                _, said = server.communicate(timeout=60)
                assert b"ddress already in use" in said, said.decode()
                return False
            with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
                client.sendmail("a@example.org", ["b@example.org"], "Subject: Hello\r\n\r\nHello\r\n")
        finally:
            server.terminate()
            server.communicate(timeout=60)
    return True


def _listens(server: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until it does, it and nobody else, or has ended."""
    until = time.monotonic() + 60
    while server.poll() is None:
        with suppress(psutil.Error):
            opened = psutil.Process(server.pid).net_connections("inet")
            if any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in opened):
                return True
        assert time.monotonic() < until, "the server neither listens nor ends"
        time.sleep(0.05)
    return False
