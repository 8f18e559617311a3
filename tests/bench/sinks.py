"""Servers that take everything and count it, each in processes of its own: what all participants of a measurement send to.

`taken` is the server's own count, read from outside while it works, so that every participant is timed in the same way.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.relay import relay
from tests.sink import free_port


def found(name: str) -> str | None:
    """Where a program of Debian's postfix is: mostly outside an ordinary PATH."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@dataclass(frozen=True)
class Sink:
    """`taken()`: copies accepted so far. `settle()`: wait until the server has nothing left to do from before."""

    port: int
    title: str
    taken: Callable[[], int]
    settle: Callable[[], None] = lambda: None


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    """Postfix's smtp-sink. It writes its running count after each copy, into memory; that costs all the same."""
    program = found("smtp-sink")
    assert program is not None
    memory = Path("/dev/shm")
    with tempfile.TemporaryFile(dir=memory if memory.is_dir() else None) as counter:
        port = free_port()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [program, *user, "-4", "-c", f"127.0.0.1:{port}", "1000"]
        process = subprocess.Popen(command, stdout=counter, stderr=subprocess.DEVNULL)

        def taken() -> int:
            """From "sess=1 quit=0 mesg=12" and a carriage return, again and again."""
            size = os.fstat(counter.fileno()).st_size
            tail = os.pread(counter.fileno(), 120, max(0, size - 120))
            _, found, number = tail.rpartition(b"\r")[0].rpartition(b"mesg=")
            return int(number) if found else 0

        try:
            wait_for_port(port)
            yield Sink(port, "smtp-sink", taken)
        finally:
            process.terminate()
            process.wait()


@contextmanager
def slow_relay(folder: Path, delay: float) -> Iterator[Sink]:
    """A server whose every answer comes so many seconds after what it answers."""
    folder.mkdir()
    with relay(folder, delay) as one:
        yield Sink(one.port, f"a relay that answers after {delay * 1000:.0f} ms", lambda: one.notes.stat().st_size // 8)


MASTER = """\
127.0.0.1:{port} inet n - n - 200 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = relay.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
default_transport = discard:
smtpd_relay_restrictions = permit_mynetworks,reject
alias_maps =
local_recipient_maps =
smtputf8_enable = yes
message_size_limit = 1000000
"""


@contextmanager
def postfix() -> Iterator[Sink]:
    """A Postfix of our own that queues each copy to disk before it answers, and then discards it. Wants root."""
    folder = Path(tempfile.mkdtemp(prefix="distro-postfix-", dir="/var/tmp"))
    folder.chmod(0o755)
    program = found("postfix")
    assert program is not None
    port, config = free_port(), str(folder / "etc")
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir(mode=0o755)
    shutil.chown(folder / "data", "postfix")
    (folder / "etc/master.cf").write_text(MASTER.format(port=port))
    (folder / "etc/main.cf").write_text(MAIN.format(folder=folder))
    started = subprocess.run([program, "-c", config, "start"], capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    count = _Log(folder / "log", b"/cleanup[", b": message-id=")
    removed = _Log(folder / "log", b"/qmgr[", b": removed")

    def settle() -> None:
        until = time.monotonic() + 60
        while removed.count() < count.count() and time.monotonic() < until:
            time.sleep(0.1)

    try:
        wait_for_port(port)
        yield Sink(port, "Postfix, queueing to disk", count.count, settle)
    finally:
        subprocess.run([program, "-c", config, "stop"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


class _Log:
    """Counts the lines of a growing log that hold all of some marks."""

    def __init__(self, path: Path, *marks: bytes) -> None:
        self._path, self._marks = path, marks
        self._read, self._found = 0, 0

    def count(self) -> int:
        if not self._path.exists():
            return 0
        with self._path.open("rb") as file:
            file.seek(self._read)
            lines = file.read()
        whole = lines[: lines.rfind(b"\n") + 1]
        self._read += len(whole)
        self._found += sum(all(mark in line for mark in self._marks) for line in whole.splitlines())
        return self._found


def why_no_postfix() -> str:
    """Why a Postfix of one's own cannot be started here; "" where it can."""
    if found("postfix") is None:
        return "Debian's postfix is not installed."
    if os.geteuid() != 0:
        return "Only root may start a Postfix."
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        return "There is no user postfix."
    return ""


def wait_for_port(port: int) -> None:
    import socket

    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}")
