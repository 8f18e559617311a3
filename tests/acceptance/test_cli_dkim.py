"""`distro dkim` as a person runs it: a key made, its record published, and the settings that name it."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

from distro.dkimkey import public_record, read_key
from tests.acceptance.process import Office


def test_a_key_is_made_published_and_named(tmp_path: Path) -> None:
    office = Office(tmp_path, {"DISTRO_OFFICE__FROM_ADDRESS": "press@city.example.net"})
    said = office.run("dkim", "key", "a.key", "--selector", "S2026").stdout.decode()
    assert "The key is in a.key." in said
    assert "s2026._domainkey.city.example.net. IN TXT" in said
    path = tmp_path / "a.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "".join(re.findall(r'"([^"]*)"', said)) == public_record(read_key(path))

    kept = path.read_bytes()
    again = office.run("dkim", "key", "a.key", "--selector", "s2026", status=2)
    assert again.stderr == b"a.key is there already, and a key is never overwritten; name another file.\n"
    assert path.read_bytes() == kept

    assert b"The settings name no key" in office.run("dkim", "record", status=2).stderr
    (tmp_path / "config.toml").write_text('[[dkim]]\nselector = "s2026"\nkey_file = "a.key"\n')
    value = public_record(read_key(path))
    assert office.json("dkim", "record") == [{"name": "s2026._domainkey.city.example.net", "type": "TXT", "value": value}]
    assert office.run("dkim", "record").stdout.decode() in said


def test_settings_may_name_keys_before_they_are_made(tmp_path: Path) -> None:
    office = Office(tmp_path)
    tables = [f'[[dkim]]\nselector = "{name}"\nkey_file = "{name}.key"\ndomain = "example.org"\n' for name in ("r1", "e1")]
    (tmp_path / "config.toml").write_text("".join(tables))
    refused = office.run("doctor", status=1).stdout.decode()
    assert "distro dkim key" in refused

    first = office.run("dkim", "key", "r1.key", "--selector", "r1").stdout.decode()
    assert "Publish this record under your domain" in first
    assert "\nr1._domainkey IN TXT" in first
    second = office.json("dkim", "key", "e1.key", "--selector", "e1", "--type", "ed25519")
    assert [record["name"] for record in second] == ["e1._domainkey.example.org"]
    assert [record["name"] for record in office.json("dkim", "record")] == [
        "r1._domainkey.example.org",
        "e1._domainkey.example.org",
    ]

    found = json.loads(office.run("doctor", "--json", status=1).stdout)
    assert [check["state"] for check in found if check["check"].startswith("signing ")] == ["ok", "ok"]


def test_a_bad_word_makes_no_key(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for arguments, sentence in (
        (("--selector", "under_score"), "--selector is 'under_score'; write letters, digits and hyphens, with dots between."),
        (("--selector", "s", "--domain", "-"), "--domain is '-'; write letters, digits and hyphens, with dots between."),
        (("--selector", "s", "--type", "dsa"), "There is no key type 'dsa'; use one of rsa, ed25519."),
    ):
        done = office.run("dkim", "key", "a.key", *arguments, status=2)
        assert done.stderr.decode() == sentence + "\n"
    assert not (tmp_path / "a.key").exists()
