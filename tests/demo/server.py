"""The mail server at the other end: takes every message and files it exactly as it came, with a line about it in an index.

It knows nothing of the sender's records: the proof at the end compares what lies here with what they say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.policy import SMTPUTF8
from functools import cached_property
from pathlib import Path
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.sink import Listening


@dataclass(frozen=True)
class Received:
    """One line of the index. `at` is the instant, in ISO 8601 and UTC, at which the last octet had come."""

    at: str
    mail_from: str
    to: list[str]
    file: str


@dataclass(frozen=True)
class Mail:
    """What the server holds of one message: when it came, for whom, and the octets as they lie in the file."""

    at: datetime
    to: str
    path: Path
    octets: bytes

    @classmethod
    def read(cls, folder: Path, line: str) -> Mail:
        kept = Received(**json.loads(line))
        (to,) = kept.to
        path = folder / kept.file
        return cls(datetime.fromisoformat(kept.at), to, path, path.read_bytes())

    @cached_property
    def header(self) -> Header:
        return Header.read(self.octets)


@dataclass(frozen=True)
class Header:
    """What the header says, decoded: the slug (which every copy carries first in Feedback-ID), and what a reader sees."""

    message_id: str
    release: str
    subject: str
    languages: tuple[str, ...]

    @classmethod
    def read(cls, octets: bytes) -> Header:
        fields = BytesHeaderParser(policy=SMTPUTF8).parsebytes(octets.partition(b"\r\n\r\n")[0])
        return cls(
            message_id=str(fields["Message-ID"]),
            release=str(fields["Feedback-ID"]).partition(":")[0],
            subject=str(fields["Subject"]),
            languages=tuple(tag.strip() for tag in str(fields["Content-Language"]).split(",")),
        )

    @property
    def early(self) -> bool:
        """It is marked as an advance copy, in either language."""
        return self.subject.startswith("EMBARGO")


class Server:
    """An SMTP server on 127.0.0.1. `on_receipt` is called, in the server's thread, with each message's octets."""

    def __init__(self, folder: Path, on_receipt: Callable[[bytes], None]) -> None:
        self.folder, self.on_receipt = folder, on_receipt
        self.count = 0
        folder.mkdir(parents=True)
        self._index = (folder / "index.jsonl").open("a", encoding="utf-8")
        self._controller = Listening(self, enable_SMTPUTF8=True)

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        """Take no more mail. Safe to call twice."""
        if not self._index.closed:
            self._controller.stop()
            self._index.close()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        at = datetime.now(UTC)
        octets = cast(bytes, envelope.original_content)
        self.count += 1
        address = re.sub(r"[^\w.@+'-]", "_", envelope.rcpt_tos[0])
        name = f"{self.count:04}-{address}.eml"
        (self.folder / name).write_bytes(octets)
        line = asdict(Received(at.isoformat(), envelope.mail_from or "", envelope.rcpt_tos, name))
        self._index.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._index.flush()
        self.on_receipt(octets)
        return f"250 2.0.0 Ok: filed as {self.count:04}"


def read_all(folder: Path) -> list[Mail]:
    """Everything that was received, in the order in which it came."""
    index = (folder / "index.jsonl").read_text(encoding="utf-8")
    return [Mail.read(folder, line) for line in index.splitlines()]
