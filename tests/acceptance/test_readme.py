"""README.md's own commands, run as they stand there; only the port is another, so that two runs do not meet."""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

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
        ["bash", "-e", "-c", block], cwd=checkout, env=environment(), capture_output=True, text=True, timeout=120, check=False
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
    port = free_port()
    command = SERVER.replace("2525", str(port))
    with (checkout / "printed").open("wb") as printed:
        server = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=checkout, env=environment(), stdout=printed)
        try:
            _send_one(port)
        finally:
            server.terminate()
            server.wait(20)
    assert "Subject: Hello" in (checkout / "printed").read_text()


def _send_one(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                client.sendmail("a@example.org", ["b@example.org"], "Subject: Hello\r\n\r\nHello\r\n")
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
