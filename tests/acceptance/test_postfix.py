"""A real Postfix for a relay: it takes our copies, queues them to disk, and hands on what we archived."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from distro.dkimkey import read_key
from tests.acceptance.process import Office
from tests.sink import Sink, free_port
from tests.verifying import Keys, verified

POSTFIX = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

pytestmark = pytest.mark.skipif(
    POSTFIX is None or os.geteuid() != 0, reason="a Postfix of one's own needs Debian's postfix and root"
)

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
scache unix - - n - 1 scache
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@pytest.fixture
def relay(sink: Sink) -> Iterator[int]:
    """The port of a Postfix of our own, which sends everything on to the sink."""
    folder = Path(tempfile.mkdtemp(prefix="distro-postfix-"))
    folder.chmod(0o755)
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir(mode=0o755)
    shutil.chown(folder / "data", "postfix")
    pwd.getpwnam("postfix")
    (folder / "etc" / "main.cf").write_text(
        "compatibility_level = 3.6\n"
        f"queue_directory = {folder}/queue\ndata_directory = {folder}/data\n"
        f"maillog_file = {folder}/log\nmaillog_file_prefixes = {folder}\n"
        "myhostname = relay.example.org\nmydestination =\nmynetworks = 127.0.0.0/8\ninet_interfaces = loopback-only\n"
        f"inet_protocols = ipv4\nrelayhost = [127.0.0.1]:{sink.port}\nsmtp_host_lookup = native\n"
        "smtpd_relay_restrictions = permit_mynetworks,reject\nalias_maps =\nlocal_recipient_maps =\nsmtputf8_enable = yes\n"
        "message_size_limit = 1000000\n"
    )
    try:
        port = next(filter(None, (_started(folder) for _ in range(5))))
        _wait_for(port)
        yield port
    finally:
        subprocess.run([POSTFIX or "", "-c", str(folder / "etc"), "stop"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> int:
    """Its port, or 0: somebody else may have taken one that was free before Postfix does."""
    port = free_port()
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))
    started = subprocess.run([POSTFIX or "", "-c", str(folder / "etc"), "start"], capture_output=True, text=True, check=False)
    if started.returncode == 0:
        return port
    said = started.stderr + ((folder / "log").read_text() if (folder / "log").exists() else "")
    assert f"port {port}: Address already in use" in said, said
    return 0


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Postfix did not open its port")


@pytest.mark.parametrize("key_types", [(), ("rsa", "ed25519")], ids=["unsigned", "signed"])
def test_postfix_takes_the_copies_and_hands_on_what_was_archived(
    relay: int, sink: Sink, tmp_path: Path, key_types: tuple[str, ...]
) -> None:
    office = Office.at(tmp_path, relay, DISTRO_SMTP__TLS="starttls")
    keys: Keys = {}
    for n, kind in enumerate(key_types):
        office.run("dkim", "key", f"{kind}.key", "--selector", kind, "--type", kind)
        office.settings |= {f"DISTRO_DKIM__{n}__SELECTOR": kind, f"DISTRO_DKIM__{n}__KEY_FILE": str(tmp_path / f"{kind}.key")}
        keys[kind] = read_key(tmp_path / f"{kind}.key")
    office.people()
    office.contacts(
        [
            "lucia@diario.example.com,Lucía Fernández,es,1",
            "sean@herald.example.net,Seán O'Brien,en,1",
            "zoë@radio.example.org,Zoë Ångström,en+es,2",
            *(f"reader{n}@outlet.example.org,Reader {n},en,3" for n in range(20)),
        ]
    )
    office.release()
    bot = office.start("run")
    try:
        sink.wait_for(23, 60)
    finally:
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(60) == 0

    records = {r["recipient"]["address"]: r for r in office.json("archive", "list")}
    assert {r["state"] for r in records.values()} == {"accepted"}
    assert len(sink.received) == len({r.to for r in sink.received}) == 23
    for received in sink.received:
        record = records[received.to]
        assert "queued as" in record["attempts"][0]["reply"]
        assert "bot+b." in received.mail_from
        trace, start, rest = received.octets.partition(b"DKIM-Signature: " if keys else b"From: ")
        assert trace.startswith(b"Received: ")
        assert hashlib.sha256(start + rest).hexdigest() == record["sha256"]
        assert verified(received.octets, keys) == [True] * len(keys), "after the hop"
    one = records["zoë@radio.example.org"]["delivery"]
    (copy,) = sink.to("zoë@radio.example.org")
    assert copy.octets.endswith(office.run("archive", "eml", str(one)).stdout)
