"""From content to a skeleton: the whole MIME message of one letter, with a slot wherever copies differ.

Owns which header fields a copy has and in what order; their form is `headers`' business, the looks `render`'s.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from string import ascii_lowercase

from distro.archive.copies import Skeleton
from distro.editorial.content import ReleaseContent
from distro.editorial.plan import has_text
from distro.errors import Refused
from distro.mail.headers import check_address, check_header_text, fold, label, mailbox, parse_headers, tidy, unstructured
from distro.mail.letter import Letter, Shown
from distro.mail.quoted import SOFT_BREAK, quoted
from distro.mail.render import render, subject, unsubscribe_address, unsubscribe_link
from distro.mail.stamp import SENT, SIGNATURE, Addressee, slots

__all__ = ["Letter", "compile_letter"]

_LINE_LIMIT = 998
"""Octets of a line without its CRLF (RFC 5321 4.5.3.1.6)."""


def compile_letter(content: ReleaseContent, letter: Letter) -> Skeleton:
    """The skeleton of one letter. The same content and letter always give the same skeleton.

    Raises Refused where a text cannot stand in a header, or an advance copy is asked of a release without an embargo.
    """
    _check(content, letter)
    marks = _Marks(content, letter)
    sent = tuple(marks[SENT + letter_] for letter_, _ in zip(ascii_lowercase, letter.languages, strict=False))
    rendered = render(content, letter, Shown(marks["token"], marks["list"], marks["ref"], sent))
    fields = _fields(content, letter, marks)
    html = rendered.html.replace(marks["list"], marks["list_html"])
    text = rendered.text.replace(marks["list"], marks["list_text"])
    boundary = _boundary("boundary", marks)
    languages = ", ".join(letter.languages)
    message = "".join(f"{name}: {value}\r\n" for name, value in fields)
    message += f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
    message += f"--{boundary}\r\n{_body('plain', text, languages, marks)}--{boundary}\r\n"
    shown = _body("html", html, languages, marks)
    if rendered.logo is not None:
        inner = _boundary("related", marks)
        message += f'Content-Type: multipart/related; type="text/html"; boundary="{inner}"\r\n\r\n'
        shown = f"--{inner}\r\n{shown}{rendered.logo.part(inner)}--{inner}--\r\n"
    pieces = marks.split(f"{message}{shown}--{boundary}--\r\n")
    skeleton = Skeleton(("", SIGNATURE, *pieces) if letter.signed else pieces)
    _prove(skeleton, [name for name, _ in fields], content, letter)
    return skeleton


def _check(content: ReleaseContent, letter: Letter) -> None:
    if letter.advance and content.embargo is None:
        raise Refused(f"The release {content.slug!r} has no embargo, so it has no advance copy; send it as it is.")
    for language in letter.languages:
        if language not in content.editions:
            raise Refused(f"The release {content.slug!r} has no edition in {language!r}; add {language}.md to its folder.")
    check_header_text(content.editions[letter.languages[0]].headline, f"The headline in {letter.languages[0]}.md")
    for organisation in content.organisations[:1]:
        check_header_text(organisation.name, "The organisation's name in release.toml")
    for contact in content.contacts:
        check_header_text(contact.name, "A press contact's name in release.toml")
        if contact.email:
            check_address(contact.email, f"The address of the press contact {contact.name!r} in release.toml")


class _Marks(dict[str, str]):
    """What stands for each slot while a letter is being rendered.

    A mark is letters and digits only, so that no template, inliner or URL changes it, and holds the hash of everything
    that is rendered, so that no text can hold it; being a hash, it is the same each time.
    """

    def __init__(self, content: ReleaseContent, letter: Letter) -> None:
        super().__init__()
        self.nonce = hashlib.sha256(f"{content.canonical()}\n{letter!r}".encode()).hexdigest()
        self._found = re.compile(f"mark{self.nonce}([a-zA-Z]+)z{self.nonce[:8]}")

    def __missing__(self, slot: str) -> str:
        return f"mark{self.nonce}{slot.replace('_', 'X')}z{self.nonce[:8]}"

    def split(self, text: str) -> tuple[str, ...]:
        """Literal, slot name, literal, …"""
        return tuple(piece.replace("X", "_") if at % 2 else piece for at, piece in enumerate(self._found.split(text)))

    def encode(self, text: str) -> str:
        """Quoted-printable, each mark between soft breaks, so that whatever takes its place starts and ends a line."""
        pieces = self.split(text)
        return "".join(f"{SOFT_BREAK}{self[piece]}{SOFT_BREAK}" if at % 2 else quoted(piece) for at, piece in enumerate(pieces))


def _boundary(what: str, marks: _Marks) -> str:
    return "=_" + hashlib.sha256(f"{what} {marks.nonce}".encode()).hexdigest()[:32]


def _body(kind: str, body: str, languages: str, marks: _Marks) -> str:
    """One part with its header, after its boundary's line."""
    return (
        f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Language: {languages}\r\n'
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{marks.encode(body)}\r\n"
    )


def _fields(content: ReleaseContent, letter: Letter, marks: _Marks) -> list[tuple[str, str]]:
    """Every header field but Content-Type, which names the boundary."""
    office = letter.office
    sender = mailbox(office.from_name or office.name, office.from_address, len("From: "))
    replies = next((one for one in content.contacts if one.email), None)
    unsubscribe = f"<mailto:{unsubscribe_address(letter, marks['token'])}>"
    if letter.public_url:
        unsubscribe = f"<{unsubscribe_link(letter, marks['token'])}>,\r\n {unsubscribe}"
    # a slug is made of a headline, which not every notice may tell
    about = content.slug if letter.notice is None or has_text(letter.purpose) else letter.purpose
    feedback = ":".join((label(about), label(letter.audience, "all"), label(office.name, "office"), "distro"))
    fields = [
        ("From", sender),
        ("Reply-To", mailbox(replies.name, replies.email, len("Reply-To: ")) if replies else sender),
        ("To", marks["to"]),
        ("Subject", unstructured(subject(content, letter), len("Subject: "))),
        ("Date", marks["date"]),
        ("Message-ID", f"<{marks['id']}@{office.mail_domain}>"),
    ]
    if letter.threaded:
        fields += [(name, f"<{marks['original']}>") for name in ("In-Reply-To", "References")]
    fields += [
        ("Content-Language", ", ".join(letter.languages)),
        ("List-Id", marks["list"]),
        ("List-Unsubscribe", unsubscribe),
    ]
    if letter.public_url.lower().startswith("https://"):
        fields.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))  # RFC 8058 3.1: only beside an https URI
    fields += [
        ("List-Help", f"<mailto:{office.from_address}>"),
        ("List-Owner", f"<mailto:{office.from_address}>"),
        ("List-Post", "NO"),
        ("Precedence", "bulk"),
        ("Feedback-ID", fold(feedback, len("Feedback-ID: "))),
        ("MIME-Version", "1.0"),
    ]
    return fields


def _prove(skeleton: Skeleton, names: list[str], content: ReleaseContent, letter: Letter) -> None:
    """Read a sample copy back: the fields are those that were meant, in that order, and the subject says what was meant."""
    at, sent = datetime(2000, 1, 1, tzinfo=UTC), ("then",) * len(letter.languages)
    sample = Addressee("", "reader@example.org", "", "id", "token", "bounce", at, "ref", "id@example.org", sent)
    copy = skeleton.fill(slots(sample, letter.office) | {SIGNATURE: ""}).decode()
    block = copy.partition("\r\n\r\n")[0]
    read = parse_headers(block + "\r\n\r\n")
    if [*names, "Content-Type"] != read.keys() or str(read["Subject"]) != tidy(subject(content, letter)):
        raise Refused("The mail's header does not read back as it was meant; look for unusual characters in the headline.")
    if any(len(line.encode()) > _LINE_LIMIT for line in block.split("\r\n")):
        raise Refused("The mail's header has a line over 998 octets; shorten the office's names and addresses.")
