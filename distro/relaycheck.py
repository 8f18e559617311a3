"""Does a relay take our mail? Connects, greets and logs in as the mailer would, says what is offered, sends nothing."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from distro.checkup import Check, Verdict, bad, ok, warning
from distro.config import Config, Relay, Tls, Transport

_SECONDS = 15.0
_TOLD = ("starttls", "pipelining", "smtputf8", "8bitmime", "dsn", "size")


def look_at_relays(config: Config) -> Iterator[Check]:
    if config.sending.transport is Transport.OUTBOX:
        yield warning("relay", f"Mails go nowhere but into the folder {config.outbox}.", "Set [sending] transport to smtp.")
        return
    for relay in config.relays:
        yield from look_at_relay(relay)


def look_at_relay(relay: Relay) -> Iterator[Check]:
    name = f"relay {relay.host}:{relay.port}"
    yield from _secret_is_safe(name, relay)
    try:
        with _connected(relay) as session:
            yield _greeted(name, relay, session)
    except ssl.SSLError as wrong:
        yield bad(name, f"TLS fails: {wrong.reason or wrong}.", "Mend the relay's certificate, or [smtp] tls and host.")
    except smtplib.SMTPResponseException as wrong:
        said = wrong.smtp_error if isinstance(wrong.smtp_error, str) else wrong.smtp_error.decode(errors="replace")
        yield bad(name, f"It turns us away: {wrong.smtp_code} {' '.join(said.split())}.", "Ask whoever runs it.")
    except (smtplib.SMTPException, OSError) as wrong:
        yield bad(name, f"It does not answer: {wrong}.", "Check [smtp] host, port and tls, and that the server runs.")


def _connected(relay: Relay) -> smtplib.SMTP:
    timeout = min(relay.timeout, _SECONDS)
    greeting = relay.ehlo or socket.gethostname()
    if relay.tls is Tls.IMPLICIT:
        return smtplib.SMTP_SSL(relay.host, relay.port, greeting, timeout=timeout, context=ssl.create_default_context())
    return smtplib.SMTP(relay.host, relay.port, greeting, timeout=timeout)


def _greeted(name: str, relay: Relay, session: smtplib.SMTP) -> Check:
    session.ehlo_or_helo_if_needed()
    offered = session.has_extn("starttls")
    if relay.tls is Tls.REQUIRED and not offered:
        return bad(name, "It does not offer STARTTLS, and [smtp] tls is required.", "Mend the relay, or try tls = implicit.")
    check = ok(name, "")
    if offered and relay.tls in {Tls.REQUIRED, Tls.STARTTLS}:
        context = ssl.create_default_context()
        if relay.tls is Tls.STARTTLS:  # opportunistic (RFC 7435)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        session.starttls(context=context)
        session.ehlo()
    elif relay.tls is not Tls.IMPLICIT and not _is_near(relay.host):
        check = warning(name, "", "Mails travel in the clear on this line; see [smtp] tls.")
    if relay.username:
        session.login(relay.username, relay.password())
    told = [word.upper() for word in _TOLD if session.has_extn(word) or (word == "starttls" and offered)]
    size = session.esmtp_features.get("size", "").strip()
    limit = f", messages up to {int(size) // 1000} kB" if size.isdecimal() and int(size) else ""
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
