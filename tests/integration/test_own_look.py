"""An office's own look on the way: a maker of its own makes the same letters, and the archive keeps every octet."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from distro.dkimkey import KeyType, make_key, read_key
from distro.dkimterms import Dkim
from distro.look import Look, Templates
from tests.auditing import audited
from tests.office import Office
from tests.pictures import png
from tests.sink import Sink
from tests.verifying import verified


@pytest.fixture
def dressed(office: Office, tmp_path: Path) -> Office:
    (tmp_path / "logo.png").write_bytes(png())
    (tmp_path / "own" / "email").mkdir(parents=True)
    (tmp_path / "own" / "locale").mkdir()
    (tmp_path / "own" / "email" / "release.html.j2").write_text(
        '{% extends "packaged/release.html.j2" %}{% block main %}{{ super() }}<p lang="en">Our own line.</p>{% endblock %}'
    )
    (tmp_path / "own" / "locale" / "es.po").write_text('msgid "Press release"\nmsgstr "Boletín de la casa"\n', encoding="utf-8")
    office.settings["look"] = Look(logo=str(tmp_path / "logo.png"), accent="#1d3a5c")
    office.settings["templates"] = Templates(folder=tmp_path / "own")
    for name, languages in (("ana", "es"), ("ben", "en"), ("zoe", "en+es")):
        office.contact(f"{name}@daily.example.com", languages=languages, tier="1")
    office.segment("All", "tier<=9")
    return office


def test_a_copy_goes_out_dressed_and_is_kept_to_the_octet(dressed: Office, sink: Sink, tmp_path: Path) -> None:
    make_key(tmp_path / "s.key", KeyType.RSA)
    dressed.settings["dkim"] = (Dkim(selector="s", key_file=str(tmp_path / "s.key")),)
    dressed.send()
    dressed.run()

    received = {one.to: one for one in sink.received}
    assert len(received) == 3
    for record in dressed.records():
        copy = received[record["recipient"]["address"]]
        assert dressed.eml(record["delivery"]) == copy.octets
        assert record["sha256"] == hashlib.sha256(copy.octets).hexdigest()
        assert verified(copy.octets, {"s": read_key(tmp_path / "s.key")}) == [True]
        kinds = [part.get_content_type() for part in copy.message.walk()]
        assert kinds[1:] == ["text/plain", "multipart/related", "text/html", "image/png"]
        picture = list(copy.message.walk())[-1]
        assert picture.get_payload(decode=True) == png()
    spanish = received["ana@daily.example.com"].octets.decode()
    assert "Bolet=C3=ADn de la casa" in spanish
    assert "Our own line." in spanish
    assert "#1d3a5c" in spanish
    assert audited(dressed) == []
