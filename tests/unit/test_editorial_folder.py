"""A release folder is read as it was written, and everything that is wrong with it is said at once."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.editorial.assets import keep_assets
from distro.editorial.content import ANY, Kind, ReleaseContent
from distro.editorial.edition import read_edition
from distro.editorial.folder import open_folder, read_folder
from distro.errors import Refused

SAMPLES = Path(__file__).parents[1] / "samples"
SHARED = Path(__file__).parents[2] / "../shared/samples/joint-release"

PLAIN = """
kind = "release"
date = 2026-12-01
[[organisation]]
name = "A"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bilingual sample that a test may spoil."""
    return Path(shutil.copytree(SAMPLES / "clinic-report", tmp_path / "folder"))


def plain(folder: Path, toml: str = "", edition: str = "---\nheadline: A headline\n---\nText.\n", name: str = "en.md") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "release.toml").write_text(PLAIN + toml)
    (folder / name).write_text(edition)
    return folder


def sentences(folder: Path) -> list[str]:
    with pytest.raises(Refused) as refused:
        read_folder(folder)
    return list(refused.value.sentences)


def test_all_of_a_release_is_read() -> None:
    read = open_folder(SAMPLES / "clinic-report")
    content = read.content
    assert (content.kind, content.date, content.languages) == (Kind.RELEASE, date(2026, 12, 1), ("en", "es"))
    assert content.slug == "half-of-dock-workers-breathe-diesel-a-clinic-s-report"
    assert not read.slug_given
    assert content.embargo is not None
    assert (content.embargo.utc, content.embargo.zone) == (datetime(2026, 12, 1, 17, tzinfo=UTC), "America/Los_Angeles")
    assert [o.name for o in content.organisations] == ["Harbor Workers' Clinic", "Coastal Law Project"]
    assert content.organisations[1].boilerplate == {ANY: "A law office that takes no fees."}
    assert content.contacts[0].role["es"] == "Secretaria de prensa"
    assert content.events[0].start.utc == datetime(2026, 12, 2, 18, tzinfo=UTC)
    assert content.events[0].contact is not None
    assert content.editions["en"].body.startswith("The clinic measured")
    assert content.editions["es"].headline.startswith("La mitad")
    assert read.notes == ("README.md is not read: its name is not a language tag such as en, es or pt-BR.",)


def test_yaml_guesses_no_types() -> None:
    """`no` is a word and 2026-12-04 a text."""
    assert read_folder(SAMPLES / "clinic-report").editions["en"].subhead == "no"
    assert read_folder(SAMPLES / "hearing").editions["es"].when == "2026-12-04"
    assert read_folder(SAMPLES / "hearing").editions["es"].where == "Sala 2\nPalacio de Justicia"


def test_file_names_are_language_tags_and_the_offices_first_language_is_primary() -> None:
    assert read_folder(SAMPLES / "hearing", office_languages=("en", "es")).languages == ("es", "pt-BR")
    assert read_folder(SAMPLES / "hearing", office_languages=("pt-BR",)).languages == ("pt-BR", "es")


def test_a_statement_needs_no_headline_and_is_named_by_kind_and_date() -> None:
    content = read_folder(SAMPLES / "remarks")
    assert content.slug == "statement-2026-12-05"
    assert content.editions["en"].body.startswith("We welcome")


def test_content_and_its_name_survive_storing() -> None:
    content = read_folder(SAMPLES / "clinic-report")
    again = ReleaseContent.from_json(content.canonical())
    assert again == content
    assert again.sha256() == content.sha256()


def test_a_headline_without_letters_falls_back(tmp_path: Path) -> None:
    assert read_folder(plain(tmp_path, edition='---\nheadline: "🙂"\n---\n')).slug == "release-2026-12-01"


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('organization = "B"', "release.toml, [[organisation]] 1: there is no key 'organization'"),
        ('[[contact]]\nname = "B"\nemial = "x"', "[[contact]] 1: there is no key 'emial'; did you mean 'email'?"),
        ('[[contact]]\nname = "B"\nemail = "mj@"', "[[contact]] 1: email is 'mj@'"),
        ("[[contact]]\nname = 7", "[[contact]] 1: name must be text in quotes, and is a number."),
        ('[[contact]]\nname = "B"\nrole = ["x"]', "role must be one text, or a table of texts by language, and is a list."),
        ('[[contact]]\nname = "B"\nrole = { english = "x" }', "role has a text for 'english', which is not a language tag"),
        ('[[contact]]\nname = "B\\nBcc: x@example.org"', "name has a control character or line break (U+000A)"),
        ('[[contact]]\nname = "=?UTF-8?Q?=0A?="', 'name has "=?"'),
        ('[contact]\nname = "B"', "contact must be written as [[contact]], once for each."),
        ('[[resource]]\ntitle = "T"', "[[resource]] 1: write either url or file."),
        ('[[resource]]\ntitle = "T"\nurl = "javascript:alert(1)"', "write a whole web address"),
        ('[[resource]]\ntitle = "T"\nfile = "../secret.txt"', "is not a path inside the release folder"),
        ('[[resource]]\ntitle = "T"\nfile = "/etc/hostname"', "is not a path inside the release folder"),
        (
            '[[event]]\nstart = "2026-03-08 02:30 America/New_York"',
            "[[event]] 1: start cannot be read: 2026-03-08 02:30 does not",
        ),
        ("[[event]]\nstart = 2026-12-02T10:00:00", "has no time zone"),
        ("[[event]]\nstart = 2026-12-02", "start is a day without an hour"),
    ],
)
def test_what_is_wrong_in_release_toml_is_said_with_its_place(tmp_path: Path, toml: str, says: str) -> None:
    assert any(says in sentence for sentence in sentences(plain(tmp_path, toml))), sentences(plain(tmp_path, toml))


@pytest.mark.parametrize(
    ("edition", "says"),
    [
        ("Text without anything.", "en.md has no headline"),
        ("---\nheadline: A: b\n---\n", "cannot be read in line 2"),
        ("---\nheadline: A\nheadlin: B\n---\n", "en.md: there is no key 'headlin'; did you mean 'headline'?"),
        ("---\nheadline: A\nheadline: B\n---\n", "en.md has headline twice"),
        ("---\nheadline: [A, B]\n---\n", "en.md: headline must be text in quotes, and is a list."),
        ("---\nheadline: A\n", "its front matter never ends"),
        ('---\nheadline: "A\\nBcc: x@example.org"\n---\n', "headline has a control character or line break (U+000A)"),
        ('---\nheadline: "A =?UTF-8?Q?=0A?= B"\n---\n', 'headline has "=?"'),
        ("---\nheadline: A\n---\nOne\nTwo\x08\n", "The body of en.md has a control character (U+0008) in line 2"),
        ("---\n- headline\n---\n", "must be lines of key: text"),
    ],
)
def test_what_is_wrong_in_an_edition_is_said_with_its_place(tmp_path: Path, edition: str, says: str) -> None:
    assert any(says in sentence for sentence in sentences(plain(tmp_path, edition=edition)))


def test_everything_is_said_at_once(folder: Path) -> None:
    toml = (folder / "release.toml").read_text().replace('kind = "release"', 'kind = "relase"').replace("date = ", "dat = ")
    (folder / "release.toml").write_text(toml)
    (folder / "es.md").write_bytes(b"---\nheadline: caf\xe9\n---\n")
    said = " ".join(sentences(folder))
    for part in ("did you mean 'release'?", "date is missing", "did you mean 'date'?", "es.md is not UTF-8 in line 2"):
        assert part in said


def test_a_listed_edition_that_is_missing_is_refused_but_the_primary_may_come_later(folder: Path) -> None:
    (folder / "en.md").unlink()
    assert read_folder(folder).languages == ("en", "es")
    (folder / "es.md").rename(folder / "en.md")
    assert "there is no es.md" in sentences(folder)[0]


def test_an_edition_that_is_not_listed_is_passed_over_and_told(folder: Path) -> None:
    (folder / "fr.md").write_text("---\nheadline: Pas encore\n---\n")
    read = open_folder(folder)
    assert "fr" not in read.content.editions
    assert any("does not list fr" in note for note in read.notes)


def test_a_slug_is_its_own_slug(tmp_path: Path) -> None:
    (tmp_path / "en.md").write_text("---\nheadline: A\n---\n")
    (tmp_path / "release.toml").write_text('slug = "Año Nuevo"\n' + PLAIN)
    assert "write 'ano-nuevo'" in sentences(tmp_path)[0]
    (tmp_path / "release.toml").write_text('slug = "ano-nuevo"\n' + PLAIN)
    assert open_folder(tmp_path).slug_given


def test_files_are_measured_kept_by_hash_and_never_taken_from_elsewhere(folder: Path, tmp_path: Path) -> None:
    with (folder / "release.toml").open("a") as toml:
        toml.write('\n[[resource]]\ntitle = "Letter"\nfile = "assets/letter.txt"\n')
    (folder / "assets").mkdir(exist_ok=True)
    read = open_folder(folder)
    assert read.content.resources[1].sha256 == ""
    assert "not there yet" in read.notes[-1]
    (folder / "assets/letter.txt").write_text("Dear reader")
    content = read_folder(folder)
    name = hashlib.sha256(b"Dear reader").hexdigest()
    assert (content.resources[1].sha256, content.resources[1].size) == (name, 11)
    kept = keep_assets(content, folder, tmp_path / "data")
    assert kept == [tmp_path / "data/assets" / name]
    assert kept[0].read_bytes() == b"Dear reader"
    assert keep_assets(content, folder, tmp_path / "data") == kept
    kept[0].unlink()
    (folder / "assets/letter.txt").write_text("Dear other")
    with pytest.raises(Refused, match="was changed while"):
        keep_assets(content, folder, tmp_path / "data")
    assert list((tmp_path / "data/assets").iterdir()) == []
    (folder / "assets/letter.txt").unlink()
    (tmp_path / "secret").write_text("x")
    (folder / "assets/letter.txt").symlink_to(tmp_path / "secret")
    assert "leads out of the release folder" in sentences(folder)[0]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    assert "There is no folder" in sentences(tmp_path / "nowhere")[0]
    assert "There is no file release.toml" in sentences(tmp_path)[0]


@given(st.binary(max_size=300))
def test_any_octets_make_an_edition_or_sentences(octets: bytes) -> None:
    problems: list[str] = []
    edition = read_edition("en.md", octets, Kind.STATEMENT, problems)
    assert problems or not any(ord(c) < 32 and c not in "\n\t" for c in edition.headline + edition.body)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).map(str.strip).filter(bool))
def test_any_headline_in_quotes_is_taken_as_written(headline: str) -> None:
    problems: list[str] = []
    quoted = headline.replace("'", "''")
    edition = read_edition("en.md", f"---\nheadline: '{quoted}'\n---\n".encode(), Kind.RELEASE, problems)
    assert problems or edition.headline == headline


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not here")
def test_the_joint_release_of_three_organisations() -> None:
    content = read_folder(SHARED, office_languages=("en", "es"))
    assert content.languages == ("en", "es")
    assert [set(o.boilerplate) for o in content.organisations] == [{"en", "es"}] * 3
    assert all(edition.headline and edition.body for edition in content.editions.values())


def test_what_is_nested_beyond_reading_is_refused_with_a_sentence(tmp_path: Path) -> None:
    deep = plain(tmp_path / "toml", toml="x = " + "[" * 9_000 + "]" * 9_000 + "\n")
    assert any("release.toml is nested too deeply" in one for one in sentences(deep))
    deep = plain(tmp_path / "yaml", edition="---\nheadline: " + "[" * 9_000 + "\n---\nText.\n")
    assert any("front matter of en.md is nested too deeply" in one for one in sentences(deep))
