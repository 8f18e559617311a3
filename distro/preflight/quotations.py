"""The quotations of a part of an edition, and where in it they stand: for the rules about quotes."""

from __future__ import annotations

import re

from distro.reading.markup import NOTHING, paragraphs, wording
from distro.reading.quotemarks import Piece
from distro.reading.quotes import Quote, find_quotes
from distro.reading.span import Span

_SHOWN = 60


class Quotations:
    """`text`: of the part, as written."""

    def __init__(self, text: str, language: str) -> None:
        self._text = text
        plain = wording(text).replace(NOTHING, " ")
        self._paragraphs = paragraphs(plain)
        self.found: list[Quote] = find_quotes([one.words for one in self._paragraphs], language)

    def beginning(self, quote: Quote) -> Span:
        """Its first words: of its last paragraph, for there the end is missing."""
        start, end = self._bounds(quote.pieces[-1])
        stop = min(end, start + _SHOWN)
        cut = self._text.rfind(" ", start, stop) if stop < end else stop
        return Span.of(self._text, start, cut if cut > start else stop)

    def end(self, quote: Quote) -> Span:
        """Its last words."""
        start, end = self._bounds(quote.pieces[0])
        first = max(start, end - _SHOWN)
        cut = self._text.find(" ", first, end) + 1 if first > start else first
        return Span.of(self._text, cut or first, end)

    def sentence(self, quote: Quote) -> str:
        """What stands behind it in its sentence, and before it: back to the last quotation, else in its sentence."""
        first, last = quote.pieces[0], quote.pieces[-1]
        here = [piece for one in self.found for piece in one.pieces if piece.paragraph == first.paragraph]
        after = max((piece.span.end for piece in here if piece.span.end <= first.span.start), default=None)
        before = self._paragraphs[first.paragraph].words[after or 0 : first.span.start]
        behind = self._paragraphs[last.paragraph].words[last.span.end :]
        led = before if after is not None else re.split(r"[.!?]\s", before)[-1]
        return led + " " + re.split(r"[.!?](?:\s|\Z)", behind)[0]

    def _bounds(self, piece: Piece) -> tuple[int, int]:
        begins = self._paragraphs[piece.paragraph].start
        return begins + piece.span.start, begins + piece.span.end
