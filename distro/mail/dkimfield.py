"""The form of our DKIM-Signature fields (RFC 6376 3.5): how they are written, and how they are kept in few octets.

A field is a function of (algorithm, d, s, h, t, bh, b). `pack` keeps just these, `unpack` writes the identical field again,
whatever the settings say by then. `h` is kept as one bit for each name in COVERED, for its order is always that of COVERED.
"""

from __future__ import annotations

import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from distro.mail.headers import WIDTH, fold

OVERSIGNED = ("from", "to", "subject", "date")
"""Listed once more than they occur, so that nobody can add a second one on the way (RFC 6376 8.15)."""

COVERED = (
    *OVERSIGNED,
    *("reply-to", "message-id", "in-reply-to", "references", "mime-version", "content-type", "content-language"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post", "list-help", "list-owner", "list-post", "feedback-id"),
    *("precedence", "auto-submitted", "content-transfer-encoding"),
)
"""What a signature covers where the message has it, in this order. Packed signatures count on it: only ever add at the end."""

ALGORITHMS = ("rsa-sha256", "ed25519-sha256")
"""By number, as they are packed; only ever add at the end."""

_NAME = "DKIM-Signature: "
_CHUNK = WIDTH - len(" b=")
_VERSION = 1
_HEAD = struct.Struct(">BIQ32sB")  # version, names covered, t, bh, how many signatures
_ONE = struct.Struct(">BBBH")  # algorithm, octets of d, of s, of the signature

_READ = re.compile(
    r"DKIM-Signature:v=1;a=([a-z0-9-]+);c=relaxed/relaxed;d=([^;]+);s=([^;]+);"
    r"h=([a-z:-]+);t=([0-9]{1,19});bh=([A-Za-z0-9+/]{43}=);b=([A-Za-z0-9+/]+={0,2})"
)


def covered_names(present: Sequence[str]) -> tuple[str, ...]:
    """The names of h for a message with these fields (lower case, each once)."""
    here = set(present)
    names: list[str] = []
    for name in COVERED:
        names += [name] * ((name in here) + (name in OVERSIGNED))
    return tuple(names)


@dataclass(frozen=True)
class Signer:
    """In whose name a signature is made: the tags a, d and s."""

    algorithm: str
    domain: str
    selector: str

    def opening(self, covered: Sequence[str]) -> str:
        """The field up to and with "t=", folded; `covered` are the names of h."""
        tags = f"v=1; a={self.algorithm}; c=relaxed/relaxed; d={self.domain}; s={self.selector};"
        lines, line = [], " h="
        for name in covered:
            if len(line) + len(name) + 1 > WIDTH:
                lines.append(line)
                line = " "
            line += f"{name}:"
        lines.append(f"{line[:-1]};")
        return f"{_NAME}{fold(tags, len(_NAME))}\r\n" + "\r\n".join(lines) + "\r\n t="

    def packed(self, signature: bytes) -> bytes:
        """Its part of `pack`."""
        d, s = self.domain.encode(), self.selector.encode()
        return _ONE.pack(ALGORITHMS.index(self.algorithm), len(d), len(s), len(signature)) + d + s + signature


def mask_of(covered: Sequence[str]) -> int:
    """The names of h, as one bit for each that the message has."""
    return sum(1 << at for at, name in enumerate(COVERED) if covered.count(name) == 1 + (name in OVERSIGNED))


def packed_head(mask: int, t: int, body_digest: bytes, signatures: int) -> bytes:
    """What the signatures of one message have in common, packed."""
    return _HEAD.pack(_VERSION, mask, t, body_digest, signatures)


def written(opening: str, t: int, body_hash: str, signature: bytes) -> str:
    """The whole field with its CRLF. `body_hash` is bh in base64."""
    b = b64encode(signature).decode()
    if len(b) > _CHUNK:
        b = "\r\n ".join([b[at : at + _CHUNK] for at in range(0, len(b), _CHUNK)])
    return f"{opening}{t}; bh={body_hash};\r\n b={b}\r\n"


def pack(block: str) -> bytes:
    """The fields of one message in few octets: some 320 for RSA-2048, some 130 for Ed25519, some 400 for both; "" as none.

    Raises ValueError for what `mail.dkim.Signing.sign` did not write.
    """
    if not block:
        return b""
    fields = [_READ.fullmatch(re.sub(r"\r\n |[ ]", "", text)) for text in re.split(r"\r\n(?! )", block)[:-1]]
    found = [field.groups() for field in fields if field is not None]
    try:
        _, _, _, h, t, bh, _ = found[0]
        packed = packed_head(mask_of(h.split(":")), int(t), b64decode(bh), len(found))
        for algorithm, domain, selector, _, _, _, b in found:
            packed += Signer(algorithm, domain, selector).packed(b64decode(b))
        same = unpack(packed) == block
    except (IndexError, ValueError, struct.error):
        same = False
    if not same:
        raise ValueError("these are not DKIM-Signature fields as we write them")
    return packed


def unpack(packed: bytes) -> str:
    """The fields that `pack` was given, octet for octet. Raises ValueError for anything else than its answer."""
    if not packed:
        return ""
    try:
        version, mask, t, bh, count = _HEAD.unpack_from(packed)
        if version != _VERSION or mask >> len(COVERED):
            raise ValueError
        names = covered_names([name for at, name in enumerate(COVERED) if mask >> at & 1])
        block, at = "", _HEAD.size
        for _ in range(count):
            algorithm, d, s, b = _ONE.unpack_from(packed, at)
            at += _ONE.size
            if at + d + s + b > len(packed):
                raise ValueError
            domain, selector = packed[at : at + d].decode(), packed[at + d : at + d + s].decode()
            opening = Signer(ALGORITHMS[algorithm], domain, selector).opening(names)
            block += written(opening, t, b64encode(bh).decode(), packed[at + d + s : at + d + s + b])
            at += d + s + b
        if at != len(packed):
            raise ValueError
    except (struct.error, IndexError, ValueError):
        raise ValueError("these octets are no packed DKIM signature") from None
    return block
