"""What a journalist sees, kept as files: read the diff when one changes. `UPDATE_GOLDEN=1 pytest …` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from distro.editorial.content import ReleaseContent
from distro.mail.compile import compile_letter
from distro.mail.letter import Letter
from distro.mail.render import Rendered, render
from distro.mail.stamp import shown, slots, stamp
from tests.letters import EVERY_KIND, JOINT, OFFICE, addressee, letter
from tests.notices import NOTICES, notice_letter

GOLDEN = Path(__file__).parents[1] / "golden" / "mail"
LANGUAGES = ("en", "es", "en+es")
ORIGINAL = "original@press.example.org"
CASES: list[tuple[str, ReleaseContent, Letter]] = [
    *(
        (f"{kind}.{language}", content, letter(content, language))
        for kind, content in EVERY_KIND.items()
        for language in LANGUAGES
    ),
    *((f"release.{language}.advance", JOINT, letter(JOINT, language, advance=True)) for language in LANGUAGES),
    ("release.es+en.advance.test", JOINT, letter(JOINT, "es+en", advance=True, test=True)),
]


def hold(name: str, found: bytes) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found)
    assert path.read_bytes().decode() == found.decode()


NOTICED = [(purpose, language) for purpose in NOTICES for language in LANGUAGES]


@pytest.mark.parametrize(("purpose", "language"), NOTICED)
def test_a_notice(purpose: str, language: str) -> None:
    content, one, sent = notice_letter(purpose, language)
    person = addressee("José Inventado", "jose@daily.example.com")._replace(original_message_id=ORIGINAL, sent=sent)
    found = render(content, one, shown(person, OFFICE))
    hold(f"notice.{purpose}.{language}.txt", found.text.encode())
    hold(f"notice.{purpose}.{language}.html", found.html.encode())
    if language == "en+es":
        hold(f"notice.{purpose}.{language}.eml", stamp(compile_letter(content, one), slots(person, OFFICE)))


def seen(content: ReleaseContent, one: Letter) -> Rendered:
    return render(content, one, shown(addressee(), OFFICE))


@pytest.mark.parametrize(("name", "content", "one"), CASES, ids=[case[0] for case in CASES])
def test_the_text_part(name: str, content: ReleaseContent, one: Letter) -> None:
    hold(f"{name}.txt", seen(content, one).text.encode())


@pytest.mark.parametrize(
    ("name", "content", "one"),
    [case for case in CASES if "+" in case[0]],
    ids=[case[0] for case in CASES if "+" in case[0]],
)
def test_the_html_part(name: str, content: ReleaseContent, one: Letter) -> None:
    hold(f"{name}.html", seen(content, one).html.encode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bytes_of_an_advance_copy(language: str) -> None:
    skeleton = compile_letter(JOINT, letter(JOINT, language, advance=True))
    hold(
        f"release.{language}.advance.eml", stamp(skeleton, slots(addressee("José Inventado", "jose@daily.example.com"), OFFICE))
    )


def test_no_golden_file_is_left_over() -> None:
    known = {f"{name}.txt" for name, _, _ in CASES} | {f"{name}.html" for name, _, _ in CASES if "+" in name}
    known |= {f"release.{language}.advance.eml" for language in LANGUAGES}
    known |= {f"notice.{purpose}.{language}.{part}" for purpose, language in NOTICED for part in ("txt", "html")}
    known |= {f"notice.{purpose}.en+es.eml" for purpose in NOTICES}
    assert {path.name for path in GOLDEN.iterdir()} == known
