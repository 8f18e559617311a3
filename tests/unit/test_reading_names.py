"""Names of people, links, streets, and the language of a text: what is read, and what is left alone."""

from __future__ import annotations

import pytest

from distro.reading.languages import likely_language
from distro.reading.links import blanked, find_links, find_mails
from distro.reading.names import capitals, find_names
from distro.reading.streets import find_streets

PEOPLE = [
    ("en", "“No,” said Dr. Naomi Beckett, the department's director.", ["Naomi Beckett"]),
    ("en", "Dana Whitfield, an attorney with the Legal Clinic of the South Bay, spoke.", ["Dana Whitfield"]),
    ("en", "In court, Judge Shira A. Scheindlin ruled.", ["Shira A. Scheindlin"]),
    ("en", "María de la Cruz, 43, was there.", ["María de la Cruz"]),
    ("en", "Its editor, Xiomara Bonilla, was held.", ["Xiomara Bonilla"]),
    ("es", "“No”, dijo la doctora Naomi Beckett, directora del departamento.", ["Naomi Beckett"]),
    ("es", "contó Ignacio Robles, que secó carros", ["Ignacio Robles"]),
    ("es", "el coautor Jürgen Pfalz, del Observatorio Neckar", ["Jürgen Pfalz"]),
    ("en", "linguists in New York say that the Department of Health and Morningside State University differ", []),
    ("en", "New Yorkers say so in the Democratic Republic of the Congo.", []),
    ("es", "según la Universidad de Atacama Norte y el Departamento de Salud", []),
]


@pytest.mark.parametrize(("language", "text", "names"), PEOPLE, ids=[row[1][:30] for row in PEOPLE])
def test_people(language: str, text: str, names: list[str]) -> None:
    assert [one.span.words for one in find_names(text, language) if one.person] == names


def test_that_somebody_speaks_is_no_sure_sign_of_a_person() -> None:
    assert [(one.person, one.sure) for one in find_names("Amnesty International said so.", "en")] == [(True, False)]
    assert [(one.person, one.sure) for one in find_names("Dr. Ana Roe said so.", "en")] == [(True, True)]


def test_words_with_a_capital_are_compared_without_accents_and_genitives() -> None:
    assert [word for _, word in capitals("García's car, José")] == ["garcia", "jose"]
    assert [span.words for span, _ in capitals("García's car")] == ["García"]


def test_links_and_mails() -> None:
    text = "See [here](https://a.example.org/x), https://b.example.org/y., www.c.example.com, or write a@d.example.org. [e]()"
    assert [one.target for one in find_links(text)] == [
        "https://a.example.org/x",
        "https://b.example.org/y",
        "www.c.example.com",
        "",
    ]
    assert [one.target for one in find_mails(text)] == ["a@d.example.org"]
    assert all(one.span.words == text[one.span.start : one.span.end] == one.target for one in find_links(text))
    assert len(blanked(text)) == len(text)
    assert "example" not in blanked(text)


def test_streets() -> None:
    texts = [
        "at 214 Fulton Street",
        "en el 214 de Fulton Street",
        "calle Fulton 214",
        "Avenida de la Paz, núm. 12",
        "400 West Canal Drive",
    ]
    read = [(one.number, sorted(one.name)) for text in texts for one in find_streets(text)]
    assert read == [
        ("214", ["fulton"]),
        ("214", ["fulton"]),
        ("214", ["fulton"]),
        ("12", ["paz"]),
        ("400", ["canal", "west"]),
    ]
    assert find_streets("on 12 Main topics, 5 Wall Street firms aside") != []
    assert find_streets("in 2026 the Council met") == []


LANGUAGES = [
    ("The authors warn that the trial could not be blind: everybody knew.", "en"),
    ("Los autores advierten de que el ensayo no podía ser ciego del todo.", "es"),
    ("Madrid, Toledo, San Pedro", ""),
    ("ACLU, NDLON, CCR: Los Angeles 2024", ""),
    ("Too short to tell", ""),
]


@pytest.mark.parametrize(("text", "language"), LANGUAGES)
def test_languages(text: str, language: str) -> None:
    assert likely_language(text, {"en", "es"}) == language


def test_a_language_without_a_list_of_words_is_told_by_its_letters() -> None:
    assert likely_language("Die Stadt eröffnete am Montag neun neue Kliniken für alle Bewohner.", {"de", "en"}) == "de"
