"""Evidence is taken away whole: whatever became of the copies, the bag verifies by itself, and tells on whoever touches it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import mailbox
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import agreements, people
from distro import clock
from distro.archive import verify
from distro.archive.anchors import How as Anchored
from distro.archive.anchors import head_of, keep
from distro.archive.ledger import recorder
from distro.archive.sealing import newest
from distro.config import Sending, Uncertain
from distro.dispatch import erasing, evidence_csv, evidence_scope, verbs
from distro.dispatch import evidence as taking
from distro.dispatch.evidence import Archive, Exported, export
from distro.dispatch.evidence_pdf import Document, set_pdf
from distro.dispatch.evidence_source import markdown
from distro.dispatch.settling import How, Word, settle
from distro.dkimkey import KeyType, make_key
from distro.dkimterms import Dkim
from distro.editorial.content import Edition
from distro.editorial.edition import read_edition
from distro.errors import Failed, Refused
from distro.staff import Actor, Role
from tests.authority import unsigned
from tests.office import APPROVER, WRITER, Office, content, now
from tests.prepared import Prepared
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
def earlier() -> Iterator[pytest.MonkeyPatch]:
    """Until it is undone, the clock of the office and its bot stands five minutes back. So an embargo can be over when it is
    set right, and nobody waits for the hour, nor does it come too soon on a busy machine."""
    with pytest.MonkeyPatch.context() as clocks:
        clocks.setattr(clock, "now", lambda: datetime.now(UTC) - timedelta(minutes=5))
        clocks.setattr("tests.office.now", clock.now)
        yield clocks


@pytest.fixture
def eventful(earlier: pytest.MonkeyPatch, office: Office, sink: Sink, prepared: Prepared) -> Office:
    """Waves 1 (advance) and 2 (general) of "clinic", signed. Ada has an advance copy; Bea's was taken at the second try; Cal's
    is refused; nobody knows of Dan's, and a person says that it arrived; Eva was erased afterwards; Fay's was sent again."""

    def play(office: Office, sink: Sink) -> None:
        before_the_lift(office, sink)
        earlier.undo()
        after_it(office, sink)

    prepared(play, office, sink)
    earlier.undo()
    office.settings["dkim"] = signed_by(office)
    return office


def signed_by(office: Office) -> tuple[Dkim]:
    return (Dkim(selector="e1", key_file=str(office.folder / "e1.key")),)


def before_the_lift(office: Office, sink: Sink) -> None:
    make_key(office.folder / "e1.key", KeyType.ED25519)
    office.settings["dkim"] = signed_by(office)
    office.settings["sending"] = Sending(uncertain=Uncertain.HOLD)
    office.contact(ADA, languages="en", tier="1", agrees=True)
    office.contact(BEA, name=FORMULA, outlet="@Diario Ñandú", languages="es", tier="2")
    office.contact(CAL, name="Łukasz Żółw 中文", languages="fr", tier="2")
    office.contact(DAN, languages="en+es", tier="2")
    office.contact(EVA, name="Eva Forgotten", languages="en", tier="2")
    office.contact(FAY, languages="en", tier="2")
    office.segment("Known", "tier<=1")
    office.segment("All", "tier<=9")
    assert office.send(content(embargo=now()), advance=["Known"]) == [1, 2]
    office.run()
    assert office.states(1) == {ADA: "accepted"}


def after_it(office: Office, sink: Sink) -> None:
    tries: list[str] = []

    def answer(to: str, _octets: bytes) -> str | None:
        tries.append(to)
        if to == BEA and tries.count(BEA) == 1:
            return "451-4.7.1 Come\r\n451 4.7.1 =again"
        return {CAL: "550 5.1.1 No such user", DAN: "drop"}.get(to)

    sink.at_dot = answer
    office.run()
    with office.write() as session:
        settle(session, office.delivery(DAN).id or 0, Word(How.ACCEPTED, WRITER, now(), "it stands in their log"))
        verbs.resend(session, office.delivery(FAY).id or 0, actor=WRITER, at=now(), reason="Lost by them")
        again = office.delivery(BEA)
        again.due_at = now()
        session.add(again)
    office.run()
    assert office.states(2) == {BEA: "accepted", CAL: "refused", DAN: "accepted", EVA: "accepted", FAY: "accepted"}
    with office.write() as session:
        erasing.erase(session, office.vault, EVA, reason="asked by letter", actor=APPROVER, at=now())


def test_a_release_with_every_fate_of_a_copy(eventful: Office, sink: Sink, tmp_path: Path) -> None:
    bag, exported = taken(eventful, "clinic", tmp_path)
    assert (exported.deliveries, exported.copies, exported.erased, exported.damaged) == (6, 5, 1, ())
    assert (exported.disposed, exported.findings) == (0, ())
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
    assert ("contact.erased", "Ana Example") in kinds
    assert {kind for kind, _ in kinds} >= {"run.started", "staff.added", "wave.frozen", "release.launch", "archive.exported"}
    assert not any(kind in ("contact.added", "segment.saved", "contact.suppressed") for kind, _ in kinds)


def test_nothing_of_another_release_or_agreement_is_in_a_bag(eventful: Office, tmp_path: Path) -> None:
    with eventful.write() as session:
        at = now()
        record = recorder(session, WRITER.name, at)
        person = people.find(session, ADA)
        agreements.agree(session, person, release="secret", terms="of another", by=WRITER.name, at=at, record=record)
        # a test copy is recorded under its slug, and this slug looks like our release's number
        record("release.test_sent", "release:1", {"slug": "1", "version": "0" * 64})
        record("release.test_sent", "release:clinic", {"slug": "clinic", "version": "1" * 64})
    bag, _ = taken(eventful, "clinic", tmp_path)
    entries = lines(bag, "entries")
    assert [e["payload"]["terms"] for e in entries if e["kind"] == "contact.agreed"] == ["standing terms 1"]
    assert [e["payload"]["slug"] for e in entries if e["kind"] == "release.test_sent"] == ["clinic"]


def test_a_release_of_which_nothing_left(office: Office, tmp_path: Path) -> None:
    office.release()
    bag, exported = taken(office, "clinic", tmp_path)
    assert (exported.deliveries, exported.copies) == (0, 0)
    assert [e["kind"] for e in lines(bag, "entries")][-3:] == ["release.add", "release.submit", "archive.exported"]


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


def test_the_general_wave_of_one_sent_at_once(office: Office, tmp_path: Path) -> None:
    """No embargo, one language, nobody erased; the summary in Spanish."""
    office.contact(ADA, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    office.run()
    bag, exported = taken(office, "wave:1", tmp_path, language="es")
    assert (exported.deliveries, exported.copies) == (1, 1)
    text = pdf_text(bag / "data" / "summary.pdf")
    for words in ("Resumen de la prueba", "permiso: sin embargo", "Qué no demuestra esto", exported.root, "Olga Example"):
        assert words in text
    assert "evidence:" not in text


def test_a_summary_tells_a_judge(eventful: Office, tmp_path: Path) -> None:
    bag, exported = taken(eventful, "clinic", tmp_path)
    text = " ".join(pdf_text(bag / "data" / "summary.pdf").split())
    for words in (
        "Clinic opens on Main Street",
        "Written by Rosa Example",
        "Approved by Ana Example",
        "Local time is that of New York (America/New_York)",
        "=HYPERLINK(0)",
        "Łukasz Żółw [U+4E2D][U+6587]",
        "550 5.1.1 No such user",
        "Rosa Example vouched that it arrived",
        "permit: agreement 1",
        "In doubt at some time 4",
        "Erased 1",
        exported.key.partition("+")[0],
        "What this proves",
        "What this does not prove",
    ):
        assert words in text
    assert "evidence:" not in text


def test_what_is_read_is_one_snapshot(eventful: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same store gives the same octets; and what is recorded meanwhile is not in the bag, nor does it spoil it."""
    eventful.settings["sending"] = Sending()
    monkeypatch.setattr(taking, "_record", lambda *_: None)
    take(eventful, "clinic", tmp_path / "bag.zip")
    first = (tmp_path / "bag.zip").read_bytes()
    take(eventful, "clinic", tmp_path / "bag.zip", force=True)
    assert (tmp_path / "bag.zip").read_bytes() == first

    pages = evidence_scope.pages

    def and_meanwhile(*given: Any) -> Iterator[evidence_scope.Page]:
        """Between the snapshot and the first page Fay's copy goes once more, in a thread as SQLite's writers are others."""
        verb = threading.Thread(target=send_again)
        verb.start()
        verb.join()
        yield from pages(*given)

    def send_again() -> None:
        with eventful.write() as session:
            verbs.resend(session, eventful.delivery(FAY).id or 0, actor=WRITER, at=now())

    monkeypatch.setattr(evidence_scope, "pages", and_meanwhile)
    bag, _ = taken(eventful, "clinic", tmp_path)
    assert [e["kind"] for e in lines(bag, "entries")].count("delivery.resend") == 1
    assert [e.kind for e in eventful.entries("delivery.resend")] == ["delivery.resend"] * 2


def test_evidence_of_a_wave_that_is_under_way(office: Office, sink: Sink, tmp_path: Path) -> None:
    """Whatever moment it is taken at, states and entries are those of one moment."""
    for n in range(60):
        office.contact(f"reader{n}@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    sink.delay = 0.3
    office.send()
    first, over = threading.Event(), threading.Event()

    def answer(to: str, _octets: bytes) -> None:
        """The last copy waits for its reply until there is a bag."""
        if to == "reader59@daily.example.com":
            first.wait(60)

    sink.at_dot = answer

    def take_again_and_again() -> list[Path]:
        """From the first copy that is accepted to one bag more when all is over."""
        while "accepted" not in office.states(1).values() and not over.is_set():
            time.sleep(0.02)
        bags: list[Path] = []
        ended = False
        while not ended:
            ended = over.is_set()
            bags.append(tmp_path / f"{len(bags)}.zip")
            take(office, "clinic", bags[-1])
            first.set()
        return bags

    with ThreadPoolExecutor(1) as thread:
        taking_them = thread.submit(take_again_and_again)
        try:
            office.run()
        finally:
            over.set()
    accepted = []
    for out in taking_them.result():
        bag = unpacked(out, tmp_path / f"unpacked{out.stem}")
        code, said = in_process(bag)
        assert code == 0, said
        accepted.append(sum(d["state"] == "accepted" for d in lines(bag, "deliveries")))
        assert accepted[-1] == sum(entry["kind"] == "delivery.accepted" for entry in lines(bag, "entries"))
    assert 0 < accepted[0] < 60, "it was not under way"
    assert accepted == sorted(accepted)
    assert accepted[-1] == 60


def test_an_entry_that_was_committed_late(eventful: Office, tmp_path: Path) -> None:
    """On PostgreSQL a lower number may stand behind a higher one; the bag has both where they stand."""
    if eventful.store.dialect == "sqlite":
        pytest.skip("SQLite has one writer: no number is committed before a lower one")
    with psycopg.connect(eventful.store.url.set(drivername="postgresql").render_as_string(hide_password=False)) as late:
        late.execute("INSERT INTO entry (at_us, actor, kind, subject, payload) VALUES (1, 'late', 'wave.note', 'wave:2', '{}')")
        take(eventful, "clinic", tmp_path / "before.zip")
    bag, _ = taken(eventful, "clinic", tmp_path)
    numbers = [entry["entry"] for entry in lines(bag, "entries")]
    assert numbers != sorted(numbers)
    assert [proof["entry"] for proof in lines(bag, "proofs")] == numbers


@pytest.mark.altered
def test_what_does_not_open_is_told_and_stops_nothing_else(eventful: Office, tmp_path: Path) -> None:
    """Somebody rewrote a sealed reply, a letter's hash and a recipient in the store."""
    reply, person = eventful.delivery(BEA).id or 0, eventful.delivery(ADA).id or 0
    moved = "UPDATE personal SET box = (SELECT box FROM personal WHERE delivery_id = {0} AND part = {1}) "
    with untriggered(eventful) as execute:
        execute((moved + "WHERE delivery_id = {0} AND part = 3").format(reply, 2))
        execute((moved + "WHERE delivery_id = {2} AND part = 0").format(reply, 0, person))
    bag, exported = taken(eventful, "clinic", tmp_path)
    assert exported.damaged == (person, reply)
    assert {row["delivery"]: row["not_shown"] for row in table(bag)}[str(reply)] == "damaged"
    assert f"Damaged {person}, {reply}" in " ".join(pdf_text(bag / "data" / "summary.pdf").split())


@contextmanager
def untriggered(office: Office) -> Iterator[Callable[[str], object]]:
    """As somebody writes who does not mind the triggers of append-only tables."""
    with office.store.engine.execution_options(writes=True).connect() as connection:
        if office.store.dialect == "sqlite":
            triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()
            for (name,) in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection.exec_driver_sql
        connection.commit()


def test_the_export_is_a_fact_itself(eventful: Office, tmp_path: Path) -> None:
    bag, exported = taken(eventful, "wave:2", tmp_path)
    (entry,) = eventful.entries("archive.exported")
    assert (entry.actor, entry.subject) == (AUDITOR.name, "wave:2")
    told = json.loads(entry.payload)
    assert (told["what"], told["deliveries"]) == ("wave:2", 5)
    assert told["size"] < exported.size
    assert lines(bag, "entries")[-1]["kind"] == "archive.exported"


def test_the_copies_open_as_a_mailbox(eventful: Office, tmp_path: Path) -> None:
    bag, _ = taken(eventful, "clinic", tmp_path)
    ids = [str(message["Message-ID"]) for message in mailbox.mbox(bag / "data" / "copies.mbox")]
    assert ids == [d["message_id"] for d in lines(bag, "deliveries") if d["copy"]]


def test_the_source_is_what_was_submitted(eventful: Office, tmp_path: Path) -> None:
    bag, _ = taken(eventful, "clinic", tmp_path)
    problems: list[str] = []
    (spanish,) = (bag / "data" / "source").glob("*/es.md")
    assert read_edition("es.md", spanish.read_bytes(), None, problems) == content().editions["es"]
    assert not problems
    (terms,) = (bag / "data" / "approvals").iterdir()
    assert hashlib.sha256(terms.read_bytes()).hexdigest() == terms.stem
    (approval,) = [e for e in lines(bag, "entries") if e["kind"] == "release.approve"]
    assert approval["payload"]["binding"] == terms.stem


@given(st.builds(Edition, headline=st.text(), what=st.text(), body=st.text(alphabet="a b#\n:-é").map(str.strip)))
def test_editions_are_read_back_as_they_are(edition: Edition) -> None:
    problems: list[str] = []
    fit = re.compile(r"[^\w .:#'\"-]")
    plain = edition.model_copy(update={n: " ".join(fit.sub("", getattr(edition, n)).split()) for n in ("headline", "what")})
    assert read_edition("en.md", markdown(plain).encode(), None, problems).body == plain.body.strip()


# any bit


def test_any_bit_of_a_real_bag(eventful: Office, tmp_path: Path) -> None:
    """Of any of its files: the verifier fails, and names the file. Half of the flips go where the proofs are."""
    with eventful.write() as session:
        head = head_of(
            newest(session) or pytest.fail("no head"), Archive(eventful.store, eventful.vault, eventful.config).signer
        )
        token = unsigned(head.note.encode(), "20261201100000Z")
        keep(session, head, Anchored.TSA, actor=WRITER.name, at=now(), token=token)
    bag, _ = taken(eventful, "clinic", tmp_path)
    files = sorted(path.relative_to(bag).as_posix() for path in bag.rglob("*") if path.is_file())
    proven = [
        n
        for n in files
        if n.startswith(("manifest", "data/proofs", "data/checkpoint", "data/entries", "data/deliveries", "data/anchors"))
    ]
    assert {name.partition(".")[2] for name in proven if name.startswith("data/anchors/")} == {"txt", "tsr", "json"}

    @settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(st.sampled_from(files), st.sampled_from(proven)), st.integers(0, 10**9))
    def flip(name: str, bit: int) -> None:
        path = bag / name
        whole = path.read_bytes()
        octets = bytearray(whole)
        octets[bit // 8 % len(octets)] ^= 1 << bit % 8
        path.write_bytes(octets)
        try:
            code, said = in_process(bag)
        finally:
            path.write_bytes(whole)
        assert code == 1
        assert name in said.partition("FAULT")[2]

    flip()
    assert in_process(bag)[0] == 0


def in_process(bag: Path) -> tuple[int, str]:
    said = io.StringIO()
    with redirect_stdout(said):
        return verify.main([str(bag)]), said.getvalue()


# what is refused


WRONG = ["wave:", "wave:x", "wave:0", "wave:99", "delivery:99", "delivery:1e3", "wave:9" + "9" * 30, "clinics", "12", "a:b", ""]


def test_what_names_nothing_is_refused_and_leaves_nothing(eventful: Office, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for what in WRONG:
        with pytest.raises(Refused):
            take(eventful, what, folder / "x.zip")
    assert not list(folder.iterdir())
    assert not eventful.entries("archive.exported")


def test_a_file_that_is_there_is_written_over_only_on_demand(eventful: Office, tmp_path: Path) -> None:
    out = tmp_path / "case 17.zip"
    take(eventful, "delivery:1", out)
    assert out.stat().st_mode & 0o777 == 0o600
    before = out.read_bytes()
    with pytest.raises(Refused, match="there already"):
        take(eventful, "clinic", out)
    assert out.read_bytes() == before
    take(eventful, "clinic", out, force=True)
    assert {name.partition("/")[0] for name in ZipFile(out).namelist()} == {"case-17"}
    for other, why in ((tmp_path / "x.tar", "end in .zip"), (tmp_path / "none" / "x.zip", "no folder"), (tmp_path, "end in")):
        with pytest.raises(Refused, match=why):
            take(eventful, "clinic", other)
    with pytest.raises(Refused, match="does not speak 'de'"):
        take(eventful, "clinic", out, force=True, language="de")


def test_a_failure_half_way_leaves_nothing(eventful: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_paper(*_: object) -> bytes:
        raise Failed("No paper.")

    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.setattr(taking, "set_pdf", no_paper)
    with pytest.raises(Failed, match="No paper"):
        take(eventful, "clinic", folder / "x.zip")
    assert not list(folder.iterdir())


# the table

DANGEROUS = st.text(alphabet="=+-@\t\r\n\uff1d\uff0b\uff0d\uff20 '\"\u201c\u200b\ufeff,;|a1é")


@settings(max_examples=500)
@given(st.lists(st.one_of(DANGEROUS, st.text()), min_size=1, max_size=6))
def test_no_cell_starts_a_formula(cells: list[str]) -> None:
    (row,) = csv.reader(io.StringIO(evidence_csv.line(cells), newline=""), strict=True)
    assert len(row) == len(cells)
    for cell, given_ in zip(row, cells, strict=True):
        assert not re.match(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell)
        bare = re.sub(r"^[\s'\"\u201c\u200b\ufeff]+", "", given_)
        assert cell.startswith("'") or not re.match(r"[=+\-@\uff1d\uff0b\uff0d\uff20]", bare)
        assert not re.search(r"[\x00-\x1f]", cell)
        assert cell in (plain := re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", given_), f"'{plain}")


def test_a_table_of_hostile_names(office: Office, tmp_path: Path) -> None:
    names = ["=1+1", "+1", "-2", "@SUM(1)", "'=1", "\uff1d1", '"=1', "Ñandú; Zoë", "a,b"]
    for number, name in enumerate(names):
        office.contact(f"reader{number}@daily.example.com", name=name, languages="en", tier="1")
    office.contact("=cmd|x@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    office.run()
    bag, _ = taken(office, "clinic", tmp_path)
    raw = (bag / "data" / "deliveries.csv").read_bytes()
    assert raw.startswith(b'\xef\xbb\xbf"delivery"')
    assert raw.count(b"\r\n") == raw.count(b"\n") == 11
    rows = table(bag)
    assert [row["name"] for row in rows] == [*(f"'{name}" for name in names[:7]), *names[7:], "'=Cmd|X"]
    assert rows[-1]["address"] == "'=cmd|x@daily.example.com"


# the summary

PRINTED = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(PRINTED, min_size=1, max_size=8), st.integers(0, 300))
def test_whatever_a_server_says_can_be_set(texts: list[str], length: int) -> None:
    document = Document(f"Of {texts[0]}", texts[-1], "x", "en", "a4", texts[0])
    document.table(("a", "b", "c"), (14, 30, 0), [(text, text * 3, "x" * length + text) for text in texts])
    document.facts([(texts[0], texts[-1])], code=[("x", texts[-1])])
    document.items(texts)
    assert set_pdf(document, now()).startswith(b"%PDF-1.7")


def test_a_thousand_are_told_and_all_are_in_the_bag(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distro.dispatch import evidence_tally

    monkeypatch.setattr(evidence_tally, "TOLD", 3)
    for n in range(5):
        office.contact(f"reader{n}@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    office.run()
    bag, exported = taken(office, "clinic", tmp_path)
    assert exported.copies == 5
    text = pdf_text(bag / "data" / "summary.pdf")
    assert "Of 5 deliveries, 3 are told here." in text
    assert ("reader2@" in text, "reader3@" in text) == (True, False)
