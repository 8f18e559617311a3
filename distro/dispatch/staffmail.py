"""Mail to staff and witnesses, outside waves: plain text in the bot's name, by the first relay that answers.

It never carries content of a release; that leaves in copies alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from distro import clock
from distro.config import Office
from distro.editorial.embargo import Permit, for_notice
from distro.mail.dkim import Signing
from distro.mail.transport import Envelope, Transport, Unreachable


def letter_to_staff(office: Office, to: str, *, name: str, subject: str, body: str, now: datetime) -> bytes:
    """The octets of one mail, marked as a machine's (RFC 3834). `name`: the left side of its Message-ID."""
    message = EmailMessage(policy=SMTP)
    message["From"] = office.bot_address
    message["To"] = to
    message["Subject"] = f"[{office.name}] {subject}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{name}@{office.mail_domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body, cte=None if body.isascii() else "quoted-printable")  # not base64: it can be read as it stands
    return message.as_bytes()


@dataclass(frozen=True)
class Post:
    """The way of such mail: the relays in their order, and what signs it, if anything does."""

    transports: tuple[Transport, ...]
    signing: Signing | None

    async def __call__(self, envelope: Envelope, octets: bytes, now: datetime) -> bool:
        """Sign it, and offer it to one relay after the other until one answers. Whether that one took it."""
        if self.signing is not None:
            octets = self.signing.signed(octets, now)
        for transport in self.transports:
            try:
                line = await transport.open()
            except Unreachable:
                continue
            try:
                return (await line.send(envelope, octets, _for_anybody)).accepted
            finally:
                await line.close()
        return False


async def _for_anybody() -> Permit:
    return for_notice(clock.now())
