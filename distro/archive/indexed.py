"""Whether the full-text index holds what it must: each edition's words, put through the same hands, beside what is there.

The index cannot be read back on SQLite (it keeps no text), so one is made beside it for the length of the look, and the two are
held together word by word and place by place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import text
from sqlmodel import Session, select

from distro.archive.search import Searchable, as_line, insertion, words_of

AS_FTS5 = "fts5(said, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2')"
"""How migration 0006 made SQLite's index."""
_PAGE = 5000
_SAME = "SELECT 1 FROM edition_words WHERE id = :id AND said = :said AND words = array_to_tsvector(CAST(:words AS text[]))"
_PLACES = 'SELECT term, doc, "offset" FROM {}'


class Edition(NamedTuple):
    """What the edition in a language says of a version, to be found by."""

    version: int
    language: str
    said: str


class Misindexed(NamedTuple):
    """An edition that the index does not have, or has otherwise (`there`). `version` None: under this number in the index
    stands what is no edition."""

    version: int | None
    language: str
    there: bool
    number: int = 0


def misindexed(session: Session, editions: Iterable[Edition], unknown: Iterable[int] = ()) -> Iterator[Misindexed]:
    """Where the index is not what these editions, which are all there are, make it. `unknown`: versions of which nobody can
    say what they hold, so that nothing is said of them."""
    beside = _Sqlite(session) if session.get_bind().dialect.name == "sqlite" else _Postgresql(session)
    left = {(row.version_id, row.language): row.id or 0 for row in session.exec(select(Searchable))}
    names: dict[int, tuple[int | None, str]] = {}
    for edition in editions:
        number = left.pop((edition.version, edition.language), None)
        if number is None:
            yield Misindexed(edition.version, edition.language, there=False)
        else:
            names[number] = edition.version, edition.language
            beside.add(number, edition.said)
    ignored = set(unknown)  # not before: the editions may be read as they are asked for
    for (version, language), number in left.items():
        if version not in ignored:
            yield Misindexed(None, language, there=True, number=number)
    for number in sorted(beside.different() - set(left.values())):
        known, language = names.get(number, (None, ""))
        yield Misindexed(known, language, there=True, number=number)


def forget_all(session: Session) -> None:
    """Empty the index, in the caller's transaction."""
    connection = session.connection()
    connection.execute(text("DELETE FROM searchable"))
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO edition_words (edition_words) VALUES ('delete-all')"))
    else:
        connection.execute(text("DELETE FROM edition_words"))


class _Sqlite:
    """A second index in the connection's own temporary database; it goes with the transaction."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection()
        self._insertion = text(insertion("sqlite").replace("edition_words", "temp.words_beside"))
        for statement in (
            f"CREATE VIRTUAL TABLE temp.words_beside USING {AS_FTS5}",
            "CREATE VIRTUAL TABLE temp.places_beside USING fts5vocab('temp', 'words_beside', 'instance')",
            "CREATE VIRTUAL TABLE temp.places_there USING fts5vocab('main', 'edition_words', 'instance')",
        ):
            self._connection.exec_driver_sql(statement)

    def add(self, number: int, said: str) -> None:
        self._connection.execute(self._insertion, {"id": number, "said": as_line(words_of(said))})

    def different(self) -> set[int]:
        """Numbers under which the two do not hold the same words at the same places."""
        there, beside = _PLACES.format("temp.places_there"), _PLACES.format("temp.places_beside")
        if self._all_alike(there, beside):
            return set()
        either = f"SELECT doc FROM ({there} EXCEPT {beside}) UNION SELECT doc FROM ({beside} EXCEPT {there})"  # noqa: S608
        return {number for (number,) in self._connection.exec_driver_sql(either)}

    def _all_alike(self, there: str, beside: str) -> bool:
        """Both are told in the order of words, numbers and places, so that they can be read side by side."""
        one, other = (self._connection.exec_driver_sql(statement).cursor for statement in (there, beside))
        assert one is not None
        assert other is not None
        while (rows := one.fetchmany(_PAGE)) == other.fetchmany(_PAGE):
            if not rows:
                return True
        return False


class _Postgresql:
    """Which keeps what it was given, so that it can be asked."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection()
        self._different: set[int] = set()
        self._seen: dict[int, None] = {}

    def add(self, number: int, said: str) -> None:
        words = words_of(said)
        values: Mapping[str, object] = {"id": number, "said": as_line(words), "words": words}
        self._seen[number] = None
        if self._connection.execute(text(_SAME), values).first() is None:
            self._different.add(number)

    def different(self) -> set[int]:
        there = {number for (number,) in self._connection.execute(text("SELECT id FROM edition_words"))}
        return self._different | (there - self._seen.keys())
