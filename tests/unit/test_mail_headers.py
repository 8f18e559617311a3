"""Header fields: what may be in them comes back as it was, what may not is refused, and nothing makes a second field."""

from __future__ import annotations

from email.header import decode_header, make_header
from email.headerregistry import Address

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from distro.errors import Refused
from distro.mail.headers import check_address, check_header_text, label, list_id, mailbox, parse_headers, tidy, unstructured

WRITTEN = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])).filter(lambda text: "=?" not in text)
UNFIT = ["\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "=?UTF-8?Q?=0A?=", "=?"]


def lines_of(value: str, column: int) -> list[str]:
    return ("x" * column + value).split("\r\n")


@given(WRITTEN)
@example("x" * 998)
@example("👩‍👩‍👧 " * 60)
@example("مؤتمر صحفي: عمال الميناء يعلنون")
@example("a  b   c")
@example('"quoted", (bracketed) <angled>')
@example("=\\?")
def test_a_subject_reads_back(text: str) -> None:
    value = unstructured(text, 9)
    read = parse_headers(f"Subject: {value}\r\nX-Next: here\r\n\r\n")
    assert read.keys() == ["Subject", "X-Next"]
    assert str(read["Subject"]) == tidy(text)
    assert value.isascii()
    assert all(len(line) <= 78 for line in lines_of(value, 9))
    assert all(len(word) <= 75 for word in value.split() if word.startswith("=?"))


@given(WRITTEN)
@example("Example, Rosa")
@example('Rosa "la de prensa" Ejemplo')
@example("back\\slash")
@example("Ñandú " * 40)
@example("محمد")
@example("😀")
@example("x" * 900)
@example(".")
def test_a_name_reads_back_beside_its_address(name: str) -> None:
    assume(not name.isspace())  # white space alone is no name
    value = mailbox(name, "rosa@example.org", 4)
    read = parse_headers(f"To: {value}\r\n\r\n")
    assert read.keys() == ["To"]
    (address,) = read["To"].addresses
    assert address.addr_spec == "rosa@example.org"
    # Several encoded words of one name: the reader of Python 3.11 puts a space between them, so RFC 2047 6.2 is held to apart.
    phrase = value.replace("\r\n", "").rpartition(" <")[0]
    shown = str(make_header(decode_header(phrase))) if phrase.startswith("=?") else address.display_name
    assert shown == tidy(name)
    assert all(len(line) <= 78 for line in lines_of(value, 4))


@pytest.mark.parametrize("address", ["josé@example.org", '"a b"@example.org', "x" * 64 + "@" + "y" * 60 + ".example.org"])
def test_an_address_stands_as_it_is(address: str) -> None:
    check_address(address, "The address")
    assert mailbox("", address, 4) == address
    (read,) = parse_headers(f"To: {mailbox('Ana', address, 4)}\r\n\r\n")["To"].addresses
    assert read == Address("Ana", addr_spec=address) if address.isascii() else read.display_name == "Ana"


@pytest.mark.parametrize(
    "address", ["", "ana", "ana@", "@example.org", "a@b@c", "a b@example.org", "a@example.org, b@example.org", "a@b>"]
)
def test_what_is_not_one_address_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="The address"):
        check_address(address, "The address")


@pytest.mark.parametrize("unfit", UNFIT)
def test_what_could_write_a_second_field_is_refused_by_name(unfit: str) -> None:
    with pytest.raises(Refused, match=r"The headline in en\.md"):
        check_header_text(f"All well{unfit}Bcc: x@example.org", "The headline in en.md")


@given(WRITTEN)
def test_what_is_not_refused_is_what_can_be_written(text: str) -> None:
    check_header_text(text, "The headline")


@given(WRITTEN.filter(str.strip))
def test_a_list_has_an_ascii_name_of_its_own(name: str) -> None:
    read = parse_headers(f"List-Id: {list_id(name, 'press.example.org', 9)}\r\n\r\n")
    assert read.keys() == ["List-Id"]
    assert str(read["List-Id"]).endswith(f"<{label(name)}.press.example.org>")
    assert label(name).isascii()
    assert 1 <= len(label(name)) <= 63
