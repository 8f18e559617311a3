"""The form of a DKIM-Signature field: short lines, and few octets that give the very same field back."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distro.mail.dkimfield import ALGORITHMS, COVERED, Signer, covered_names, pack, unpack, written
from distro.mail.stamp import slots
from tests.letters import OFFICE, addressee
from tests.unit.test_mail_dkim import BY_BOTH, BY_ED, BY_RSA, SKELETONS

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
NAME = st.lists(LABEL, min_size=1, max_size=4).map(".".join).filter(lambda name: len(name) < 254)
SIGNERS = st.lists(
    st.tuples(st.sampled_from(ALGORITHMS), NAME, NAME, st.binary(min_size=1, max_size=512)), min_size=1, max_size=3
)
PRESENT = st.lists(st.sampled_from(COVERED), unique=True)


def block(signers: list[tuple[str, str, str, bytes]], present: list[str], t: int, digest: bytes) -> str:
    covered, body_hash = covered_names(present), b64encode(digest).decode()
    return "".join(written(Signer(a, d, s).opening(covered), t, body_hash, raw) for a, d, s, raw in signers)


@settings(max_examples=300)
@given(SIGNERS, PRESENT, st.integers(0, 2**40), st.binary(min_size=32, max_size=32))
def test_what_is_packed_comes_back_octet_for_octet(
    signers: list[tuple[str, str, str, bytes]], present: list[str], t: int, digest: bytes
) -> None:
    text = block(signers, present, t, digest)
    packed = pack(text)
    assert unpack(packed) == text
    assert len(packed) == 46 + sum(5 + len(d) + len(s) + len(raw) for _, d, s, raw in signers)
    for line in text.split("\r\n"):
        assert len(line) <= 78 or re.search(r"\b[ds]=\S{50}", line), "only a long domain or selector cannot be folded"


@pytest.mark.parametrize(("signing", "most"), [(BY_RSA, 330), (BY_ED, 140), (BY_BOTH, 430)])
def test_signing_and_packing_is_packing_what_was_signed(signing: object, most: int) -> None:
    from distro.mail.dkim import Signing

    assert isinstance(signing, Signing)
    values = slots(addressee(), OFFICE)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    ((text, packed),) = signing.sign([signing.letter(SKELETONS[0]).unsigned(values, at)])
    assert text == signing.fields_of(SKELETONS[0], values, at), "both algorithms sign the same twice"
    assert packed == pack(text)
    assert unpack(packed) == text
    assert len(packed) <= most
    assert signing.fields_of(SKELETONS[0], values, at + timedelta(seconds=1)) != text


def test_no_signature_is_no_octets() -> None:
    assert pack("") == b""
    assert unpack(b"") == ""


ONE = block([("rsa-sha256", "example.org", "s", b"x" * 256)], ["from", "message-id"], 1_700_000_000, b"h" * 32)


@pytest.mark.parametrize(
    "other",
    [
        ONE[:-2],
        ONE.replace("; bh=", ";  bh="),
        ONE.replace("\r\n t=", " t="),
        ONE.replace("c=relaxed/relaxed", "c=simple/simple"),
        ONE.replace("t=1700000000", "t=01700000000"),
        ONE.replace("h=from:", "h=from:from:"),
        ONE.replace("rsa-sha256", "rsa-sha1"),
        ONE + ONE.replace("t=1700000000", "t=1700000001"),
        ONE + "Subject: x\r\n",
        "Subject: x\r\n",
        "DKIM-Signature: é\r\n",
        " ",
    ],
)
def test_a_field_that_would_not_come_back_is_not_packed(other: str) -> None:
    assert other != ONE == unpack(pack(ONE))
    with pytest.raises(ValueError, match="not DKIM-Signature fields as we write them"):
        pack(other)


def test_octets_that_nobody_packed_are_refused() -> None:
    packed = pack(ONE)
    for cut in range(1, len(packed)):
        with pytest.raises(ValueError, match="no packed DKIM signature"):
            unpack(packed[:cut])
    for wrong in (
        packed + b"x",
        b"\x02" + packed[1:],
        packed[:1] + b"\xff" * 4 + packed[5:],
        packed[:46] + b"\x07" + packed[47:],
    ):
        with pytest.raises(ValueError, match="no packed DKIM signature"):
            unpack(wrong)


def test_every_name_is_covered_once_and_four_are_oversigned() -> None:
    assert len(set(COVERED)) == len(COVERED) <= 32
    assert covered_names([]) == ("from", "to", "subject", "date")
    assert covered_names(["x-other", "date", "from", "list-id"]) == ("from", "from", "to", "subject", "date", "date", "list-id")
