"""Corrections, updates and kills as a press office runs them, on a real mail server; and a bot killed in the middle of one."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.process import Office
from tests.sink import Sink

PEOPLE = 80
ROSA, ANA = "Rosa", "Ana"


@pytest.fixture
def office(store_url: str, tmp_path: Path, sink: Sink) -> Office:
    office = Office.at(tmp_path, sink.port, url=store_url)
    office.people()
    return office


@pytest.fixture
def sent(office: Office, sink: Sink) -> Office:
    """A bilingual release that three people have."""
    office.contacts(["ada@daily.example.org,Ada,en,1", "bea@diario.example.org,Bea,es,1", "cal@radio.example.org,Cal,en+es,1"])
    office.release()
    office.run("run", "--until-idle")
    sink.received.clear()
    return office


def change(office: Office, language: str = "es", text: str = "La clínica abre el martes.") -> None:
    """Another version, submitted."""
    path = office.folder / "release" / f"{language}.md"
    matter = path.read_text().rpartition("---\n")[0]
    path.write_text(f"{matter}---\n{text}\n")
    office.run("release", "add", str(office.folder / "release"), as_=ROSA)
    office.run("release", "submit", "clinic", as_=ROSA)


def test_a_correction_from_what_differs_to_the_last_copy(sent: Office, sink: Sink) -> None:
    refused = sent.run("release", "correct", "clinic", as_=ROSA, status=2).stderr.decode()
    assert "No other version of 'clinic' has left than the newest" in refused
    change(sent)
    tried = sent.json("release", "correct", "clinic", "--dry-run", as_=ROSA)
    proposed = sent.json("release", "correct", "clinic", "--reason", "es=Nos equivocamos de día.", as_=ROSA)
    for report in (tried, proposed):
        (wave,) = report["waves"]
        assert (wave["purpose"], wave["count"], wave["left_out"]) == ("correction", 3, [])
        assert wave["languages"] == {"en": 1, "es": 1, "en+es": 1}
        assert report["notice"]["es"]["changes"] == [
            {"was": "La clínica abre.", "now": "La clínica abre el martes.", "language": ""}
        ]
        assert report["notice"]["en"]["changes"][0]["language"] == "es"
    number = str(proposed["waves"][0]["id"])
    (eml, _html, text) = sent.json("release", "preview", "clinic", "--notice", number, "--language", "es", "--out", "seen")[
        "files"
    ]
    assert eml.endswith("clinic.es.correction.eml")
    assert "Debe decir: La clínica abre el martes." in (sent.folder / text).read_text()
    assert "not approve it" in sent.run("release", "approve", "clinic", as_=ROSA, status=2).stderr.decode()
    sent.run("release", "approve", "clinic", as_=ANA)
    sent.run("run", "--until-idle")
    subjects = {one.to: one.subject for one in sink.received}
    assert subjects == {
        "ada@daily.example.org": "CORRECTION: Clinic opens on Main Street",
        "bea@diario.example.org": "CORRECCIÓN: Abre una clínica en la calle Main",
        "cal@radio.example.org": "CORRECTION: Clinic opens on Main Street",
    }
    english = next(one.text() for one in sink.received if one.to.startswith("ada@"))
    assert "Only the edition in Spanish was changed; this one stands as it was." in english
    assert "It should say: La clínica abre el martes." in english
    shown = sent.json("release", "show", "clinic")
    assert [(one["purpose"], one["by"], one["ordinal"]) for one in shown["notices"]] == [("correction", ROSA, 1)]
    assert shown["status"] == "released"
    assert sent.json("archive", "never-got", "clinic") == []
    assert {one["purpose"] for one in sent.json("archive", "list")} == {"general", "correction"}
    sent.run("archive", "verify", "--full")


def test_who_never_got_the_correction_is_found(sent: Office, sink: Sink) -> None:
    sink.at_rcpt = lambda to, _octets: "550 5.1.1 No such user" if to.startswith("bea@") else None
    change(sent)
    sent.run("release", "correct", "clinic", as_=ROSA)
    sent.run("release", "approve", "clinic", as_=ANA)
    sent.run("run", "--until-idle")
    (missing,) = sent.json("archive", "never-got", "clinic")
    assert missing["recipient"]["name"] == "Bea"
    assert missing["later"]["state"] == "refused"


def test_the_words_are_edited_in_files(sent: Office, sink: Sink) -> None:
    change(sent, "en", "The clinic opens on Tuesday.")
    words = sent.folder / "words"
    sent.run("release", "update", "clinic", "--out", str(words), as_=ROSA)
    assert sent.json("wave", "list")[0]["purpose"] == "general", "nothing was proposed"
    text = (words / "en.toml").read_text()
    assert 'now = "The clinic opens on Tuesday."' in text
    (words / "en.toml").write_text(text.replace("The clinic opens on Tuesday.", "It opens on Tuesday, at nine."))
    assert (
        "is there already" in sent.run("release", "update", "clinic", "--out", str(words), as_=ROSA, status=2).stderr.decode()
    )
    sent.run("release", "update", "clinic", "--from", str(words), as_=ROSA)
    sent.run("release", "approve", "clinic", as_=ANA)
    sent.run("run", "--until-idle")
    ada = next(one for one in sink.received if one.to.startswith("ada@"))
    assert ada.subject == "UPDATE: Clinic opens on Main Street"
    assert "It now says: It opens on Tuesday, at nine." in ada.text()
    (words / "fr.toml").write_text("words = 1\nreson = 'x'\n")
    refused = sent.run("release", "update", "clinic", "--from", str(words), as_=ROSA, status=2).stderr.decode()
    assert "fr.toml: words must be text in quotes" in refused
    assert "did you mean 'reason'?" in refused


def test_only_one_language_is_told(sent: Office) -> None:
    change(sent)
    proposed = sent.json("release", "correct", "clinic", "--only-language", "es", as_=ROSA)
    (wave,) = proposed["waves"]
    assert wave["languages"] == {"es": 2}
    assert wave["left_out"] == [{"reason": "has it in another language only", "count": 1}]


def test_a_kill_and_its_second_word(sent: Office, sink: Sink) -> None:
    killed = sent.json("release", "kill", "clinic", "--reason", "It is not true.", "--reason", "es=No es cierto.", as_=ROSA)
    assert (killed["status"], killed["unconfirmed"], killed["waves"][0]["count"]) == ("recalled", True, 3)
    sent.run("run", "--until-idle")
    assert {one.subject.partition(":")[0] for one in sink.received} == {"KILL", "ANULADO"}
    first = sent.json("wave", "list")[0]
    assert (first["purpose"], first["state"]) == ("kill", "done")
    seen = sent.json("wave", "show", str(first["id"]))
    assert (seen["unconfirmed"], seen["holders"], seen["follows"], seen["ordinal"]) == (True, [1], 1, 1)
    assert "No second person" in first["reason"]
    assert sent.json("release", "list")[0]["unconfirmed_kill"]
    assert "may not confirm" not in sent.run("release", "approve", "clinic", as_=ANA).stderr.decode()
    assert not sent.json("release", "list")[0]["unconfirmed_kill"]
    sent.run("archive", "verify", "--full")
    assert "another person" not in sent.run("release", "confirm-kill", "clinic", as_=ANA, status=2).stderr.decode()


def test_the_evidence_of_a_correction_and_a_kill_verifies_by_itself(sent: Office) -> None:
    change(sent)
    sent.run("release", "correct", "clinic", as_=ROSA)
    sent.run("release", "approve", "clinic", as_=ANA)
    sent.run("run", "--until-idle")
    sent.run("release", "kill", "clinic", "--reason", "It is not true.", as_=ROSA)
    sent.run("run", "--until-idle")
    sent.run("release", "confirm-kill", "clinic", as_=ANA)
    bag = sent.folder / "bag.zip"
    sent.run("archive", "evidence", "clinic", "--out", str(bag), as_=ROSA)
    with zipfile.ZipFile(bag) as packed:
        packed.extractall(sent.folder / "bag")
    (verify,) = (sent.folder / "bag").rglob("verify.py")
    done = subprocess.run([sys.executable, verify.name], cwd=verify.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_bot_killed_in_the_middle_of_a_correction_loses_nobody_and_doubles_only_what_it_flags(
    office: Office, sink: Sink
) -> None:
    office.contacts([f"reader{n}@outlet{n % 7}.example.org,Reader {n},{'es' if n % 2 else 'en'},1" for n in range(PEOPLE)])
    office.release()
    office.run("run", "--until-idle")
    sink.received.clear()
    change(office)
    office.run("release", "correct", "clinic", as_=ROSA)
    office.run("release", "approve", "clinic", as_=ANA)
    sink.delay = 0.03
    dice = random.Random(20261202)
    for _ in range(3):
        bot = office.start("run")
        before, until = len(sink.received), time.monotonic() + 15
        while len(sink.received) < before + dice.randint(3, 15) and time.monotonic() < until:
            time.sleep(0.005)
        bot.send_signal(signal.SIGKILL)
        bot.wait()
    office.run("run", "--until-idle")

    records = {r["recipient"]["address"]: r for r in office.json("archive", "list") if r["purpose"] == "correction"}
    assert len(records) == PEOPLE
    assert {r["state"] for r in records.values()} == {"accepted"}
    counts = Counter(r.to for r in sink.received)
    assert set(counts) == set(records)
    for address, count in counts.items():
        copies = {r.octets for r in sink.to(address)}
        assert len(copies) == 1, f"{address} got different copies"
        assert count <= 1 + sum(a["outcome"] == "uncertain" for a in records[address]["attempts"])
    office.run("archive", "verify", "--full")
