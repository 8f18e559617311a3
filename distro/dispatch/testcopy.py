"""A copy to oneself, marked TEST, through the real relay. It is no delivery: nothing is archived but the fact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import select

from contacts import address
from contacts.models import Journalist
from distro.archive.ledger import Fact, record
from distro.archive.vault import Keys
from distro.config import Config
from distro.db import Store
from distro.dispatch.recipient import message_id
from distro.dispatch.untold import untold
from distro.editorial.content import ReleaseContent
from distro.editorial.embargo import Denied, Permit, ask_for_test, has_lifted
from distro.editorial.lift import UNKNOWN, as_it_stands, latest_lift
from distro.editorial.release import Release
from distro.errors import Failed, Refused
from distro.mail import stamp, tokens
from distro.mail.compile import compile_letter
from distro.mail.dkim import Signing
from distro.mail.letter import Letter
from distro.mail.stamp import Addressee
from distro.mail.transport import Envelope, Transport, Unreachable
from distro.staff import Actor, Right, Staff


async def send_test(
    transports: Sequence[Transport],
    config: Config,
    store: Store,
    keys: Keys,
    content: ReleaseContent,
    *,
    to: str,
    language: str,
    actor: Actor,
    now: datetime,
) -> str:
    """Send the test copy; returns the server's reply. Raises Refused for an address that may not have it, Failed for a
    server that does not take it."""
    actor.need(Right.WRITE, "send a test copy")
    whom = address.parse(to)
    permit = _permit(store, content, whom, now)
    shown = _as_it_stands(store, content)
    signing = Signing.of(config)
    letter = Letter(
        office=config.office,
        public_url=config.web.public_url,
        look=config.look,
        folder=config.templates.folder,
        version=content.sha256(),
        purpose="general",
        ordinal=1,
        language=language,
        advance=shown.embargo is not None and not has_lifted(shown.embargo.utc, now),
        test=True,
        audience="test",
        signed=signing is not None,
    )
    skeleton = compile_letter(shown, letter)
    once = keys.once(0, letter.version, f"test {now.isoformat()}", 1, whom.canonical)
    token = tokens.make(keys, "b", 0)
    addressee = Addressee(
        name=actor.name,
        address=whom.written,
        list_name="",
        message_id=message_id(once),
        token=tokens.make(keys, "u", 0),
        bounce_token=token,
        date=now,
        reference="TEST",
    )
    filled = stamp.slots(addressee, config.office)
    if signing is not None:
        filled[stamp.SIGNATURE] = signing.fields_of(skeleton, filled, now)
    copy = stamp.stamp(skeleton, filled)
    envelope = Envelope(stamp.envelope_from(config.office, token), whom.written, f"test-{message_id(once)}")
    said = await _carry(transports, envelope, copy, permit)
    payload = {"slug": content.slug, "version": letter.version, "to": keys.address_hash(whom.canonical), "permit": permit.basis}
    with store.write() as session:
        record(session, Fact(now, actor.name, "release.test_sent", f"release:{content.slug}", payload))
    return said


def _as_it_stands(store: Store, content: ReleaseContent) -> ReleaseContent:
    with store.read() as session:
        release = session.exec(select(Release.id).where(Release.slug == content.slug)).first()
        return content if release is None else as_it_stands(session, release, content)


def _permit(store: Store, content: ReleaseContent, whom: address.Address, now: datetime) -> Permit:
    with store.read() as session:
        people = session.exec(select(Staff)).all()
        release = session.exec(select(Release.id).where(Release.slug == content.slug)).first()
        ours = None if content.embargo is None else content.embargo.utc
        recorded = ours if release is None else latest_lift(session, release)
        if release is not None and untold(session, release) is not None:
            recorded = UNKNOWN  # it has lifted, perhaps; but whoever holds a copy hears first
        contact = session.exec(select(Journalist.id).where(Journalist.canonical == whom.canonical)).first()
    staff = any(address.parse(person.email).canonical == whom.canonical for person in people)
    if contact is not None and not staff:
        raise Refused(
            f"{whom.written} is a journalist on your lists; a test copy goes to yourself or to somebody of the office."
        )
    answer = ask_for_test(lift=recorded, staff=staff, now=now)
    if isinstance(answer, Denied):
        raise Refused(f"{answer.sentence} {whom.written} is not on the staff; `distro staff list` shows who is.")
    return answer


async def _carry(transports: Sequence[Transport], envelope: Envelope, copy: bytes, permit: Permit) -> str:
    async def gate() -> Permit:
        return permit

    wrong: Unreachable | None = None
    for transport in transports:
        try:
            line = await transport.open()
        except Unreachable as reason:
            wrong = reason
            continue
        try:
            reply = await line.send(envelope, copy, gate)
        finally:
            await line.close()
        if not reply.accepted:
            raise Failed(f"The relay did not take the test copy: {' '.join(reply.text.split())}")
        return " ".join(reply.text.split())
    raise Failed(str(wrong))
