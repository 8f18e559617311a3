"""A bag from a store that somebody altered: it says what the record says, tells what does not match, and refuses nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from contacts import agreements, people
from distro.archive.ledger import recorder
from distro.dispatch import erasing, retention
from distro.dispatch import evidence as taking
from distro.dispatch.evidence import Archive, Exported, export
from distro.dispatch.evidence_pdf import Document, set_pdf
from distro.errors import Failed
from distro.terms import Retention
from tests.auditing import audited, tamper
from tests.integration.test_evidence import table, unpacked, verified
from tests.office import APPROVER, WRITER, Office, content, now
from tests.prepared import Prepared
from tests.sink import Sink

# as a word: in three digests these four digits stand by chance in one of 350 runs
YEAR_2020 = re.compile(r"\b2020\b")
ADA, BEA, CAL = "ada@daily.example.com", "bea@diario.example.net", "cal@radio.example.org"
YEARS = timedelta(days=3000)


@pytest.fixture
def sent(office: Office, sink: Sink, prepared: Prepared) -> Office:
    return prepared(play, office, sink)


def play(office: Office, _sink: Sink) -> None:
    for address in (ADA, BEA, CAL):
        office.contact(address, languages="en", tier="1")
    office.segment("All", "tier<=9")
    office.send()
    office.run()


Taken = tuple[Exported, str, Path, int]
Take = Callable[..., Taken]


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Take:
    """Takes a bag. Returns what was told, the words of the summary, the bag's folder, and what verify.py ends with."""
    seen: list[Document] = []

    def keep(document: Document, at: Any) -> bytes:
        seen.append(document)
        return set_pdf(document, at)

    monkeypatch.setattr(taking, "set_pdf", keep)

    def take(office: Office, what: str = "clinic", *, language: str = "") -> Taken:
        name = f"bag{len(seen)}"
        out = tmp_path / f"{name}.zip"
        archive = Archive(office.store, office.vault, office.config)
        exported = export(archive, what, out, actor=WRITER, at=now(), language=language)
        bag = unpacked(out, tmp_path / name)
        return exported, json.dumps(seen[-1].blocks, ensure_ascii=False), bag, verified(bag)[0]

    return take


def test_nothing_is_told_of_a_store_that_nobody_altered(sent: Office, take: Take) -> None:
    exported, text, bag, code = take(sent)
    assert (exported.findings, code) == ((), 0)
    assert "does not match" not in text
    assert "does not match" not in (bag / "README.txt").read_text()


@pytest.mark.altered
def test_the_summary_says_what_the_entries_say(sent: Office, take: Take) -> None:
    """Who approved, who scheduled, who wrote, when it was launched, scheduled and accepted, by which permit."""
    tamper(
        sent.store,
        "UPDATE approval SET by = 'Judge Dredd'",
        "UPDATE version SET authors = 'Judge Dredd', submitted_by = 'Judge Dredd'",
        "UPDATE wave SET scheduled_by = 'Judge Dredd', launched_at = '2020-01-01 00:00:00+00:00', "
        "scheduled_at = '2020-01-01 00:00:00+00:00', finished_at = '2020-01-01 00:00:00+00:00', purpose = 'kill'",
        "UPDATE delivery SET accepted_at = 1577836800000000, basis = 'agreement:7'",
    )
    exported, text, bag, code = take(sent)
    assert code == 0, "all that the bag proves is there"
    assert "Dredd" not in text.replace("Judge Dredd gave", "")
    assert not YEAR_2020.search(text)
    assert "general wave" in text
    for words in (f"{APPROVER.name}\\n", f"{WRITER.name}\\n", "permit: no embargo"):
        assert words in text
    assert not YEAR_2020.search((bag / "data" / "deliveries.csv").read_text())
    assert {(row["purpose"], row["permit"]) for row in table(bag)} == {("general", "immediate")}

    # and what does not match is told in all three places, and by each name that the audit has for it
    told = {one.what for one in exported.findings}
    by_audit = {one.what for one in audited(sent)}
    # keys against a second copy are of no use to a reader, and looked at by the whole audit alone
    assert told == {what for what in by_audit if not what.startswith("No delivery from 1 to 3 was made for the text")}
    assert len(told) >= 8
    readme = " ".join((bag / "README.txt").read_text().split())
    for what in told:
        assert json.dumps(what, ensure_ascii=False)[1:-1] in text
        assert what in readme
    assert text.index("What does not match the record") < text.index("What was sent, and when")
    assert "Lo que no concuerda con el registro" in readme
    assert "Lo que no concuerda con el registro" in take(sent, language="es")[1]


@pytest.mark.altered
def test_an_altered_entry_is_told_and_the_bag_does_not_verify(sent: Office, take: Take) -> None:
    (approved,) = sent.entries("release.approve")
    tamper(sent.store, f"UPDATE entry SET actor = 'Judge Dredd' WHERE id = {approved.id}")
    exported, text, _, code = take(sent)
    assert f"Entry {approved.id} about release:1 is not what was sealed." in {one.what for one in exported.findings}
    assert "is not what was sealed" in text
    assert code == 1


DAMAGE = {
    "a letter": "DELETE FROM skeleton",
    "an unreadable letter": "UPDATE skeleton SET packed = NULL, pieces = '{'",
    "an unreadable entry": "UPDATE entry SET payload = '{' WHERE subject = 'delivery:1'",
    "an entry that is a list": "UPDATE entry SET payload = '[]' WHERE subject = 'delivery:1'",
    "an unreadable approval": "UPDATE entry SET payload = '{' WHERE kind = 'release.approve'",
    "a text": "UPDATE version SET content = '{}'",
    "no text": "DELETE FROM version",
    "no approval": "DELETE FROM approval",
    "its terms": "UPDATE approval SET terms = '{'",
    "a key": "UPDATE person_key SET wrapped = '{short}' WHERE contact_id = 1",
    "a purpose": "UPDATE wave SET purpose = 'weird'",
}


@pytest.mark.altered
@pytest.mark.parametrize("what", ["clinic", "wave:1", "delivery:1"])
@pytest.mark.parametrize("altered", DAMAGE)
def test_no_damaged_row_keeps_a_bag_from_being_taken(sent: Office, take: Take, altered: str, what: str) -> None:
    short = "x" if sent.store.dialect == "sqlite" else r"\x00"
    tamper(sent.store, DAMAGE[altered].format(short=short) if "short" in DAMAGE[altered] else DAMAGE[altered])
    exported, text, bag, code = take(sent, what)
    assert exported.findings or exported.damaged
    assert code == ("entry" in altered or altered == "an unreadable approval")
    assert exported.deliveries == (1 if what == "delivery:1" else 3)
    if altered in ("a text", "no text"):
        assert not (bag / "data" / "versions").exists()
        assert "not what was submitted any more, and so not shown" in text
        assert content().sha256() in text
    if altered == "a key":
        assert exported.damaged == (1,)


@pytest.mark.altered
def test_a_release_that_was_taken_out_is_said_in_a_sentence(sent: Office, take: Take) -> None:
    tamper(sent.store, "DELETE FROM release")
    with pytest.raises(Failed, match="Release 1, which wave 1 is of, is not there any more"):
        take(sent, "wave:1")


def test_disposed_of_is_not_erased(sent: Office, take: Take) -> None:
    """Each is counted by itself, and the words by which it went are in the bag."""
    with sent.write() as session:
        erasing.erase(session, sent.vault, ADA, reason="asked by letter", actor=APPROVER, at=now())
    with sent.write() as session:
        terms = Retention(deliveries_years=6)
        made = retention.propose(
            session, sent.vault.keys, terms, "deliveries", before=None, reason="old", actor=WRITER, at=now() + YEARS
        )
        number = made.id or 0
    erased = sent.delivery(ADA).id
    before = sent.records()
    assert [(r["delivery"], r["not_shown"]) for r in before if r["not_shown"]] == [(erased, "erased")]
    retention.confirm(sent.store, sent.vault.keys, number, terms=terms, actor=APPROVER, at=now() + YEARS)
    sent.send(content("second"))
    sent.run()
    exported, text, bag, code = take(sent)
    assert code == 0
    assert (exported.erased, exported.disposed, exported.damaged, exported.findings) == (0, 3, (), ())
    entries = [json.loads(line) for line in (bag / "data" / "entries.jsonl").read_text().splitlines()]
    kinds = {e["kind"]: e["actor"] for e in entries if e["kind"].startswith("disposal.")}
    assert kinds == {
        "disposal.proposed": WRITER.name,
        "disposal.confirmed": APPROVER.name,
        "disposal.destroyed": APPROVER.name,
        "disposal.done": APPROVER.name,
    }
    assert {row["not_shown"] for row in table(bag)} == {"disposed"}
    assert f"{APPROVER.name} confirmed the disposal" in text
    assert '["Disposed of", "3", false]' in text
    assert '["Erased", "none", false]' in text
    assert "erased or disposed of (or damaged) are recipients of deliveries: 1, 2, 3" in verified(bag)[1]
    assert {r["not_shown"] for r in sent.records(release="clinic")} == {"disposed"}
    assert {r["not_shown"] for r in sent.records(release="second")} == {None}


def test_the_word_by_which_somebody_was_erased_is_in_the_bag(sent: Office, take: Take) -> None:
    with sent.write() as session:
        erasing.erase(session, sent.vault, ADA, reason="asked by letter", actor=APPROVER, at=now())
    exported, text, bag, code = take(sent)
    assert (code, exported.erased, exported.disposed, exported.findings) == (0, 1, 0, ())
    assert f"{APPROVER.name} erased a person (“asked by letter”)" in text
    with ZipFile(exported.out) as zipped:
        assert b"contact.erased" in zipped.read(f"{bag.name}/data/entries.jsonl")


@pytest.mark.altered
def test_what_went_by_nobodys_word_is_told(sent: Office, take: Take) -> None:
    """A key without an erasure, a box without a disposal."""
    first, second = sent.delivery(ADA), sent.delivery(BEA)
    tamper(
        sent.store,
        f"UPDATE person_key SET wrapped = NULL WHERE contact_id = {first.contact_id}",
        f"DELETE FROM personal WHERE delivery_id = {second.id}",
    )
    exported, *_ = take(sent)
    assert (exported.erased, exported.damaged) == (1, (second.id,))
    assert [one.what for one in exported.findings] == [
        f"The key of contact {first.contact_id} is not there, and no entry says that they were erased."
    ]


def test_a_promise_is_quoted_as_it_was_when_the_copy_left(office: Office, take: Take, sink: Sink) -> None:
    office.contact(ADA, languages="en", tier="1", agrees=True)
    office.segment("All", "tier<=9")
    office.send(content(embargo=now() + timedelta(hours=3)), advance=["All"], advance_at="now")
    office.run()
    with office.write() as session:
        at = now()
        record = recorder(session, WRITER.name, at)
        person = people.find(session, ADA)
        agreements.agree(session, person, terms="terms of 2030", by=WRITER.name, at=at, record=record)
    _, text, _, code = take(office)
    assert code == 0
    assert "standing terms 1" in text
    assert "terms of 2030" not in text
