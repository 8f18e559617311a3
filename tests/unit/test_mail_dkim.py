"""Signatures: a second implementation holds them valid, for any person and letter, and invalid after any change."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from dkim.canonicalization import Relaxed
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from distro.archive.copies import Skeleton
from distro.dkimkey import public_record
from distro.errors import Failed
from distro.mail.canonical import relaxed_body, relaxed_field, relaxed_header
from distro.mail.compile import compile_letter
from distro.mail.dkim import Key, Signing
from distro.mail.letter import Letter
from distro.mail.stamp import Addressee, slots
from tests.letters import ADVISORY, EVERY_KIND, JOINT, OFFICE, PUBLIC, STATEMENT, addressee, letter
from tests.unit.test_mail_copies import DOMAIN, LINE, LOCAL
from tests.verifying import Keys, verified

RSA = generate_private_key(65537, 2048)
ED = Ed25519PrivateKey.generate()
KEYS: Keys = {"s2026": RSA, "e2026": ED}
BY_RSA = Signing(Key.of(RSA, "press.example.org", "s2026"))
BY_ED = Signing(Key.of(ED, "press.example.org", "e2026"))
BY_BOTH = Signing(*BY_RSA.keys, *BY_ED.keys)
EACH_WAY = {"rsa": BY_RSA, "ed25519": BY_ED, "both": BY_BOTH}
AT = datetime(2026, 11, 24, 15, 0, 7, 999_999, tzinfo=UTC)


LETTERS = [
    (content, replace(letter(content, language, advance=advance), signed=True))
    for content in (JOINT, ADVISORY, STATEMENT)
    for language in ("en", "es", "en+es", "es+en")
    for advance in ((False, True) if content.embargo else (False,))
]
SKELETONS = [compile_letter(*one) for one in LETTERS]


def signed(skeleton: Skeleton, signing: Signing = BY_BOTH, person: Addressee | None = None) -> bytes:
    filled = slots(person or addressee(), OFFICE)
    return skeleton.fill(filled | {"dkim": signing.fields_of(skeleton, filled, AT)})


def fields(copy: bytes) -> list[str]:
    """The DKIM-Signature fields in front, as they are folded."""
    return re.findall(r"DKIM-Signature: .*?\r\n(?! )", copy.decode(), re.DOTALL)


@pytest.mark.parametrize("way", EACH_WAY)
@pytest.mark.parametrize("which", range(len(LETTERS)), ids=lambda n: f"{LETTERS[n][0].kind}-{LETTERS[n][1].language}-{n}")
def test_every_letter_verifies(way: str, which: int) -> None:
    copy = signed(SKELETONS[which], EACH_WAY[way])
    assert verified(copy, KEYS) == [True] * len(EACH_WAY[way].keys)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_of_release_verifies(kind: str) -> None:
    content = EVERY_KIND[kind]
    skeleton = compile_letter(content, replace(letter(content, "es+en"), signed=True))
    assert verified(signed(skeleton), KEYS) == [True, True]


def test_a_threaded_copy_without_a_public_address_verifies() -> None:
    one = Letter(OFFICE, "", JOINT.sha256(), "correction", 1, "en", threaded=True, signed=True)
    copy = signed(compile_letter(JOINT, one), person=addressee()._replace(original_message_id="old"))
    assert verified(copy, KEYS) == [True, True]
    assert ":in-reply-to:references:" in fields(copy)[0].replace("\r\n ", "")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(LETTERS) - 1), LINE, LOCAL, DOMAIN, LINE.filter(str.strip))
@example(0, 'Example, Rosa "la prensa"', "rosa", "example.org", "Labor & <desk>")
@example(1, "محمد 😀", "josé", "bücher.example", "two \ufffe spaces \uffff  ")
@example(2, "N" * 900, "n", "example.org", "L " * 499)
@example(3, "", "n", "example.org", "Ñ=ñ; 50% \ue000\U0010fffd off")
@example(4, "a\u00a0\u2003b  c ", "n", "example.org", "\u00a0nbsp\u00a0 \u2003")
def test_whoever_it_is_for_the_signature_holds(which: int, name: str, local: str, domain: str, list_name: str) -> None:
    assume(not name or name.strip())
    copy = signed(SKELETONS[which], BY_ED, addressee(name, f"{local}@{domain}", list_name))
    assert verified(copy, KEYS) == [True]
    assert all(len(line.encode()) <= 78 for line in "".join(fields(copy)).split("\r\n"))


LINES = st.lists(st.text(" \tab=."), max_size=6)


@given(LINES)
def test_the_plain_canonical_forms_are_those_of_a_second_implementation(lines: list[str]) -> None:
    body = "".join(f"{line}\r\n" for line in lines).encode()
    assert relaxed_body(body) == Relaxed.canonicalize_body(body)
    value = "\r\n ".join(lines)
    ((name, theirs),) = Relaxed.canonicalize_headers([(b"X-Some", f"{value}\r\n".encode())])
    assert relaxed_header(f"X-Some:{value}".encode(), ["x-some"]) == name + b":" + theirs
    assert f"{relaxed_field('X-Some', value)}\r\n".encode() == name + b":" + theirs


def test_a_body_without_a_last_line_end_gets_one_and_an_empty_one_stays_empty() -> None:
    assert relaxed_body(b"a \t b \t") == b"a b\r\n"  # RFC 6376 3.4.4
    assert relaxed_body(b"") == relaxed_body(b"\r\n \r\n") == b""


@given(LINES.map("\r\n".join), LINES.map("\r\n".join), LINES.map("\r\n".join))
def test_prepared_and_plain_agree_whatever_stands_in_body_slots(one: str, other: str, tail: str) -> None:
    """Beyond what `slots` can give: any lines at all."""
    start, end = "From: a@example.org\r\n\r\nHello \t you  =\r\n", f"=\r\n {tail}x \r\n\r\n"
    skeleton = Skeleton(("", "dkim", start, "one", "=\r\n=\r\n", "two", end))
    filled = {"one": one, "two": other}
    block = BY_ED.fields_of(skeleton, filled, AT)
    body = skeleton.fill(filled | {"dkim": ""}).partition(b"\r\n\r\n")[2]
    body_hash = base64.b64encode(hashlib.sha256(Relaxed.canonicalize_body(body)).digest()).decode()
    assert f"bh={body_hash};" in block


def test_the_signature_stands_first_and_says_when_and_what() -> None:
    skeleton = SKELETONS[0]
    copy = signed(skeleton)
    assert copy.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=press.example.org;\r\n s=s2026;\r\n h=")
    assert copy[len("".join(fields(copy)).encode()) :] == skeleton.fill(slots(addressee(), OFFICE) | {"dkim": ""})
    for field in fields(copy):
        tags = dict(tag.strip().split("=", 1) for tag in field.partition(":")[2].split(";"))
        assert tags["t"] == str(int(AT.timestamp()))
        assert "l" not in tags
        h = re.sub(r"\s", "", tags["h"]).split(":")
        assert [h.count(name) for name in ("from", "to", "subject", "date")] == [2, 2, 2, 2]
        header = copy.decode().partition("\r\n\r\n")[0]
        there = {name.lower() for name in re.findall(r"(?m)^([\w-]+):", header)} - {"dkim-signature"}
        assert set(h) == there, "every field that the copy has, and no other"
        assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(h)  # RFC 8058 4


def test_any_change_of_a_covered_field_or_of_the_body_is_found() -> None:
    copy = signed(SKELETONS[0])
    start = len("".join(fields(copy)).encode())
    header, _, body = copy[start:].partition(b"\r\n\r\n")
    lines = re.split(rb"\r\n(?![ \t])", header)
    assert len(lines) > 15
    for at, line in enumerate(lines):
        for changed in (line + b"x", b""):
            others = [changed if n == at else kept for n, kept in enumerate(lines)]
            forged = copy[:start] + b"\r\n".join(filter(None, others)) + b"\r\n\r\n" + body
            assert verified(forged, KEYS) == [False, False], line
    for added in (b"From: x@example.net", b"To: x@example.net", b"Subject: x", b"Date: Tue, 24 Nov 2026 15:00:00 +0000"):
        assert verified(copy[:start] + added + b"\r\n" + copy[start:], KEYS) == [False, False], added
    for at in range(0, len(body), 997):
        if body[at : at + 1].isalnum():
            forged = copy[: -len(body)] + body[:at] + b"#" + body[at + 1 :]
            assert verified(forged, KEYS) == [False, False]
    assert verified(copy + b"more\r\n", KEYS) == [False, False], "no l=: nothing can be added"


def test_what_relaxed_allows_on_the_way_does_no_harm() -> None:
    copy = signed(SKELETONS[0])
    assert verified(copy.replace(b"\r\nTo: ", b"\r\nTO:   ") + b"\r\n\r\n", KEYS) == [True, True]


def test_another_key_under_the_name_does_not_verify() -> None:
    assert verified(signed(SKELETONS[0]), {"s2026": ED, "e2026": Ed25519PrivateKey.generate()}) == [False, False]


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        (("From: a@example.org\r\n\r\nHello ", "list_text", "=\r\n."), "soft line breaks"),
        (("From: a@example.org\r\n\r\nHello =\r\n", "list_text", " ."), "soft line breaks"),
        (("From: a@example.org\r\nFrom: b@example.org\r\n\r\nHello",), "'From' twice"),
        (("From : a@example.org\r\n\r\nHello",), "not what was made ready"),  # only the proof sees the space
        (("From: a@example.org\r\n",), "header does not end"),
    ],
)
def test_what_would_not_canonicalise_in_parts_is_refused(pieces: tuple[str, ...], why: str) -> None:
    with pytest.raises(Failed, match=f"cannot be signed: .*{why}"):
        BY_ED.prepare(Skeleton(("", "dkim", *pieces)))


def test_only_a_letter_made_for_it_is_signed() -> None:
    plain = compile_letter(JOINT, letter(JOINT))
    assert "dkim" not in plain.slots
    with pytest.raises(ValueError, match="starts with the slot"):
        BY_ED.prepare(plain)
    made = compile_letter(JOINT, replace(letter(JOINT), signed=True))
    assert made.pieces == ("", "dkim", *plain.pieces), "signing changes nothing else, not even the boundary"


@given(st.text(max_size=200), st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60))
def test_a_notice_can_always_be_signed(body: str, subject: str) -> None:
    from distro.dispatch.alerts import Alert, notice

    assume("=?" not in subject)
    alert = Alert(id=7, at=AT, subject=subject, body=body.encode(errors="replace").decode())
    octets = BY_BOTH.signed(notice(OFFICE, alert, "desk@press.example.org", AT), AT)
    assert verified(octets, KEYS) == [True, True]


def test_the_example_of_rfc_8463() -> None:
    """Appendix A: the same key, message and h give the same record, body hash and signature."""
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="))
    assert public_record(private) == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    message = (
        b"From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n"
        b"Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
        b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
        b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
    )
    header, _, body = message.partition(b"\r\n\r\n")
    body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
    assert body_hash == "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    field = relaxed_field(
        "DKIM-Signature",
        " v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
        " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n"
        f" bh={body_hash};\r\n b=",
    )
    covered = relaxed_header(header, ["from", "to", "subject", "date", "message-id"])
    digest = hashlib.sha256(covered + field.encode()).digest()
    (raw,) = Key.of(private, "football.example.com", "brisbane").sign([digest])
    expected = "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    assert base64.b64encode(raw).decode() == expected


def test_preparing_is_remembered() -> None:
    assert BY_BOTH.letter(SKELETONS[0]) is BY_BOTH.letter(Skeleton(SKELETONS[0].pieces))
    assert PUBLIC in "".join(SKELETONS[0].pieces)
