"""The one way in which a request is turned down: with sentences that a person can act on."""

from __future__ import annotations


class Refused(Exception):
    """Bad input, or a request out of turn. `sentences` say what, where and what to do; the command exits with 2."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences
