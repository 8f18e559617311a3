"""A picture that may travel in a mail: PNG or JPEG, told by its octets, with its size in pixels. Draws and decodes nothing."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

LARGEST = 40_000
"""Octets. It goes out with every copy, and base64 makes a third more of it."""
_WIDEST = 2000

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of JPEG that a frame's header follows (ISO 10918-1, table B.1)."""


@dataclass(frozen=True)
class Picture:
    """`kind` is "png" or "jpeg"."""

    octets: bytes
    kind: str
    width: int
    height: int

    def within(self, width: int, height: int) -> tuple[int, int]:
        """The size, in whole pixels, at which it fits into this one; never larger than it is."""
        share = min(1.0, width / self.width, height / self.height)
        return max(1, round(self.width * share)), max(1, round(self.height * share))


def read_picture(path: Path) -> Picture:
    """The picture in this file. Raises ValueError with what is wrong and what to do."""
    try:
        with path.expanduser().open("rb") as file:
            octets = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise ValueError("there is no such file; put the picture there, or leave the setting empty") from None
    except OSError as wrong:
        raise ValueError(f"that file cannot be read ({wrong.strerror}); see who may read it") from None
    if len(octets) > LARGEST:
        raise ValueError(f"that file has over {LARGEST // 1000} KB, and goes out with every copy; save it smaller")
    kind = "png" if octets.startswith(_PNG) else "jpeg" if octets.startswith(_JPEG) else ""
    size = _size_of_png(octets) if kind == "png" else _size_of_jpeg(octets) if kind == "jpeg" else None
    if size is None:
        raise ValueError("that file is neither a PNG nor a JPEG picture; mail programs show no other kind everywhere")
    if not all(0 < side <= _WIDEST for side in size):
        raise ValueError(f"that picture has {size[0]} x {size[1]} pixels; write one of 1 to {_WIDEST} each way")
    return Picture(octets, kind, *size)


def _size_of_png(octets: bytes) -> tuple[int, int] | None:
    if octets[12:16] != b"IHDR" or len(octets) < 24:
        return None
    width, height = struct.unpack(">II", octets[16:24])
    return width, height


def _size_of_jpeg(octets: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(octets) and octets[at] == 0xFF:
        marker, length = octets[at + 1], int.from_bytes(octets[at + 2 : at + 4], "big")
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _FRAMES:
            height, width = struct.unpack(">HH", octets[at + 5 : at + 9])
            return width, height
        else:
            at += 2 + length
    return None
