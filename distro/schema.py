"""Is the store's schema the one that our steps make? What there is in a store is held against what a test wrote down of a fresh
one, `migrations/*.schema`: so asking takes neither Alembic nor a second store, and changes nothing.

It goes by what can change or refuse a row: our tables with their columns and constraints, indexes, triggers, on PostgreSQL also
functions of triggers, rules and row security. The order of columns says nothing, for a step may add one. What somebody added
beside it and no row of ours meets (a table, a view, a plain index) is theirs to have.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from sqlalchemy import Connection, text

Objects = dict[str, tuple[str, ...]]
"""What there is, by kind and name ("trigger entry_no_update"): what makes it what it is, in an order that says nothing."""

MADE = Path(__file__).parent / "migrations"
_SHOWN = 160
_TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^]]*\]|\w+|[^\s\w]", re.DOTALL)
_PLAIN_NAME = re.compile(r"[\"`\[](\w+)[\"`\]]")
_PLAIN_INDEX = re.compile(
    r"create index \w+ on (?:only )?\w+ (?:using btree )?\( \w+(?: asc| desc)?(?: , \w+(?: asc| desc)?)* \)"
)
_APART = re.compile(r"alembic_version$|edition_words_|sqlite_")
"""Tables that others make: Alembic, SQLite's full text, SQLite itself."""


def differences(connection: Connection) -> list[str]:
    """A sentence for each thing in a store at the newest step that is not as our steps make it; none for a sound one."""
    made = _read(MADE / f"{connection.dialect.name}.schema")
    there = objects(connection, made)
    return [*_unlike(made, there)]


def _unlike(made: Objects, there: Objects) -> Iterator[str]:
    for name, parts in made.items():
        found = there.get(name)
        if found is None:
            yield f"The store's {name} is missing."
        elif found != parts:
            more, less = set(found) - set(parts), set(parts) - set(found)
            what = "; ".join([*(f"without {part}" for part in sorted(less)), *(f"with {part}" for part in sorted(more))])
            yield f"The store's {name} is another than the one that Distro makes: {_shown(what)}."
    for name in there:
        if name not in made:
            yield f"The store has the {_shown(name)}, which Distro does not make."


def _shown(what: str) -> str:
    """Short, and nothing that could steer a screen: somebody else may have written it."""
    plain = "".join(sign if sign.isprintable() else "?" for sign in what)
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"


def objects(connection: Connection, made: Iterable[str] = ()) -> Objects:
    """What is in a store. `made`: the names of what is ours; where it is not given, all that is there is."""
    ours = set(made)
    read = _in_sqlite(connection) if connection.dialect.name == "sqlite" else _in_postgresql(connection, ours)
    return {name: parts for name, parts in sorted(read) if not ours or name in ours or not _is_theirs(name, parts)}


def _is_theirs(name: str, parts: tuple[str, ...]) -> bool:
    """Whether it is something that somebody added, and that no row of ours meets."""
    return name.startswith("table ") or (name.startswith("index ") and bool(_PLAIN_INDEX.fullmatch(parts[0])))


def described(found: Objects) -> str:
    """As a file: a line for each thing, and indented under it what makes it what it is."""
    return "".join(f"{name}\n" + "".join(f"  {part}\n" for part in parts) for name, parts in found.items())


def _read(path: Path) -> Objects:
    found: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            found[name] = (*found[name], line[2:])
        else:
            name = line
            found[name] = ()
    return found


# --- SQLite: the texts that made things, word by word. PRAGMA tells neither of a CHECK nor of what a conflict is met with.


def _in_sqlite(connection: Connection) -> Iterator[tuple[str, tuple[str, ...]]]:
    rows = connection.execute(text("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND type <> 'view'")).all()
    for kind, name, sql in rows:
        words = _words(str(sql))
        if kind != "table":
            yield f"{kind} {name}", (" ".join(words),)
        elif not _APART.match(name):
            yield f"table {name}", tuple(sorted(_pieces(words)))


def _words(sql: str) -> list[str]:
    """The text in words: names bare and small, texts as they are, no comments. So it does not matter who put quotes where."""
    return [
        word if word[0] == "'" else _PLAIN_NAME.sub(r"\1", word).lower()
        for word in _TOKEN.findall(sql)
        if not word.startswith(("--", "/*"))
    ]


def _pieces(words: list[str]) -> Iterator[str]:
    """Columns and constraints of CREATE TABLE, what comes before them, and what comes behind."""
    depth, piece = 0, list[str]()
    for word in words:
        depth -= word == ")"
        if (word == "(" and depth == 0) or (word == ")" and depth == 0) or (word == "," and depth == 1):
            yield " ".join(piece)
            piece = []
        else:
            piece.append(word)
        depth += word == "("
    if piece:
        yield " ".join(piece)


# --- PostgreSQL: its catalogs, in the words in which it gives things back.

_TABLES = """\
SELECT c.oid, c.relname, c.relkind = 'r' AND NOT c.relrowsecurity AND NOT c.relforcerowsecurity AND NOT c.relispartition
  AND NOT EXISTS (SELECT 1 FROM pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)) AS plain
FROM pg_class c WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = current_schema()::regnamespace"""

_COLUMNS = """\
SELECT a.attrelid, concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
  'default ' || pg_get_expr(d.adbin, d.adrelid, true), 'generated ' || nullif(a.attgenerated::text, ''),
  'identity ' || nullif(a.attidentity::text, ''))
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY(:tables)"""

_CONSTRAINTS = """\
SELECT conrelid, pg_get_constraintdef(oid, true) FROM pg_constraint
WHERE contype IN ('c', 'f', 'p', 'u', 'x') AND conrelid = ANY(:tables)"""

_INDEXES = """\
SELECT i.indrelid, c.relname, pg_get_indexdef(i.indexrelid, 0, true) || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY(:tables) AND NOT EXISTS (SELECT 1 FROM pg_constraint n WHERE n.conindid = i.indexrelid
  AND n.conrelid = i.indrelid)"""

_TRIGGERS = """\
SELECT t.tgrelid, t.tgname, pg_get_triggerdef(t.oid, true), t.tgenabled::text,
  concat_ws(' ', l.lanname, p.prosrc, CASE WHEN p.prosecdef THEN 'security definer' END, array_to_string(p.proconfig, ' '))
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
WHERE t.tgrelid = ANY(:tables) AND NOT t.tgisinternal"""

_SWITCHED_OFF = """\
SELECT DISTINCT tgrelid FROM pg_trigger WHERE tgrelid = ANY(:tables) AND tgisinternal AND tgenabled <> 'O'"""

_RULES = "SELECT ev_class, rulename FROM pg_rewrite WHERE ev_class = ANY(:tables)"


def _in_postgresql(connection: Connection, made: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Of our tables only, for the database may hold others'. A constraint's index is told with the constraint."""
    tables = {
        oid: (name, plain)
        for oid, name, plain in connection.execute(text(_TABLES))
        if (f"table {name}" in made if made else not _APART.match(name))
    }
    ours = {"tables": list(tables)}

    def rows(query: str) -> Iterator[tuple[str, list[str]]]:
        for oid, *told in connection.execute(text(query), ours):
            yield tables[oid][0], [" ".join(str(one).split()) for one in told]

    parts: dict[str, list[str]] = {name: [] if plain else ["more than a plain table"] for name, plain in tables.values()}
    for table, told in rows(_COLUMNS):
        parts[table] += told
    for table, (constraint,) in rows(_CONSTRAINTS):
        parts[table].append(" ".join(_words(constraint)))
    for table, _ in rows(_SWITCHED_OFF):
        parts[table].append("foreign keys that are switched off")
    for table, found in parts.items():
        yield f"table {table}", tuple(sorted(found))
    for _, (name, sql) in rows(_INDEXES):
        yield f"index {name}", (" ".join(_words(sql)),)
    for table, (name, sql, enabled, function) in rows(_TRIGGERS):
        yield f"trigger {name} on {table}", (" ".join(_words(sql)), *(() if enabled == "O" else ("it switched off",)), function)
    for table, (name,) in rows(_RULES):
        yield f"rule {name} on {table}", ("",)
