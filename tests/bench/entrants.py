"""Who takes part: each participant's settings, in words and as what is started."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from distro.dkimtogether import library
from tests.bench.ourselves import House, signing, why_no_signing
from tests.bench.peers import Peers
from tests.bench.sinks import found

Start = Callable[[int, int], list[subprocess.Popen[bytes]]]
"""Given a port and how many messages: the processes that send them."""
LIMIT = "smtp-source"
SHARES = {"sqlite": 1.0, "postgresql": 0.4}
"""Of --messages, by database: so many people are in the office there."""
HEADERS = 150
"""Octets that smtp-source puts before its text, about."""


def _nothing(_audience: str) -> None:
    return


@dataclass(frozen=True)
class Entrant:
    """`share`: of --messages, for a rate is what counts and slow ones would take all the time. `prepare` makes ready, off the
    clock, what one run uses up, for `audience`, which holds that share of the people. `missing`: why it cannot take part."""

    key: str
    title: str
    settings: str
    share: float
    start: Start
    prepare: Callable[[str], None] = _nothing
    audience: str = "Everybody"
    missing: str = ""
    ours: bool = False
    said: Callable[[], str] = str
    """What it said last, where it failed."""
    clear: Callable[[int], None] = lambda _port: None
    """Get out of the way, off the clock, what a failed run has left to be sent."""


def at_full_speed(houses: Mapping[str, House], peers: Peers, octets: int, folder: Path) -> list[Entrant]:
    """Everybody against smtp-sink, on one sink, in the order of a round."""
    key_file = folder / "dkim.pem"
    one, two = signing(key_file, 1), signing(key_file, 2)
    unsigned, signed = "unsigned", "DKIM RSA-2048"
    each = two | {"DISTRO_SENDING__SIGN_TOGETHER": "false"}
    eight = ", eight signatures at a time" if library() else ""
    return [
        source(10, octets),
        *(
            _as(_ours(name, houses[database], f"distro, {said}", 50, extra, processes, why), SHARES[database])
            for name, database, said, extra, processes, why in (
                ("sqlite", "sqlite", f"{unsigned}, SQLite", {}, 1, ""),
                ("postgresql", "postgresql", f"{unsigned}, PostgreSQL", {}, 1, ""),
                ("rsa", "sqlite", f"{signed}{eight}, one maker, SQLite", one, 1, why_no_signing()),
                ("rsa-2", "sqlite", f"{signed}{eight}, two makers, SQLite", two, 1, why_no_signing()),
                ("rsa-2-each", "sqlite", f"{signed}, one signature at a time, two makers, SQLite", each, 1, why_no_signing()),
                ("rsa-postgresql", "postgresql", f"{signed}{eight}, one process, PostgreSQL", one, 1, why_no_signing()),
                ("rsa-postgresql-2", "postgresql", f"{signed}{eight}, two processes, PostgreSQL", one, 2, why_no_signing()),
            )
            if database in houses
        ),
        *_of_python(peers),
        *_of_node(peers),
    ]


def over_delay(house: House, peers: Peers, octets: int) -> list[Entrant]:
    """Where answers come late: round trips decide."""
    python = {entrant.key: entrant for entrant in _of_python(peers)}
    node = {entrant.key: entrant for entrant in _of_node(peers)}
    chosen = [python["aiosmtplib-bytes"], node["nodemailer-raw"], node["nodemailer"]]
    return [*_both(house, octets), *(_as(entrant, 0.03) for entrant in chosen)]


def to_postfix(house: House, octets: int) -> list[Entrant]:
    """A real Postfix that queues to disk."""
    return _both(house, octets)


def _both(house: House, octets: int) -> list[Entrant]:
    both = []
    for connections in (10, 50):
        both.append(_as(source(connections, octets), 0.05))
        ours = _ours(f"sqlite-{connections}", house, "distro, unsigned, SQLite", connections, {}, 1, "")
        both.append(_as(ours, 0.1, "Tenth"))
    return both


def _as(entrant: Entrant, share: float, audience: str = "Everybody") -> Entrant:
    return replace(entrant, share=share, audience=audience)


def source(connections: int, octets: int) -> Entrant:
    length = max(1, octets - HEADERS)

    def start(port: int, messages: int) -> list[subprocess.Popen[bytes]]:
        how = ["-4", "-d", "-N", "-s", str(connections), "-l", str(length), "-m", str(messages)]
        whom = ["-f", "press@press.example.org", "-t", "reporter@desk.example.org", f"127.0.0.1:{port}"]
        return [subprocess.Popen([found("smtp-source") or "smtp-source", *how, *whom])]

    key = LIMIT if connections == 10 else f"{LIMIT}-{connections}"
    said = f"`-d -s {connections} -N -l {length}`: one static text, {connections} connections, nothing kept"
    return Entrant(key, "Postfix smtp-source", said, 1.0, start)


def _ours(key: str, house: House, title: str, connections: int, extra: dict[str, str], processes: int, why: str) -> Entrant:
    settings = {"DISTRO_LIMITS__CONNECTIONS": str(connections), **extra}

    def start(port: int, _messages: int) -> list[subprocess.Popen[bytes]]:
        return house.run(port, settings, processes)

    said = f"`distro run --until-idle`, {connections} connections" + (f", {processes} processes" if processes > 1 else "")
    return Entrant(key, title, said, 1.0, start, house.wave, missing=why, ours=True, said=house.said, clear=house.clear)


def _of_python(peers: Peers) -> list[Entrant]:
    why = next((sentence for sentence in peers.missing if "Python" in sentence), "")
    loop = ", uvloop" if peers.uvloop else ""
    return [
        Entrant(key, title, said, share, _python(peers, key), missing=why)
        for key, title, said, share in (
            ("aiosmtplib", "aiosmtplib, EmailMessage", f"10 connections, a message built for each{loop}", 0.1),
            ("aiosmtplib-bytes", "aiosmtplib, ready octets", f"10 connections, the same octets for all{loop}", 0.4),
            ("django", "Django EmailMultiAlternatives", "one connection, Django templates, quoted-printable", 0.1),
            ("django-8bit", "Django, as it encodes itself", "one connection, Django templates, 8bit", 0.1),
        )
    ]


def _of_node(peers: Peers) -> list[Entrant]:
    why = next((sentence for sentence in peers.missing if "nodemailer" in sentence), "")
    return [
        Entrant(
            "nodemailer", "nodemailer, handlebars", "pool of 10, TCP_NODELAY", 0.15, _node(peers, "templates"), missing=why
        ),
        Entrant("nodemailer-raw", "nodemailer, ready octets", "pool of 10, TCP_NODELAY", 0.4, _node(peers, "raw"), missing=why),
    ]


def _python(peers: Peers, kind: str) -> Start:
    return lambda port, messages: [_quiet(peers.python(kind, port, messages))]


def _node(peers: Peers, kind: str) -> Start:
    return lambda port, messages: [_quiet(peers.node(kind, port, messages), peers.node_environment)]


def _quiet(command: list[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
