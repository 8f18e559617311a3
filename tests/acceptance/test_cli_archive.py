"""The archive's questions as commands: tables for people, JSON for programs, sentences where there is no answer."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.process import Office
from tests.sink import Sink

ANA, BEN, CID = "ana@outlet.example.org", "ben@outlet.example.org", "cid@slow.example.com"
PEOPLE = [f"{ANA},Ana Núñez,es,1,El Diario", f"{BEN},Ben,en,1,The Daily", f"{CID},Cid,en,2,The Daily"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An embargoed release whose advance copy went to one reader; a second version of another one, which one did not get."""
    sink = Sink().start()
    office = Office.at(tmp_path_factory.mktemp("office"), sink.port, DISTRO_OFFICE__TIMEZONE="America/Los_Angeles")
    office.people()
    office.contacts(PEOPLE, "email,name,languages,tier,outlet")
    office.run("segments", "save", "First", "tier<=1", as_="Rosa")
    office.run("contacts", "agree", ANA, "--terms", "house rules 3", as_="Rosa")
    lift = datetime.now(UTC) + timedelta(hours=2)
    office.release("--advance", "First", "--advance-at", "now", embargo=lift.isoformat(timespec="seconds"))
    office.run("run", "--until-idle")
    for text, audience in (("Buses run at night.", "All"), ("Buses run at night, on Fridays only.", "First")):
        write(office, "buses", text)
        for step in (("add", str(office.folder / "buses")), ("submit", "buses"), ("schedule", "buses", "--audience", audience)):
            office.run("release", *step, as_="Rosa")
        office.run("release", "approve", "buses", as_="Ana")
        office.run("run", "--until-idle")
    yield office
    sink.stop()


def write(office: Office, slug: str, text: str) -> None:
    folder = office.folder / slug
    folder.mkdir(exist_ok=True)
    (folder / "release.toml").write_text(
        f'kind = "release"\nslug = "{slug}"\ndate = 2026-12-01\n[[organisation]]\nname = "Example Workers\' Network"\n'
        '[[contact]]\nname = "Rosa Example"\nemail = "rosa@network.example.org"\nphone = "+1 202 555 0101"\n'
    )
    (folder / "en.md").write_text(f"---\nheadline: Night buses\n---\n{text}\n")
    (folder / "es.md").write_text("---\nheadline: Autobuses nocturnos\n---\nHay autobuses mañana por la noche.\n")


def addresses(rows: list[dict[str, Any]]) -> list[str]:
    return [row["recipient"]["address"] for row in rows]


def test_a_list_by_whom_and_by_what(office: Office) -> None:
    def listed(*options: str) -> list[tuple[str, str]]:
        return [(r["release"], r["recipient"]["address"]) for r in office.json("archive", "list", *options)]

    assert listed("--outlet", "the daily", "--release", "buses") == [("buses", BEN), ("buses", CID), ("buses", BEN)]
    assert listed("--person", "ANA NUNEZ", "--segment", "First") == [("clinic", ANA), ("buses", ANA)]
    number = office.json("archive", "list", "--address", CID)[0]["contact"]
    assert listed("--contact", str(number)) == [("buses", CID)]
    assert listed("--uncertain") == listed("--person", "nobody") == []
    assert listed("--since", "2020-01-01 00:00 UTC", "--until", "2020-01-02 00:00 UTC") == []
    assert len(listed("--since", "2020-01-01 00:00 UTC")) == 6
    first, *rest = office.json("archive", "list", "--limit", "3")
    assert office.json("archive", "list", "--after", str(first["delivery"]), "--limit", "2") == rest
    assert (
        b"There is no release 'clinik'; did you mean 'clinic'?"
        in office.run("archive", "list", "--release", "clinik", status=2).stderr
    )
    assert b"has no time zone" in office.run("archive", "list", "--since", "2026-01-01 00:00", status=2).stderr
    assert office.run("archive", "list", "--outlet", "nobody").stdout == b"There is no such delivery.\n"


def test_hours_are_told_in_utc_and_in_the_offices_zone(office: Office) -> None:
    told = office.run("archive", "list", "--release", "clinic").stdout.decode()
    assert " UTC (" in told
    assert ", Los Angeles)" in " ".join(told.split())
    shown = " ".join(office.run("archive", "show", "1").stdout.decode().split())
    assert shown.count("Los Angeles)") == 3  # accepted, stamped, and its one attempt


def test_who_held_it_before_the_lift(office: Office) -> None:
    (row,) = office.json("archive", "held-before-lift", "clinic")
    assert addresses([row]) == [ANA]
    assert row["agreement"]["terms"] == "house rules 3"
    assert row["permit"] == f"agreement:{row['agreement']['id']}"
    assert datetime.fromisoformat(row["accepted_at"]) < datetime.fromisoformat(row["lift"])
    assert office.json("archive", "held-before-lift", "clinic", "--version", row["version"][:10]) == [row]
    assert "house rules 3" in office.run("archive", "held-before-lift", "clinic").stdout.decode()
    assert b"has no embargo" in office.run("archive", "held-before-lift", "buses", status=2).stderr
    assert (
        b"no version whose name begins with"
        in office.run("archive", "held-before-lift", "clinic", "--version", "zz", status=2).stderr
    )


def test_who_never_got_the_second_version(office: Office) -> None:
    (row,) = office.json("archive", "never-got", "buses")
    assert (addresses([row]), row["later"]) == ([CID], None)
    assert row["holds"]["purpose"] == "general"
    assert "in no audience" in office.run("archive", "never-got", "buses").stdout.decode()
    last = office.json("wave", "list", "--release", "buses")[0]["id"]
    assert office.json("archive", "never-got", "buses", "--wave", str(last)) == [row]
    assert b"nobody could have missed it" in office.run("archive", "never-got", "clinic", status=2).stderr


def test_what_an_address_received(office: Office) -> None:
    rows = office.json("archive", "received-by", ANA.upper())
    assert [(r["release"], r["segments"], r["state"]) for r in rows] == [
        ("clinic", ["First"], "accepted"),
        ("buses", ["All"], "accepted"),
        ("buses", ["First"], "accepted"),
    ]
    assert office.json("archive", "received-by", ANA, "--person") == rows
    told = office.run("archive", "received-by", ANA).stdout.decode()
    assert "agreement:" in told
    assert office.run("archive", "received-by", "zoe@example.com").stdout == b"Nothing was ever sent to zoe@example.com.\n"
    assert office.json("archive", "received-by", "zoe@example.com") == []
    assert b"is not an address" in office.run("archive", "received-by", "zoe", status=2).stderr


def test_who_approved_what(office: Office) -> None:
    first, second = office.json("archive", "approvals", "buses")
    assert (first["by"], first["intact"], first["alone"]) == ("Ana", True, False)
    assert first["version"] != second["version"]
    assert [one["name"] for one in second["waves"][0]["segments"]] == ["First"]
    told = office.run("archive", "approvals", "buses").stdout.decode()
    assert second["binding"] in told
    assert "First: tier<=1" in told
    assert "as they were" in told


def test_what_was_said(office: Office) -> None:
    hits = office.json("archive", "search", "fridays")
    assert [(hit["release"], hit["language"], hit["waves"][0]["accepted"]) for hit in hits] == [("buses", "en", 2)]
    assert "on Fridays only" in hits[0]["snippet"]
    assert [hit["language"] for hit in office.json("archive", "search", "manana noche", "--language", "es")] == []
    assert [hit["language"] for hit in office.json("archive", "search", "manana", "noche", "--language", "es")] == ["es", "es"]
    assert [hit["language"] for hit in office.json("archive", "search", "mañana por")] == ["es", "es"]
    (newest, older) = office.json("archive", "search", "nocturn*")
    assert newest["edition"] > older["edition"]
    assert office.json("archive", "search", "nocturn*", "--after", str(newest["edition"])) == [older]
    assert office.json("archive", "search", "zebra") == []
    assert office.run("archive", "search", "zebra").stdout.startswith(b"No release that was sent says these words. (")
    assert b"no word to look for" in office.run("archive", "search", "--", "-*", status=2).stderr
    table = office.run("archive", "search", "fridays").stdout.decode()
    assert "Night buses" in table


def test_reading_what_is_under_embargo_is_recorded_and_nothing_else(office: Office) -> None:
    def read() -> list[tuple[str, str, str]]:
        with sqlite3.connect(next(Path(office.folder, "data").glob("*.db"))) as store:
            rows = store.execute("SELECT actor, payload FROM entry WHERE kind = 'release.read' ORDER BY id").fetchall()
        return [(actor, json.loads(payload)["what"], json.loads(payload)["language"]) for actor, payload in rows]

    before = read()
    office.run("archive", "search", "fridays", as_="Ana")
    assert read() == before
    hits = office.json("archive", "search", "clinica", as_="Ana")
    assert [hit["release"] for hit in hits] == ["clinic"]
    assert read()[len(before) :] == [("Ana", "search", "es")]
    assert b"Nobody on the staff" in office.run("archive", "search", "clinica", as_="Zoe", status=2).stderr


def test_a_copy_by_its_exact_bytes_and_as_json(office: Office) -> None:
    exact = office.run("archive", "eml", "2").stdout
    told = office.json("archive", "eml", "2")
    shown = office.json("archive", "show", "2")
    assert b64decode(told["octets"], validate=True) == exact
    assert (told["size"], told["sha256"]) == (len(exact), hashlib.sha256(exact).hexdigest())
    assert {key: shown[key] for key in ("delivery", "release", "version", "language", "message_id")}.items() <= told.items()
    assert told["message_id"].encode() in exact
    assert b"There is no delivery 99" in office.run("archive", "eml", "99", "--json", status=2).stderr
    assert office.run("archive", "eml", "99", "--json", status=2).stdout == b""


def test_looking_at_an_embargoed_release_is_recorded_and_lists_are_not(office: Office) -> None:
    def read() -> list[tuple[str, dict[str, str]]]:
        with sqlite3.connect(next(Path(office.folder, "data").glob("*.db"))) as store:
            rows = store.execute("SELECT actor, payload FROM entry WHERE kind = 'release.read' ORDER BY id").fetchall()
        return [(actor, json.loads(payload)) for actor, payload in rows]

    before = read()
    shown = office.json("release", "show", "clinic", as_="Ana")
    assert "headlines" in shown
    assert read()[len(before) :] == [("Ana", {"what": "headline", "version": shown["version"], "language": "*"})]
    office.run("release", "show", "buses", as_="Ana")
    for command in (("release", "list"), ("wave", "list"), ("archive", "list"), ("archive", "held-before-lift", "clinic")):
        office.run(*command, as_="Ana")
    assert len(read()) == len(before) + 1
    assert not any("headline" in line for line in office.run("release", "list").stdout.decode().splitlines())


def test_what_nobody_submitted_cannot_be_asked_for(office: Office) -> None:
    write(office, "draft", "A draft.")
    office.run("release", "add", str(office.folder / "draft"), as_="Rosa")
    for question in ("held-before-lift", "never-got"):
        assert b"was never submitted" in office.run("archive", question, "draft", status=2).stderr
    assert office.run("archive", "approvals", "draft").stdout == b"Nobody has approved 'draft' yet.\n"
    assert office.json("archive", "approvals", "draft") == []
    assert b"There is no release" in office.run("archive", "approvals", "nothing", status=2).stderr
