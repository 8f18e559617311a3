"""The office's logo as it travels in a mail: a part beside the HTML that shows it (RFC 2387, RFC 2392). Never fetched."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from distro.errors import Refused
from distro.mail.letter import Letter
from distro.picture import Picture, read_picture

WIDEST, HIGHEST = 240, 72
"""Pixels at which it is shown at most; a picture of twice that is sharp on fine screens."""


@dataclass(frozen=True)
class Logo:
    """`cid` without brackets; width and height as shown."""

    picture: Picture
    cid: str
    width: int
    height: int

    def part(self, boundary: str) -> str:
        """The MIME part, from its boundary to its last line."""
        kind, encoded = self.picture.kind, b64encode(self.picture.octets).decode()
        lines = "\r\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
        return (
            f'--{boundary}\r\nContent-Type: image/{kind}; name="logo.{kind}"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-ID: <{self.cid}>\r\nContent-Disposition: inline; filename="logo.{kind}"\r\n\r\n{lines}\r\n'
        )


def logo_of(letter: Letter) -> Logo | None:
    """The letter's logo, read now; None where there is none. Raises Refused for a file that has gone bad since the start."""
    if not letter.look.logo:
        return None
    try:
        picture = read_picture(Path(letter.look.logo))
    except ValueError as wrong:
        raise Refused(f"[look] logo is {letter.look.logo!r}; {wrong}.") from None
    name = hashlib.sha256(picture.octets).hexdigest()[:24]
    return Logo(picture, f"logo.{name}@{letter.office.mail_domain}", *picture.within(WIDEST, HIGHEST))
