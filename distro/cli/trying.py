"""The commands that let a writer see a release before anybody else does: preview into files, test copy to oneself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro.cli.context import LARGEST, context
from distro.cli.printing import print_json

if TYPE_CHECKING:
    from sqlmodel import Session

    from distro.cli.context import Context
    from distro.editorial.content import ReleaseContent
    from distro.mail.letter import Letter

Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG")]
Language = Annotated[
    str | None, typer.Option("--language", metavar="TAG", help="en, es, or en+es for the stacked copy; default the primary.")
]


def preview(
    ctx: typer.Context,
    slug: Slug,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.")],
    language: Language = None,
    reader: Annotated[str | None, typer.Option("--for", metavar="ADDRESS", help="As this contact would get it.")] = None,
    advance: Annotated[bool, typer.Option("--advance", help="The advance copy, marked as embargoed.")] = False,
    notice: Annotated[
        int | None, typer.Option("--notice", metavar="WAVE", max=LARGEST, help="The notice that this wave sends.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the draft, or a notice, as a mail (.eml), and its two parts (.html, .txt), into a folder. Nothing is sent."""
    from distro.editorial.lift import as_it_stands
    from distro.editorial.opened import opened
    from distro.editorial.release import find_release
    from distro.mail.letter import Letter

    work = context(ctx)
    with work.store.read() as session:
        release = find_release(session, slug)
        content, release_id, by = release.content, release.id or 0, work.reader(session)
        name, address, preferred = _reader(session, reader, content, work)
    if notice is not None:
        _preview_notice(work, slug, notice, language or preferred, by, (name, address), out, as_json=as_json)
        return
    chosen = _language(content, language or preferred)
    opened(work.store, release_id, content.sha256(), what="preview", language=chosen, by=by, at=work.now)
    letter = Letter(
        office=work.config.office,
        public_url=work.config.web.public_url,
        look=work.config.look,
        folder=work.config.templates.folder,
        version=content.sha256(),
        purpose="advance" if advance else "general",
        ordinal=1,
        language=chosen,
        advance=advance and content.embargo is not None,
        audience="preview",
    )
    with work.store.read() as session:
        shown = as_it_stands(session, release_id, content)
    files = _write(work, shown, letter, name, address, out / f"{slug}.{chosen}{'.advance' if advance else ''}")
    if as_json:
        print_json({"slug": slug, "version": letter.version, "language": chosen, "files": [str(path) for path in files]})
    else:
        print("\n".join(str(path) for path in files))


def _preview_notice(
    work: Context, slug: str, number: int, language: str | None, by: str, reader: tuple[str, str], out: Path, *, as_json: bool
) -> None:
    """As somebody would get it who had the copy that the wave sent which it follows."""
    from dataclasses import replace

    from distro.dispatch.letters import letter_for
    from distro.editorial.opened import opened
    from distro.editorial.plan import Wave
    from distro.editorial.release import find_release
    from distro.errors import Refused
    from distro.hours import in_each

    office = work.config.office
    with work.store.read() as session:
        release, wave = find_release(session, slug), session.get(Wave, number)
        if wave is None or wave.release_id != release.id or wave.notice is None:
            raise Refused(f"Wave {number} is no notice of {slug!r}; `distro release show {slug}` names its notices.")
        content, letter = letter_for(session, work.config, wave, "")
        chosen = _language(content, language)
        letter = replace(letter, language=chosen)
        parent = None if wave.parent_id is None else session.get(Wave, wave.parent_id)
    at = work.now if parent is None or parent.launched_at is None else parent.launched_at
    at = at.replace(second=0, microsecond=0)
    opened(work.store, release.id or 0, letter.version, what="preview", language=chosen, by=by, at=work.now)
    own = work.config.templates.folder
    sent = in_each(letter.languages, at, office.timezone, primary=content.primary, city=office.city, folder=own)
    stem = out / f"{slug}.{chosen}.{wave.purpose}"
    files = _write(work, content, letter, *reader, stem, sent if letter.threaded else ())
    if as_json:
        print_json({"slug": slug, "version": letter.version, "language": chosen, "files": [str(path) for path in files]})
    else:
        print("\n".join(str(path) for path in files))


def send_copy(
    ctx: typer.Context,
    slug: Slug,
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Your own address, or a colleague's.")],
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Send a copy marked TEST through the real relay. An embargoed release goes to staff only; a journalist never gets one."""
    import asyncio

    from distro.dispatch.testcopy import send_test
    from distro.dispatch.transports import transports_of
    from distro.editorial.release import find_release

    work = context(ctx)
    with work.store.read() as session:
        actor = work.actor(session)
        content = find_release(session, slug).content
    chosen = _language(content, language)
    transports = transports_of(work.config)
    sending = send_test(
        transports, work.config, work.store, work.keys, content, to=to, language=chosen, actor=actor, now=work.now
    )
    reply = asyncio.run(sending)
    if as_json:
        print_json({"slug": slug, "version": content.sha256(), "to": to, "language": chosen, "reply": reply})
    else:
        print(f"The test copy to {to} was taken: {reply}")


def _reader(session: Session, address: str | None, content: ReleaseContent, work: Context) -> tuple[str, str, str | None]:
    """Name, address and language of the contact; the office itself where none was named. Raises Refused."""
    from sqlmodel import select

    from contacts.address import parse
    from contacts.languages import choose
    from contacts.models import Journalist
    from distro.errors import Refused

    if address is None:
        return "", work.config.office.from_address, None
    contact = session.exec(select(Journalist).where(Journalist.canonical == parse(address).canonical)).first()
    if contact is None:
        raise Refused(f"There is no contact {address!r}; leave --for out, or add the contact first.")
    available = [tag for tag in content.languages if tag in content.editions]
    return contact.name, contact.address, choose(contact.languages, available, content.primary).language


def _language(content: ReleaseContent, asked: str | None) -> str:
    """The language of the copy, each part of it an edition that there is. Raises Refused."""
    from distro.editorial.fields import language_tag
    from distro.errors import Refused

    tags = [language_tag(part.strip()) or part for part in (asked or content.primary).split("+")]
    for tag in tags:
        if tag not in content.editions:
            there = ", ".join(content.editions)
            raise Refused(f"{content.slug!r} has no edition in {tag!r}; it has {there}.")
    return "+".join(dict.fromkeys(tags))


def _write(
    work: Context,
    content: ReleaseContent,
    letter: Letter,
    name: str,
    address: str,
    stem: Path,
    sent: tuple[str, ...] = (),
) -> list[Path]:
    """The copy as it would be stamped, under tokens that stand for nobody, and its parts as a reader's program sees them.
    `sent`: of a notice, when the original was sent, in words."""
    from email import policy
    from email.parser import BytesParser

    from distro.mail import stamp, tokens
    from distro.mail.compile import compile_letter
    from distro.mail.stamp import Addressee

    addressee = Addressee(
        name=name,
        address=address,
        list_name="",
        message_id="preview",
        token=tokens.make(work.keys, "u", 0),
        bounce_token=tokens.make(work.keys, "b", 0),
        date=work.now,
        reference="PREVIEW",
        original_message_id=f"original@{work.config.office.mail_domain}" if sent else "",
        sent=sent,
    )
    copy = stamp.stamp(compile_letter(content, letter), stamp.slots(addressee, work.config.office))
    parsed = BytesParser(policy=policy.default).parsebytes(copy)
    stem.parent.mkdir(parents=True, exist_ok=True)
    parts = {".eml": copy}
    for suffix, kind in ((".html", "html"), (".txt", "plain")):
        body = parsed.get_body(preferencelist=(kind,))
        parts[suffix] = str(body.get_content()).encode() if body is not None else b""
    files = []
    for suffix, octets in parts.items():
        path = stem.parent / (stem.name + suffix)
        path.write_bytes(octets)
        files.append(path)
    return files
