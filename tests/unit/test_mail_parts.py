"""What stands in a mail and what does not: order, languages, links, and text that people wrote."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from distro.editorial.content import Edition, Kind, PressContact, ReleaseContent, Resource
from distro.mail.letter import Letter
from distro.mail.markdown import read_body
from distro.mail.render import Rendered, render
from distro.mail.stamp import shown
from distro.mail.text import Links, as_text
from tests.letters import ADVISORY, EVERY_KIND, JOINT, OFFICE, PUBLIC, STATEMENT, addressee, letter


def seen(content: ReleaseContent, language: str = "en", *, advance: bool = False, test: bool = False) -> Rendered:
    return render(content, letter(content, language, advance=advance, test=test), shown(addressee(), OFFICE))


def with_body(body: str, **rest: str) -> ReleaseContent:
    edition = Edition(headline="News", body=body, **rest)
    return STATEMENT.model_copy(update={"kind": Kind.RELEASE, "editions": {"en": edition}, "languages": ("en",)})


def article(mail: Rendered) -> str:
    """The words of the HTML part, without the preheader."""
    found = BeautifulSoup(mail.html, "html.parser").find("div", role="article")
    assert found is not None
    return found.get_text()


def in_order(text: str, *pieces: str) -> bool:
    """Whether each piece comes after the one before it."""
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_release_reads_in_the_order_of_the_trade(part: str) -> None:
    mail = seen(JOINT, advance=True)
    text = mail.text if part == "text" else article(mail)
    assert in_order(
        text,
        "EMBARGOED UNTIL Tuesday, December 1, 2026, at 9:00 a.m., Los Angeles (PST, 17:00 UTC)",
        "\nDecember 1, 2026\n",
        "Port drivers win $4.2 million",
        "Settlement with nine companies",
        "Los Angeles, CA",
        "Warehouse workers",
        "What changes",
        "The settlement agreement",
        "PDF, English, 1.2 MB",
        "Rosa Ejemplo",
        "+1 213 555 0101",
        "rosa@network.example.org",
        "Sam Placeholder",
        "Notes to editors",
        "About Harbor Workers",
        "About Bayside Labor Law Clinic",
        "###",
        "You receive this because you are on the list “Labor desk”",
        "Unsubscribe",
        "PDS-2026-000123",
    )


def test_an_advisory_has_its_four_parts_between_lede_and_body() -> None:
    for language, four in (("en", ("WHAT", "WHEN", "WHERE", "WHO")), ("es", ("QUÉ", "CUÁNDO", "DÓNDE", "QUIÉN"))):
        mail = seen(ADVISORY, language)
        edition = ADVISORY.editions[language]
        first, last = edition.body.split("\n\n")
        assert in_order(mail.text, first, *(f"{label}: " for label in four), last)
        assert in_order(article(mail), first, *four, last)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_stacked_copy_has_one_h1_and_says_the_language_of_each_piece(kind: str) -> None:
    page = BeautifulSoup(seen(EVERY_KIND[kind], "es+en").html, "html.parser")
    assert len(page.find_all("h1")) == 1
    for tag in page.find_all(["p", "h1", "h2", "h3", "h4", "h5", "li", "blockquote"]):
        if tag.get("class") != ["tap"]:
            assert tag.get("lang") in {"en", "es"}, tag
    second = page.find(id="en")
    assert second is not None
    assert second.name == "div"
    first_heading = second.find(re.compile("^h"))
    assert first_heading is not None
    assert first_heading.name == "h2"
    assert page.find("a", href="#en") is not None


def test_a_copy_in_one_language_has_nothing_of_the_other() -> None:
    assert "Conductores" not in seen(JOINT, "en").html
    assert "Port drivers" not in seen(JOINT, "es").html


def test_nothing_in_a_mail_is_fetched_or_follows_the_reader() -> None:
    for kind, content in EVERY_KIND.items():
        page = BeautifulSoup(seen(content, "en+es", advance=content.embargo is not None).html, "html.parser")
        assert not page.find_all(["img", "script", "link", "iframe", "object", "form", "input", "svg"]), kind
        assert not page.find_all(src=True), kind
        assert "url(" not in str(page), kind
        assert "@import" not in str(page), kind


def test_links_stand_exactly_as_they_were_written() -> None:
    html = seen(with_body("[z](https://x.example.org/a/../b?c=1&d=%2F#e)")).html
    assert BeautifulSoup(html, "html.parser").find("a", string="z")["href"] == "https://x.example.org/a/../b?c=1&d=%2F#e"  # type: ignore[index]


@pytest.mark.parametrize(
    "body",
    [
        "[x](javascript:alert(1))",
        "[x](data:text/html,y)",
        "[x](/relative)",
        "<a href='https://evil.example.org'>x</a>",
        "<img src=https://t.example.org/p.gif>",
        "![x](https://t.example.org/p.gif)",
        "<style>p{}</style>",
        "<script>x</script>",
    ],
)
def test_what_people_write_is_shown_and_never_run(body: str) -> None:
    page = BeautifulSoup(seen(with_body(body)).html, "html.parser")
    shown_body = page.find("p", class_="lede") or page.find("article")
    assert shown_body is not None
    assert shown_body.find(["a", "img", "style", "script"]) is None
    assert shown_body.get_text().strip()


def test_user_text_is_never_a_template() -> None:
    text = "{{ 7 * 7 }} {% set x = 1 %} %(list)s %s {0}"
    mail = seen(with_body(text, subhead=text, notes_to_editors=text))
    assert mail.text.count(text) == 3


def test_a_statement_without_a_headline_is_called_by_its_maker_and_date() -> None:
    assert "Statement by Harbor Workers' Network, November 24, 2026" in seen(STATEMENT).text
    assert "Declaración de Harbor Workers' Network, 24 de noviembre de 2026" in seen(STATEMENT, "es").text


def test_a_general_copy_says_for_immediate_release_or_what_the_edition_says() -> None:
    assert seen(JOINT).text.startswith("FOR IMMEDIATE RELEASE\n")
    assert seen(JOINT, "es").text.startswith("PARA PUBLICACIÓN INMEDIATA\n")
    assert seen(with_body("x", release_line="For release on paper first")).text.startswith("For release on paper first\n")


def test_an_edition_in_a_language_without_a_catalogue_has_the_primary_languages_words() -> None:
    editions = {"es": STATEMENT.editions["es"], "nl": Edition(headline="De chauffeurs winnen", body="Vandaag.")}
    content = STATEMENT.model_copy(update={"editions": editions, "languages": ("es", "nl")})
    mail = seen(content, "nl")
    assert "PARA PUBLICACIÓN INMEDIATA" in mail.text
    page = BeautifulSoup(mail.html, "html.parser")
    assert page.find("h1")["lang"] == "nl"  # type: ignore[index]
    assert page.find("p", class_="release")["lang"] == "es"  # type: ignore[index]


def test_a_quotation_is_set_apart_and_a_quoted_term_is_not() -> None:
    body = read_body(
        "One.\n\n“We counted every hour that they did not want to count,” she said.\n\n“Waiting” is work.", "en", 2
    )
    said = BeautifulSoup(body.rest, "html.parser").find_all("p", class_="said")
    assert [one.get_text()[:11] for one in said] == ["“We counted"]
    body = read_body(
        "Uno.\n\n«Contamos una por una cada hora que nadie quería contar.\n\n»Y las contaremos otra vez mañana por la mañana».",
        "es",
        2,
    )
    assert body.rest.count('class="said"') == 2, "in Spanish the next paragraph of a quotation opens with »"


def test_body_headings_keep_their_distance_below_the_headline() -> None:
    body = read_body("# A\n\n### B\n", "en", 3)
    assert [tag.name for tag in BeautifulSoup(body.rest, "html.parser").find_all(re.compile("^h"))] == ["h3", "h5"]


def test_the_text_part_keeps_paragraphs_whole_and_numbers_links_once() -> None:
    links = Links()
    markdown = f"{'word ' * 60}[a](https://example.org/) and [b](https://example.org/), [c](mailto:c@example.org), <https://example.org/d>"
    text = as_text(read_body("x\n\n" + markdown, "en", 2).rest, links)
    assert "\n" not in text
    assert text.endswith("a [1] and b [1], c [2], https://example.org/d")
    assert links.urls == ["https://example.org/", "mailto:c@example.org"]


def test_lists_tables_and_quotations_in_text() -> None:
    markdown = "x\n\n3. a\n4. b\n   - c\n\n> q\n\n```\n  code\n```\n\n| A | B |\n|---|---|\n| 1 | 2 |"
    assert as_text(read_body(markdown, "en", 2).rest, Links()) == "3. a\n4. b\n   - c\n\n    q\n\n      code\n\nA | B\n1 | 2"


def test_a_file_is_linked_only_where_there_is_a_public_address() -> None:
    content = with_body("x").model_copy(
        update={"resources": (Resource(title={"en": "Letter"}, file="assets/the letter.pdf", sha256="ab" * 32, size=900),)}
    )
    assert f"{PUBLIC}/assets/{'ab' * 32}/the%20letter.pdf" in seen(content).html
    offline = render(content, Letter(OFFICE, "", "", "general", 1, "en"), shown(addressee(), OFFICE))
    assert "Letter (PDF, 1 KB)" in offline.text
    assert "/assets/" not in offline.html


def test_a_contact_may_have_little() -> None:
    content = with_body("x").model_copy(update={"contacts": (PressContact(name="Desk"),)})
    assert "Media contact\n-------------\n\nDesk\n" in seen(content).text


def test_a_text_that_lacks_the_language_is_marked_as_what_it_is() -> None:
    content = STATEMENT.model_copy(update={"resources": (Resource(title={"en": "Order"}, url="https://example.org/o.pdf"),)})
    link = BeautifulSoup(seen(content, "es").html, "html.parser").find("a", string="Order")
    assert link is not None
    assert link["lang"] == "en"


def test_the_line_that_leads_to_a_language_without_a_catalogue_is_its_own_name() -> None:
    editions = {"es": STATEMENT.editions["es"], "gl": Edition(headline="Horas pagadas", body="Hoxe.")}
    content = STATEMENT.model_copy(update={"editions": editions, "languages": ("es", "gl")})
    assert "galego" in seen(content, "es+gl").text
    assert "Versión en español" not in seen(content, "es+gl").text


def test_only_a_link_is_called_a_web_page() -> None:
    resources = tuple(Resource(title={"*": name}, file=f"assets/{name}", size=1) for name in ("a", "b.xyz"))
    text = seen(with_body("x").model_copy(update={"resources": (*resources, Resource(title={"*": "c"}, url=PUBLIC))})).text
    assert [line.split(" [")[0] for line in text.split("\n") if line.startswith("- ")] == [
        "- a (1 KB)",
        "- b.xyz (XYZ, 1 KB)",
        "- c (web page)",
    ]
