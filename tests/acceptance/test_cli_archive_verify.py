"""`distro archive verify`, `checkpoint` and `seal` as they are typed, on a store whose file is altered behind their back."""

from __future__ import annotations

import json
import os
import pty
import signal
import sqlite3
import subprocess
import time
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.process import Office
from tests.acceptance.ready import DISTRO
from tests.sink import Sink


@pytest.fixture
def office(tmp_path: Path, sink: Sink) -> Office:
    """Four copies were sent, and all is sealed."""
    office = Office.at(tmp_path, sink.port, url=f"sqlite:///{tmp_path / 'office.db'}")
    office.people()
    office.contacts([f"reader{n}@outlet.example.org,Reader {n},{'es' if n % 2 else 'en'},1" for n in range(4)])
    office.release()
    office.run("run", "--until-idle")
    return office


def alter(office: Office, *statements: str) -> None:
    """With SQLite itself, while the triggers are gone."""
    with closing(sqlite3.connect(office.folder / "office.db")) as file, file:
        triggers = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            file.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert file.execute(statement).rowcount, statement
        for _, sql in triggers:
            file.execute(sql)


def verified(office: Office, *options: str, status: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(office.run("archive", "verify", *options, "--json", status=status).stdout)
    return found


def test_nothing_was_altered(office: Office) -> None:
    told = verified(office, "--full", status=0)
    assert told.pop("seconds") >= 0
    assert told.pop("heads") >= 1
    assert told.pop("entries") == told.pop("sealed") > 20
    assert told == {
        "waiting": 0,
        "deliveries": 4,
        "copies": 4,
        "erased": 0,
        "disposed": 0,
        "left": [],
        "findings": [],
        "notes": [],
    }
    said = office.run("archive", "verify", "--full")
    assert b"4 copies were rebuilt, and are the bytes that were sent.\nNothing was altered. It took " in said.stdout
    assert said.stderr == b""


def test_a_row_that_was_altered_behind_its_back_is_named(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "office.db")) as file:
        query = "SELECT id, subject FROM entry WHERE kind = 'delivery.accepted' ORDER BY id LIMIT 1 OFFSET 2"
        entry, subject = file.execute(query).fetchone()
    alter(office, f"UPDATE entry SET payload = replace(payload, '250 2.', '251 2.') WHERE id = {entry}")
    what = f"Entry {entry} is not what was sealed (delivery.accepted of {subject})."
    assert verified(office)["findings"] == [{"what": what, "entry": entry, "delivery": None}]
    said = office.run("archive", "verify", status=1).stdout.decode()
    assert said.startswith(what + "\n")
    assert said.endswith("\n1 thing is not as recorded, see above.\n")


def test_a_delivery_and_its_copy_are_named(office: Office) -> None:
    alter(
        office,
        "UPDATE delivery SET accepted_at = accepted_at - 3600000000 WHERE id = 2",
        "UPDATE delivery SET stamped_at = stamped_at - 3600000000 WHERE id = 3",
    )
    found = verified(office, "--full")
    assert [one["delivery"] for one in found["findings"]] == [2, 3]
    assert found["copies"] == 3


def test_a_tail_that_was_cut_off_is_found_by_an_older_checkpoint(office: Office) -> None:
    office.run("archive", "checkpoint", "--out", "kept.txt")
    assert verified(office, "--against", "kept.txt", status=0)["findings"] == []
    with closing(sqlite3.connect(office.folder / "office.db")) as file:
        sizes = [size for (size,) in file.execute("SELECT size FROM checkpoint ORDER BY size")]
        assert len(sizes) > 1
        last = file.execute("SELECT highest FROM checkpoint WHERE size = ?", (sizes[-2],)).fetchone()[0]
        old = file.execute("SELECT hashes FROM tile WHERE level = 0 AND number = 0").fetchone()[0][: 32 * sizes[-2]].hex()
    alter(
        office,
        f"DELETE FROM entry WHERE id > {last}",
        f"DELETE FROM sealed_run WHERE first_leaf >= {sizes[-2]}",
        f"DELETE FROM checkpoint WHERE size > {sizes[-2]}",
        f"UPDATE tile SET hashes = x'{old}' WHERE level = 0 AND number = 0",
        f"UPDATE sqlite_sequence SET seq = {last} WHERE name = 'entry'",
    )
    findings = [one["what"] for one in verified(office, "--against", "kept.txt")["findings"]]
    cut = f"The record was cut: the checkpoint in kept.txt counts {sizes[-1]} entries, the record has {sizes[-2]}."
    assert cut in findings
    assert cut not in [one["what"] for one in json.loads(verify_as_it_is(office))["findings"]]


def verify_as_it_is(office: Office) -> bytes:
    done = subprocess.run(
        [*DISTRO, "archive", "verify", "--json"], env=office.environment, cwd=office.folder, capture_output=True, check=False
    )
    return done.stdout


def test_a_checkpoint_is_kept_elsewhere_and_never_overwritten(office: Office) -> None:
    printed = office.run("archive", "checkpoint").stdout
    office.run("archive", "checkpoint", "--out", "kept.txt")
    assert (office.folder / "kept.txt").read_bytes() == printed
    origin, size, *_ = printed.decode().splitlines()
    assert int(size) == verified(office, status=0)["sealed"]
    key = office.run("archive", "checkpoint", "--key").stdout.decode()
    assert key.startswith(f"{origin}+")
    assert b"is not overwritten" in office.run("archive", "checkpoint", "--out", "kept.txt", status=2).stderr


def test_a_checkpoint_for_a_program(office: Office) -> None:
    note = office.run("archive", "checkpoint").stdout.decode()
    key = office.run("archive", "checkpoint", "--key").stdout.decode().strip()
    origin, size, root, *_ = note.splitlines()
    told = office.json("archive", "checkpoint", "--out", "kept.txt")
    assert told == {
        "origin": origin,
        "size": int(size),
        "root": b64decode(root).hex(),
        "note": note,
        "key": key,
        "file": "kept.txt",
    }
    assert (office.folder / "kept.txt").read_text() == note
    assert office.json("archive", "checkpoint", "--key") == {"key": key, "file": None}


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("absent/kept.txt", "absent/kept.txt cannot be written: No such file or directory."),
        ("office.db/kept.txt", "office.db/kept.txt cannot be written: Not a directory."),
        ("data", "data is there already, and is not overwritten"),
        ("x" * 300, "cannot be written: File name too long."),
    ],
)
def test_a_checkpoint_that_cannot_be_written_is_a_sentence(office: Office, out: str, said: str) -> None:
    before = things_in(office.folder)
    refused = office.run("archive", "checkpoint", "--out", out, status=2)
    assert said in refused.stderr.decode()
    assert len(refused.stderr.splitlines()) == 1
    assert things_in(office.folder) == before


def things_in(folder: Path) -> list[str]:
    """But for what SQLite keeps beside an open store: a bot's clerk, which is killed, leaves it for whoever opens it next."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm")))


def test_a_store_that_was_set_back_is_shouted_about_until_somebody_says_why(office: Office) -> None:
    """The provider brings last night's database back, and nobody told the office."""
    names = [office.folder / f"office.db{end}" for end in ("", "-wal", "-shm")]
    kept = {path: path.read_bytes() for path in names if path.exists()}
    office.run("staff", "add", "Pat", "--email", "pat@press.example.org", "--role", "author", as_="Rosa")
    size = office.json("archive", "seal")["size"]
    for path in names:
        path.unlink(missing_ok=True)
    for path, octets in kept.items():
        path.write_bytes(octets)
    office.run("staff", "add", "Sam", "--email", "sam@press.example.org", "--role", "author", as_="Rosa")

    words = f"The head that was signed last here (ledger.head in the data folder) counts {size} entries, and the newest in the "
    for command in (("archive", "seal"), ("run", "--until-idle")):
        assert words in office.run(*command, status=1).stderr.decode()
    (check,) = [one for one in json.loads(office.run("doctor", "--json", status=1).stdout) if one["check"] == "sealing"]
    assert check["state"] == "bad"
    assert check["sentence"].startswith(words)
    assert "seal --go-on REASON" in check["remedy"]
    assert any(one["what"].startswith("The record was cut: ") for one in verified(office)["findings"])

    assert b"say who you are" in office.run("archive", "seal", "--go-on", "ticket 123", status=2).stderr
    assert b"may not have sealing go on" in office.run("archive", "seal", "--go-on", "x", as_="Ana", status=2).stderr
    assert b"two steps" in office.run("archive", "seal", "--rebuild", "--go-on", "x", as_="Rosa", status=2).stderr
    done = office.json("archive", "seal", "--go-on", "The provider set it back, ticket 123", as_="Rosa")
    assert done["signed"] == size
    assert done["why"].startswith(words)
    assert b"Nothing stands against sealing" in office.run("archive", "seal", "--go-on", "x", as_="Rosa", status=2).stderr
    told = verified(office, status=0)
    (left,) = told["left"]
    assert (left["actor"], left["signed"], left["reason"]) == ("Rosa", size, "The provider set it back, ticket 123")
    said = office.run("archive", "verify").stdout.decode()
    assert f"where a head of {size} had been signed. Their reason: The provider set it back, ticket 123\n" in said
    assert "Nothing was altered." in said
    office.run("run", "--until-idle")
    assert verified(office, status=0)["waiting"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "cannot be read: No such file"), (b"hello\n", "is no signed checkpoint"), (b"\xff\xfe", "is no signed checkpoint")],
)
def test_a_file_that_is_no_checkpoint_is_bad_input(office: Office, text: bytes | None, said: str) -> None:
    if text is not None:
        (office.folder / "old.txt").write_bytes(text)
    refused = office.run("archive", "verify", "--against", "old.txt", status=2)
    assert said in refused.stderr.decode()
    assert refused.stdout == b""


def test_what_no_bot_seals_is_sealed_by_hand(tmp_path: Path, sink: Sink) -> None:
    office = Office.at(tmp_path, sink.port)
    office.people()
    told = verified(office, status=0)
    assert (told["sealed"], told["heads"], told["waiting"]) == (0, 0, told["entries"])
    assert b"Nothing is sealed yet" in office.run("archive", "checkpoint", status=2).stderr
    assert b"not sealed yet; the bot does it each second" in office.run("archive", "verify").stdout
    sealed = office.json("archive", "seal")
    assert sealed == {"sealed": told["entries"], "size": told["entries"], "waiting": 0}
    assert (
        office.run("archive", "seal").stdout.decode() == f"0 entries were sealed; the newest head counts {told['entries']}.\n"
    )
    assert verified(office, status=0)["waiting"] == 0


def test_a_tree_whose_tiles_are_damaged_is_grown_again(office: Office) -> None:
    alter(office, "UPDATE tile SET hashes = x'00' WHERE level = 0 AND number = 0")
    (tile,) = verified(office)["findings"]
    assert tile["what"] == "Tile (0, 0) was altered, the entries under it were not."
    office.run("archive", "seal", "--rebuild")
    assert verified(office, status=0)["findings"] == []


def test_what_searches_and_names_go_by_is_made_anew(office: Office) -> None:
    alter(office, "DELETE FROM known_as", "DELETE FROM searchable")
    what = [one["what"] for one in verified(office, "--full")["findings"]]
    assert sum("is not in the index of words" in one for one in what) == 2
    assert sum("is not found by the name" in one for one in what) == 4
    assert office.json("archive", "reindex") == {"versions": 1, "waves": 1}
    assert verified(office, "--full", status=0)["findings"] == []
    assert len(office.json("archive", "list", "--person", "Reader 2")) == 1
    said = office.run("archive", "reindex").stdout.decode()
    assert said == "1 version is indexed, and the recipients of 1 wave.\n"


def test_with_another_key_nothing_is_sealed_and_nothing_said(office: Office) -> None:
    (office.folder / "data" / "office.key").write_text("ab" * 32)
    for command in ("seal", "verify"):
        assert b"is office.key the right one?" in office.run("archive", command, status=1).stderr


def test_there_must_be_a_store(tmp_path: Path) -> None:
    office = Office.at(tmp_path, 25)
    for options in ((), ("--full",)):
        assert b"run `distro init`" in office.run("archive", "verify", *options, status=2).stderr


def test_interrupted_it_says_so_in_a_sentence(office: Office) -> None:
    """Also while others look for it; and its bar is on the terminal alone."""
    write_many(office)
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [*DISTRO, "archive", "verify", "--full"],
        env={**office.environment, "TERM": "xterm"},
        cwd=office.folder,
        stdout=subprocess.PIPE,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    shown = read_until(ours, b"Entries")
    os.killpg(process.pid, signal.SIGINT)
    shown += read_until(ours, b"nothing is said of the archive.")
    assert process.wait(20) == 130
    assert b"Traceback" not in shown
    assert process.stdout is not None
    assert process.stdout.read() == b""
    process.stdout.close()
    os.close(ours)


def write_many(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "office.db")) as file, file:
        rows = ((1, "a", "note", f"thing:{n}", "{}") for n in range(400_000))
        file.executemany("INSERT INTO entry (at_us, actor, kind, subject, payload) VALUES (?, ?, ?, ?, ?)", rows)
    office.run("archive", "seal")


def read_until(terminal: int, wanted: bytes) -> bytes:
    read, until = b"", time.monotonic() + 60
    while wanted not in read:
        assert time.monotonic() < until, read
        try:
            read += os.read(terminal, 4096)
        except OSError:
            break
    assert wanted in read, read
    return read
