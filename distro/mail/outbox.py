"""A folder instead of a relay: each copy becomes an .eml file, its envelope a .json beside it. Nothing leaves the house.

The folder /dev/null keeps nothing: for measuring all that comes before.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from distro.mail.transport import Content, Envelope, Gate, Reply, Terms, Unreachable, octets_of

NOWHERE = Path("/dev/null")


class OutboxTransport:
    terms = Terms()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    async def open(self) -> OutboxLine:
        try:
            if self.folder != NOWHERE:
                self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise Unreachable(f"The outbox {self.folder} cannot be made: {wrong.strerror}.") from wrong
        return OutboxLine(self.folder)


class OutboxLine:
    alive = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    async def send(self, envelope: Envelope, copy: Content, gate: Gate, following: Envelope | None = None) -> Reply:
        if await gate() is None:
            return Reply("data", 0, "", stopped=True)
        octets = octets_of(copy)
        if self.folder == NOWHERE:
            return Reply("dot", 250, "250 2.0.0 thrown away", content_sent=True)
        name = f"{envelope.envid}.eml"
        try:
            await asyncio.to_thread(self._file, name, envelope, octets)
        except OSError as wrong:
            return Reply("dot", 452, f"452 4.3.1 The outbox cannot be written: {wrong.strerror}")
        return Reply("dot", 250, f"250 2.0.0 filed as {name}", content_sent=True)

    def _file(self, name: str, envelope: Envelope, copy: bytes) -> None:
        about = {"mail_from": envelope.mail_from, "rcpt_to": envelope.rcpt_to}
        for target, octets in ((f"{envelope.envid}.json", json.dumps(about, ensure_ascii=False).encode()), (name, copy)):
            partial = self.folder / f".{target}.part"
            with partial.open("wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.folder / target)

    async def close(self) -> None:
        return
