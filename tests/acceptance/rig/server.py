"""The scripted mail server, a process of its own: `python -m tests.acceptance.rig.server FOLDER PORT`.

It reads what it shall do from FOLDER/plan.json, again whenever that changes, and appends each copy whose content came
whole to FOLDER/received.jsonl *before* it answers, so that its own end loses nothing; each fault it played, to
FOLDER/faults.jsonl. It speaks RFC 5321 itself, octet by octet: a library's server would not misbehave.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import ssl
import struct
import sys
import time
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.rig.cues import ORDINARY, Cue, Dice

EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 52428800", "DSN", "ENHANCEDSTATUSCODES")
_PATH = re.compile(rb"^[A-Za-z ]+:\s*<([^>]*)>")
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.I | re.M)


@dataclass(frozen=True)
class Plan:
    """What the server does. `by_address`: for an address, a cue for each of its tries, "" for none. `connections`,
    `copies`: cues of the next of them, in their order of coming; then the dice, for which see `rates` in Dice.

    `delay` seconds pass before each reply to a final dot. `tls`: "", "starttls" or "implicit"; `certificate` is a PEM file
    of key and chain. `login`: the base64 of AUTH PLAIN that is right, "" for no AUTH. `port_open`: False refuses connections.
    """

    seed: int = 0
    rates: dict[str, float] = field(default_factory=dict)
    by_address: dict[str, list[str]] = field(default_factory=dict)
    connections: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    extensions: tuple[str, ...] = EXTENSIONS
    delay: float = 0.0
    tls: str = ""
    certificate: str = ""
    login: str = ""
    port_open: bool = True

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        read = json.loads(text)
        return cls(**read | {"extensions": tuple(read["extensions"])})


class Gone(Exception):
    """The client has left, or was left."""


class Server:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.plan = Plan()
        self._stamp: tuple[int, int] = (0, 0)
        self._tries: dict[str, int] = {}
        self._connections, self._copies = 0, 0
        self._received = os.open(folder / "received.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._faults = os.open(folder / "faults.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._seen = os.open(folder / "connections", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._listening: asyncio.Server | None = None

    async def run(self) -> None:
        """Serve until SIGTERM."""
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        while not stop.is_set():
            self.read_plan()
            if self.plan.port_open and self._listening is None:
                await self._listen()
            elif not self.plan.port_open and self._listening is not None:
                self._listening.close()
                self._listening = None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.02)

    async def _listen(self) -> None:
        tls = self.context() if self.plan.tls == "implicit" else None
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls, limit=2**20, backlog=256)
        self.port = self._listening.sockets[0].getsockname()[1]
        (self.folder / "port.new").write_text(str(self.port))
        (self.folder / "port.new").replace(self.folder / "port")

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.plan.certificate)
        return context

    def read_plan(self) -> None:
        try:
            status = (self.folder / "plan.json").stat()
        except FileNotFoundError:
            return
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._stamp = stamp
            self.plan = Plan.from_json((self.folder / "plan.json").read_text())
            self._connections, self._copies = 0, 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.read_plan()
        os.write(self._seen, b".")
        number = self._connections
        self._connections += 1
        line = Line(self, reader, writer, self.cue_for_connection(number))
        with contextlib.suppress(Gone, ConnectionError, ssl.SSLError, TimeoutError):
            await line.run()
        with contextlib.suppress(Exception):
            writer.close()

    def cue_for_connection(self, nth: int) -> Cue | None:
        if nth < len(self.plan.connections):
            told = self.plan.connections[nth]
            return Cue.parse(told) if told else None
        return self._dice().for_connection(nth)

    def cue_at_mail(self, sender: str) -> Cue | None:
        """For the copy that begins: the next that stands in order, or one for MAIL itself. The sender is one recipient's."""
        self.read_plan()
        self._copies += 1
        if self._copies <= len(self.plan.copies):
            told = self.plan.copies[self._copies - 1]
            return Cue.parse(told) if told else None
        return self._dice().for_mail(sender, self._nth(sender))

    def cue_at_rcpt(self, address: str) -> Cue | None:
        nth = self._nth(address)
        if address in self.plan.by_address:
            told = self.plan.by_address[address]
            return Cue.parse(told[nth]) if nth < len(told) and told[nth] else None
        return self._dice().for_copy(address, nth)

    def _nth(self, key: str) -> int:
        nth = self._tries.get(key, 0)
        self._tries[key] = nth + 1
        return nth

    def _dice(self) -> Dice:
        return Dice(self.plan.seed, self.plan.rates)

    def played(self, cue: Cue) -> None:
        fault = {"at": time.time(), "phase": cue.phase, "verb": ("take-" if cue.take else "") + cue.verb}
        os.write(self._faults, json.dumps(fault | {"argument": cue.argument}).encode() + b"\n")

    def keep(self, row: dict[str, Any]) -> None:
        os.write(self._received, json.dumps(row).encode() + b"\n")

    def office_time(self) -> float:
        """The instant on the office's clock, which the driver may have moved."""
        try:
            return time.time() + float((self.folder / "clock").read_text())
        except (FileNotFoundError, ValueError):
            return time.time()


class Line:
    """One connection."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cue: Cue | None) -> None:
        self.server, self.reader, self.writer, self.cue = server, reader, writer, cue
        self.copy_cue: Cue | None = None
        self.buffer = bytearray()
        self.mail_from, self.to, self.in_mail, self.data_at = "", "", False, 0.0

    async def run(self) -> None:
        await self._answer("greet", "220 rig.example.org ESMTP")
        while True:
            words = await self._command()
            verb = words[:4].upper()
            if verb in (b"EHLO", b"HELO"):
                await self._answer("ehlo", self._ehlo() if verb == b"EHLO" else "250 rig.example.org")
            elif verb == b"STAR":
                await self._answer("starttls", "220 2.0.0 Go")
                await self.writer.start_tls(self.server.context())
            elif verb == b"AUTH":
                await self._auth(words)
            elif verb == b"MAIL":
                await self._mail(words)
            elif verb == b"RCPT":
                await self._rcpt(words)
            elif verb == b"DATA":
                await self._data()
            elif verb in (b"RSET", b"NOOP"):
                self._forget()
                await self._say("250 2.0.0 Ok")
            elif verb == b"QUIT":
                await self._say("221 2.0.0 Bye")
                return
            else:
                await self._say("500 5.5.2 What?")

    def _ehlo(self) -> str:
        plan = self.server.plan
        offers = list(plan.extensions)
        if plan.tls == "starttls" and self.writer.get_extra_info("ssl_object") is None:
            offers.append("STARTTLS")
        if plan.login:
            offers.append("AUTH PLAIN LOGIN")
        return "250 " + "\n".join(["rig.example.org", *offers])

    async def _auth(self, words: bytes) -> None:
        _, kind, *rest = words.decode().split()
        if kind.upper() == "PLAIN":
            given = rest[0] if rest else await self._ask("334 ")
        else:
            user = rest[0] if rest else await self._ask("334 VXNlcm5hbWU6")
            secret = await self._ask("334 UGFzc3dvcmQ6")
            given = base64.b64encode(b"\0" + base64.b64decode(user) + b"\0" + base64.b64decode(secret)).decode()
        right = given == self.server.plan.login
        await self._answer("auth", "235 2.7.0 Welcome" if right else "535 5.7.8 Wrong password")

    async def _ask(self, text: str) -> str:
        await self._say(text)
        return (await self._command()).decode()

    # --- one copy

    async def _mail(self, words: bytes) -> None:
        self._forget()
        found = _PATH.match(words)
        self.mail_from = found.group(1).decode() if found else ""
        self.copy_cue = self.server.cue_at_mail(self.mail_from)
        self.in_mail = await self._answer("mail", ORDINARY["mail"])

    async def _rcpt(self, words: bytes) -> None:
        found = _PATH.match(words)
        address = found.group(1).decode() if found else ""
        if not self.in_mail or not address:
            await self._say("503 5.5.1 MAIL first")
            return
        if self.copy_cue is None:
            self.copy_cue = self.server.cue_at_rcpt(address)
        if await self._answer("rcpt", ORDINARY["rcpt"]):
            self.to = address

    async def _data(self) -> None:
        self.data_at = time.time()
        if not self.to:
            await self._say("503 5.5.1 RCPT first")
            return
        if not await self._answer("data", ORDINARY["data"]):
            self._forget()
            return
        content, began = await self._content()
        await self._dot(content, began)
        self._forget()

    async def _content(self) -> tuple[bytes, float]:
        """The octets up to the final dot, dots unstuffed, and when the first came."""
        began, looked = 0.0, 0
        while True:
            if self.buffer and not began:
                began = time.time()
            if self.buffer and self.copy_cue is not None and self.copy_cue.phase == "content":
                await self._play(self.copy_cue, "")
            if self.buffer.startswith(b".\r\n"):
                end, behind = 0, 3
                break
            end = self.buffer.find(b"\r\n.\r\n", looked)
            if end >= 0:
                end, behind = end + 2, end + 5
                break
            looked = max(0, len(self.buffer) - 4)
            await self._more()
        raw = bytes(self.buffer[:end])
        del self.buffer[:behind]
        raw = raw.removeprefix(b".") if raw.startswith(b"..") else raw
        return raw.replace(b"\r\n..", b"\r\n."), began

    async def _dot(self, content: bytes, began: float) -> None:
        cue = self.copy_cue if self.copy_cue is not None and self.copy_cue.phase == "dot" else None
        named = _MESSAGE_ID.search(content)
        self.server.keep(
            {
                "at": time.time(),
                "office_at": self.server.office_time(),
                "data_at": self.data_at,
                "began": began,
                "from": self.mail_from,
                "to": self.to,
                "id": named.group(1).decode() if named else "",
                "sha256": hashlib.sha256(content).hexdigest(),
                "taken": cue is None or cue.takes,
                "cue": "" if cue is None else f"{'take-' if cue.take else ''}{cue.verb} {cue.argument}",
                "octets": base64.b64encode(zlib.compress(content, 1)).decode(),
            }
        )
        if self.server.plan.delay:
            await asyncio.sleep(self.server.plan.delay)
        await self._answer("dot", ORDINARY["dot"])

    def _forget(self) -> None:
        self.mail_from, self.to, self.in_mail, self.copy_cue = "", "", False, None

    # --- the wire

    async def _answer(self, phase: str, ordinary: str) -> bool:
        """The reply of this moment, or what was told instead. True: the client may go on."""
        cue = next((c for c in (self.cue, self.copy_cue) if c is not None and c.phase == phase), None)
        if cue is None:
            await self._say(ordinary)
            return ordinary[0] in "23"
        return await self._play(cue, ordinary)

    async def _play(self, cue: Cue, ordinary: str) -> bool:
        self.server.played(cue)
        if cue.verb == "reset":
            self._reset()
            raise Gone
        if cue.verb == "close":
            raise Gone
        if cue.verb == "hole":
            while True:
                await self._more()
        if cue.verb == "slow":
            await asyncio.sleep(float(cue.argument))
            await self._say(ordinary)
            return True
        await self._say(cue.argument, "latin-1" if cue.verb == "raw" else "utf-8", split=cue.verb == "split")
        if cue.argument.startswith("421"):
            raise Gone
        return cue.argument[:1] in ("2", "3")

    async def _say(self, text: str, encoding: str = "utf-8", *, split: bool = False) -> None:
        first, *more = text.split("\n")
        code, _, words = first.partition(" ")
        lines = [words, *more]
        wire = first if not more else "\r\n".join([f"{code}-{w}" for w in lines[:-1]] + [f"{code} {lines[-1]}"])
        octets = wire.encode(encoding) + b"\r\n"
        for piece in (octets[n : n + 1] for n in range(len(octets))) if split else (octets,):
            self.writer.write(piece)
            await self.writer.drain()
            if split:
                await asyncio.sleep(0)

    def _reset(self) -> None:
        """RST instead of FIN: SO_LINGER of no seconds."""
        found: socket.socket | None = self.writer.get_extra_info("socket")
        if found is not None:
            with contextlib.suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def _command(self) -> bytes:
        while (end := self.buffer.find(b"\n")) < 0:
            await self._more()
        line = bytes(self.buffer[:end]).rstrip(b"\r")
        del self.buffer[: end + 1]
        return line

    async def _more(self) -> None:
        octets = await self.reader.read(2**18)
        if not octets:
            raise Gone
        self.buffer += octets


if __name__ == "__main__":
    asyncio.run(Server(Path(sys.argv[1]), int(sys.argv[2])).run())
