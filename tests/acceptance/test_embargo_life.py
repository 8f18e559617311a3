"""The whole life of an embargo, by the real command, against a real SMTP server, over two restarts of the bot.

Offered, agreed to, sent ahead, moved to later, moved to earlier, broken and lifted, out. Readers of English, of Spanish and of
both, each of whose notices is read.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.process import Office
from tests.sink import Received, Sink

VERA, IVO, BEA = "vera@paper.example.net", "ivo@radio.example.net", "bea@both.example.net"
LATE, NO = "late@weekly.example.net", "no@tabloid.example.net"
GIL, GIA = "gil@wire.example.net", "gia@wire.example.net"

HOLDERS = {VERA, IVO, BEA}
TEXT = re.compile(r"clinic|clínica|\bMain\b", re.IGNORECASE)


class Bot:
    """The bot's process, which may be killed and started again."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.process: subprocess.Popen[bytes] = office.start("run")

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0

    def start(self) -> None:
        self.process = self.office.start("run")


def wait_for(what: Callable[[], bool], said: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, f"it did not come to pass: {said}"
        time.sleep(0.1)


def read(one: Received) -> str:
    """All that a reader sees, without line breaks."""
    return re.sub(r"\s+", " ", f"{one.subject} {one.text()} {one.text('html')}")


def plain(one: Received) -> str:
    return re.sub(r"\s+", " ", one.text())


@pytest.fixture
def office(tmp_path: Path, sink: Sink) -> Office:
    office = Office.at(tmp_path, sink.port, DISTRO_OFFICE__TIMEZONE="America/Los_Angeles")
    office.people()
    rows = [f"{VERA},Vera,en,1", f"{IVO},Ivo,es,1", f"{BEA},Bea,en+es,1", f"{LATE},Lena,es,1", f"{NO},Nora,en,1"]
    office.contacts([*rows, f"{GIL},Gil,en,5", f"{GIA},Gia,es,5"])
    office.several(["--as", "Rosa", "segments", "save", "Trusted", "tier<=1"])
    return office


def approve(office: Office) -> None:
    office.run("release", "approve", "clinic", as_="Ana")


def wave(office: Office, purpose: str, at: int = -1) -> dict[str, Any]:
    found = sorted((w for w in office.json("wave", "list") if w["purpose"] == purpose), key=lambda w: w["id"])
    return dict(found[at])


def add(office: Office, embargo: str) -> None:
    """The folder, submitted. No wave is proposed."""
    folder = office.folder / "release"
    folder.mkdir(exist_ok=True)
    (folder / "release.toml").write_text(
        f'kind = "release"\nslug = "clinic"\ndate = 2026-12-01\nembargo = "{embargo}"\n'
        '[[organisation]]\nname = "Example Workers\' Network"\n'
        '[[contact]]\nname = "Rosa Example"\nemail = "rosa@network.example.org"\nphone = "+1 202 555 0101"\n'
    )
    (folder / "en.md").write_text("---\nheadline: Clinic opens on Main Street\n---\nThe clinic opens.\n")
    (folder / "es.md").write_text("---\nheadline: Abre una clínica en la calle Main\n---\nLa clínica abre.\n")
    rosa = ("--as", "Rosa", "release")
    office.several([*rosa, "add", str(folder)], [*rosa, "submit", "clinic"])


def test_the_whole_life_of_an_embargo(office: Office, sink: Sink) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    first = (datetime.now(UTC) + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    later, earlier = first + timedelta(hours=5), first - timedelta(hours=2)

    def written(at: datetime) -> str:
        """With the offset, for in one night an hour comes twice."""
        local = at.astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M} America/Los_Angeles {local.isoformat()[-6:]}"

    def in_utc(at: datetime) -> str:
        return f"{at:%H:%M} UTC"

    bot = Bot(office)
    try:
        # offered: hours and a topic, in each one's language
        add(office, written(first))
        offer = ("embargo", "offer", "clinic", "--audience", "Trusted")
        refused = office.run(*offer, "--about", "the clinic opens on Main Street", as_="Rosa", status=2)
        assert b"carries no content" in refused.stderr
        office.run(*offer, "--about", "en=health in the harbour", "--about", "es=la salud en el puerto", as_="Rosa")
        assert sink.received == []
        approve(office)
        sink.wait_for(5, 60)
        offers = {one.to: one for one in sink.received}
        assert set(offers) == {*HOLDERS, LATE, NO}
        assert offers[VERA].subject.startswith("OFFER UNDER EMBARGO: health in the harbour")
        assert offers[IVO].subject.startswith("OFRECIMIENTO BAJO EMBARGO: la salud en el puerto")
        assert "Embargo until" in plain(offers[BEA])
        assert "Embargo hasta" in plain(offers[BEA])
        for one in offers.values():
            assert in_utc(first) in plain(one)
            assert not TEXT.search(read(one) + str(one.message)), "nothing of the text, nor the slug"

        # agreed to, by three of five for now
        agree = ["--as", "Rosa", "contacts", "agree"]
        office.several(*([*agree, to, "--release", "clinic", "--how", "answered yes"] for to in sorted(HOLDERS)))
        told = office.json("embargo", "show", "clinic")
        assert told["state"] == "held"
        assert {row["address"]: row["agreed_at"] is not None for row in told["offered"]} == {
            VERA: True, IVO: True, BEA: True, LATE: False, NO: False,
        }  # fmt: skip

        # sent ahead, to those who agreed
        schedule = ("release", "schedule", "clinic", "--audience", "All", "--advance", "Trusted")
        office.run(*schedule, as_="Rosa")
        approve(office)
        sink.wait_for(8, 60)
        copies = {one.to: one for one in sink.received[5:]}
        assert set(copies) == HOLDERS
        assert all(in_utc(first) in plain(one) and "EMBARGO" in one.subject for one in copies.values())
        wait_for(lambda: wave(office, "advance")["state"] == "done", "the advance wave ends, or a move would replace it")
        office.several([*agree, LATE, "--release", "clinic", "--how", "answered yes, late"])  # and holds nothing yet

        # moved to later: from the proposal on nothing leaves before it; a crash between approval and notice
        office.run("embargo", "move", "clinic", written(later), "--reason", "the hearing was put off", as_="Rosa")
        assert office.json("embargo", "show", "clinic")["proposed"]["to"] == later.isoformat()
        refused = office.run("release", "approve", "clinic", as_="Rosa", status=2)
        assert b"another person must" in refused.stderr
        bot.kill()
        approve(office)
        assert len(sink.received) == 8
        bot.start()
        sink.wait_for(12, 60)
        threads = {**copies, LATE: offers[LATE]}
        _check(sink.received[8:], threads, "EMBARGO MOVED", "EMBARGO MODIFICADO", in_utc(later), later=True)
        assert wave(office, "general")["at"] == later.isoformat()

        # moved to earlier, and the bot stopped in between
        office.run("embargo", "move", "clinic", written(earlier), "--reason", "the hearing is back on", as_="Rosa")
        bot.stop()
        assert wave(office, "general")["state"] == "proposed"
        approve(office)
        bot.start()
        sink.wait_for(16, 60)
        _check(sink.received[12:], threads, "EMBARGO MOVED", "EMBARGO MODIFICADO", in_utc(earlier), later=False)
        told = office.json("embargo", "show", "clinic")
        assert (told["state"], told["lift"]) == ("moved", earlier.isoformat())
        assert [row["said"] for row in told["history"]] == ["proposed", "approved"] * 2
        assert [row["accepted"] for row in told["notices"]] == [4, 4]
        printed = office.run("embargo", "calendar", "--language", "es").stdout.decode()
        file = re.sub(r"\r\n[ \t]", "", printed)  # lines are folded, RFC 5545 3.1
        assert "comunicado bajo embargo 1" in file
        assert not TEXT.search(file)

        # broken: on record at once; the lift waits for the second person, and the public for the last holder
        (office.folder / "page.html").write_text("<p>Seen at 14:05</p>")
        evidence = ("--evidence", str(office.folder / "page.html"))
        breach = office.json("embargo", "break", "clinic", "--by", "The Example Courier", *evidence, as_="Rosa")
        assert (office.folder / "data" / "assets" / breach["breach"]["evidence"]).read_text() == "<p>Seen at 14:05</p>"
        assert office.json("embargo", "show", "clinic")["state"] == "broken"
        assert len(sink.received) == 16
        sink.at_dot = lambda to, _octets: "451 4.3.0 not now" if to == IVO else None
        approve(office)
        wait_for(lambda: len(sink.received) == 19, "the others are told")
        waits = "1 holder is not told yet"
        wait_for(lambda: waits in office.json("wave", "list")[0]["reason"], "the general wave waits, first in the list")
        assert {one.to for one in sink.received[16:]} == {VERA, BEA, LATE}
        sink.at_dot = lambda _to, _octets: None
        wait_for(lambda: len(sink.received) == 24, "Ivo is told, then the public", 150)
        lifted, general = sink.received[16:20], sink.received[20:]
        _check(lifted, threads, "EMBARGO LIFTED", "EMBARGO LEVANTADO", "", later=None)
        assert {one.to for one in general} == {GIL, GIA, LATE, NO}
        assert max(one.at for one in lifted) <= min(one.at for one in general)
        assert all("EMBARGO" not in one.subject and "In-Reply-To" not in one.message for one in general)

        wait_for(lambda: wave(office, "general")["state"] == "done", "the general wave ends")
        bot.stop()
    finally:
        if bot.process.poll() is None:
            bot.kill()

    ids = [str(one.message["Message-ID"]) for one in sink.received]
    assert len(set(ids)) == len(ids)
    told = office.json("embargo", "show", "clinic")
    assert told["state"] == "broken"
    assert [row["said"] for row in told["history"]] == ["proposed", "approved"] * 2 + ["broken", "proposed", "approved"]
    advance = {row["address"] for row in told["holders"] if row["purpose"] == "advance"}
    assert advance == HOLDERS
    records = office.json("archive", "list")
    assert sum(record["state"] == "accepted" for record in records) == len(sink.received)
    assert {record["message_id"] for record in records if record["accepted_at"]} == set(ids)
    office.run("archive", "verify", "--full")


def _check(
    told: list[Received], threads: dict[str, Received], english: str, spanish: str, hour: str, *, later: bool | None
) -> None:
    """Each holder has this notice once, in their language, under what they have, with the hour and nothing of the text."""
    by = {one.to: one for one in told}
    assert set(by) == set(threads)
    assert len(told) == len(by)
    for to, one in by.items():
        assert one.message["In-Reply-To"] == threads[to].message["Message-ID"]
        assert hour in plain(one)
        assert not TEXT.search(read(one) + str(one.message)), "nothing of the text, nor the slug"
        assert one.message["Auto-Submitted"] is None
    assert by[VERA].subject.startswith(english)
    assert by[BEA].subject.startswith(english)
    assert by[IVO].subject.startswith(spanish)
    assert by[LATE].subject.startswith(spanish)
    words = {
        True: ("moved to a later hour", "se prolonga"),
        False: ("moved to an earlier hour", "termina antes de lo previsto"),
        None: ("You may publish", "Puede publicar"),
    }[later]
    for to, expected in ((VERA, (True, False)), (IVO, (False, True)), (BEA, (True, True)), (LATE, (False, True))):
        assert tuple(word in plain(by[to]) for word in words) == expected, to
