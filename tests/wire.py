"""A server of which a test writes every octet and every moment: what it says, when, in which pieces, and how it hangs up.

A script is an async function that is handed a Peer for each connection. What it finds wrong fails the test.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

EHLO = b"250-mx.example.org\r\n"
PIPELINING = EHLO + b"250-PIPELINING\r\n250 8BITMIME\r\n"
PLAIN = EHLO + b"250 8BITMIME\r\n"
TAKEN = b"250 2.0.0 Ok: queued\r\n"


@dataclass
class Peer:
    """One connection, seen from the server. `heard`: every octet that came, whether or not the script asked for it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    heard: bytearray

    async def greet(self, offers: bytes = PIPELINING) -> None:
        """220, and the answer to EHLO."""
        self.say(b"220 mx.example.org ESMTP\r\n")
        await self.hear(b"EHLO ")
        self.say(offers)

    def say(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def say_in_pieces(self, *pieces: bytes, pause: float = 0.02) -> None:
        """Each piece in a packet of its own."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(pause)

    async def hear(self, *beginnings: bytes) -> list[bytes]:
        """So many lines, which begin like this."""
        lines = []
        for beginning in beginnings:
            line = await self.line()
            assert line.startswith(beginning), f"{beginning!r} was due, and {line!r} came"
            lines.append(line)
        return lines

    async def line(self) -> bytes:
        return await self._note(self.reader.readuntil(b"\r\n"))

    async def envelope(self, to: bytes = b"") -> None:
        """MAIL, RCPT and DATA together, all agreed to."""
        _, rcpt, _ = await self.hear(b"MAIL FROM:<", b"RCPT TO:<", b"DATA")
        assert to in rcpt
        self.say(b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go ahead\r\n")

    async def content(self) -> bytes:
        """The content with its dot, as it came."""
        return await self._note(self.reader.readuntil(b"\r\n.\r\n"))

    async def rest(self) -> bytes:
        """All that comes until the client hangs up, however it does that."""
        rest = bytearray()
        try:
            while octets := await self._note(self.reader.read(65536)):
                rest += octets
        except ConnectionError:
            pass
        return bytes(rest)

    async def quiet(self, seconds: float = 0.15) -> None:
        """Nothing comes for so long."""
        try:
            octets = await asyncio.wait_for(self.reader.read(65536), seconds)
        except TimeoutError:
            return
        raise AssertionError(f"silence was due, and {octets!r} came")

    async def quit(self) -> None:
        await self.hear(b"QUIT")
        self.say(b"221 2.0.0 Bye\r\n")

    def hang_up(self) -> None:
        """A FIN: what was said before arrives."""
        self.writer.close()

    def reset(self) -> None:
        """A RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    @property
    def socket(self) -> socket.socket:
        found: socket.socket = self.writer.get_extra_info("socket")
        return found

    async def _note(self, reading: Awaitable[bytes]) -> bytes:
        octets = await reading
        self.heard += octets
        return octets


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class Server:
    """`heard`: what came, by connection, in the order in which they were made."""

    port: int
    heard: list[bytearray] = field(default_factory=list)
    ends: list[asyncio.Future[None]] = field(default_factory=list)


@asynccontextmanager
async def serve(
    script: Script, *, host: str = "127.0.0.1", port: int = 0, receive_buffer: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Run the script for each connection. When the block ends, the scripts must have ended too, and well.

    `receive_buffer`: octets that the kernel takes for the script before it reads, so that a client can be stopped short.
    `tls`: it is spoken from the first octet on.
    """
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if receive_buffer:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    listening.bind((host, port))
    server = Server(listening.getsockname()[1])

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end = asyncio.get_running_loop().create_future()
        server.ends.append(end)
        server.heard.append(bytearray())
        try:
            await script(Peer(reader, writer, len(server.heard), server.heard[-1]))
        except BaseException as wrong:
            end.set_exception(wrong)
        else:
            end.set_result(None)
        finally:
            writer.close()

    running = await asyncio.start_server(play, sock=listening, limit=2**24, ssl=tls)
    try:
        yield server
        async with asyncio.timeout(10):
            for end in server.ends:
                await end
    finally:
        running.close()
        for end in server.ends:
            if end.done():
                end.exception()
