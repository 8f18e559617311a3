"""An office that is asked to forget somebody, by its real commands, with the bot running beside them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from distro.db import Store
from tests import leftovers
from tests.acceptance.process import Office
from tests.sink import Sink

ZUL, BEA = "zuleima.qx71@daily.example.com", "bea@diario.example.net"
PERSONAL = (ZUL, "zuleima.qx71", "Zuleima Quirozby", "Quirozby")


@pytest.fixture
def outside(tmp_path: Path, sink: Sink, store_url: str) -> Office:
    """Two readers who got a release."""
    office = Office.at(tmp_path, sink.port, url=store_url)
    office.people()
    office.contacts([f"{ZUL},Zuleima Quirozby,en,1", f"{BEA},Bea,es,1"])
    office.release()
    office.run("run", "--until-idle")
    return office


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode()


def everything(office: Office) -> list[Path]:
    store = Store(office.settings["DISTRO_STORAGE__URL"])
    try:
        return [*leftovers.files_of(store), *(path for path in (office.folder / "data").rglob("*") if path.is_file())]
    finally:
        store.close()


def test_somebody_asks_to_be_forgotten(outside: Office) -> None:
    before = {one["recipient"]["address"]: one for one in outside.json("archive", "list")}
    assert {text for text, _ in leftovers.where(everything(outside), PERSONAL)} == set(PERSONAL)
    number = str(before[ZUL]["delivery"])

    for refused, sentence in (
        (outside.run("contacts", "erase", ZUL, as_="Rosa", status=2), "needs a reason"),
        (outside.run("contacts", "erase", ZUL, "--reason", "asked", status=2), "needs a person"),
        (outside.run("contacts", "erase", as_="Rosa", status=2), "whom to erase"),
    ):
        assert sentence in said(refused)
    done = outside.json("contacts", "erase", ZUL, "--reason", "asked by letter", as_="Rosa")
    assert done == {"erased": [1], "deliveries": 1, "cancelled": 0, "scrubbed": True, "others": [], "left": []}
    (outside.folder / "list.csv").rename(outside.folder / "again.csv")
    assert leftovers.where(everything(outside), PERSONAL) == []

    report = outside.json("contacts", "import", "again.csv", as_="Rosa")
    assert (report["added"], report["unchanged"]) == (0, 1)
    assert [(one["row"], one["field"]) for one in report["refused"]] == [(2, "email")]
    assert "is suppressed" in report["refused"][0]["reason"]
    assert "is suppressed" in said(outside.run("contacts", "add", ZUL, as_="Rosa", status=2))
    assert "is suppressed" in said(outside.run("contacts", "edit", BEA, "--address", ZUL, as_="Rosa", status=2))
    assert "erased already" in said(outside.run("contacts", "erase", ZUL, "--reason", "again", as_="Rosa", status=2))

    assert "(erased)" in outside.run("archive", "list").stdout.decode()
    assert "(erased)" in outside.run("archive", "show", number).stdout.decode()
    assert "was erased" in said(outside.run("archive", "eml", number, status=2))
    after = {one["delivery"]: one for one in outside.json("archive", "list")}
    assert after[int(number)]["recipient"] is None
    assert after[int(number)]["sha256"] == before[ZUL]["sha256"]
    assert len(outside.run("archive", "eml", str(before[BEA]["delivery"])).stdout) > 1000
    assert outside.json("archive", "list", "--address", ZUL)[0]["delivery"] == int(number)
    outside.run("archive", "verify", "--full")


def test_while_the_bot_sends(outside: Office, sink: Sink) -> None:
    """The next version goes to many; they are erased before their turn has come, or just after."""
    crowd = [f"reader{number}@daily.example.com" for number in range(400)]
    outside.contacts([f"{address},Reader,en,2" for address in crowd])
    (outside.folder / "release" / "en.md").write_text("---\nheadline: Clinic opens a day later\n---\nOn Tuesday.\n")
    before = len(sink.received)
    bot = outside.start("run", DISTRO_LIMITS__MESSAGES_PER_SECOND="100")
    try:
        outside.run("release", "add", str(outside.folder / "release"), as_="Rosa")
        outside.run("release", "submit", "clinic", as_="Rosa")
        wave = str(outside.json("release", "schedule", "clinic", "--audience", "All", as_="Rosa")["waves"][0]["id"])
        outside.run("release", "approve", "clinic", as_="Ana")
        while len(sink.received) < before + 20:
            assert bot.poll() is None
            time.sleep(0.01)
        sink.delay = 5  # so that the last one's turn does not come before the command
        done = outside.json("contacts", "erase", crowd[-1], "--reason", "asked by letter", as_="Rosa")
        sink.delay = 0
        assert (done["scrubbed"], done["left"], done["cancelled"]) == (True, [], 1)
        assert leftovers.where(everything(outside), [crowd[-1]]) == []
        while outside.json("wave", "show", wave)["state"] != "done":
            assert bot.poll() is None
    finally:
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(30) == 0
    assert sorted(one.to for one in sink.received[before:]) == sorted([ZUL, BEA, *crowd[:-1]])
    assert leftovers.where(everything(outside), [crowd[-1]]) == []
    assert b"no trace" in outside.run("contacts", "erase", "--finish", as_="Rosa").stdout


def test_what_a_case_needs_is_not_forgotten(outside: Office) -> None:
    held = outside.json("hold", "add", "--release", "clinic", "--reason", "case 12/2026", as_="Rosa")
    assert (held["id"], held["release"], held["contact"]) == (1, "clinic", None)
    refused = outside.run("contacts", "erase", ZUL, "--reason", "asked", as_="Ana", status=2)
    assert "Legal hold 1 covers this contact" in said(refused)
    assert [one["id"] for one in outside.json("hold", "list")] == [1]
    assert "case 12/2026" in outside.run("hold", "list").stdout.decode()
    assert "who set it does not lift it" in said(outside.run("hold", "lift", "1", "--reason", "closed", as_="Rosa", status=2))
    outside.run("hold", "lift", "1", "--reason", "closed", as_="Ana")
    assert outside.json("hold", "list") == []
    assert [one["lifted_by"] for one in outside.json("hold", "list", "--all")] == ["Ana"]
    outside.run("hold", "add", "--contact", BEA, "--reason", "case 13/2026", as_="Rosa")
    assert "may not be removed" in said(outside.run("contacts", "remove", BEA, as_="Rosa", status=2))
    assert "Erased: contact 1." in outside.run("contacts", "erase", ZUL, "--reason", "asked", as_="Ana").stdout.decode()


def test_what_a_hold_names_may_change_and_is_kept(outside: Office) -> None:
    outside.run("hold", "add", "--contact", BEA, "--reason", "case 12/2026", as_="Rosa")
    assert "needs a person" in said(outside.run("hold", "cards", BEA, status=2))
    assert "Nothing was kept" in outside.run("hold", "cards", BEA, as_="Rosa").stdout.decode()
    outside.run("contacts", "agree", BEA, "--terms", "1", as_="Rosa")
    outside.run("contacts", "edit", BEA, "--name", "Beatriz", "--notes", "new", as_="Rosa")
    outside.contacts([f"{ZUL},Zul,en,1", f"{BEA},B.,es,1"])
    found = outside.json("hold", "cards", BEA, as_="Ana")
    assert [one["by"] for one in found] == ["Rosa"] * 3
    assert [(one["known"]["name"], len(one["known"]["agreements"])) for one in found] == [
        ("Bea", 0),
        ("Bea", 1),
        ("Beatriz", 1),
    ]
    assert "Beatriz" in outside.run("hold", "cards", BEA, as_="Rosa").stdout.decode()
    assert outside.json("contacts", "show", BEA)["name"] == "B."
    outside.run("archive", "verify", "--full")


def test_whoever_moved_and_was_removed_is_forgotten_whole(outside: Office) -> None:
    new = "zq.elsewhere55@wire.example.org"
    outside.run("contacts", "add", "zq.before66@daily.example.com", as_="Rosa")
    outside.run("contacts", "edit", "zq.before66@daily.example.com", "--address", new, as_="Rosa")
    outside.run("contacts", "suppress", "zq.before66@daily.example.com", "--reason", "asked", as_="Rosa")
    outside.run("contacts", "remove", new, as_="Rosa")
    assert {text for text, _ in leftovers.where(everything(outside), ["zq.before66"])} == {"zq.before66"}
    done = outside.json("contacts", "erase", new, "--reason", "asked by letter", as_="Ana")
    assert (done["erased"], done["left"]) == ([3], [])
    assert leftovers.where(everything(outside), ["zq.before66", "zq.elsewhere55"]) == []


def test_half_written_files_are_told(outside: Office) -> None:
    data = outside.folder / "data"
    old = [data / ".monday.backup.x1.part", data / ".clinic.zip.abc_1234"]
    fresh = data / ".tuesday.backup.x2.part"
    for path in (*old, fresh):
        path.write_text(ZUL)
    for path in old:
        os.utime(path, (1.7e9, 1.7e9))
    (check,) = [one for one in outside.json("doctor") if one["check"] == "half-written files"]
    assert check["state"] == "warning"
    done = outside.run("contacts", "erase", ZUL, "--reason", "asked", as_="Ana")
    finished = outside.run("contacts", "erase", "--finish", as_="Ana")
    for told in (check["sentence"], said(done), said(finished)):
        assert all(str(path) in told for path in old)
        assert str(fresh) not in told
    for told in (done.stdout.decode(), finished.stdout.decode()):
        for part in ("backups", "evidence bags", "write-ahead log", "snapshots"):
            assert part in told


def test_two_people_dispose_of_what_is_beyond_its_term(outside: Office) -> None:
    assert {one["class"]: one["before"] for one in outside.json("retention", "due")} == {
        "deliveries": None,
        "suppressions": None,
        "cards": None,
    }
    assert "for ever" in said(outside.run("retention", "dispose", "deliveries", as_="Rosa", status=2))
    outside.settings["DISTRO_RETENTION__DELIVERIES_YEARS"] = "0.00000001"
    outside.run("hold", "add", "--contact", BEA, "--reason", "case 12/2026", as_="Ana")
    found = {one["class"]: (one["due"], one["held"]) for one in outside.json("retention", "due")}
    assert found == {"deliveries": (1, 1), "suppressions": (0, 0), "cards": (0, 0)}
    number = str(outside.json("retention", "dispose", "deliveries", "--reason", "six years", as_="Rosa")["id"])
    assert "another person must confirm" in said(outside.run("retention", "confirm", number, as_="Rosa", status=2))
    assert "not done yet" in said(outside.run("retention", "certificate", number, status=2))
    done = outside.json("retention", "confirm", number, as_="Ana")
    assert (done["count"], done["scrubbed"]) == (1, True)
    certificate = outside.run("retention", "certificate", number).stdout.decode()
    for part in ("CERTIFICATE OF DISPOSAL 1", "Rosa, ", "Ana, ", done["sha256"], "six years"):
        assert part in certificate
    assert outside.json("retention", "certificate", number)["sha256"] == done["sha256"]
    assert [one["finished_at"] is None for one in outside.json("retention", "list")] == [False]
    told = {one["delivery"]: one["recipient"] for one in outside.json("archive", "list")}
    assert sorted(r["address"] if r else "" for r in told.values()) == ["", BEA]
    outside.run("archive", "verify", "--full")
    gone = next(str(delivery) for delivery, recipient in told.items() if recipient is None)
    assert "disposed of" in said(outside.run("archive", "eml", gone, status=2))
    assert outside.json("contacts", "show", ZUL)["name"] == "Zuleima Quirozby"  # who is alive to us stays
