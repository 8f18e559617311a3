"""A release written out as a folder and read again is the same release, whatever the reader accepts."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from distro.editorial.content import ANY, Edition, Event, Instant, Kind, Organisation, PressContact, ReleaseContent, Resource
from distro.editorial.folder import read_folder
from distro.editorial.when import parse_instant
from distro.editorial.writing import files_of, write_folder
from distro.errors import Refused
from distro.headertext import UNFIT

SAMPLES = Path(__file__).parents[1] / "samples"
TAGS = ("en", "es", "pt-BR", "zh-Hant", "ar")


def _is_line(text: str) -> bool:
    return text == text.strip() and "=?" not in text and not UNFIT.search(text)


def _is_lines(text: str) -> bool:
    return text == text.strip() and not any(UNFIT.search(line.replace("\t", " ")) for line in text.split("\n"))


characters = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029")
line = (
    st.one_of(
        st.sampled_from(["", 'A "quoted" \\ back\\slash', "colon: here # and '", "---", "no", "«año» — ‘x’", "\ufeffx\ufffe"]),
        st.text(characters, max_size=30),
    )
    .map(str.strip)
    .filter(_is_line)
)
word = line.filter(bool)
lines = (
    st.one_of(
        st.text(st.one_of(characters, st.sampled_from("\n\t")), max_size=60),
        st.sampled_from(["---\nx: y\n---", "...", "# A\n\n- b\n\tc", "a\n\n\nb"]),
    )
    .map(str.strip)
    .filter(_is_lines)
)
words: st.SearchStrategy[dict[str, str]] = st.one_of(
    st.just({}),
    lines.filter(bool).map(lambda t: {ANY: t}),
    st.dictionaries(st.sampled_from(TAGS), lines.filter(bool), min_size=1, max_size=3),
)
url = st.sampled_from(["https://a.example.org/", "http://b.example.org/x?y=ü&z=%20", ""])
languages = st.lists(st.sampled_from(TAGS), max_size=3, unique=True).map(tuple)
contact = st.builds(
    PressContact,
    name=word,
    role=words,
    email=st.sampled_from(["", "rosa@example.org", "o'neil+x@example.com"]),
    phone=line,
    languages=languages,
)
instant = st.sampled_from(
    [
        parse_instant("2026-12-01 09:00 America/Los_Angeles", office_zone=""),
        parse_instant("2026-11-01 01:30 America/New_York -04:00", office_zone=""),
        parse_instant("2026-11-01 01:30:05.25 America/New_York -05:00", office_zone=""),
        parse_instant("2026-12-01T09:00:00.123456789Z", office_zone=""),
        parse_instant("2026-12-01 09:00 +05:30", office_zone=""),
        parse_instant("2026-12-01 09:00 UTC", office_zone=""),
        Instant(utc=datetime(2026, 12, 1, 17, tzinfo=UTC), wall="2026-12-01T09:00:00-08:00"),
    ]
)
resource = st.builds(Resource, title=words, url=url, language=st.sampled_from(["", "en", "pt-BR"]))
event = st.builds(Event, start=instant, place=words, region=words, title=words, contact=st.none() | contact)
edition = st.builds(
    Edition,
    headline=word,
    subhead=line,
    dateline=line,
    what=lines,
    when=lines,
    where=lines,
    who=lines,
    notes_to_editors=lines,
    release_line=line,
    body=lines,
)


@st.composite
def contents(draw: st.DrawFn) -> ReleaseContent:
    tags = tuple(draw(st.lists(st.sampled_from(TAGS), min_size=1, max_size=3, unique=True)))
    return ReleaseContent(
        kind=draw(st.sampled_from(Kind)),
        slug=draw(st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)),
        date=draw(st.dates(min_value=date(1, 1, 1))),
        languages=tags,
        embargo=draw(st.none() | instant),
        organisations=tuple(
            draw(st.lists(st.builds(Organisation, name=word, url=url, boilerplate=words), min_size=1, max_size=2))
        ),
        contacts=tuple(draw(st.lists(contact, max_size=2))),
        resources=tuple(draw(st.lists(resource, max_size=2))),
        events=tuple(draw(st.lists(event, max_size=2))),
        editions={tag: draw(edition) for tag in tags},
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(contents())
def test_what_is_written_is_read_again(content: ReleaseContent) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "out"
        write_folder(content, place)
        try:
            again = read_folder(place)
        except Refused as refused:
            assume("is not a language tag" not in str(refused))
            raise
        assert again.canonical() == content.canonical()
        assert again.sha256() == content.sha256()


@pytest.mark.parametrize("name", ["clinic-report", "hearing", "remarks"])
def test_the_samples_are_written_as_they_were_read(name: str, tmp_path: Path) -> None:
    content = read_folder(SAMPLES / name)
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for one in content.resources:
        if one.sha256:
            (shelf / one.sha256).write_bytes((SAMPLES / name / one.file).read_bytes())
    write_folder(content, tmp_path / "out", shelf=shelf)
    assert read_folder(tmp_path / "out").sha256() == content.sha256()


def test_an_edition_that_is_to_come_stays_to_come(tmp_path: Path) -> None:
    """The primary language may be listed without its file."""
    content = read_folder(SAMPLES / "clinic-report")
    alone = content.model_copy(update={"editions": {"es": content.editions["es"]}, "resources": ()})
    write_folder(alone, tmp_path / "out")
    assert read_folder(tmp_path / "out") == alone


def test_nothing_is_written_over_and_nothing_half(tmp_path: Path) -> None:
    content = read_folder(SAMPLES / "clinic-report").model_copy(update={"resources": ()})
    write_folder(content, tmp_path / "out")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Refused, match="is there already"):
        write_folder(content, tmp_path / "out")
    lost = content.model_copy(update={"resources": (Resource(title={}, file="assets/a.pdf", sha256="0" * 64, size=1),)})
    with pytest.raises(Refused, match="not in the data folder"):
        write_folder(lost, tmp_path / "other", shelf=tmp_path)
    clash = content.model_copy(update={"resources": (Resource(title={}, file="en.md"),)})
    with pytest.raises(Refused, match="name of a file of the release folder"):
        write_folder(clash, tmp_path / "third")
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_written_that_a_default_says() -> None:
    content = read_folder(SAMPLES / "remarks")
    front = files_of(content)["release.toml"].decode()
    assert 'email = ""' not in front
    assert "embargo" not in front
