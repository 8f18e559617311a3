"""All the rules for one finished copy, in one list."""

from __future__ import annotations

from distro.editorial.content import ReleaseContent
from distro.mail.letter import Letter, Shown
from distro.mail.standards import both, contrast, lines, narrow, outside, size, standing
from distro.mail.standards.opened import Fault, Opened

OF_ANY_MAIL = (size.look, lines.look, contrast.look, outside.look, narrow.look, both.look)
"""Rules that need nothing but the mail."""


def faults(mail: Opened, content: ReleaseContent, letter: Letter, shown: Shown) -> list[Fault]:
    """What is wrong with this copy of this release; nothing, where it is as it should be."""
    found = [fault for look in OF_ANY_MAIL for fault in look(mail)]
    return [*found, *standing.look(mail, content, letter, shown)]
