"""The signature on a backup: who has the office's key says that it wrote this manifest, which has the SHA-256 of every part.

It is a note (C2SP signed-note) by the key that signs the heads of the record. Its text cannot be taken for a head, whose second
line is a number.
"""

from __future__ import annotations

from distro.archive.checkpoint import open_note, sign
from distro.archive.sealing import Signer
from distro.errors import Refused

_WHAT = "distro backup"


def of(digest: str, signer: Signer) -> str:
    """The note on a manifest. `digest`: its SHA-256 in hex."""
    return sign(_text(signer.origin, digest), signer.origin, signer.key)


def name_on(note: str, digest: str, signer: Signer) -> str:
    """The name under which this key signed the manifest. Raises Failed where another key did, Refused where none did."""
    name = note.partition("\n")[0]
    text, _ = open_note(note, [signer.verifier(name)])
    if text != _text(name, digest):
        raise Refused("The signature is on another manifest than this one.")
    return name


def _text(name: str, digest: str) -> str:
    return f"{name}\n{_WHAT}\nsha256 {digest}\n"
