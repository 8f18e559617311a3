"""SMTP to a relay: opens lines to one. Sessions are set up by `session`; what is said on them is in `line` and `commands`."""

from __future__ import annotations

import ssl

from distro.config import Relay
from distro.mail import session
from distro.mail.line import SmtpLine
from distro.mail.session import NoSession
from distro.mail.transport import Terms, Unreachable
from distro.mail.wire import Patience

DOT_TIMEOUT = 600.0
"""Seconds for the reply to the final dot, whatever the relay's own time-out is (RFC 5321, 4.5.3.2.6)."""


class SmtpTransport:
    """Opens lines to one relay."""

    def __init__(self, relay: Relay, password: str | None = None, patience: Patience | None = None) -> None:
        self.relay = relay
        self._patience = patience or Patience(envelope=relay.timeout, dot=max(relay.timeout, DOT_TIMEOUT))
        self.name = f"{relay.host}:{relay.port}"
        self.terms = Terms(relay.weight, relay.connections, relay.messages_per_second)
        self._password = password
        self._context: ssl.SSLContext | None = None

    async def open(self) -> SmtpLine:
        if self._context is None:  # it reads all the system's certificates: once is enough
            self._context = session.context_for(self.relay)
        try:
            opened = await session.open_session(self.relay, self._password or "", self._context, self._patience)
        except NoSession as wrong:
            raise Unreachable(f"The relay {self.name} does not take our mail: {wrong}.") from wrong
        return SmtpLine(opened, self.name, self.relay.messages_per_connection)
