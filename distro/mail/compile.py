"""From content to a skeleton: the whole MIME message of one letter, with a slot wherever copies differ."""

from __future__ import annotations

from distro.archive.copies import Skeleton
from distro.editorial.content import ReleaseContent
from distro.mail.letter import Letter

__all__ = ["Letter", "compile_letter"]


def compile_letter(content: ReleaseContent, letter: Letter) -> Skeleton:
    """The skeleton of one letter. The same content and letter always give the same skeleton."""
    raise NotImplementedError
