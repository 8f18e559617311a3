"""The small pages in every language there are words for, with an office's own over ours, and never without ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from distro.config import Office
from distro.web.pagecheck import try_pages
from distro.web.pages import NAMES, House, page, speaking
from distro.words import languages, words


def sections(name: str, house: House, *first: str) -> dict[str, str]:
    html = bytes(page(name, 200, house, speaking(house, first)).body).decode()
    found = BeautifulSoup(html, "html.parser").find_all("section")
    return {str(one["lang"]): one.get_text(" ", strip=True) for one in found}


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("name", NAMES)
def test_a_page_speaks_the_readers_language_first(name: str, language: str) -> None:
    spoken = sections(name, House(Office()), language)
    assert list(spoken) == list(dict.fromkeys((language, "en", "es")))
    assert len(set(spoken.values())) == len(spoken), "no two say it in the same words"


def test_an_office_speaks_its_own_languages_and_english() -> None:
    assert list(sections("ask", House(Office(languages=("fr", "pt-BR"))))) == ["fr", "pt", "en"]
    assert list(sections("ask", House(Office(languages=("en",))))) == ["en"]


def test_the_words_on_the_button_are_the_languages() -> None:
    assert "Me désabonner" in sections("ask", House(Office()), "fr")["fr"]
    assert "Cancelar minha inscrição" in sections("ask", House(Office()), "pt")["pt"]


def test_an_own_page_and_own_words_lie_over_ours(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "locale").mkdir()
    (tmp_path / "web" / "page.css").write_text("body { color: #000000 }")
    (tmp_path / "locale" / "ar.po").write_text('msgid "Unsubscribe me"\nmsgstr "إلغاء الاشتراك"\n', encoding="utf-8")
    house = House(Office(languages=("ar", "en")), tmp_path)
    answer = page("ask", 200, house, speaking(house, ()))
    html = BeautifulSoup(bytes(answer.body).decode(), "html.parser")
    assert html.html is not None
    assert (html.html["lang"], html.html["dir"]) == ("ar", "rtl")
    assert [(one["lang"], one["dir"]) for one in html.find_all("section")] == [("ar", "rtl"), ("en", "ltr")]
    assert "إلغاء الاشتراك" in html.get_text()
    assert html.style is not None
    assert html.style.get_text() == "body { color: #000000 }"
    assert (
        page("ask", 200, House(Office()), [words("en")]).headers["Content-Security-Policy"]
        != answer.headers["Content-Security-Policy"]
    ), "the policy names the style that is there"


def test_nobody_is_kept_on_a_list_by_a_broken_page_or_catalogue(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "locale").mkdir()
    (tmp_path / "web" / "ask.html").write_text("{{ nothing }}")
    (tmp_path / "locale" / "es.po").write_bytes(b"this is nothing\n")
    assert sections("ask", House(Office(), tmp_path)) == sections("ask", House(Office()))


def test_a_wrong_page_is_found(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    assert list(try_pages(Office(), tmp_path)) == []
    (tmp_path / "web" / "ask.html").write_text('<h1>a</h1><h1>b</h1><img src="https://t.example.org/">')
    said = [one.fault.why for one in try_pages(Office(), tmp_path)]
    assert said == [
        "The page has 2 h1; a page has one.",
        "The page loads something; its policy forbids that to the browser.",
        "Nothing on the page is marked as en.",
        "Nothing on the page is marked as es.",
        "The page has no button that posts.",
    ]
