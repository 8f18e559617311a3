"""The language of segment rules: text in, a tree of clauses out, errors that point at a column. Knows no SQL.

    beat:immigration and (region:"Los Angeles*" or language:es) and not tier>2

`not` binds before `and`, `and` before `or`. A value needs quotation marks when it holds a blank, a bracket or a quotation
mark, or is itself `and`, `or` or `not`; a backslash takes the next character as it is. A `*` at the end makes a prefix.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from contacts.errors import Refused
from contacts.folding import fold

FIELDS = ("beat", "region", "language", "outlet", "tier", "list", "timezone", "source", "email", "domain", "agreed")
COMPARISONS = ("<=", ">=", "!=", ":", "=", "<", ">")
LONGEST, DEEPEST, MOST_CLAUSES = 4000, 50, 200
"""Bounds that no person's rule meets, well under what SQLite can parse (an expression 1,000 deep)."""

_GRAMMAR = r"""
    ?start: any_of
    ?any_of: all_of (_OR all_of)*
    ?all_of: one (_AND one)*
    ?one: _NOT one -> negation
        | _OPEN any_of _CLOSE
        | FIELD COMPARISON (WORD | QUOTED) -> clause

    _OR.2: /or\b/i
    _AND.2: /and\b/i
    _NOT.2: /not\b/i
    _OPEN: "("
    _CLOSE: ")"
    FIELD: /(?!(?:and|or|not)\b)[^\W\d]\w*/i
    COMPARISON: /<=|>=|!=|:|=|<|>/
    QUOTED: /"(?:[^"\\]|\\.)*"|[“”](?:[^“”\\]|\\.)*[“”]/s
    WORD: /(?!(?:and|or|not)(?![^\s()"“”]))[^\s()"“”]+/i
    %ignore /\s+/
"""


@cache
def _parser() -> Lark:
    """Made when a rule is first read: most commands read none."""
    return Lark(_GRAMMAR, parser="lalr")


_MEANS = {
    "FIELD": "a clause such as beat:immigration",
    "_NOT": "`not`",
    "_OPEN": "`(`",
    "COMPARISON": "`:` and a value",
    "_AND": "`and`",
    "_OR": "`or`",
    "_CLOSE": "`)`",
    "$END": "the end",
}


@dataclass(frozen=True)
class Clause:
    """One comparison. `comparison` is one of COMPARISONS with "=" written ":"; `prefix`: the value ended in `*`.

    `written` is the clause as it stands in the rule, `column` where it begins, counted from 1.
    """

    field: str
    comparison: str
    value: str
    prefix: bool
    written: str
    column: int
    value_column: int


@dataclass(frozen=True)
class Not:
    inner: Node


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Node, ...]


Node = Clause | Not | AllOf | AnyOf


def parse(text: str) -> Node:
    """The tree of a rule. Raises Refused, naming the column and what was expected there."""
    if len(text) > LONGEST:
        raise Refused(f"The rule has {len(text):,} characters; {LONGEST:,} is the most. Make two segments of it.")
    for column, c in enumerate(text, 1):
        if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r":
            raise Refused(f"The rule holds a control character at column {column} (U+{ord(c):04X}); take it out.")
    if not text.strip():
        raise Refused("The rule is empty; write one such as beat:immigration and language:es.")
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as wrong:
        raise Refused(_point(text, wrong)) from wrong
    node = _node(tree, text, 1)
    if sum(1 for _ in clauses(node)) > MOST_CLAUSES:
        raise Refused(f"The rule has more than {MOST_CLAUSES} clauses; put the people on a list and write list:NAME.")
    return node


def clauses(node: Node) -> Iterator[Clause]:
    """The clauses from left to right, whatever stands before them."""
    match node:
        case Clause():
            yield node
        case Not(inner):
            yield from clauses(inner)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from clauses(part)


def wrong_at(text: str, column: int, why: str) -> Refused:
    """A refusal that points."""
    return Refused(f"The rule {_quoted(text)} is wrong at column {column}: {why}")


def _quoted(text: str) -> str:
    return f"'{text}'" if len(text) <= 200 else f"'{text[:199]}…'"


def _point(text: str, wrong: UnexpectedInput) -> str:
    if isinstance(wrong, UnexpectedToken):
        expected = set(wrong.accepts or wrong.expected)
        ended = wrong.token.type == "$END"
    else:
        expected = set(wrong.allowed or ()) if isinstance(wrong, UnexpectedCharacters) else set()
        ended = False
    if ended:
        column = len(text.rstrip()) + 1
        return f"The rule {_quoted(text)} breaks off at column {column}: {_missing(expected)}."
    place = wrong.pos_in_stream or 0
    found = text[place : place + 20].partition(" ")[0]
    if found[:1] in ('"', "“", "”"):
        return str(wrong_at(text, place + 1, "the quotation mark that opens here is not closed, or it opens out of place."))
    return str(wrong_at(text, place + 1, f"it has {_quoted(found)}, and {_missing(expected)}."))


def _missing(expected: set[str]) -> str:
    if expected & {"WORD", "QUOTED"}:
        return 'a value is missing, such as immigration or "Los Angeles"'
    words = [meaning for name, meaning in _MEANS.items() if name in expected]
    if not words:
        return "that is not part of a rule"
    return f"{' or '.join([', '.join(words[:-1]), words[-1]] if len(words) > 1 else words)} was expected"


def _node(tree: Tree[Token], text: str, depth: int) -> Node:
    if depth > DEEPEST:
        raise Refused(f"The rule is nested more than {DEEPEST} deep; take out brackets.")
    children = cast("list[Tree[Token]]", tree.children)
    if tree.data == "clause":
        field, comparison, value = cast("list[Token]", tree.children)
        return _clause(field, comparison, value, text)
    parts = tuple(_node(child, text, depth + 1) for child in children)
    if tree.data == "negation":
        return Not(parts[0])
    return AnyOf(parts) if tree.data == "any_of" else AllOf(parts)


def _clause(field: Token, comparison: Token, value: Token, text: str) -> Clause:
    column, value_column = _start(field) + 1, _start(value) + 1
    name = field.lower()
    if name not in FIELDS:
        near = difflib.get_close_matches(name, FIELDS, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise wrong_at(text, column, f"there is no field {field!s}; the fields are {', '.join(FIELDS)}.{hint}")
    plain, prefix = _value(value)
    if plain and not fold(plain):
        raise wrong_at(text, value_column, "the value holds nothing that could be compared.")
    sign = ":" if comparison == "=" else str(comparison)
    if sign not in (":", "!=") and name != "tier":
        raise wrong_at(text, _start(comparison) + 1, f"only tier is compared with {sign}; write {name}:VALUE.")
    written = text[_start(field) : _start(value) + len(value)]
    return Clause(name, sign, plain, prefix, written, column, value_column)


def _start(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos


def _value(token: Token) -> tuple[str, bool]:
    """The value without its marks, and whether it is a prefix. In a word a backslash is a character like any other."""
    if token.type == "WORD":
        return (token[:-1], True) if token.endswith("*") else (str(token), False)
    plain: list[str] = []
    prefix, inside = False, iter(token[1:-1])
    for c in inside:
        prefix = c == "*"
        plain.append(next(inside) if c == "\\" else c)
    return ("".join(plain[:-1]) if prefix else "".join(plain)), prefix
