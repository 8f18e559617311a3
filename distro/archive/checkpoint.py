"""What is published of the record's tree: its size and root as a checkpoint (C2SP tlog-checkpoint), signed as a note (C2SP
signed-note) with Ed25519. Owns both forms of text and their checks; keys and files are the caller's.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from distro.errors import Failed, Refused

_ED25519 = b"\x01"
"""The signature type of plain Ed25519 (signed-note, "Signature types")."""

_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_KEY = 32
_KEY_ID = 4
_ROOT = 32
_LARGEST = 2**63 - 1
_MOST_SIGNATURES = 64
"""Lines that are looked at: the specification wants a limit, of 16 or more."""


@dataclass(frozen=True)
class Checkpoint:
    """A tree at a size. `origin` names the record for ever, `size` counts its leaves, `root` is 32 octets.

    Raises Refused for what has no text: an empty line, a control character, a size outside 0 to 2**63 - 1.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line or not _is_plain(line):
                raise Refused(f"A checkpoint cannot hold the line {line!r}; it must be text without control characters.")
        if not 0 <= self.size <= _LARGEST:
            raise Refused(f"A checkpoint cannot hold the size {self.size}; it must be 0 to {_LARGEST}.")
        if len(self.root) != _ROOT:
            raise Refused(f"A checkpoint cannot hold a root of {len(self.root)} octets; it must have {_ROOT}.")

    def text(self) -> str:
        """The text that is signed: origin, size, root, extensions; each line ends with a newline."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, _base64(self.root), *self.extensions))

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """The checkpoint of a text. Raises Refused for any text that `text` would not have written."""
        try:
            origin, size, root, *extensions, _ = text.split("\n")
            found = cls(origin, int(size), b64decode(root), tuple(extensions))
        except ValueError:
            found = None
        # Written again, so that no tree has two texts: 007, +7 and bits to spare in base64 are refused here.
        if found is None or found.text() != text:
            raise Refused("This is no checkpoint; it must be lines of origin, size in decimal and root in base64, and no more.")
        return found


@dataclass(frozen=True)
class Verifier:
    """A public key that is trusted under a name. Raises Refused for a name that no note can bear."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise Refused(f"A note cannot be signed as {self.name!r}; the name must have no space, plus or control character.")
        if len(self.public) != _KEY:
            raise Refused(f"The public key of {self.name} has {len(self.public)} octets; an Ed25519 key has {_KEY}.")

    @property
    def key_id(self) -> bytes:
        """The 4 octets that stand for name and key in a signature line."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID]

    def text(self) -> str:
        """NAME+ID+KEY, to be handed to those who verify."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(_ED25519 + self.public)}"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether this key signed the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


def verifier_of(name: str, public_key: Ed25519PublicKey) -> str:
    """The text by which others know this key: NAME+ID+KEY. Raises Refused for a name that no note can bear."""
    return Verifier(name, public_key.public_bytes_raw()).text()


def read_verifier(text: str) -> Verifier:
    """The key of a NAME+ID+KEY text. Raises Refused when it is not one, of Ed25519, whose id is that of its key."""
    name, _, rest = text.partition("+")
    key = _octets(rest.partition("+")[2]) or b""
    if name and len(key) == 1 + _KEY:
        found = Verifier(name, key[1:])
        if found.text() == text:
            return found
    raise Refused(f"This is no key to verify with: {text!r}; it must be NAME+ID+KEY, as the signer gave it out.")


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note of a text that ends with a newline, signed under a name. Raises Refused for what a note cannot hold."""
    if not text.endswith("\n") or not _is_plain(text):
        raise Refused("This text cannot be signed; it must end with a newline and have no other control character.")
    return f"{text}\n{_signature(text, name, key)}"


def add_signature(note: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note with one more signature, as when a new key takes over from an old one. Raises Refused when it is no note."""
    return note + _signature(_split(note)[0], name, key)


def open_note(note: str, verifiers: Iterable[Verifier]) -> tuple[str, tuple[str, ...]]:
    """The text of a note, and the names whose signatures on it verified, each once.

    Signatures of keys that are not among `verifiers` are passed over. Raises Refused when it is no note; Failed when none of
    these keys signed it, or one of them did not sign this text.
    """
    text, signatures = _split(note)
    known = {(one.name, one.key_id): one for one in verifiers}
    names = []
    for name, octets in signatures:
        verifier = known.get((name, octets[:_KEY_ID]))
        if verifier is None:
            continue
        if not verifier.verifies(text, octets[_KEY_ID:]):
            raise Failed(f"The signature of {name} is not on this text: one of them was changed.")
        names.append(name)
    if not names:
        raise Failed("None of the known keys signed this note; is the key to verify with the signer's?")
    return text, tuple(dict.fromkeys(names))


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text and its signatures: (name, key id and signature). The last empty line stands between them."""
    text, gap, block = note.rpartition("\n\n")
    lines = block.split("\n")
    if not gap or lines.pop() or not 1 <= len(lines) <= _MOST_SIGNATURES or not _is_plain(note):
        raise Refused(f"This is no signed note; it must be text, an empty line and 1 to {_MOST_SIGNATURES} signature lines.")
    return text + "\n", [_read_signature(line) for line in lines]


def _read_signature(line: str) -> tuple[str, bytes]:
    dash, name, encoded = parts if len(parts := line.split(" ")) == 3 else ("", "", "")
    octets = _octets(encoded)
    if dash != "—" or not _is_name(name) or octets is None or len(octets) <= _KEY_ID:
        raise Refused(f"This is no signature line: {line!r}; it must be a dash (U+2014), a name and base64.")
    return name, octets


def _signature(text: str, name: str, key: Ed25519PrivateKey) -> str:
    key_id = Verifier(name, key.public_key().public_bytes_raw()).key_id
    return f"— {name} {_base64(key_id + key.sign(text.encode()))}\n"


def _is_plain(text: str) -> bool:
    """Whether it is UTF-8 with no control character but newline (signed-note, "Format")."""
    return not _FORBIDDEN.search(text)


def _is_name(text: str) -> bool:
    return bool(text) and "+" not in text and not any(map(str.isspace, text)) and _is_plain(text)


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode()


def _octets(text: str) -> bytes | None:
    """What base64 stands for; None unless it is written in the one way in which we would."""
    try:
        octets = b64decode(text)
    except ValueError:
        return None
    return octets if _base64(octets) == text else None
