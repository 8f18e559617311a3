"""Replies are read the same however the network cuts them, and what is no reply is never taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.mail.commands import Offers, content, offers_of, paths
from distro.mail.replies import LONGEST_LINE, LONGEST_REPLY, Replies, Said
from distro.mail.transport import Envelope, Reply

_CODES = st.integers(200, 599)
_TEXTS = st.binary(max_size=60).map(lambda octets: octets.replace(b"\n", b" ").replace(b"\r", b" "))


@st.composite
def _replies(draw: st.DrawFn) -> tuple[bytes, list[int]]:
    """Octets of some replies, and their codes."""
    octets, codes = b"", []
    for _ in range(draw(st.integers(1, 5))):
        code, lines = draw(_CODES), draw(st.lists(_TEXTS, min_size=1, max_size=4))
        octets += b"".join(b"%d-%b\r\n" % (code, line) for line in lines[:-1]) + b"%d %b\r\n" % (code, lines[-1])
        codes.append(code)
    return octets, codes


def read(*pieces: bytes) -> tuple[list[Said], str]:
    reader = Replies()
    found = [said for piece in pieces for said in reader.feed(piece)]
    return found, reader.broken


@given(_replies(), st.data())
def test_wherever_they_are_cut_they_read_the_same(sent: tuple[bytes, list[int]], data: st.DataObject) -> None:
    octets, codes = sent
    whole, broken = read(octets)
    assert [said.code for said in whole] == codes
    assert not broken
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=8)))
    pieces = [octets[a:b] for a, b in zip([0, *cuts], [*cuts, len(octets)], strict=True)]
    assert read(*pieces) == (whole, "")
    assert read(*(bytes([octet]) for octet in octets)) == (whole, "")


@given(st.binary(max_size=200), st.data())
def test_whatever_comes_cutting_makes_no_difference_and_nothing_raises(octets: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(octets)))
    assert read(octets) == read(octets[:cut], octets[cut:])


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"250 2.0.0 Ok\r\n", "250 2.0.0 Ok"),
        (b"250-first\r\n250-second\r\n250 third\r\n", "250 first\nsecond\nthird"),
        (b"250\r\n", "250 "),
        (b"250 bare line feed\n", "250 bare line feed"),
        ("554 no est\xe1\r\n".encode("latin-1"), r"554 no est\xe1"),
        ("554 no está\r\n".encode(), "554 no está"),
    ],
)
def test_a_reply_is_kept_as_it_was_said(octets: bytes, text: str) -> None:
    (said,), broken = read(octets)
    assert (said.text, broken) == (text, "")


def test_the_enhanced_code_is_found_in_what_is_kept() -> None:
    (said,), _ = read(b"550-5.1.1 No such user\r\n550 5.1.1 here\r\n")
    assert Reply("rcpt", said.code, said.text).enhanced == "5.1.1"


@pytest.mark.parametrize(
    "octets",
    [
        b"hello\r\n",
        b"\r\n",
        b"25 ok\r\n",
        b"2500 ok\r\n",
        b"250=ok\r\n",
        b"150 ok\r\n",
        b"650 ok\r\n",
        b"\xb2\xb5\xb0 ok\r\n",
        b"250-first\r\n550 second\r\n",
        b"250-first\r\nsecond\r\n",
        b"250 " + b"x" * LONGEST_LINE + b"\r\n",
        b"250 " + b"x" * LONGEST_LINE,
        b"250-more\r\n" * (LONGEST_REPLY // 8 + 1),
    ],
)
def test_what_is_no_reply_is_told_and_ends_the_reading(octets: bytes) -> None:
    found, broken = read(b"220 hello\r\n" + octets, b"250 fine\r\n")
    assert [said.code for said in found] == [220]
    assert broken.startswith("a reply that is none: ")


def test_what_a_server_offers() -> None:
    offers = offers_of(b"250-mx\n250-PIPELINING\n250-size 1000\n250-AUTH=LOGIN\n250-AUTH PLAIN\n250 DSN")
    assert offers == Offers(frozenset({"PIPELINING", "SIZE", "AUTH", "DSN"}), 1000, frozenset({"LOGIN", "PLAIN"}))
    assert offers_of(b"250 mx") == Offers()
    assert offers_of(b"250-mx\n250-SIZE\n250-\n250 SIZE x").size == 0


ALL = Offers(frozenset({"PIPELINING", "SIZE", "DSN", "8BITMIME", "SMTPUTF8"}))


def test_commands_say_what_the_server_can_read() -> None:
    to = Envelope("b@example.org", "o+x@example.net", "1=2")
    assert paths(to, 30, Offers()) == (b"MAIL FROM:<b@example.org>\r\n", b"RCPT TO:<o+x@example.net>\r\n")
    mail, rcpt = paths(to, 30, ALL)
    assert mail == b"MAIL FROM:<b@example.org> SIZE=30 RET=HDRS ENVID=1+3D2\r\n"
    assert paths(to, 0, ALL, eight_bit=True)[0] == b"MAIL FROM:<b@example.org> BODY=8BITMIME RET=HDRS ENVID=1+3D2\r\n"
    assert rcpt == b"RCPT TO:<o+x@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;o+2Bx@example.net\r\n"
    zoe = Envelope("b@example.org", "zoë@example.net", "1")
    mail, rcpt = paths(zoe, 0, ALL)
    assert mail == b"MAIL FROM:<b@example.org> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=1\r\n"
    assert b"ORCPT=utf-8;zo\xc3\xab@example.net" in rcpt


@pytest.mark.parametrize("address", ["a@example.org>\r\nRCPT TO:<b@example.org", "a\n@example.org", "a\x00b", "<a", "a\x7f"])
def test_an_address_cannot_smuggle_a_command(address: str) -> None:
    with pytest.raises(ValueError, match="envelope address"):
        paths(Envelope(address, "x@example.org", "1"), 0, ALL)
    with pytest.raises(ValueError, match="envelope address"):
        paths(Envelope("x@example.org", address, "1"), 0, ALL)


@pytest.mark.parametrize(
    ("copy", "written"),
    [
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b".\r\n", b"..\r\n"),
        (b"a\r\n.\r\n..b\r\nc.\r\n", b"a\r\n..\r\n...b\r\nc.\r\n"),
        (b"a", b"a\r\n"),
        (b"a\r\n.", b"a\r\n..\r\n"),
    ],
)
def test_no_line_of_a_content_is_a_dot(copy: bytes, written: bytes) -> None:
    assert content(copy) == written


def test_a_copy_without_dots_is_not_copied() -> None:
    copy = b"x" * 100 + b"\r\n"
    assert content(copy) is copy
