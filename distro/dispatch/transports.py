"""Which transports the office's settings ask for."""

from __future__ import annotations

from distro.config import Config
from distro.mail.transport import Transport


def transports_of(config: Config) -> list[Transport]:
    """The relays in the order in which they are tried, or the outbox."""
    if config.sending.transport == "outbox":
        from distro.mail.outbox import OutboxTransport

        return [OutboxTransport(config.outbox)]
    from distro.mail.smtp import SmtpTransport

    return [SmtpTransport(relay, relay.password() or None) for relay in config.relays]
