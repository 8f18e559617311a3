"""What a witness is mailed: a head of the record, with words about it in the office's languages. It goes by `staffmail`."""

from __future__ import annotations

from datetime import datetime

from distro.archive.anchors import Head
from distro.config import Office
from distro.dispatch.staffmail import letter_to_staff
from distro.words import Words, words

RULE = "-" * 20
"""Stands before the note and behind it, each time on a line of its own; no line of a note can be taken for it."""


def letter(office: Office, head: Head, to: str, now: datetime) -> bytes:
    """The mail of a head, in the office's languages: the note as it was signed between two rules, and the key for it."""
    spoken = {chosen.language: chosen for chosen in map(words, office.languages)}.values()
    body = "\n".join(_told(head, _) for _ in spoken)
    body += f"\n{RULE}\n{head.note}{RULE}\n\n{head.key}\n"
    subject = _subject(head, next(iter(spoken)))
    return letter_to_staff(office, to, name=f"checkpoint-{head.size}", subject=subject, body=body, now=now)


def _subject(head: Head, _: Words) -> str:
    return _("Checkpoint of the record: %(size)s entries", size=str(head.size))


def _told(head: Head, _: Words) -> str:
    said = (
        _("This is the signed head of our record of what we send; %(size)s entries are under it.", size=str(head.size)),
        _("Please keep this mail. With it anybody can tell later whether an entry under it was changed or taken out."),
        _("Between the rules stands the checkpoint as it was signed, and below them the key that verifies it."),
    )
    return "".join(f"{line}\n" for line in said)
