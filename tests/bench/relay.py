"""A mail server in a process of its own that takes everything and notes when. Too fast to be what limits a measurement.

It speaks enough of RFC 5321 for any client, PIPELINING included, and keeps no mail. With a delay it answers so many seconds
after what it answers came in, as a server does that is far away.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import RawIOBase
from multiprocessing.connection import Connection
from pathlib import Path

GREETING = b"250-relay.example.org\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n"


@dataclass(frozen=True)
class Relay:
    port: int
    notes: Path

    def accepted(self) -> list[float]:
        """The instants (Unix time) of all copies taken so far, in order."""
        octets = self.notes.read_bytes()
        return [at for (at,) in struct.iter_unpack("d", octets[: len(octets) // 8 * 8])]


@contextmanager
def relay(folder: Path, delay: float = 0.0) -> Iterator[Relay]:
    notes = folder / "accepted"
    notes.touch()
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe()
    process = fresh.Process(target=_serve, args=(str(notes), delay, theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(30), "the relay's process did not start"
        yield Relay(ours.recv(), notes)
    finally:
        process.terminate()
        process.join()


def _serve(notes: str, delay: float, told: Connection) -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=1000)
    told.send(listening.getsockname()[1])

    async def go(file: RawIOBase) -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Session(file, delay), sock=listening)
        await server.serve_forever()

    with Path(notes).open("ab", buffering=0) as file:
        asyncio.run(go(file))


class _Session(asyncio.Protocol):
    def __init__(self, notes: RawIOBase, delay: float) -> None:
        self._notes, self._delay = notes, delay
        self._buffer = bytearray()
        self._content = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._say(b"220 relay.example.org ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        replies = b""
        while True:
            end = b"\r\n.\r\n" if self._content else b"\r\n"
            at = self._buffer.find(end)
            if at < 0:
                break
            verb = bytes(self._buffer[:4]).upper()
            del self._buffer[: at + len(end)]
            replies += self._taken() if self._content else self._answer(verb)
        if replies:
            self._say(replies)

    def _say(self, replies: bytes) -> None:
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, replies)
        else:
            self._transport.write(replies)

    def _taken(self) -> bytes:
        self._content = False
        self._notes.write(struct.pack("d", time.time()))
        return b"250 2.0.0 Ok: taken\r\n"

    def _answer(self, verb: bytes) -> bytes:
        if verb == b"EHLO":
            return GREETING
        if verb == b"DATA":
            self._content = True
            return b"354 Go ahead\r\n"
        if verb == b"QUIT":
            return b"221 2.0.0 Bye\r\n"
        return b"250 2.1.0 Ok\r\n"
