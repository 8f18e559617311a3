"""Which texts are addresses, and which of them are one mailbox."""

from __future__ import annotations

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import assume, given
from hypothesis import strategies as st

from contacts.address import parse
from contacts.errors import Refused


def test_an_ascii_address_keeps_its_writing_and_folds_for_identity() -> None:
    found = parse(" Marcus.Lee@Wire.Example.COM ")
    assert (found.written, found.canonical) == ("Marcus.Lee@wire.example.com", "marcus.lee@wire.example.com")
    assert (found.domain, found.needs_smtputf8) == ("wire.example.com", False)


def test_an_international_domain_goes_out_in_a_labels_where_the_local_part_is_ascii() -> None:
    found = parse("redaccion@Münster.example")
    assert found.written == found.canonical == "redaccion@xn--mnster-3ya.example"
    assert not found.needs_smtputf8


def test_an_international_local_part_needs_smtputf8_and_keeps_the_domain_readable() -> None:
    found = parse("Ñandú@münster.example")
    assert (found.written, found.canonical) == ("Ñandú@münster.example", "ñandú@xn--mnster-3ya.example")
    assert found.needs_smtputf8


def test_composed_and_decomposed_letters_are_one_mailbox() -> None:
    assert parse("zoe\u0308@radio.example.org") == parse("zoë@radio.example.org")


def test_sharp_s_and_double_s_are_two_mailboxes() -> None:
    assert parse("strauß@example.org").canonical != parse("strauss@example.org").canonical


@pytest.mark.parametrize("domain", ["correo.ejemplo.example", "example.com", "desk.test"])
def test_domains_for_examples_are_domains(domain: str) -> None:
    assert parse(f"ana@{domain}").domain == domain


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no address"),
        ("mj@", "after the @"),
        ("@example.org", "before the @"),
        ("ana", "@-sign"),
        ("Ana <ana@example.org>", "display name"),
        ("ana@example.org, eva@example.org", "not an address"),
        ("ana@example.org\nBcc: eva@example.org", "line break"),
        ("ana@example.org\r", "line break"),
        ("a\x00na@example.org", "control character"),
        ("ana\u2028@example.org", "line break"),
        ('"a b"@example.org', "not an address"),
        ("ana@[192.0.2.1]", "not an address"),
        ("a\u202eb@example.org", "RIGHT-TO-LEFT"),
        ("\ud800@example.org", "control character"),
        ("ñ" * 20 + "@" + ".".join(["x" * 60] * 4), "not an address"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        parse(text)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12), st.sampled_from(["example.org", "ñu.example"]))
def test_identity_is_stable_and_blind_to_case(local: str, domain: str) -> None:
    try:
        found = parse(f"{local}@{domain}")
    except Refused:
        assume(False)
    assert parse(found.canonical).canonical == found.canonical == parse(found.written).canonical
    assert unicodedata.is_normalized("NFC", found.canonical)
    assert found.needs_smtputf8 == (not found.written.isascii())
    if local.isascii():
        assert parse(f"{local.upper()}@{domain.upper()}").canonical == found.canonical


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except Refused:
        return
    assert len(found.written.encode()) <= 254
    assert not any(c.isspace() or unicodedata.category(c) == "Cc" for c in found.written)


@given(
    st.text("aZ0.!#@+'\"(-_é", min_size=1, max_size=70),
    st.sampled_from(["example.org", "EXAMPLE.org", "ñu.example", "a", "-x.org"]),
)
def test_the_short_way_to_an_answer_gives_the_library_s(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    try:
        valid = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        with pytest.raises(Refused):
            parse(text)
    else:
        assert parse(text).canonical == f"{valid.local_part.lower()}@{valid.ascii_domain.lower()}"
