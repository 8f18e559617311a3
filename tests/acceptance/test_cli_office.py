"""`distro init`, `staff` and `doctor` as a person runs them: the real command, its output and its exit status."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.handlers import Sink

from distro.archive.ledger import Fact, record
from distro.archive.vault import Keys, Vault
from distro.db import Store
from tests.sink import Listening, deaf_port

DISTRO = Path(sys.executable).with_name("distro")
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def distro(where: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `where`, with these settings from the environment: smtp__port="2525"."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("DISTRO_")}
    clean |= {f"DISTRO_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run([DISTRO, *arguments], cwd=where, env=clean, capture_output=True, text=True, timeout=60, check=False)


def test_init_can_be_run_again_and_says_what_it_did(tmp_path: Path) -> None:
    first = distro(tmp_path, "init", "--json")
    assert (first.returncode, first.stderr) == (0, "")
    said = json.loads(first.stdout)
    assert (said["key"], said["store"]) == ("made", "created")
    key = tmp_path / "var/office/office.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    secret = key.read_text()

    again = json.loads(distro(tmp_path, "init", "--json").stdout)
    assert (again["key"], again["store"]) == ("kept", "current")
    assert key.read_text() == secret
    assert "current" in distro(tmp_path, "init").stdout


def test_init_works_on_postgresql(tmp_path: Path, postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("CREATE DATABASE office_init")
    url = postgres.replace("/postgres?", "/office_init?")
    first = distro(tmp_path, "init", "--json", storage__url=url, storage__data_dir="data")
    assert json.loads(first.stdout)["store"] == "created", first.stderr
    assert (
        json.loads(distro(tmp_path, "init", "--json", storage__url=url, storage__data_dir="data").stdout)["store"] == "current"
    )


def test_init_never_makes_a_second_key_for_a_store_with_sealed_rows(tmp_path: Path) -> None:
    distro(tmp_path, "init")
    folder = tmp_path / "var/office"
    store = Store(f"sqlite:///{folder / 'distro.db'}")
    with store.write() as session:
        Vault(Keys.load(folder)).keys_for(session, [1], NOW)
    store.close()
    (folder / "office.key").unlink()
    refused = distro(tmp_path, "init")
    assert refused.returncode == 2
    assert "put the key back from your backup" in refused.stderr
    assert not (folder / "office.key").exists()


def test_the_first_people_need_no_actor_until_there_is_an_admin(tmp_path: Path) -> None:
    distro(tmp_path, "init")
    ana = ("staff", "add", "Ana Ejemplo", "--email", "ana@example.org", "--role", "admin")
    assert distro(tmp_path, *ana).returncode == 0
    ben = ("staff", "add", "Ben Example", "--email", "ben@example.org", "--role", "approver", "--json")
    alone = distro(tmp_path, *ben)
    assert alone.returncode == 2
    assert "needs one" in alone.stderr
    by_ana = distro(tmp_path, "--as", "ana ejemplo", *ben)
    assert json.loads(by_ana.stdout) == {"name": "Ben Example", "email": "ben@example.org", "role": "approver"}
    by_ben = distro(tmp_path, "staff", "add", "Cy", "--email", "c@example.org", "--role", "author", actor="Ben Example")
    assert by_ben.returncode == 2
    assert "may not add staff" in by_ben.stderr
    listed = json.loads(distro(tmp_path, "staff", "list", "--json").stdout)
    assert [(p["name"], p["role"]) for p in listed] == [("Ana Ejemplo", "admin"), ("Ben Example", "approver")]


def test_the_first_people_are_added_also_where_the_actor_is_named_already(tmp_path: Path) -> None:
    distro(tmp_path, "init")
    people = (("Ana", "author", 0), ("Ben", "approver", 0), ("Cy", "admin", 0), ("Di", "author", 2))
    for name, role, status in people:
        added = distro(tmp_path, "staff", "add", name, "--email", f"{name}@example.org", "--role", role, actor="Ana")
        assert added.returncode == status, added.stderr
    assert "Ana is author and may not add staff." in added.stderr


@pytest.mark.parametrize(
    ("email", "role", "sentence"),
    [("ana@example.org", "boss", "There is no role 'boss'"), ("not an address", "author", "not an address")],
)
def test_staff_with_a_bad_role_or_address_is_refused(tmp_path: Path, email: str, role: str, sentence: str) -> None:
    distro(tmp_path, "init")
    refused = distro(tmp_path, "staff", "add", "Ana", "--email", email, "--role", role)
    assert refused.returncode == 2
    assert sentence in refused.stderr


def test_before_init_a_command_says_to_run_it(tmp_path: Path) -> None:
    refused = distro(tmp_path, "staff", "list")
    assert refused.returncode == 2
    assert "distro init" in refused.stderr


def test_a_named_settings_file_that_is_absent_stops_the_command(tmp_path: Path) -> None:
    refused = distro(tmp_path, "init", config="gone.toml")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "gone.toml" in refused.stderr


def test_bad_settings_stop_the_command_with_every_sentence(tmp_path: Path) -> None:
    refused = distro(tmp_path, "init", smtp__port="x", approval__people="3")
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 2
    assert not (tmp_path / "var").exists()


@pytest.fixture
def relay() -> Iterator[int]:
    """The port of a real SMTP server on this machine."""
    controller = Listening(Sink(), enable_SMTPUTF8=True)
    controller.start()
    yield controller.port
    controller.stop()


def findings(result: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    return {c["check"].split(" ")[0]: (c["state"], c["sentence"]) for c in json.loads(result.stdout)}


def test_doctor_finds_an_office_in_order(tmp_path: Path, relay: int) -> None:
    port = {"smtp__host": "127.0.0.1", "smtp__port": str(relay)}
    distro(tmp_path, "init")
    result = distro(tmp_path, "doctor", "--json", **port)
    found = findings(result)
    assert result.returncode == 0
    assert found["relay"][0] == "ok"
    assert "SMTPUTF8" in found["relay"][1]
    assert {found[name][0] for name in ("settings", "disk", "store", "key", "clock", "alignment")} == {"ok"}
    assert found["unsubscribe"][0] == found["alerts"][0] == found["sender"][0] == "warning"

    named = {
        "web__public_url": "https://press.example.net",
        "alerts__to": "ana@example.net",
        "office__from_address": "press@city.test",
        "office__mail_domain": "city.test",
        "office__bounce_domain": "bounce.other.test",
    }
    found = findings(distro(tmp_path, "doctor", "--json", **port, **named))
    assert found["unsubscribe"][0] == found["alerts"][0] == "ok"
    assert found["alignment"][0] == "warning"
    assert "sender" not in found


def test_doctor_shows_what_is_bad_and_exits_with_1(tmp_path: Path) -> None:
    with deaf_port() as port:
        closed = {"smtp__host": "127.0.0.1", "smtp__port": str(port)}
        before = distro(tmp_path, "doctor", "--json", **closed)
        assert before.returncode == 1
        assert {name for name, (state, _) in findings(before).items() if state == "bad"} == {"data", "key", "store", "relay"}
        shown = distro(tmp_path, "doctor", **closed)
        assert "Run `distro init`" in shown.stdout


def test_doctor_says_when_the_clock_stands_behind_the_record(tmp_path: Path, relay: int) -> None:
    distro(tmp_path, "init")
    store = Store(f"sqlite:///{tmp_path / 'var/office/distro.db'}")
    with store.write() as session:
        record(session, Fact(datetime(2099, 1, 1, tzinfo=UTC), "robot:test", "test.future", "test:1", {}))
    store.close()
    result = distro(tmp_path, "doctor", "--json", smtp__host="127.0.0.1", smtp__port=str(relay))
    assert result.returncode == 1
    assert findings(result)["clock"][0] == "bad"


def test_doctor_says_when_the_key_is_another_offices(tmp_path: Path, relay: int) -> None:
    distro(tmp_path, "init")
    folder = tmp_path / "var/office"
    store = Store(f"sqlite:///{folder / 'distro.db'}")
    with store.write() as session:
        Vault(Keys(b"\1" * 32)).keys_for(session, [1], NOW)
    store.close()
    result = distro(tmp_path, "doctor", "--json", smtp__host="127.0.0.1", smtp__port=str(relay))
    assert findings(result)["key"][0] == "bad"


def test_doctor_tells_bad_settings_as_findings(tmp_path: Path) -> None:
    result = distro(tmp_path, "doctor", "--json", smtp__port="0")
    assert result.returncode == 1
    assert [(c["state"], "DISTRO_SMTP__PORT" in c["sentence"]) for c in json.loads(result.stdout)] == [("bad", True)]
