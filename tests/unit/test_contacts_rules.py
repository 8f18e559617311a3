"""How a rule reads, and where its error points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.errors import Refused
from contacts.rule_grammar import AllOf, AnyOf, Clause, Not, parse
from contacts.rules import compile_rule


def shape(text: str) -> object:
    """The tree with clauses as text and the connectives as tuples."""

    def plain(node: object) -> object:
        match node:
            case Clause():
                return node.written
            case Not(inner):
                return ("not", plain(inner))
            case AllOf(parts):
                return ("and", *map(plain, parts))
            case AnyOf(parts):
                return ("or", *map(plain, parts))
        raise AssertionError(node)

    return plain(parse(text))


def test_not_binds_before_and_and_before_or() -> None:
    assert shape("not beat:a and beat:b or beat:c") == ("or", ("and", ("not", "beat:a"), "beat:b"), "beat:c")
    assert shape("not (beat:a or beat:b) AND tier<=2") == ("and", ("not", ("or", "beat:a", "beat:b")), "tier<=2")


@pytest.mark.parametrize(
    ("text", "value", "prefix"),
    [
        ("region:Chicago", "Chicago", False),
        ('region:"Los Angeles"', "Los Angeles", False),
        ('region:"Los Angeles*"', "Los Angeles", True),
        ("region:“Los Angeles”", "Los Angeles", False),
        ("region:Los*", "Los", True),
        (r'region:"a\*"', "a*", False),
        (r'region:"say \"hi\""', 'say "hi"', False),
        ('outlet:"and"', "and", False),
        ("timezone:America/New_York", "America/New_York", False),
        ("beat:android", "android", False),
        ("source = x", "x", False),
    ],
)
def test_values(text: str, value: str, prefix: bool) -> None:
    clause = parse(text)
    assert isinstance(clause, Clause)
    assert (clause.value, clause.prefix, clause.written) == (value, prefix, text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The rule is empty"),
        ("beat:", "The rule 'beat:' breaks off at column 6: a value is missing"),
        ("beat", "breaks off at column 5: `:` and a value"),
        ("beat:x and", "breaks off at column 11: a clause such as beat:immigration, `not` or `(` was expected"),
        ("(beat:x", "breaks off at column 8: `)` was expected"),
        ("beat:x)", "column 7: it has ')', and the end was expected"),
        ("beat:x beat:y", "column 8: it has 'beat:y', and `and`, `or` or the end was expected"),
        ("beat: and tier<2", "column 7: it has 'and', and a value is missing"),
        ("beat:x or or tier<2", "column 11: it has 'or', and a clause"),
        ('region:"Los', "column 8: the quotation mark that opens here is not closed"),
        ("beats:x", "column 1: there is no field beats; the fields are beat, region, language, outlet, tier, list, timezone"),
        ("tier<2 or colour:red", "column 11: there is no field colour"),
        ("tier<=two", "column 7: a tier is a whole number"),
        ("beat<x", "column 5: only tier is compared with <"),
        ("language:sp", "column 10: There is no language"),
        ("agreed:*", "column 8: agreed takes yes, no, or the slug"),
        ("beat:\x00", "control character at column 6"),
        ("(" * 9 + "beat:x" + ")" * 8, "breaks off at column 24"),
        ("not " * 60 + "beat:x", "nested more than 50 deep"),
        (" or ".join(["beat:x"] * 201), "more than 200 clauses"),
        ("x" * 5000, "4,000 is the most"),
    ],
)
def test_an_error_points_at_the_column(text: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_rule(text)
    assert says in str(refused.value)


@given(st.text(st.sampled_from(list("abtierlongd:<>=!*\"“”()\\ '/.,;0129é\n")) | st.characters(), max_size=60))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        rule = compile_rule(text)
    except Refused:
        return
    rule.condition()
