"""Evidence is taken away whole: from every fate that a copy can have, the bag verifies by itself, and tells on whoever touches it."""

from __future__ import annotations

import csv
import io
import json
import mailbox
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from distro.archive import sealing, verify
from distro.archive.ledger import Entry
from distro.archive.proofs import seal_all
from distro.archive.vault import PersonKey, Personal
from distro.config import Dkim, Sending, Uncertain
from distro.dispatch import evidence as taking
from distro.dispatch import evidence_csv, evidence_scope, verbs
from distro.dispatch.evidence import Archive, Exported, export
from distro.dispatch.evidence_pdf import Document, set_pdf
from distro.dispatch.evidence_source import markdown
from distro.dispatch.settling import How, Word, settle
from distro.dkimkey import KeyType, make_key
from distro.editorial.content import Edition
from distro.editorial.edition import read_edition
from distro.errors import Failed, Refused
from distro.staff import Actor, Role
from tests.office import WRITER, Office, content, now
from tests.sink import Sink

AUDITOR = Actor("Olga Example", Role.AUDITOR)
ADA, BEA, CAL, DAN, EVA, FAY = (f"{name}@daily.example.com" for name in ("ada", "bea", "cal", "dan", "eva", "fay"))
FORMULA = "=HYPERLINK(0)"


def take(office: Office, what: str, out: Path, **options: Any) -> Exported:
    archive = Archive(office.store, office.vault, office.config)
    return export(archive, what, out, actor=options.pop("actor", AUDITOR), at=now(), **options)


def unpacked(out: Path, folder: Path) -> Path:
    """The bag's top folder."""
    with ZipFile(out) as zipped:
        assert zipped.testzip() is None
        zipped.extractall(folder)
    (top,) = folder.iterdir()
    return top


def verified(bag: Path, *arguments: str) -> tuple[int, str]:
    """By the bag's own program, in a process that has nothing else."""
    command = [sys.executable, "-I", "verify.py", *arguments]
    done = subprocess.run(command, cwd=bag, env={}, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def taken(office: Office, what: str, tmp_path: Path, **options: Any) -> tuple[Path, Exported]:
    """The bag, unpacked and verified."""
    name = what.replace(":", "-")
    out = tmp_path / f"{name}.zip"
    exported = take(office, what, out, **options)
    bag = unpacked(out, tmp_path / name)
    code, said = verified(bag)
    assert code == 0, said
    return bag, exported


def lines(bag: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bag / "data" / f"{name}.jsonl").read_text().split("\n")[:-1]]


def table(bag: Path) -> list[dict[str, str]]:
    text = (bag / "data" / "deliveries.csv").read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def pdf_text(path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext")
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return done.stdout.replace("\u200b", "")


@pytest.fixture
def eventful(office: Office, sink: Sink, tmp_path: Path) -> Office:
    """Waves 1 (advance) and 2 (general) of "clinic", signed. Ada has an advance copy; Bea's was taken at the second try; Cal's
    is refused; nobody knows of Dan's, and a person says that it arrived; Eva was erased afterwards; Fay's was sent again."""
    make_key(tmp_path / "e1.key", KeyType.ED25519)
    office.settings["dkim"] = (Dkim(selector="e1", key_file=str(tmp_path / "e1.key")),)
    office.settings["sending"] = Sending(uncertain=Uncertain.HOLD)
    office.contact(ADA, languages="en", tier="1", agrees=True)
    office.contact(BEA, name=FORMULA, outlet="@Diario Ñandú", languages="es", tier="2")
    office.contact(CAL, name="Łukasz Żółw 中文", languages="fr", tier="2")
    office.contact(DAN, languages="en+es", tier="2")
    office.contact(EVA, name="Eva Forgotten", languages="en", tier="2")
    office.contact(FAY, languages="en", tier="2")
    office.segment("Known", "tier<=1")
    office.segment("All", "tier<=9")
    lift = now() + timedelta(seconds=2)
    assert office.send(content(embargo=lift), advance=["Known"]) == [1, 2]
    tries: list[str] = []

    def answer(to: str, _octets: bytes) -> str | None:
        tries.append(to)
        if to == BEA and tries.count(BEA) == 1:
            return "451-4.7.1 Come\r\n451 4.7.1 =again"
        return {CAL: "550 5.1.1 No such user", DAN: "drop"}.get(to)

    sink.at_dot = answer
    office.run_for(4)
    with office.write() as session:
        word = Word(How.ACCEPTED, WRITER, now(), "it stands in their log")
        settle(session, office.delivery(DAN).id or 0, word)
        verbs.resend(session, office.delivery(FAY).id or 0, actor=WRITER, at=now(), reason="Lost by them")
        again = office.delivery(BEA)
        again.due_at = now()
        session.add(again)
    office.run()
    assert office.states(2) == {BEA: "accepted", CAL: "refused", DAN: "accepted", EVA: "accepted", FAY: "accepted"}
    with office.write() as session:
        session.get_one(PersonKey, office.delivery(EVA).contact_id).wrapped = None
    return office


def test_a_release_with_every_fate_of_a_copy(eventful: Office, sink: Sink, tmp_path: Path) -> None:
    bag, exported = taken(eventful, "clinic", tmp_path)
    assert (exported.deliveries, exported.copies, exported.erased, exported.damaged) == (6, 5, 1, ())
    told = {d["recipient"]["address"] if d["recipient"] else EVA: d for d in lines(bag, "deliveries")}
    assert set(told) == {ADA, BEA, CAL, DAN, EVA, FAY}

    # the copies are what the server got
    for address in (ADA, BEA, DAN, FAY):
        assert (bag / "data" / told[address]["copy"]).read_bytes() == sink.to(address)[0].octets
    assert b"DKIM-Signature" in (bag / "data" / told[ADA]["copy"]).read_bytes()
    assert told[EVA]["copy"] is None
    assert re.fullmatch("[0-9a-f]{64}", told[EVA]["sha256"])

    # and the replies what it said
    replies = {address: [a["reply"] for a in d["attempts"]] for address, d in told.items()}
    assert "=again" in replies[BEA][0]
    assert replies[BEA][1].startswith("250 2.0.0 Ok: queued as")
    assert replies[CAL] == ["550 5.1.1 No such user"]
    assert replies[EVA] == [None]
    assert len(replies[FAY]) == 2

    kinds = [(e["kind"], e["actor"]) for e in lines(bag, "entries")]
    for kind in ("release.submit", "wave.propose", "contact.agreed", "delivery.settled", "delivery.resend"):
        assert (kind, WRITER.name) in kinds
    assert ("release.approve", "Ana Example") in kinds
    assert {kind for kind, _ in kinds} >= {"run.started", "staff.added", "wave.frozen", "release.launch", "archive.exported"}
    assert not any(kind in ("contact.added", "segment.saved", "contact.suppressed") for kind, _ in kinds)


def test_nobody_else_is_in_a_bag_about_one_delivery(eventful: Office, tmp_path: Path) -> None:
    number = eventful.delivery(BEA).id
    bag, exported = taken(eventful, f"delivery:{number}", tmp_path)
    assert (exported.deliveries, exported.copies) == (1, 1)
    assert {e["subject"].partition(":")[0] for e in lines(bag, "entries")} == {"release", "wave", "delivery", "staff", "run"}
    assert {e["subject"] for e in lines(bag, "entries") if e["subject"].startswith(("delivery", "wave"))} == {
        f"delivery:{number}",
        "wave:2",
    }
    everything = b"".join(path.read_bytes() for path in bag.rglob("*") if path.is_file())
    assert BEA.encode() in everything
    for other in (ADA, CAL, DAN, EVA, FAY, "Eva Forgotten"):
        assert other.encode() not in everything


def test_an_erased_person_is_nowhere(eventful: Office, tmp_path: Path) -> None:
    bag, exported = taken(eventful, "wave:2", tmp_path)
    assert exported.deliveries == 5
    for path in bag.rglob("*"):
        assert path.is_dir() or b"Forgotten" not in path.read_bytes()
    assert [row["not_shown"] for row in table(bag)] == ["", "", "", "erased", ""]
    assert "erased" in pdf_text(bag / "data" / "summary.pdf")
