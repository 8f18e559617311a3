"""Small pictures for tests, made of nothing: a PNG and the first octets of a JPEG."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 480, height: int = 112) -> bytes:
    """A black picture of this size."""
    rows = b"".join(b"\0" + bytes((width + 7) // 8) for _ in range(height))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said)) for name, said in chunks
    )


def jpeg(width: int = 300, height: int = 100) -> bytes:
    """As much of a JPEG as says how large it is: a comment, a fill byte, a frame's header."""
    frame = struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\xfe\x00\x06abcd\xff\xff\xc2" + frame + b"\xff\xd9"
