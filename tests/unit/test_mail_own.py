"""An office's own templates, words, colours and logo over ours: file by file, message by message, the same each time."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from distro.contrast import ENOUGH, colour, ratio
from distro.editorial.content import Kind
from distro.errors import Refused
from distro.look import Look
from distro.mail.compile import compile_letter
from distro.mail.letter import Letter
from distro.mail.render import render
from distro.mail.stamp import shown, slots, stamp
from distro.mail.standards.samples import content_of
from distro.words import words
from tests.letters import JOINT, OFFICE, STATEMENT, addressee, letter
from tests.pictures import jpeg, png


def own(tmp_path: Path, **files: str) -> Path:
    """A folder with these files; a name's "__" stands for "/" and its "_" for "."."""
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def html_of(one: Letter) -> str:
    return render(JOINT, one, shown(addressee(), OFFICE)).html


def copy(one: Letter) -> EmailMessage:
    found = message_from_bytes(stamp(compile_letter(JOINT, one), slots(addressee(), OFFICE)), policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def test_an_own_file_lies_over_ours_and_may_build_on_it(tmp_path: Path) -> None:
    folder = own(
        tmp_path,
        email__release_html_j2='{% extends "packaged/release.html.j2" %}'
        '{% block main %}{{ super() }}<p lang="en">Ours.</p>{% endblock %}',
        email__parts_txt_j2="{% extends 'packaged/parts.txt.j2' %}",
    )
    one = replace(letter(JOINT), folder=folder)
    assert html_of(one).count("Ours.") == 1
    assert (
        html_of(one).replace('<p lang="en" style="margin:0 0 18px 0">Ours.</p>', "").split() == html_of(letter(JOINT)).split()
    )
    advisory = render(
        content_of(Kind.ADVISORY), replace(letter(content_of(Kind.ADVISORY)), folder=folder), shown(addressee(), OFFICE)
    )
    assert "Ours." not in advisory.html, "only the file that was laid over is another one"


def test_the_base_may_be_laid_over_too(tmp_path: Path) -> None:
    folder = own(tmp_path, email__base_html_j2='{% extends "packaged/base.html.j2" %}{% block resources %}{% endblock %}')
    assert "Resources" in html_of(letter(JOINT))
    assert "Resources" not in html_of(replace(letter(JOINT), folder=folder))


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{{ nothing }}", "email/release.html.j2 at line 1: 'nothing' is undefined."),
        ("\n{% if %}", "email/release.html.j2 at line 2: Expected an expression, got 'end of statement block'"),
        ('{% include "gone.j2" %}', "asks for 'gone.j2', and there is no such file."),
        ("{{ 1 / 0 }}", "email/release.html.j2 at line 1: ZeroDivisionError: division by zero."),
        ("{{ parts[7].headline }}", "has no element 7."),
    ],
)
def test_a_wrong_template_is_a_sentence_with_its_place(tmp_path: Path, template: str, sentence: str) -> None:
    folder = own(tmp_path, email__release_html_j2=template)
    with pytest.raises(Refused) as refused:
        html_of(replace(letter(JOINT), folder=folder))
    assert sentence in " ".join(refused.value.sentences)


def test_what_people_write_is_escaped_in_own_templates_too(tmp_path: Path) -> None:
    folder = own(tmp_path, email__statement_html_j2="<p>{{ parts[0].subhead }}</p>")
    edition = STATEMENT.editions["en"].model_copy(update={"subhead": "<b>{{ 7 * 7 }}</b>"})
    content = STATEMENT.model_copy(update={"editions": {"en": edition}, "languages": ("en",)})
    html = render(content, replace(letter(content), folder=folder), shown(addressee(), OFFICE)).html
    assert "&lt;b&gt;{{ 7 * 7 }}&lt;/b&gt;" in html


def test_own_words_lie_over_ours_message_by_message(tmp_path: Path) -> None:
    folder = own(tmp_path, locale__es_po='msgid ""\nmsgstr "Language: es\\n"\n\nmsgid "Press release"\nmsgstr "Boletín"\n')
    html = html_of(replace(letter(JOINT, "es"), folder=folder))
    assert "Boletín" in html
    assert "PARA PUBLICACIÓN INMEDIATA" in html
    assert "Boletín" not in html_of(letter(JOINT, "es"))


def test_an_edited_catalogue_is_read_again(tmp_path: Path) -> None:
    text = 'msgid ""\nmsgstr "Language: nl\\n"\n\nmsgid "Statement"\nmsgstr "%s"\n'
    folder = own(tmp_path, locale__nl_po=text % "Verklaring")
    assert words("nl", folder=folder)("Statement") == "Verklaring"
    assert words("nl").language == "en"
    own(tmp_path, locale__nl_po=text % "Een verklaring")
    assert words("nl", folder=folder)("Statement") == "Een verklaring"


def test_a_regional_catalogue_lies_over_its_language(tmp_path: Path) -> None:
    folder = own(
        tmp_path, **{"locale__pt-PT_po": 'msgid ""\nmsgstr "Language: pt_PT\\n"\n\nmsgid "Media contact"\nmsgstr "Contacto"\n'}
    )
    found = words("pt-PT", folder=folder)
    assert (found.language, found("Media contact")) == ("pt-PT", "Contacto")
    assert found("FOR IMMEDIATE RELEASE") == "PARA DIVULGAÇÃO IMEDIATA"
    assert words("pt-BR", folder=folder)("Media contact") == "Contato para a imprensa"


@pytest.mark.parametrize(("octets", "kind", "size"), [(png(), "png", (240, 56)), (jpeg(), "jpeg", (216, 72))])
def test_a_logo_travels_in_the_mail(tmp_path: Path, octets: bytes, kind: str, size: tuple[int, int]) -> None:
    (tmp_path / "logo").write_bytes(octets)
    one = replace(letter(JOINT, "en+es", advance=True), look=Look(logo=str(tmp_path / "logo")))
    found = copy(one)
    text, related = found.iter_parts()
    page, picture = related.iter_parts()
    assert [part.get_content_type() for part in (found, text, related, page, picture)] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        f"image/{kind}",
    ]
    assert picture.get_payload(decode=True) == octets
    assert picture["Content-Disposition"] == f'inline; filename="logo.{kind}"'
    html = page.get_content()
    cid = str(picture["Content-ID"]).strip("<>")
    assert html.count("<img") == 1, "once, on top of a stacked copy"
    assert f'src="cid:{cid}" width="{size[0]}" height="{size[1]}" alt="Harbor Workers\' Network"' in html.replace("\r\n", "\n")
    assert html.index("EMBARGOED UNTIL") < html.index("<img") < html.index("<h1")


def test_a_letter_is_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "logo").write_bytes(png())
    one = replace(letter(JOINT), look=Look(logo=str(tmp_path / "logo"), accent="#1d3a5c"), folder=tmp_path)
    assert compile_letter(JOINT, one) == compile_letter(JOINT, replace(one))


def test_a_logo_that_went_bad_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "logo"
    path.write_bytes(png())
    one = replace(letter(JOINT), look=Look(logo=str(path)))
    path.unlink()
    with pytest.raises(Refused, match=r"\[look\] logo is .*no such file"):
        compile_letter(JOINT, one)


def test_colours_stand_where_their_names_say() -> None:
    mine = Look(accent="#123456", alarm="#654321", dark_sheet="#010203", pale="#fefefe")
    html = html_of(replace(letter(JOINT, advance=True), look=mine))
    assert "color:#123456" in html
    assert "background-color:#654321" in html
    assert ".sheet { background-color: #010203 !important" in html
    assert "#0b4a7a" not in html
    assert "#191d22" not in html


def test_no_named_colour_is_without_use() -> None:
    sheet = (Path(__file__).parents[2] / "templates" / "email" / "style.css.j2").read_text()
    for name in Look.model_fields:
        assert name == "logo" or f"look.{name} " in sheet, name


@pytest.mark.parametrize("name", ["ink", "soft", "accent", "on_alarm", "dark_ink", "dark_soft", "dark_accent", "dark_on_alarm"])
def test_letters_like_their_ground_are_refused(name: str) -> None:
    ground = str(
        getattr(
            Look(), {"on_alarm": "alarm", "dark_on_alarm": "dark_alarm"}.get(name, "dark_sheet" if "dark" in name else "sheet")
        )
    )
    with pytest.raises(ValueError, match=rf"{name} \({ground}\) on .* has a contrast of 1.0:1"):
        Look.model_validate({name: ground})


def test_ours_are_readable_by_far() -> None:
    look = Look()
    for one, other in ((look.ink, look.sheet), (look.dark_ink, look.dark_sheet)):
        ink, ground = colour(one), colour(other)
        assert ink is not None
        assert ground is not None
        assert ratio(ink, ground) > 2 * ENOUGH


def test_words_from_right_to_left_isolate_what_is_put_into_them(tmp_path: Path) -> None:
    folder = own(
        tmp_path, locale__ar_po='msgid ""\nmsgstr "Language: ar\\n"\n\nmsgid "About %(name)s"\nmsgstr "حول %(name)s"\n'
    )
    assert words("ar", folder=folder)("About %(name)s", name="Open Shelf") == "حول \u2068Open Shelf\u2069"
    assert words("es")("About %(name)s", name="Open Shelf") == "Acerca de Open Shelf"
