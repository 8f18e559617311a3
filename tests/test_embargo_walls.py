"""One module judges the instant of an embargo; the others ask it. Proved by reading the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_layers import name_of, sources

JUDGE = "distro.editorial.embargo"

INSTANT = re.compile(
    r"embargo|embargoes|lift|lifts|lift_of|latest_lift|standing_hour|hour_to_be|hour_to_bind|was_lift|embargo_\w+"
)
"""Names of what an embargo's instant comes from, or stands in. `lifted_at` of a suppression or a legal hold is none."""

ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def mentions(node: ast.AST, tainted: set[str]) -> bool:
    """Whether an expression has an embargo's instant in it, but not only inside a call: whoever is called judges for itself."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and bool(INSTANT.fullmatch(node.func.id))
    if isinstance(node, ast.Name):
        return bool(INSTANT.fullmatch(node.id)) or node.id in tainted
    if isinstance(node, ast.Attribute) and INSTANT.fullmatch(node.attr):
        return True
    if isinstance(node, ast.Constant | ast.Compare):
        return False
    return any(mentions(child, tainted) for child in ast.iter_child_nodes(node))


def tainted_in(function: ast.AST) -> set[str]:
    """Names that an embargo's instant was assigned to, under whatever name."""
    found: set[str] = set()
    for _ in range(3):
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and mentions(node.value, found):
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def judgements(tree: ast.Module) -> Iterator[tuple[int, str]]:
    functions: list[ast.AST] = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    for scope in functions or [tree]:
        tainted = tainted_in(scope)
        for node in ast.walk(scope):
            if isinstance(node, ast.Compare) and any(isinstance(op, ORDER) for op in node.ops):
                sides = [node.left, *node.comparators]
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
                sides = [node.left, node.right]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("min", "max", "sorted"):
                sides = list(node.args)
            else:
                continue
            if any(mentions(side, tainted) for side in sides):
                yield node.lineno, ast.unparse(node)


@pytest.mark.parametrize("path", [p for p in sources() if name_of(p) != JUDGE], ids=name_of)
def test_only_the_embargo_compares_its_instant(path: Path) -> None:
    assert list(judgements(ast.parse(path.read_text(encoding="utf-8")))) == [], f"ask {JUDGE} (has_lifted, before, latest)"


@pytest.mark.parametrize(
    "stray",
    [
        "def f(wave, now): return now < lift_of(wave)",
        "def f(content, now): return content.embargo.utc > now",
        "def f(content, now):\n    until = content.embargo and content.embargo.utc\n    return now >= until",
        "def f(lifts): return max(lifts, default=None)",
        "def f(lift, now): return (lift - now).total_seconds()",
    ],
)
def test_a_stray_comparison_is_found(stray: str) -> None:
    assert list(judgements(ast.parse(stray)))


@pytest.mark.parametrize(
    "honest", ["def f(lift, now): return has_lifted(lift, now)", "def f(h): return h.lifted_at < h.before"]
)
def test_what_asks_is_left_alone(honest: str) -> None:
    assert not list(judgements(ast.parse(honest)))
