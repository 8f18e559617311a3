"""What a segment rule means: one SQL condition over Journalist, the same on both databases.

Every clause is true or false of every person, never NULL, so that `not` means not: `not tier<=2` takes in people without a
tier, `tier>2` does not. Values go as parameters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, false, func, not_, or_, select
from sqlmodel import col

from contacts import address, languages
from contacts.errors import Refused
from contacts.folding import fold
from contacts.models import ContactList, EmbargoAgreement, Journalist, ListMember, Outlet
from contacts.rule_grammar import AllOf, AnyOf, Clause, Node, Not, clauses, parse, wrong_at

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Rule:
    """A rule that can be asked. `condition()` stands in a WHERE as well as among the columns of a SELECT."""

    text: str
    tree: Node

    def condition(self) -> Condition:
        """Whether a Journalist matches. Suppression is not looked at; it is a matter of sending."""
        return _condition(self.tree)

    def lists(self) -> list[Clause]:
        """The clauses that name a fixed list."""
        return [one for one in clauses(self.tree) if one.field == "list" and one.value and not one.prefix]

    def reasons(self) -> list[tuple[str, Condition]]:
        """Each clause with its `not`, if one holds over it, and its condition, from left to right.

        With every `not` drawn into the clauses only `and` and `or` are left between them: a person who is out is out because
        of clauses that do not hold.
        """
        return _reasons(self.tree, negated=False)


def compile_rule(text: str) -> Rule:
    """Read a rule. Raises Refused, naming the column (from 1) and what was expected there."""
    rule = Rule(text, parse(text))
    for clause in clauses(rule.tree):
        _check_value(clause, text)
    return rule


def _check_value(clause: Clause, text: str) -> None:
    if clause.field == "tier" and (clause.prefix or not re.fullmatch("[0-9]{1,6}", clause.value, re.ASCII)):
        raise wrong_at(text, clause.value_column, f"a tier is a whole number, not {clause.value!r}.")
    if clause.field == "agreed" and (clause.prefix or not clause.value):
        raise wrong_at(text, clause.value_column, "agreed takes yes, no, or the slug of a release.")
    if clause.field == "language" and not clause.prefix and clause.value:
        try:
            languages.tag(clause.value)
        except Refused as refused:
            raise wrong_at(text, clause.value_column, str(refused)) from refused


def _condition(node: Node) -> Condition:
    match node:
        case Clause():
            return _clause(node)
        case Not(inner):
            return not_(_condition(inner))
        case AllOf(parts):
            return and_(*(_condition(part) for part in parts))
        case AnyOf(parts):
            return or_(*(_condition(part) for part in parts))


def _reasons(node: Node, *, negated: bool) -> list[tuple[str, Condition]]:
    match node:
        case Clause():
            return [(f"not {node.written}", not_(_clause(node)))] if negated else [(node.written, _clause(node))]
        case Not(inner):
            return _reasons(inner, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            return [reason for part in parts for reason in _reasons(part, negated=negated)]


def _clause(clause: Clause) -> Condition:
    if clause.field == "tier":
        return _tier(clause)
    key = fold(clause.value)
    if clause.prefix and key and clause.value[-1].isspace():
        key += " "  # "Los *" is the word and then something, not the beginning of "Lost"
    condition = _MEANINGS[clause.field](clause.value, key, clause.prefix)
    return not_(condition) if clause.comparison == "!=" else condition


def _tier(clause: Clause) -> Condition:
    tier, number = col(Journalist.tier), int(clause.value)
    compared = {":": tier == number, "!=": tier == number, "<": tier < number, "<=": tier <= number}
    compared |= {">": tier > number, ">=": tier >= number}
    condition = and_(tier.is_not(None), compared[clause.comparison])
    return not_(condition) if clause.comparison == "!=" else condition


# Each meaning takes the value, its folded key, and whether it is a prefix. An empty key asks for nobody's value: `region:""`
# is "has no region", and as a prefix, `region:*`, "has one".


def _text(column: SQLColumnExpression[str]) -> Callable[[str, str, bool], Condition]:
    def meaning(_value: str, key: str, prefix: bool) -> Condition:
        if prefix:
            return column.startswith(key, autoescape=True) if key else column != ""
        return column == key

    return meaning


def _among(joined: SQLColumnExpression[str]) -> Callable[[str, str, bool], Condition]:
    """Over labels that stand as ";one;two;"."""

    def meaning(_value: str, key: str, prefix: bool) -> Condition:
        if not key:
            return joined.not_in([";", ";;"]) if prefix else joined.in_([";", ";;"])
        if ";" in key:
            return false()
        return joined.contains(f";{key}" if prefix else f";{key};", autoescape=True)

    return meaning


def _outlet(_value: str, key: str, prefix: bool) -> Condition:
    theirs = col(Journalist.outlet_id)
    if not key:
        return theirs.is_not(None) if prefix else theirs.is_(None)
    named = col(Outlet.key).startswith(key, autoescape=True) if prefix else col(Outlet.key) == key
    return and_(theirs.is_not(None), theirs.in_(select(col(Outlet.id)).where(named)))


def _list(_value: str, key: str, prefix: bool) -> Condition:
    members: Select[tuple[int]] = select(col(ListMember.journalist_id))
    if key:
        named = col(ContactList.key).startswith(key, autoescape=True) if prefix else col(ContactList.key) == key
        members = members.join(ContactList, col(ContactList.id) == col(ListMember.list_id)).where(named)
    on_one = col(Journalist.id).in_(members)
    return on_one if key or prefix else not_(on_one)


def _email(value: str, _key: str, prefix: bool) -> Condition:
    """Addresses compare as mailboxes: case is folded away, accents are not, for they make another mailbox."""
    plain = unicodedata.normalize("NFC", value.strip()).lower()
    if prefix:
        return col(Journalist.canonical).startswith(plain, autoescape=True)
    try:
        plain = address.parse(value).canonical
    except Refused:
        return false()
    return col(Journalist.canonical) == plain


def _domain(value: str, _key: str, prefix: bool) -> Condition:
    plain = value.strip().lower()
    if prefix:
        return col(Journalist.domain).startswith(plain, autoescape=True)
    try:
        plain = address.parse(f"x@{value.strip()}").domain
    except Refused:
        return false()
    return col(Journalist.domain) == plain


def _agreed(value: str, key: str, _prefix: bool) -> Condition:
    wanted = [""] if key in ("yes", "no") else ["", value]
    having = select(col(EmbargoAgreement.journalist_id)).where(col(EmbargoAgreement.release).in_(wanted))
    agreed = col(Journalist.id).in_(having)
    return not_(agreed) if key == "no" else agreed


_MEANINGS: dict[str, Callable[[str, str, bool], Condition]] = {
    "beat": _among(col(Journalist.beat_keys)),
    "region": _text(col(Journalist.region_key)),
    "language": _among(";" + func.lower(func.replace(col(Journalist.languages), "+", ";")) + ";"),
    "outlet": _outlet,
    "list": _list,
    "timezone": _text(func.lower(col(Journalist.timezone))),
    "source": _text(col(Journalist.source_key)),
    "email": _email,
    "domain": _domain,
    "agreed": _agreed,
}
