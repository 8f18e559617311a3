"""`distro backup` and `distro restore` as a person runs them, also while the real bot is sending."""

from __future__ import annotations

import json
import signal
import stat
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from distro.archive.checkpoint import Checkpoint
from distro.archive.ledger import Entry
from distro.archive.sealing import newest, waiting
from distro.db import Store
from distro.dispatch.delivery import Delivery
from tests.acceptance.process import Office
from tests.backups import rewritten, root_of
from tests.sink import Sink

PEOPLE = 1000


@pytest.fixture
def office(store_url: str, tmp_path: Path, sink: Sink) -> Office:
    (tmp_path / "here").mkdir()
    office = Office.at(tmp_path / "here", sink.port, url=store_url)
    office.people()
    return office


@pytest.fixture
def elsewhere(elsewhere_url: str, tmp_path: Path, sink: Sink) -> Office:
    (tmp_path / "there").mkdir()
    return Office.at(tmp_path / "there", sink.port, url=elsewhere_url)


def test_it_is_taken_and_brought_with_sentences(office: Office, elsewhere: Office, tmp_path: Path) -> None:
    path = str(tmp_path / "office.backup")
    assert b"say who you are" in office.run("backup", path, status=2).stderr
    assert office.run("backup", path, as_="Ana", status=2).stderr == b"Ana is approver and may not take a backup away.\n"
    office.contacts(["ada@daily.example.com,Ada,en,1"])
    (wave,) = office.release(embargo="2036-12-01 09:00 America/New_York")
    said = office.run("backup", path, as_="Rosa").stdout.decode()
    assert said.startswith(f"{path} holds the office as it was at ")
    assert "The office's key is not in it" in said
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert b"is there already" in office.run("backup", path, as_="Rosa", status=2).stderr
    told = office.json("backup", path, "--force", "--with-key", as_="Rosa")
    assert (told["with_key"], told["head"], told["damaged"]) == (True, 0, [])
    assert told["size"] == Path(path).stat().st_size

    assert b"an admin, on the staff as it was" in elsewhere.run("restore", path, status=2).stderr
    assert b"may not restore a backup" in elsewhere.run("restore", path, as_="Ana", status=2).stderr
    said = elsewhere.run("restore", path, as_="Rosa").stdout.decode()
    assert "The office's key: from the backup." in said
    assert "What happened after that is not in it" in said
    (line,) = [line for line in said.splitlines() if line.startswith(f"{wave['id']} ")]
    assert line.split() == [str(wave["id"]), "clinic", "general", "armed"]
    assert b"is not empty" in elsewhere.run("restore", path, as_="Rosa", status=2).stderr

    (held,) = elsewhere.json("wave", "list")
    assert held["state"] == "held"
    refused = elsewhere.run("wave", "resume", str(wave["id"]), as_="Rosa", status=2).stderr.decode()
    assert f"distro --as NAME wave resume {wave['id']} --not-sent-elsewhere" in refused
    elsewhere.run("wave", "resume", str(wave["id"]), "--not-sent-elsewhere", as_="Rosa")
    assert elsewhere.json("wave", "list")[0]["state"] == "armed"
    checks = {check["check"]: check["state"] for check in json.loads(elsewhere.run("doctor", "--json").stdout)}
    assert (checks["store"], checks["key"], checks["sealing"]) == ("ok", "ok", "ok")


def test_a_file_that_is_no_backup_is_a_sentence(elsewhere: Office, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Dear all,")
    for name, sentence in (("absent", "There is no file"), ("text", "is no backup, or not whole"), (".", "is a folder")):
        said = elsewhere.run("restore", str(tmp_path / name), as_="Rosa", status=2).stderr.decode()
        assert sentence.lower() in said.lower()
        assert "Traceback" not in said


def test_where_nothing_can_be_written_or_must_not_be_is_bad_input(office: Office, tmp_path: Path) -> None:
    office.contacts(["ada@daily.example.com,Ada,en,1"])
    office.release()
    said = office.run("backup", "/proc/office.backup", as_="Rosa", status=2).stderr.decode()
    assert said.startswith("The folder /proc cannot be written to (")
    said = office.run("archive", "evidence", "clinic", "--out", "/proc/case.zip", as_="Rosa", status=2).stderr.decode()
    assert said.startswith("The folder /proc cannot be written to (")
    kept = {path: path.read_bytes() for path in (office.folder / "data" / "office.key", office.folder / "list.csv")}
    store = office.settings["DISTRO_STORAGE__URL"].removeprefix("sqlite:///")
    for path in [*map(str, kept), *([store] if "://" not in store else [])]:
        said = office.run("backup", path, "--force", as_="Rosa", status=2).stderr.decode()
        assert "is a file of the office itself" in said or "is there and is no backup" in said
    assert all(path.read_bytes() == octets for path, octets in kept.items())
    exported = [entry for entry in entries_of(office) if entry.kind in ("archive.exported", "store.backed_up")]
    assert exported == []


def entries_of(office: Office) -> list[Entry]:
    store = Store(office.settings["DISTRO_STORAGE__URL"])
    with store.read() as session:
        found = list(session.exec(select(Entry)).all())
    store.close()
    return found


def test_who_signed_it_is_told_and_a_forged_one_refused(office: Office, elsewhere: Office, tmp_path: Path) -> None:
    path, other = tmp_path / "office.backup", tmp_path / "other.backup"
    office.contacts(["ada@daily.example.com,Ada,en,1"])
    told = office.json("backup", str(path), as_="Rosa")
    (elsewhere.folder / "data").mkdir()
    (elsewhere.folder / "data" / "office.key").write_bytes((office.folder / "data" / "office.key").read_bytes())

    def change(parts: dict[str, bytes], _manifest: dict[str, Any]) -> None:
        name = "store.db" if "store.db" in parts else "tables/journalist.copy"
        parts[name] = parts[name].replace(b"ada@", b"eve@")

    forged = rewritten(path, other, change)
    assert b"the file was changed" in elsewhere.run("restore", str(forged), as_="Rosa", status=2).stderr
    with zipfile.ZipFile(path) as file, zipfile.ZipFile(other, "w") as bare:
        for name in file.namelist():
            if name != "manifest.note":
                bare.writestr(name, file.read(name))
    assert b"say --unsigned" in elsewhere.run("restore", str(other), as_="Rosa", status=2).stderr
    said = elsewhere.run("restore", str(path), as_="Rosa").stdout.decode()
    assert f"The signature: by the office's key, as {told['signed']}.\n" in said


def test_a_store_that_lost_a_guard_is_named_by_verify_and_doctor(office: Office) -> None:
    office.contacts(["ada@daily.example.com,Ada,en,1"])
    assert b"Nothing was altered." in office.run("archive", "verify").stdout
    trigger = "entry_no_update"
    store = Store(office.settings["DISTRO_STORAGE__URL"])
    with store.engine.connect() as connection:
        if store.dialect == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        else:
            trigger = "entry_append_only on entry"
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.commit()
    store.close()
    sentence = f"The store's trigger {trigger} is missing."
    assert sentence in office.run("archive", "verify", status=1).stdout.decode()
    checks = json.loads(office.run("doctor", "--json", status=1).stdout)
    assert [(check["state"], check["sentence"]) for check in checks if check["check"] == "schema"] == [("bad", sentence)]
    with store.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE sealed_run")
        connection.commit()
    store.close()
    said = office.run("archive", "verify", status=1).stderr.decode()
    assert "The store's table sealed_run is missing.\n" in said
    assert said.endswith("So the rest cannot be looked at.\n")


def test_doctor_tells_of_what_a_kill_left_in_the_offices_folders(office: Office) -> None:
    def leftovers() -> list[str]:
        checks = json.loads(office.run("doctor", "--json").stdout)
        return [check["sentence"] for check in checks if check["check"] == "half-written files"]

    assert leftovers() == []
    left = office.folder / "data" / ".case.zip.0123abcd.distro.part"
    left.write_bytes(b"somebody's name")
    (said,) = leftovers()
    assert str(left) in said
    office.run("backup", str(office.folder / "data" / "b"), as_="Rosa")
    assert leftovers() == []


def test_settling_after_a_restore_needs_the_word(office: Office, elsewhere: Office, sink: Sink, tmp_path: Path) -> None:
    office.contacts(["ada@daily.example.com,Ada,en,1"])
    office.settings["DISTRO_SENDING__UNCERTAIN"] = elsewhere.settings["DISTRO_SENDING__UNCERTAIN"] = "hold"
    sink.at_dot = lambda _to, _octets: "drop"
    office.release()
    office.run("run", "--until-idle")
    office.run("backup", str(tmp_path / "b"), "--with-key", as_="Rosa")
    elsewhere.run("restore", str(tmp_path / "b"), as_="Rosa")
    sink.at_dot = lambda _to, _octets: None
    for what in (("settle", "1", "--resend"), ("settle", "--all", "1", "--resend"), ("resend", "1")):
        said = elsewhere.run("wave", *what, as_="Rosa", status=2).stderr.decode()
        assert f"distro --as NAME wave {' '.join(what)} --not-sent-elsewhere" in said
    before = len(sink.received)
    elsewhere.run("wave", "settle", "1", "--resend", "--not-sent-elsewhere", as_="Rosa")
    elsewhere.run("run", "--until-idle")
    assert [received.to for received in sink.received[before:]] == ["ada@daily.example.com"]


def test_taken_while_the_bot_sends_it_adds_up_and_sends_nothing_again(
    office: Office, elsewhere: Office, sink: Sink, tmp_path: Path
) -> None:
    office.contacts([f"reader{n}@outlet{n % 7}.example.org,Reader {n},{'es' if n % 2 else 'en'},1" for n in range(PEOPLE)])
    sink.delay = 0.4
    office.release()
    bot = office.start("run")
    paths = [tmp_path / f"backup{n}" for n in range(2)]
    for path in paths:
        sink.wait_for(len(sink.received) + 20)
        office.run("backup", str(path), "--with-key", as_="Rosa")
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(30) == 0
    received = len(sink.received)

    elsewhere.run("restore", str(paths[1]), as_="Rosa")
    sink.delay = 0.0
    elsewhere.run("run", "--until-idle")
    assert len(sink.received) == received, "a restored office sent by itself"
    (wave,) = elsewhere.json("wave", "list")
    assert wave["state"] == "held"
    assert sum(wave["counts"].values()) == PEOPLE
    assert 20 <= wave["counts"]["accepted"] < PEOPLE, "the bot was done too early to show anything"
    assert set(wave["counts"]) <= {"accepted", "pending", "uncertain"}
    check_the_record(elsewhere, wave["counts"])

    elsewhere.run("wave", "resume", "1", "--not-sent-elsewhere", as_="Rosa")
    elsewhere.run("run", "--until-idle")
    assert {r["state"] for r in elsewhere.json("archive", "list")} == {"accepted"}
    twice = [to for to, count in Counter(r.to for r in sink.received).items() if count > 1]
    assert twice, "the old machine did send after the backup, and somebody gave a wrong word"
    for address in twice:
        assert len({r.message["Message-ID"] for r in sink.to(address)}) == 1


def check_the_record(office: Office, counts: dict[str, int]) -> None:
    """Rows and entries tell the same, and the newest head is the one that the entries lead to."""
    store = Store(office.settings["DISTRO_STORAGE__URL"])
    with store.read() as session:
        accepted = set(session.exec(select(Delivery.id).where(Delivery.state == "accepted")).all())
        told = session.exec(select(Entry.subject).where(Entry.kind == "delivery.accepted")).all()
        assert {f"delivery:{number}" for number in accepted} == set(told)
        assert len(accepted) == len(told) == counts["accepted"]
        entries = len(session.exec(select(Entry.id)).all())
        unsealed = waiting(session)  # a bot that ends while its clerk seals leaves the last ones to the next start
        head = newest(session)
        assert head is not None
        checkpoint = Checkpoint.read(head.note.partition("\n\n")[0] + "\n")
        (payload,) = session.exec(select(Entry.payload).where(Entry.kind == "store.restored")).all()
    size, root = root_of(store)
    store.close()
    assert (size, root) == (checkpoint.size, checkpoint.root)
    assert size == entries - unsealed
    before = json.loads(payload)
    assert 0 < before["size"] + before["unsealed"] < size
