"""Does a relay take our mail? Connects, greets and logs in as the mailer does, says what is offered, sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from distro.checkup import Check, Verdict, bad, ok, warning
from distro.config import Config, Relay, Tls, Transport
from distro.mail import session
from distro.mail.session import NoSession, Session, TlsFails, TurnedAway
from distro.mail.wire import Patience

_SECONDS = 15.0
_TOLD = ("STARTTLS", "PIPELINING", "SMTPUTF8", "8BITMIME", "DSN", "SIZE")


def look_at_relays(config: Config) -> Iterator[Check]:
    if config.sending.transport is Transport.OUTBOX:
        yield warning("relay", f"Mails go nowhere but into the folder {config.outbox}.", "Set [sending] transport to smtp.")
        return
    for relay in config.relays:
        yield from look_at_relay(relay)


def look_at_relay(relay: Relay) -> Iterator[Check]:
    name = f"relay {relay.host}:{relay.port}"
    yield from _secret_is_safe(name, relay)
    yield asyncio.run(_session(name, relay))


async def _session(name: str, relay: Relay) -> Check:
    patience = Patience(envelope=min(relay.timeout, _SECONDS))
    try:
        opened = await session.open_session(relay, relay.password(), session.context_for(relay), patience)
    except TlsFails as wrong:
        return bad(name, f"TLS does not come about: {wrong}.", "Mend the relay's certificate, or [smtp] tls and host.")
    except TurnedAway as wrong:
        return bad(name, f"It turns us away: {wrong}.", "Ask whoever runs it.")
    except NoSession as wrong:
        return bad(name, f"There is no talking to it: {wrong}.", "Check [smtp] host, port and tls, and that the server runs.")
    opened.wire.part()
    await asyncio.wait([opened.wire.gone], timeout=_SECONDS)
    return _greeted(name, relay, opened)


def _greeted(name: str, relay: Relay, opened: Session) -> Check:
    check = ok(name, "")
    if not opened.encrypted and not _is_near(relay.host):
        check = warning(name, "", "Mails travel in the clear on this line; see [smtp] tls.")
    offers = opened.offers
    told = [word for word in _TOLD if word in offers.keywords or (word == "STARTTLS" and opened.starttls)]
    limit = f", messages up to {offers.size // 1000} kB" if offers.size else ""
    login = ", logged in" if relay.username else ""
    return replace(check, sentence=f"It answers and offers {', '.join(told) or 'no extensions'}{limit}{login}.")


def _secret_is_safe(name: str, relay: Relay) -> Iterator[Check]:
    if relay.username and relay.tls in {Tls.NONE, Tls.STARTTLS} and not _is_near(relay.host):
        yield Check(
            name,
            Verdict.WARNING,
            f"With tls = {relay.tls}, whoever sits on the line can read the password.",
            "Set [smtp] tls to required or implicit.",
        )
    if relay.password_file:
        path = Path(relay.password_file).expanduser()
        if path.exists() and path.stat().st_mode & 0o077:
            yield warning(name, f"Others on this machine may read {path}.", f"chmod 600 {path}")


def _is_near(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")
