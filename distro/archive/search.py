"""Full text over what was said: which editions hold these words, whatever their case and accents. Owns the index, no text.

The index is SQLite's FTS5 or PostgreSQL's tsvector, in the table edition_words beside `searchable`; both are handed words that
were folded here, and so find the same. It can be built anew from the versions, and is no part of the record.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, UniqueConstraint, text
from sqlmodel import Field, Session, SQLModel

from distro.errors import Refused

_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r'"([^"]*)("\*)?|(\S+)')
_QUOTES = str.maketrans(dict.fromkeys("“”„«»‟", '"'))
_LONGEST = 100
"""Signs of a word that count: PostgreSQL takes no lexeme over 2 KB."""
_MOST = 32
"""Words of one question."""


class Searchable(SQLModel, table=True):
    """An edition in the index, under the number `id`. The archive knows versions by number only."""

    __table_args__ = (UniqueConstraint("version_id", "language", name="searchable_edition"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int
    language: str


class _Folded(dict[int, str]):
    """What each sign becomes, worked out when it is first met: marks fall away, so no sign depends on its neighbours."""

    def __missing__(self, sign: int) -> str:
        apart = unicodedata.normalize("NFKD", chr(sign).casefold())
        found = self[sign] = "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf")).casefold()
        return found


_FOLDED = _Folded()


def fold(said: str) -> str:
    """Case, accents, width and what is not seen (soft hyphens) folded away: `ñ` is found as `n`."""
    return said.casefold() if said.isascii() else said.translate(_FOLDED)


def words_of(said: str) -> list[str]:
    """The words as the index has them, in their order."""
    return [word[:_LONGEST] for word in _WORD.findall(fold(said))]


@dataclass(frozen=True)
class Term:
    """Words that stand side by side. `prefix`: the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False

    def starts_at(self, there: Sequence[str], place: int) -> bool:
        """Whether these words stand at this place of a text."""
        *before, last = self.words
        end = place + len(before)
        if end >= len(there) or not there[end].startswith(last):
            return False
        return (self.prefix or there[end] == last) and list(there[place:end]) == before


def read_terms(asked: str) -> tuple[Term, ...]:
    """What somebody looks for: words, "words in quotes" side by side, a `*` at the end for words that go on. All must be found.

    Nothing else has a meaning, whatever it means to a database. Raises Refused where there is no word, or too many are.
    """
    terms = []
    for piece in _PIECE.finditer(asked.translate(_QUOTES)):
        quoted, starred, bare = piece.groups()
        raw = quoted if bare is None else bare
        words = tuple(words_of(raw))
        if words:
            terms.append(Term(words, bool(starred) or raw.rstrip().endswith("*")))
    if not terms:
        raise Refused(f"There is no word to look for in {asked!r}; write one or more, with quotes around what stands together.")
    if sum(len(term.words) for term in terms) > _MOST:
        raise Refused(f"These are too many words to look for; {_MOST} are the most.")
    return tuple(dict.fromkeys(terms))


def add_edition(session: Session, version_id: int, language: str, said: str) -> None:
    """Take an edition into the index, in the caller's transaction."""
    row = Searchable(version_id=version_id, language=language)
    session.add(row)
    session.flush()
    words = words_of(said)
    connection = session.connection()
    connection.execute(text(insertion(connection.dialect.name)), {"id": row.id, "said": as_line(words), "words": words})


def insertion(dialect: str) -> str:
    """The statement that indexes an edition: :id, :said (as_line), :words (on PostgreSQL only)."""
    if dialect == "sqlite":
        return "INSERT INTO edition_words (rowid, said) VALUES (:id, :said)"
    return "INSERT INTO edition_words (id, said, words) VALUES (:id, :said, array_to_tsvector(CAST(:words AS text[])))"


def as_line(words: Sequence[str]) -> str:
    """With a space around each word, so that whole words can be looked for in it."""
    return f" {' '.join(words)} "


def holding(session: Session, terms: Sequence[Term]) -> TextClause:
    """A condition on `searchable`: all of these stand in the edition. Words reach the database as values, quoted for it."""
    if session.get_bind().dialect.name == "sqlite":
        match = " ".join(f'"{" ".join(term.words)}"{"*" if term.prefix else ""}' for term in terms)
        found = "SELECT rowid FROM edition_words WHERE edition_words MATCH :match"
        return text(f"searchable.id IN ({found})").bindparams(match=match)
    lexemes = [f"'{word}'" for term in terms for word in term.words[:-1]]
    lexemes += [f"'{term.words[-1]}'{':*' if term.prefix else ''}" for term in terms]
    values = {"match": " & ".join(lexemes)}
    condition = "words @@ CAST(:match AS tsquery)"
    for n, term in enumerate(term for term in terms if len(term.words) > 1):
        # not by positions in the tsvector, which end at 16,383 and at 256 of one word
        values[f"said{n}"] = f"% {' '.join(term.words)}{'' if term.prefix else ' '}%"
        condition += f" AND said LIKE :said{n}"
    return text(f"searchable.id IN (SELECT id FROM edition_words WHERE {condition})").bindparams(**values)  # noqa: S608


def snippet(said: str, terms: Sequence[Term], *, before: int = 8, behind: int = 16) -> str:
    """The stretch of a text around the first place where one of the terms stands, with so many words before and behind it.
    The text's beginning where none does."""
    lines = [unicodedata.normalize("NFC", line) for line in said.split("\n") if line.strip()]
    for line in lines:
        folded = fold(line)
        if not any(term.words[0] in folded for term in terms):
            continue
        spans, there = list(_WORD.finditer(line)), _WORD.findall(folded)
        if len(spans) != len(there):  # a sign that becomes several words, or none: each word by itself, so that places agree
            there = [(words_of(span[0]) or [""])[0] for span in spans]
        for place in range(len(there)):
            if any(term.starts_at(there, place) for term in terms):
                first, last = max(0, place - before), min(len(spans), place + behind) - 1
                return _cut(line, spans[first].start() if first else 0, spans[last].end(), whole=last == len(spans) - 1)
    return _cut(lines[0], 0, 200, whole=len(lines[0]) <= 200) if lines else ""


def _cut(line: str, start: int, end: int, *, whole: bool) -> str:
    kept = " ".join(line[start : None if whole else end].split())
    return f"{'…' if start else ''}{kept}{'' if whole else '…'}"
