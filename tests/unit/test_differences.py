"""What a newer text says otherwise: whole sentences beside each other, nothing that is the same, nothing left out."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from distro.editorial.content import ReleaseContent
from distro.editorial.differences import LONGEST_QUOTE, changes_between, paragraphs
from distro.editorial.notice import Change, Saying
from distro.editorial.notice_files import read_notice, write_notice
from distro.errors import Refused
from tests.office import content

LONG = " ".join(f"word{n}" for n in range(80))


def found(old: str, new: str) -> list[tuple[str, str]]:
    before, after = content(text=old), content(text=new)
    return [(change.was, change.now) for change in changes_between(before, after, "en")]


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("It opens Monday. It is free.", "It opens Tuesday. It is free.", [("It opens Monday.", "It opens Tuesday.")]),
        ("One.\n\nTwo.", "One.\n\nTwo.\n\nThree is new here.", [("", "Three is new here.")]),
        ("One.\n\nTwo is taken out.", "One.", [("Two is taken out.", "")]),
        ("It is free. Come.", "It is free. Nobody pays. Come.", [("", "Nobody pays.")]),
        ("See [the list](https://a.example.org/1).", "See [the list](https://a.example.org/2).",
         [("See the list (https://a.example.org/1).", "See the list (https://a.example.org/2).")]),
        ("One line\nand another.", "One line and\nanother.", []),
        ("**Bold** words.", "Bold words.", []),
        ("A first one.\n\nA second one.", "A second one.\n\nA first one.", [("", "A second one."), ("A second one.", "")]),
    ],
)  # fmt: skip
def test_what_differs(old: str, new: str, changes: list[tuple[str, str]]) -> None:
    assert found(old, new) == changes


def test_of_a_long_sentence_some_words_are_quoted() -> None:
    ((was, now),) = found(LONG, LONG.replace("word40", "other40"))
    assert "word40" in was
    assert "other40" in now
    assert len(was.split()) < LONGEST_QUOTE
    assert was.startswith("… ")
    assert was.endswith(" …")


def test_a_changed_number_of_the_press_contact_is_a_change_too() -> None:
    old = content()
    contact = old.contacts[0].model_copy(update={"phone": "+1 202 555 0199"})
    assert changes_between(old, old.model_copy(update={"contacts": (contact,)}), "es") == (
        Change(was="+1 202 555 0101", now="+1 202 555 0199"),
    )


WORDS = st.sampled_from(["clinic", "opens", "Monday", "Tuesday", "free", "nobody", "pays.", "Come!", "coffee", "papers."])
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=12).map(" ".join), max_size=6).map("\n\n".join)


@given(TEXTS, TEXTS)
def test_every_change_is_in_the_texts_and_the_same_text_has_none(old: str, new: str) -> None:
    before, after = content(text=old), content(text=new)
    changes = changes_between(before, after, "en")
    was, now = joined(before), joined(after)
    assert all(change.was in was and change.now in now for change in changes)
    assert all(change.was != change.now for change in changes)
    assert bool(changes) == (paragraphs(before, "en") != paragraphs(after, "en"))
    assert changes_between(before, before, "en") == ()


def joined(of: ReleaseContent) -> str:
    return " ".join(paragraphs(of, "en"))


LINES = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp", "Cf", "Cn", "Co")), max_size=30).map(
    lambda text: " ".join(text.split())
)


@given(LINES, LINES, LINES.filter(lambda line: "=?" not in line), LINES)
@example("", "", "", "\\n")
@example("C:\\new", "", "", 'a\\ """ \\')
def test_words_come_back_from_their_file_as_they_were(was: str, now: str, reason: str, words: str) -> None:
    folder = Path(mkdtemp())
    change = (Change(was=was, now=now, language="es"),) if was or now else ()
    said = {"en": Saying(changes=change, reason=reason, words=f"{words}\n\n{words}".strip())}
    write_notice(folder, said)
    assert read_notice(folder) == said
    rmtree(folder)


def test_what_is_wrong_in_the_files_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text("reason = 7\nwords = 'a\x07b'\n")
    (tmp_path / "es.toml").write_text("[[change]]\nwas = 1\nnot = 'x'\n")
    (tmp_path / "notes.toml").write_text("")
    with pytest.raises(Refused) as refused:
        read_notice(tmp_path)
    said = "\n".join(refused.value.sentences)
    assert "en.toml cannot be read as TOML" in said
    assert "es.toml, [[change]] 1: was must be text" in said
    assert "notes.toml is not named by a language" in said
