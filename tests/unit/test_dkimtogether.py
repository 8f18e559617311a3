"""Eight signatures at a time are the signatures that one at a time would have been; and where they cannot be had, or come out
wrong, nobody notices but the log."""

from __future__ import annotations

import ctypes
import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from distro import dkimtogether as together
from distro.dkimtogether import BITS, LANES, WORTH_IT, Together, library
from distro.mail import dkim
from distro.mail.dkim import Key, Signing
from distro.mail.stamp import slots
from tests.letters import OFFICE, addressee
from tests.unit.test_mail_dkim import ED, KEYS, RSA, SKELETONS
from tests.verifying import verified

needs_it = pytest.mark.skipif(library() is None, reason="crypto_mb is not installed here, or has no way on this processor")
DIGESTS = [hashlib.sha256(bytes([number])).digest() for number in range(2 * LANES + 3)]
AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def one_by_one(key: RSAPrivateKey, digests: list[bytes]) -> list[bytes]:
    return [key.sign(digest, PKCS1v15(), Prehashed(SHA256())) for digest in digests]


@needs_it
@pytest.mark.parametrize("bits", BITS)
def test_they_are_octet_for_octet_those_of_one_at_a_time(bits: int) -> None:
    key = generate_private_key(65537, bits)
    by = Together.of(key)
    assert by is not None
    for many in (1, LANES - 1, LANES, LANES + 1, len(DIGESTS)):
        assert by.sign(DIGESTS[:many]) == one_by_one(key, DIGESTS[:many])


@pytest.mark.parametrize("key", [generate_private_key(65537, 1024), generate_private_key(3, 2048)], ids=["short", "exponent"])
def test_a_key_that_it_has_no_way_for_is_left_to_the_other(key: RSAPrivateKey) -> None:
    assert Together.of(key) is None
    assert Key.of(key, "press.example.org", "s").sign(DIGESTS) == one_by_one(key, DIGESTS)


class Counting:
    """In place of Together: counts what it is given, and makes what it is told to."""

    def __init__(self, wrong: bool = False) -> None:
        self.given: list[int] = []
        self.wrong = wrong

    def of(self, _key: RSAPrivateKey) -> Counting:
        return self

    def sign(self, digests: list[bytes]) -> list[bytes] | None:
        self.given.append(len(digests))
        return None if self.wrong else one_by_one(RSA, digests)


@pytest.mark.parametrize(
    ("many", "given"),
    [
        (1, []),
        (WORTH_IT - 1, []),
        (WORTH_IT, [WORTH_IT]),
        (LANES, [LANES]),
        (LANES + WORTH_IT - 1, [LANES]),
        (LANES + WORTH_IT, [LANES + WORTH_IT]),
        (2 * LANES, [2 * LANES]),
    ],
)
def test_it_gets_what_is_worth_it(monkeypatch: pytest.MonkeyPatch, many: int, given: list[int]) -> None:
    counting = Counting()
    monkeypatch.setattr(dkim, "Together", counting)
    assert Key.of(RSA, "press.example.org", "s").sign(DIGESTS[:many]) == one_by_one(RSA, DIGESTS[:many])
    assert counting.given == given


def test_whoever_does_not_want_it_does_not_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    monkeypatch.setattr(dkim, "Together", counting)
    assert Key.of(RSA, "press.example.org", "s", together=False).sign(DIGESTS) == one_by_one(RSA, DIGESTS)
    assert counting.given == []


def test_after_the_first_wrong_one_it_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting(wrong=True)
    monkeypatch.setattr(dkim, "Together", counting)
    key = Key.of(RSA, "press.example.org", "s")
    for _ in range(2):
        assert key.sign(DIGESTS) == one_by_one(RSA, DIGESTS)
    assert len(counting.given) == 1


class Faulty:
    """crypto_mb, but for one call."""

    def __init__(self, real: Any, name: str, instead: Any) -> None:
        self._real, self._name, self._instead = real, name, instead

    def __getattr__(self, name: str) -> Any:
        return self._instead if name == self._name else getattr(self._real, name)


@needs_it
@pytest.mark.parametrize("said", [0, 1 << 16])
def test_a_signature_that_does_not_verify_is_not_given_to_anybody(said: int) -> None:
    def one_bit_wrong(given: Any, answer: Any, *more: Any) -> int:
        library().mbx_rsa_private_crt_mb8(given, answer, *more)
        octet = ctypes.c_uint8.from_address(answer[3] + 100)
        octet.value ^= 1
        return said

    by = Together(Faulty(library(), "mbx_rsa_private_crt_mb8", one_bit_wrong), RSA)
    assert by.sign(DIGESTS[:LANES]) is None


def test_where_the_library_is_not_there_or_is_another_one_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    other = tmp_path / "libcrypto_mb.so.13"
    for octets in (None, b"no library at all"):
        if octets is not None:
            other.write_bytes(octets)
        monkeypatch.setattr(together, "FILE", other)
        library.cache_clear()
        assert library() is None
        assert Together.of(RSA) is None
    monkeypatch.undo()
    library.cache_clear()


def test_copies_signed_together_verify_each_by_itself_with_both_keys() -> None:
    signing = Signing(Key.of(RSA, "press.example.org", "s2026"), Key.of(ED, "press.example.org", "e2026"))
    people = [addressee()._replace(name=f"Reader {number}", reference=f"R-{number}") for number in range(LANES + WORTH_IT)]
    filled = [slots(person, OFFICE) for person in people]
    letters = [SKELETONS[number % 3] for number in range(len(people))]
    unsigned = [signing.letter(letter).unsigned(values, AT) for letter, values in zip(letters, filled, strict=True)]
    for letter, values, (fields, _) in zip(letters, filled, signing.sign(unsigned), strict=True):
        assert fields == signing.fields_of(letter, values, AT)
        assert verified(letter.fill(values | {"dkim": fields}), KEYS) == [True, True]


def test_the_other_algorithm_is_not_touched() -> None:
    key = Ed25519PrivateKey.generate()
    assert Key.of(key, "press.example.org", "e").sign(DIGESTS) == [key.sign(digest) for digest in DIGESTS]
