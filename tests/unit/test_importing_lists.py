"""What lists and letterheads must not be taken for: days without a year, labels that touch, a head over a rule."""

from __future__ import annotations

from pathlib import Path

from distro.editorial.importing.furniture import is_furniture
from distro.editorial.importing.item import Item
from tests.pages import read

SAID = (
    "MILLPORT, Ohio -- The Harbor Food Bank opened a third kitchen on Tuesday, and served four hundred meals on its first day."
)


def _items(folder: Path, name: str, text: str) -> list[Item]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return list(read(path).items)


def test_titles_under_a_month_get_its_year(tmp_path: Path) -> None:
    months = [
        ("Marzo de 2015", ["24 de marzo: Llegan las grúas al puerto", "10 de marzo: Vuelven las visitas a la terminal"]),
        ("Febrero de 2015", ["6 de febrero: La comisión vota sobre el transbordador"]),
    ]
    prose = "<p>CALLOWAY.- Dos grúas llegaron el martes al puerto después de cuarenta y un días de viaje por el mar.</p>"
    text = "".join(f"<h2>{month}</h2>" + "".join(f"<h3>{one}</h3>{prose}" for one in titles) for month, titles in months)
    items = _items(tmp_path, "a.html", f'<html lang="es"><body><h1>Comunicados 2015</h1>{text}</body></html>')
    assert [(str(one.date), one.headline) for one in items] == [
        ("2015-03-24", "Llegan las grúas al puerto"),
        ("2015-03-10", "Vuelven las visitas a la terminal"),
        ("2015-02-06", "La comisión vota sobre el transbordador"),
    ]


def test_labels_in_spans_that_touch_are_lines(tmp_path: Path) -> None:
    spans = [("pill", "Press release"), ("when", "9 May 2019"), ("read", "Reading time: 4 minutes")]
    head = "".join(f'<span class="{name}">{text}</span>' for name, text in spans)
    (item,) = _items(tmp_path, "a.html", f"<body><div>{head}</div><h1>Food bank opens a third kitchen</h1><p>{SAID}</p></body>")
    assert (str(item.date), item.headline) == ("2019-05-09", "Food bank opens a third kitchen")


def test_a_letterhead_over_a_rule_is_no_item(tmp_path: Path) -> None:
    head = "HARBOR FOOD BANK\n\n14 Quay Street, Millport, OH 45011\n\nMarch 3, 2015"
    head += "\n\nContact: Ana Ruiz, 555-0132, ana@harbor.example.org"
    text = f"{head}\n\n-----------\n\nPRESS RELEASE\n\nFood bank opens a third kitchen on the quay\n\n{SAID}\n"
    (item,) = _items(tmp_path, "a.txt", text)
    assert (item.headline, str(item.date)) == ("Food bank opens a third kitchen on the quay", "2015-03-03")
    assert [one.name for one in item.contacts] == ["Ana Ruiz"]


def test_two_addresses_of_a_line_are_two_documents(tmp_path: Path) -> None:
    line = "Downloads: English (PDF) http://a.example.org/one.pdf / Spanish (PDF) http://a.example.org/two.pdf"
    (item,) = _items(
        tmp_path, "a.txt", f"PRESS RELEASE\nMarch 3, 2015\n\nFood bank opens a third kitchen\n\n{SAID}\n\n{line}\n"
    )
    assert [(one.url.rpartition("/")[2], one.language) for one in item.resources] == [("one.pdf", "en"), ("two.pdf", "es")]


def test_bars_of_a_page_are_furniture_and_sentences_are_none() -> None:
    for bar in (
        "Top of page | Site map | Counter: 88,210",
        "Showing 11-13 of 88 Page 2 of 9",
        "Home About Our Work News Donate Press",
    ):
        assert is_furniture(bar), bar
    for text in (
        "News About Contact Programs Reached the Office on Friday.",
        "Rosa Ruiz | Harbor Food Bank",
        "Print | Harbor Press",
    ):
        assert not is_furniture(text), text
