"""An attempt as the ledger has it: what is written by hand for speed is what the canonical form would be."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.archive.ledger import canonical
from distro.dispatch.attempts import Told, accepted, base64, seal_of

said = st.one_of(st.just("250"), st.from_regex(r"2[0-9]{2} 2\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True))
permits = st.one_of(st.sampled_from(["immediate", "lift"]), st.integers(1, 10**9).map(lambda n: f"agreement:{n}"))


@given(st.integers(1, 50), permits, said, st.binary(min_size=32, max_size=32), st.integers(1, 10**6))
def test_an_acceptance_written_by_hand_is_canonical(attempt: int, permit: str, told: str, digest: bytes, wave: int) -> None:
    sealed = seal_of(b"salt and person", told.encode())
    by_hand = accepted(attempt, permit, told, sealed, base64(digest), wave)
    plain = Told(attempt=attempt, phase="dot", permit=permit, said=told).payload(wave=wave, digest=digest, sealed=sealed)
    assert by_hand == canonical(plain)
    assert json.loads(by_hand) == plain


@given(st.binary(min_size=32, max_size=32))
def test_a_digest_is_in_base64_without_padding(digest: bytes) -> None:
    assert len(base64(digest)) == 43
    assert b64decode(base64(digest) + "=") == digest


@pytest.mark.parametrize("changed", [(b"other person", b"250 Ok"), (b"person", b"250 ok")])
def test_a_seal_commits_to_person_and_reply(changed: tuple[bytes, bytes]) -> None:
    assert seal_of(*changed) != seal_of(b"person", b"250 Ok")
    assert seal_of(b"person", b"250 Ok") == base64(sha256(sha256(b"person").digest() + b"250 Ok").digest())
