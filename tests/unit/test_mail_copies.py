"""A stamped copy is the same mail as one built whole by the standard library, for any person, text and language."""

from __future__ import annotations

import re
from datetime import UTC
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from distro.archive.copies import Skeleton
from distro.editorial.content import Edition, ReleaseContent
from distro.errors import Refused
from distro.mail.compile import compile_letter
from distro.mail.headers import label, tidy
from distro.mail.letter import Letter
from distro.mail.render import render, subject
from distro.mail.stamp import Addressee, shown, slots, stamp
from tests.letters import ADVISORY, EVERY_KIND, JOINT, OFFICE, PUBLIC, STATEMENT, addressee, letter

LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120).filter(lambda text: "=?" not in text)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
LOCAL = st.from_regex(r"[a-z0-9ñé用][a-z0-9.ñé用+-]{0,20}[a-z0-9ñé用]", fullmatch=True).filter(lambda text: ".." not in text)
DOMAIN = st.sampled_from(["example.org", "mail.example.com", "xn--bcher-kva.example", "bücher.example"])

LETTERS = [
    (content, letter(content, language, advance=advance))
    for content in (JOINT, ADVISORY, STATEMENT)
    for language in ("en", "es", "en+es", "es+en")
    for advance in ((False, True) if content.embargo else (False,))
]
SKELETONS = [compile_letter(*one) for one in LETTERS]


def built_whole(content: ReleaseContent, one: Letter, person: Addressee) -> EmailMessage:
    """The naive way: render for this person, and let the standard library make a message of it."""
    whole = EmailMessage(policy=policy.SMTPUTF8)
    replies = next(contact for contact in content.contacts if contact.email)
    link = f"{PUBLIC}/u/{person.token}"
    name = person.list_name or OFFICE.name
    whole["From"] = Address(OFFICE.from_name, addr_spec=OFFICE.from_address)
    whole["Reply-To"] = Address(replies.name, addr_spec=replies.email)
    whole["To"] = Address(tidy(person.name), *person.address.split("@"))
    whole["Subject"] = tidy(subject(content, one))
    whole["Date"] = format_datetime(person.date.astimezone(UTC))
    whole["Message-ID"] = f"<{person.message_id}@{OFFICE.mail_domain}>"
    whole["List-Id"] = f"{tidy(name)} <{label(name)}.{OFFICE.mail_domain}>"
    whole["List-Unsubscribe"] = f"<{link}>, <mailto:bot+u.{person.token}@press.example.org>"
    whole["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    whole["List-Help"] = whole["List-Owner"] = f"<mailto:{OFFICE.from_address}>"
    whole["List-Post"] = "NO"
    whole["Precedence"] = "bulk"
    whole["Feedback-ID"] = f"{content.slug}:{label(one.audience)}:{label(OFFICE.name)}:distro"
    rendered = render(content, one, shown(person, OFFICE))
    whole.set_content(rendered.text, cte="quoted-printable")
    whole.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    whole["Content-Language"] = ", ".join(one.languages)  # last, for add_alternative moves Content-* fields into a part
    return whole


def parsed(copy: bytes) -> EmailMessage:
    return message_from_bytes(copy, policy=policy.SMTPUTF8)


def said(message: EmailMessage, part: str) -> str:
    body = message.get_body((part,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def name_of(message: EmailMessage, field: str) -> str:
    """The phrase before an angle-bracketed address, decoded by RFC 2047 and RFC 5322."""
    raw = next(value for name, value in message.raw_items() if name == field)
    phrase = str(raw).replace("\r\n", "").rpartition("<")[0].strip(" ")
    if phrase.startswith("=?"):
        return str(make_header(decode_header(phrase)))
    return re.sub(r"\\(.)", r"\1", phrase[1:-1]) if phrase.startswith('"') else phrase


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(LETTERS) - 1), LINE, LOCAL, DOMAIN, LINE.filter(str.strip))
@example(0, 'Example, Rosa "la prensa"', "rosa", "example.org", "Labor & <desk>")
@example(1, "محمد 😀", "josé", "bücher.example", ".From the port")
@example(2, "N" * 900, "n", "example.org", "L" * 998)
@example(3, "", "n", "example.org", "Ñ=ñ; 50% \ue000\U0010fffd off")
def test_a_stamped_copy_is_the_message_built_whole(which: int, name: str, local: str, domain: str, list_name: str) -> None:
    assume(not name or name.strip())
    content, one = LETTERS[which]
    person = addressee(name, f"{local}@{domain}", list_name)
    copy = parsed(stamp(SKELETONS[which], slots(person, OFFICE)))
    whole = built_whole(content, one, person)

    special = {"To", "List-Id", "Content-Type"}
    assert {k: str(v) for k, v in copy.items() if k not in special} == {k: str(v) for k, v in whole.items() if k not in special}
    assert sorted(copy.keys()) == sorted(whole.keys())
    assert name_of(copy, "To") == tidy(name)
    assert str(copy["To"]).endswith(person.address if not name else f"<{person.address}>")
    assert name_of(copy, "List-Id") == tidy(list_name)
    assert copy.get_content_type() == whole.get_content_type()
    assert said(copy, "plain") == said(whole, "plain")
    assert said(copy, "html") == said(whole, "html")


def check_wire(copy: bytes) -> None:
    """No bare CR or LF, no line over 998 octets, nothing to dot-stuff (RFC 5321 2.3.8, 4.5.2, 4.5.3.1.6)."""
    assert copy.endswith(b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", copy)
    assert b"\0" not in copy
    for line in copy.split(b"\r\n"):
        assert len(line) <= 998
        assert not line.startswith((b".", b"From "))


@settings(max_examples=60, deadline=None)
@given(LINE, ANY_TEXT, ANY_TEXT, LINE)
@example("x" * 998, "x" * 5000, "\n.\n..\r\n.\r\r\n\0", "N")
@example("Titular — «así»", "[a](https://example.org/\u200b) \ufffe\uffff\x0b", "<script>{{ 7 * 7 }}{% raw %}", "{{ name }}")
@example("مؤتمر", "> > > > - 1. # x\n\n| a |\n|---|\n| b |", "\u2028\u2029\x85", "😀")
def test_whatever_is_written_the_wire_is_safe(headline: str, body: str, subhead: str, name: str) -> None:
    edition = Edition(headline=headline, body=body, subhead=subhead, dateline=body[:40], notes_to_editors=subhead, who=body)
    content = ADVISORY.model_copy(update={"editions": {"en": edition, "es": edition}})
    one = letter(content, "en+es")
    skeleton = compile_letter(content, one)
    copy = stamp(skeleton, slots(addressee(name), OFFICE))
    check_wire(copy)
    rendered = render(content, one, shown(addressee(name), OFFICE))
    assert said(parsed(copy), "plain") == rendered.text
    assert said(parsed(copy), "html") == rendered.html
    assert str(parsed(copy)["Subject"]) == tidy(subject(content, one))
    assert skeleton.slots == {"to", "date", "id", "token", "ref", "list", "list_text", "list_html"}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_same_letter_compiles_to_the_same_bytes(kind: str) -> None:
    content = EVERY_KIND[kind]
    first = compile_letter(content, letter(content, "es+en"))
    again = compile_letter(ReleaseContent.from_json(content.canonical()), letter(content, "es+en"))
    assert first == again == Skeleton.from_json(first.to_json())
    assert not re.search("mark[0-9a-f]{64}", "".join(first.pieces))
    check_wire(stamp(first, slots(addressee(), OFFICE)))
    assert len("".join(first.pieces)) < 80_000


@pytest.mark.parametrize(
    ("name", "address", "list_name"),
    [
        ("Ana\r\nBcc: x@example.org", "ana@example.org", ""),
        ("=?UTF-8?Q?=0ABcc:_x?=", "ana@example.org", ""),
        ("Ana", "ana@example.org>, <b@example.org", ""),
        ("Ana", "ana@example.org\n", ""),
        ("Ana", "ana@example.org", "Desk\x00"),
    ],
)
def test_what_would_break_a_header_is_refused(name: str, address: str, list_name: str) -> None:
    with pytest.raises(Refused):
        slots(addressee(name, address, list_name), OFFICE)


def test_a_headline_that_would_write_a_second_field_is_refused_with_its_file() -> None:
    edition = Edition(headline="News =?UTF-8?Q?=0ABcc:_x@example.org?=", body="x")
    content = STATEMENT.model_copy(update={"editions": {"es": edition}, "languages": ("es",)})
    with pytest.raises(Refused, match=r"The headline in es\.md"):
        compile_letter(content, letter(content, "es"))


def test_an_advance_copy_needs_an_embargo() -> None:
    with pytest.raises(Refused, match="no embargo"):
        compile_letter(ADVISORY, letter(ADVISORY, "en", advance=True))


def test_without_a_public_address_mail_does_for_everything() -> None:
    one = Letter(OFFICE, "", JOINT.sha256(), "general", 1, "en")
    copy = parsed(stamp(compile_letter(JOINT, one), slots(addressee(), OFFICE)))
    mail = "mailto:bot+u.aaaaaaaabbbbbbbbccccccccdd@press.example.org"
    assert copy["List-Unsubscribe"] == f"<{mail}>"
    assert "List-Unsubscribe-Post" not in copy
    assert mail in said(copy, "html")
    assert mail in said(copy, "plain")


def test_one_click_is_promised_only_where_it_is_https() -> None:
    one = Letter(OFFICE, "http://localhost:8025", JOINT.sha256(), "general", 1, "en")
    copy = parsed(stamp(compile_letter(JOINT, one), slots(addressee(), OFFICE)))
    assert copy["List-Unsubscribe"].startswith("<http://localhost:8025/u/")
    assert "List-Unsubscribe-Post" not in copy


def test_a_notice_is_threaded_under_its_original() -> None:
    one = Letter(OFFICE, PUBLIC, JOINT.sha256(), "correction", 1, "en", threaded=True)
    person = addressee()._replace(original_message_id="old@then.example.org")
    copy = parsed(stamp(compile_letter(JOINT, one), slots(person, OFFICE)))
    assert copy["In-Reply-To"] == copy["References"] == "<old@then.example.org>"


def test_a_slot_is_short_because_it_is_kept_for_ever() -> None:
    assert sum(len(name) + len(value) for name, value in slots(addressee(), OFFICE).items()) < 300


def test_advance_and_test_copies_say_so_in_the_subject() -> None:
    assert subject(JOINT, letter(JOINT, "en", advance=True)).startswith("EMBARGO 1 Dec 09:00 PST: Port drivers")
    assert subject(JOINT, letter(JOINT, "es+en", advance=True)).startswith("EMBARGO 1 dic 09:00 PST: Conductores")
    assert subject(JOINT, letter(JOINT, "es", test=True)).startswith("PRUEBA (TEST): Conductores")
    assert subject(JOINT, letter(JOINT, "en", advance=True, test=True)).startswith("TEST: EMBARGO 1 Dec")
    assert subject(STATEMENT, letter(STATEMENT, "es")) == "Declaración de Harbor Workers' Network, 24 de noviembre de 2026"
