"""The office's key, and what it says of a backup: it opens what is sealed in it, and has signed its record and its manifest."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import Session

from distro.archive import sealing
from distro.archive.checkpoint import open_note
from distro.archive.vault import KEY_FILE, Keys, Vault
from distro.backup import signature
from distro.backup.container import Backup
from distro.backup.manifest import KEY
from distro.errors import Failed, Refused


def key_of(backup: Backup, folder: Path) -> bytes:
    """The 32 octets of the office's key, from the backup or the data folder. Raises Refused where it is in neither, or is
    another."""
    file = folder / KEY_FILE
    if not backup.manifest.with_key:
        if not file.is_file():
            raise Refused(
                f"The office's key is not in this backup, and {file} is not there; put the key there from where you keep it. "
                "Do not make a new one: it would not open what the backup holds."
            )
        return _read_key(file.read_bytes(), str(file))
    octets = _read_key(b"".join(backup.chunks(KEY)), "in the backup")
    if file.exists() and _read_key(file.read_bytes(), str(file)) != octets:
        raise Refused(f"{file} is another office's key than the one in the backup; move it away, or name another data folder.")
    return octets


def _read_key(written: bytes, where: str) -> bytes:
    try:
        octets = bytes.fromhex(written.decode().strip())
    except ValueError:
        octets = b""
    if len(octets) != 32:
        raise Refused(f"The office's key {where} cannot be read as 64 hex digits; put the right one there.")
    return octets


def signed_as(backup: Backup, path: Path, key: bytes, unsigned: bool) -> str:
    """The name on the signature, "" where it has none and need not have. Raises Refused."""
    if backup.signature is None:
        if unsigned:
            return ""
        raise Refused(
            f"{path} is not signed by the office's key, so nothing shows that the office wrote it as it is now. If you know "
            "where it has been since it was made, say --unsigned; else take another backup."
        )
    try:
        return signature.name_on(backup.signature, backup.digest, sealing.Signer.of(Keys(key).ledger, ""))
    except Failed as wrong:
        raise Refused(f"The office's key is not the one of this backup. {wrong}") from wrong
    except Refused as wrong:
        raise Refused(
            f"The signature in {path} is not on what is in it: the file was changed. Nothing was restored; take another backup."
        ) from wrong


def check_key(session: Session, keys: Keys, backup: Backup) -> None:
    """Raise Refused unless the key opens what is sealed, and has signed the head of the record that the backup names."""
    head, said = sealing.newest(session), backup.manifest.origin.checkpoint
    try:
        Vault(keys).check(session)
        if head is not None:
            signer = sealing.Signer.of(keys.ledger, "").verifier(sealing.origin_of(head))
            open_note(head.note, [signer])
    except Failed as wrong:
        raise Refused(f"The office's key is not the one of this backup. {wrong}") from wrong
    if (None if head is None else head.note) != said:
        raise Refused(
            "The head of the record in this backup is not the one that it names; it was changed. Nothing was restored."
        )
