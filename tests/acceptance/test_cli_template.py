"""`distro template check` as a person runs it: ours pass, and each thing that is wrong with an office's own is a sentence."""

from __future__ import annotations

import json
from pathlib import Path

from tests.acceptance.process import Office
from tests.pictures import png


def test_ours_pass_and_every_kind_and_language_is_tried(tmp_path: Path) -> None:
    said = Office(tmp_path).json("template", "check")
    assert said["findings"] == []
    assert said["folder"] == ""
    assert said["mails"] >= 6 * 4 * 2, "six kinds, four languages, general and advance"


def test_an_offices_own_are_held_to_the_same(tmp_path: Path) -> None:
    own = tmp_path / "own"
    for place in ("email", "web", "locale"):
        (own / place).mkdir(parents=True)
    (tmp_path / "logo.png").write_bytes(png())
    (own / "email" / "statement.html.j2").write_text(
        '{% extends "packaged/statement.html.j2" %}{% block main %}<p style="color: #cccccc">Ours alone.</p>{% endblock %}'
    )
    (own / "email" / "resource.txt.j2").write_text("{{ nothing }}")
    (own / "email" / "relase.html.j2").write_text("x")
    (own / "notes.txt").write_text("x")
    (own / "web" / "ask.html").write_text("<h1>{{ office.nmae }}</h1>")
    (own / "locale" / "nl.po").write_text('msgid "About %(name)s"\nmsgstr "Over %(naam)s"\n\nmsgid "Colour"\nmsgstr "Kleur"\n')
    (own / "locale" / "sv.po").write_bytes(b"this is nothing\n")
    (tmp_path / "config.toml").write_text('[templates]\nfolder = "own"\n\n[look]\nlogo = "logo.png"\n')
    office = Office(tmp_path)

    said = json.loads(office.run("template", "check", "--json", status=2).stdout)
    findings = said["findings"]

    def why(template: str, rule: str) -> list[str]:
        return [one["why"] for one in findings if one["template"] == template and one["rule"] == rule]

    assert any("#cccccc on #ffffff in light colours: 1.6:1" in one for one in why("email/statement.html.j2", "contrast"))
    assert any("lacks what the HTML part shows: “Ours alone.”" in one for one in why("email/statement.html.j2", "text-part"))
    assert any("say no lang" in one for one in why("email/statement.html.j2", "shape"))
    broken = why("email/resource.html.j2", "template")
    assert any("own/email/resource.txt.j2 at line 1: 'nothing' is undefined." in one for one in broken)
    assert why("email/relase.html.j2", "file") == ["email/relase.html.j2 lies over nothing; did you mean release.html.j2?"]
    assert "outside of email/, web/ and locale/" in why("notes.txt", "file")[0]
    assert "has no attribute 'nmae'" in why("web/ask.html", "template")[0]
    catalogue = why("locale/nl.po", "catalogue")
    assert any("lack" in one and "messages: “" in one for one in catalogue)
    assert any("“Over %(naam)s”" in one for one in catalogue)
    assert any("nobody says: “Colour”" in one for one in catalogue)
    assert any("locale/sv.po is no catalogue at line 1" in one for one in why("locale/sv.po", "catalogue"))
    assert not why("email/advisory.html.j2", "contrast"), "the others are as they were"
    assert {one["severity"] for one in findings} == {"stops", "warns"}
    assert {"kind", "language", "purpose", "remedy"} <= set(findings[0])

    lines = office.run("template", "check", status=2).stdout.decode().splitlines()
    assert len(lines) == len(findings) + 1
    assert lines[-1].startswith(f"{said['mails']} mails were made: ")
    assert any(line.startswith("stops: email/statement.html.j2, statement, in en, general: ") for line in lines)


def test_settings_that_cannot_be_read_by_readers_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[look]\nsoft = "#9aa0a6"\n')
    refused = Office(tmp_path).run("template", "check", status=2).stderr.decode()
    assert "soft (#9aa0a6) on sheet (#ffffff) has a contrast of 2.6:1" in refused
