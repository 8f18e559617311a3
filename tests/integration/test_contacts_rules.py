"""A segment rule means on both databases what it means in plain Python, for any people and any rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, or_, select

from contacts import agreements, lists, people, segments
from contacts.folding import fold
from contacts.models import Journalist
from contacts.rule_grammar import AllOf, AnyOf, Clause, Node, Not
from contacts.rules import compile_rule
from distro.db import Store

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)

BEATS = ["Inmigración", "courts", "100%", "a_b", "salud pública"]
REGIONS = ["Los Angeles, CA", "Los Ángeles", "Lost Hills", "NEW YORK", "50%_off/", ""]
OUTLETS = ["El Diario", "el diário", "The “Daily” Example", ""]
LISTS = ["Health", "health desk"]
SLUGS = ["a-letter", "a-statement"]
LANGUAGES = ["", "en", "es", "en;es", "es+en", "es-MX", "mix"]


@dataclass(frozen=True)
class Person:
    """A contact in plain Python."""

    email: str
    fields: Mapping[str, str]
    lists: frozenset[str]
    agreed: frozenset[str]


def matches(node: Node, person: Person) -> bool:
    """The meaning of a rule, said a second time, without SQL."""
    match node:
        case Not(inner):
            return not matches(inner, person)
        case AllOf(parts):
            return all(matches(part, person) for part in parts)
        case AnyOf(parts):
            return any(matches(part, person) for part in parts)
        case Clause():
            held = holds(node, person)
            return not held if node.comparison == "!=" else held


def holds(clause: Clause, person: Person) -> bool:
    said = person.fields
    if clause.field == "tier":
        if not said["tier"]:
            return False
        tier, number = int(said["tier"]), int(clause.value)
        return {":": tier == number, "!=": tier == number, "<": tier < number, "<=": tier <= number}.get(
            clause.comparison, tier > number or (tier == number and clause.comparison == ">=")
        )
    if clause.field == "agreed":
        standing = "" in person.agreed
        return {"yes": standing, "no": not standing}.get(clause.value, standing or clause.value in person.agreed)
    if clause.field in ("email", "domain"):
        mine = person.email.lower() if clause.field == "email" else person.email.rpartition("@")[2].lower()
        wanted = clause.value.lower()
        return mine.startswith(wanted) if clause.prefix else mine == wanted
    theirs = {
        "beat": said["beats"].split(";"),
        "language": re.split("[;+]", said["languages"]),
        "list": sorted(person.lists),
        "region": [said["region"]],
        "outlet": [said["outlet"]],
        "timezone": [said["timezone"]],
        "source": [said["source"]],
    }[clause.field]
    keys = [key for one in theirs if (key := fold(one))]
    wanted = fold(clause.value)
    if not wanted:
        return bool(keys) if clause.prefix else not keys
    if clause.prefix:
        wanted += " " if clause.value[-1].isspace() else ""
        return any(key.startswith(wanted) for key in keys)
    return wanted in keys


def write_fact(kind: str, subject: str, payload: Mapping[str, object]) -> None:
    """Nobody reads the record here."""


def put(session: Session, crowd: list[Person]) -> None:
    for person in crowd:
        made = people.add(session, person.email, person.fields, at=AT, record=write_fact)
        for name in person.lists:
            lists.put(session, lists.make(session, name), [made.id or 0], at=AT)
        for slug in person.agreed:
            agreements.agree(session, made, release=slug, terms="t", by="Rosa", at=AT, record=write_fact)


@contextmanager
def throwaway(store: Store) -> Iterator[Session]:
    """A session that writes, and leaves nothing behind."""
    with Session(store.engine.execution_options(writes=True)) as session:
        yield session
        session.rollback()


FIELDS = st.fixed_dictionaries(
    {
        "name": st.just("x"),
        "outlet": st.sampled_from(OUTLETS),
        "beats": st.lists(st.sampled_from(BEATS), max_size=3).map(";".join),
        "region": st.sampled_from(REGIONS),
        "languages": st.sampled_from(LANGUAGES),
        "timezone": st.sampled_from(["", "America/New_York", "Europe/Madrid"]),
        "tier": st.sampled_from(["", "0", "1", "2", "3"]),
        "source": st.sampled_from(["", "Conferencia 2025", "conferencia"]),
    }
)
DOMAINS = ["radio.example.org", "Radio.example.com"]
CROWDS = st.lists(
    st.builds(
        Person,
        st.builds("{}@{}".format, st.sampled_from(["ana", "Eva_1", "zoë", "zoe", "a.b", "a%"]), st.sampled_from(DOMAINS)),
        FIELDS,
        st.frozensets(st.sampled_from(LISTS)),
        st.frozensets(st.sampled_from(["", *SLUGS])),
    ),
    max_size=6,
    unique_by=lambda person: person.email.lower(),
)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _part_of(values: list[str]) -> st.SearchStrategy[str]:
    """A value in some case, or the beginning of one with a star."""
    whole = st.sampled_from([*values, "nobody's"]).flatmap(lambda one: st.sampled_from([one, one.upper(), fold(one)]))
    begun = st.tuples(whole, st.integers(0, 8)).map(lambda cut: cut[0][: cut[1]] + "*")
    return (whole | begun).map(_quoted)


EMAILS = ["ana@radio.example.org", "Eva_1@radio.example.com", "zoë@radio.example.org", "a%@radio.example.org"]
LEAVES = st.one_of(
    st.builds("beat:{}".format, _part_of([*BEATS, ""])),
    st.builds("region{}{}".format, st.sampled_from([":", "!=", "="]), _part_of(REGIONS)),
    st.builds("outlet:{}".format, _part_of(OUTLETS)),
    st.builds("list:{}".format, _part_of([*LISTS, ""])),
    st.builds("source:{}".format, _part_of(["Conferencia 2025", ""])),
    st.builds("timezone:{}".format, _part_of(["America/New_York", ""])),
    st.builds("email:{}".format, _part_of(EMAILS)),
    st.builds("domain:{}".format, _part_of(["radio.example.org"])),
    st.builds("language:{}".format, st.sampled_from(["en", "ES", "es-mx", "es*", "mix", '""', "*", "fr"])),
    st.builds("tier{}{}".format, st.sampled_from([":", "=", "!=", "<", "<=", ">", ">="]), st.integers(0, 4)),
    st.builds("agreed:{}".format, st.sampled_from(["yes", "no", *SLUGS, "none-such"])),
)
RULES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("{} or not {} and {}".format, LEAVES, LEAVES, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crowd=CROWDS, rules=st.lists(RULES, min_size=1, max_size=8))
def test_sql_and_python_agree(store: Store, crowd: list[Person], rules: list[str]) -> None:
    compiled = [compile_rule(rule) for rule in rules]
    with throwaway(store) as session:
        put(session, crowd)
        columns = [rule.condition().label(f"s{n}") for n, rule in enumerate(compiled)]
        asked = select(Journalist.address, *columns)
        rows: dict[str, tuple[object, ...]] = {row[0]: tuple(row[1:]) for row in session.exec(asked)}
        assert len(rows) == len(crowd)
        for person in crowd:
            local, _, domain = person.email.rpartition("@")
            assert rows[f"{local}@{domain.lower()}"] == tuple(matches(rule.tree, person) for rule in compiled), rules
        for rule in compiled:
            assert segments.count(session, rule.text) == sum(matches(rule.tree, person) for person in crowd)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crowd=CROWDS.filter(bool), rule=RULES)
def test_who_is_out_is_out_because_of_a_clause(store: Store, crowd: list[Person], rule: str) -> None:
    with throwaway(store) as session:
        put(session, crowd)
        person = people.find(session, crowd[0].email)
        why = segments.explain(session, rule, person)
        assert why.inside == matches(compile_rule(rule).tree, crowd[0])
        held = [holds for _, holds in why.clauses]
        assert any(held) if why.inside else not all(held)
        for written, holds_of_them in why.clauses:
            assert matches(compile_rule(written).tree, crowd[0]) == holds_of_them


@pytest.fixture
def office(store: Store) -> Store:
    """A few people whom the next tests speak of."""
    empty = {"outlet": "", "beats": "", "region": "", "languages": "", "timezone": "", "tier": "", "source": ""}
    crowd = [
        Person("one@example.org", {**empty, "tier": "1", "beats": "Inmigración;courts"}, frozenset(["Health"]), frozenset()),
        Person("two@example.org", {**empty, "tier": "3", "outlet": "Daily Example"}, frozenset(), frozenset([""])),
        Person("none@example.org", empty, frozenset(), frozenset(["a-letter"])),
    ]
    with store.write() as session:
        put(session, crowd)
    return store


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ("tier<=2", "one"),
        ("not tier<=2", "two none"),
        ("tier>2", "two"),
        ("not tier>2", "one none"),
        ("tier!=1", "two none"),
        ("beat:inmigracion", "one"),
        ("beat:inmigr", ""),
        ("beat:inmigr*", "one"),
        ('beat:"inmigracion;courts"', ""),
        ('not outlet:"daily example"', "one none"),
        ("list:HEALTH", "one"),
        ("list:gone", ""),
        ("agreed:yes", "two"),
        ("agreed:no", "one none"),
        ("agreed:a-letter", "two none"),
        ('outlet:""', "one none"),
        ("email:TWO@EXAMPLE.ORG", "two"),
        ("domain:example.org and not tier:1 and not tier:3", "none"),
        ('region:"%" or region:"_*" or beat:"%"', ""),
    ],
)
def test_not_means_not_and_values_are_whole(office: Store, rule: str, who: str) -> None:
    with office.read() as session:
        found = [str(one["address"]).partition("@")[0] for one in segments.members(session, rule)]
    assert found == who.split()


def test_several_rules_stand_in_one_query(office: Store) -> None:
    """The shape in which a wave asks: conditions as columns and in WHERE, paged by id."""
    first, second = compile_rule("tier:1 or list:Health"), compile_rule("agreed:yes")
    c0, c1 = first.condition(), second.condition()
    asked = (
        select(Journalist.address, c0.label("s0"), c1.label("s1"))
        .where(or_(c0, c1), col(Journalist.id) > 0)
        .order_by(col(Journalist.id))
        .limit(10)
    )
    with office.read() as session:
        assert [tuple(row) for row in session.exec(asked)] == [
            ("one@example.org", True, False),
            ("two@example.org", False, True),
        ]


def test_a_rule_with_as_many_clauses_as_allowed_can_be_asked(office: Store) -> None:
    rule = " or ".join(f"not (beat:b{n} and not outlet:o{n})" for n in range(100))
    with office.read() as session:
        assert segments.count(session, rule) == 3
        person = people.find(session, "one@example.org")
        assert len(segments.explain(session, rule, person).clauses) == 200


def test_depth_that_is_allowed_can_be_asked(office: Store) -> None:
    rule = "not (" * 24 + "beat:courts or tier:3" + ")" * 24
    with office.read() as session:
        assert segments.count(session, rule) == 2
