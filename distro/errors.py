"""The two ways in which a command ends badly. Both carry sentences; neither shows a traceback."""

from __future__ import annotations

from contacts.errors import Refused

__all__ = ["Failed", "Refused"]


class Failed(Exception):
    """The request was right and the world was not (relay down, disk full, store locked); the command exits with 1."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences
