"""The shape of the project, proved: imports point downward, one clock, small modules, whole catalogues, clean locks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import distro

ROOT = Path(__file__).parents[1]

FLOORS = ("contacts", "ground", "editorial", "mail", "dispatch", "preflight", "backup", "surface", "scheduler")
"""From the ground up: a module imports from its own floor and those below, never from above."""

SURFACE = ("web", "cli")

EXCEPTIONS = {
    ("distro.cli.bot", "scheduler"): "`distro run` starts the same bot as `python scheduler.py`; imported in a function",
    ("distro.tables", "*"): "names every table once, for migrations",
    ("distro.migrations.env", "distro.tables"): "compares the tables with the store",
}

CLOCK_READS = {"now", "utcnow", "today", "time", "monotonic", "time_ns", "monotonic_ns", "perf_counter", "localtime", "gmtime"}
CLOCK_OWNERS = {"datetime", "date", "time", "dt"}


@dataclass(frozen=True)
class Import:
    module: str
    target: str
    line: int
    late: bool
    """Within a function, or for the type checker only: not when the module is imported."""


def sources() -> list[Path]:
    found = [*ROOT.glob("contacts/**/*.py"), *ROOT.glob("distro/**/*.py"), ROOT / "scheduler.py"]
    return [path for path in sorted(found) if "versions" not in path.parts]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor(module: str) -> str | None:
    """The floor of one of our modules; None for everybody else's."""
    first, _, rest = module.partition(".")
    if first in ("contacts", "scheduler"):
        return first
    if first != "distro":
        return None
    package = rest.partition(".")[0]
    if package in SURFACE:
        return "surface"
    return package if package in FLOORS else "ground"


def imports(path: Path) -> Iterator[Import]:
    module = name_of(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]

    def visit(node: ast.AST, inside: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(module, alias.name, child.lineno, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    base = ".".join([*package.split(".")[: len(package.split(".")) - child.level + 1], *filter(None, [base])])
                yield from (Import(module, f"{base}.{alias.name}", child.lineno, inside) for alias in child.names)
            else:
                typing = isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"
                yield from visit(child, inside or typing or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), False)


def excused(one: Import) -> bool:
    return any(
        one.module == module and (target in ("*", one.target) or one.target.startswith(target + "."))
        for module, target in EXCEPTIONS
    )


def upward(one: Import) -> bool:
    here, there = floor(one.module), floor(one.target)
    assert here is not None
    return there is not None and FLOORS.index(there) > FLOORS.index(here)


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_imports_point_downward(path: Path) -> None:
    wrong = [f"line {i.line}: imports {i.target}" for i in imports(path) if upward(i) and not excused(i)]
    assert not wrong, f"{name_of(path)} is on the floor {floor(name_of(path))!r}, and {'; '.join(wrong)}"


def test_the_bot_is_imported_only_where_it_is_started() -> None:
    found = [i for i in imports(ROOT / "distro/cli/bot.py") if i.target.partition(".")[0] == "scheduler"]
    assert all(i.late for i in found)


def test_the_rule_can_fail() -> None:
    assert upward(Import("contacts.models", "distro.errors.Refused", 1, False))
    assert upward(Import("distro.archive.ledger", "distro.dispatch.delivery", 1, False))
    assert upward(Import("distro.config", "distro.mail", 1, False))
    assert upward(Import("distro.dispatch.wave", "distro.cli.app", 1, True))
    assert not upward(Import("distro.web.app", "distro.dispatch.unsubscribe", 1, False))


def test_the_archive_imports_none_that_write_to_it() -> None:
    """`archive` is written to by all; of ours it knows only errors, settings of the store and itself."""
    allowed = ("distro.archive", "distro.errors", "distro.clock", "distro.db", "distro.bulk")
    for path in ROOT.glob("distro/archive/*.py"):
        ours = [i.target for i in imports(path) if floor(i.target) is not None]
        assert [t for t in ours if not t.startswith(allowed)] == [], name_of(path)


HEAVY = (
    *("sqlalchemy", "sqlmodel", "pydantic", "starlette", "babel", "premailer", "alembic", "structlog", "cryptography"),
    *("typst", "zipfile", "distro.dispatch"),
)


def test_the_tree_of_commands_is_light() -> None:
    """A command starts in under 0.7 s because what it works with is imported when it runs."""
    code = f"import sys; from distro.cli import app; app._grow([]); print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", [p for p in sources() if name_of(p) != "distro.clock"], ids=name_of)
def test_only_the_clock_reads_the_clock(path: Path) -> None:
    strays = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_READS:
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if name in CLOCK_OWNERS:
                strays.append(f"line {node.lineno}: {name}.{node.func.attr}()")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            strays += [f"line {node.lineno}: from time import {a.name}" for a in node.names if a.name in CLOCK_READS]
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\bCURRENT_TIMESTAMP\b", node.value):
            strays.append(f"line {node.lineno}: the database's clock")
    assert not strays, strays


LONGER = {"distro.archive.verify": 399}
"""It goes into every evidence bag as one file, and imports none of ours."""


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_module_is_short_and_says_what_it_owns(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    most = LONGER.get(name_of(path), 300)
    assert len(text.splitlines()) <= most, f"over {most} lines; it owns more than one thing"
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "no docstring says what it owns"


def test_distro_is_ours() -> None:
    """The package index also has a `distro`; nothing may pull that one in over ours."""
    assert Path(str(distro.__file__)).resolve() == (ROOT / "distro" / "__init__.py").resolve()
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"^distro\s*==", lock.read_text(), re.MULTILINE), lock.name


def test_locks_pin_with_hashes_and_name_no_place_of_download() -> None:
    locks = sorted(ROOT.glob("requirements*.lock"))
    names = [
        "requirements-bench.lock",
        "requirements-build.lock",
        "requirements-dev.lock",
        "requirements-signing.lock",
        "requirements.lock",
    ]
    assert [lock.name for lock in locks] == names
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text, lock.name
        assert "--index-url" not in text, lock.name
        pins = [line for line in text.splitlines() if re.match(r"^[a-z0-9]", line)]
        assert pins
        assert all(re.match(r"^[a-z0-9._\[\],-]+==", line) for line in pins), lock.name
        assert text.count("--hash=sha256:") >= len(pins)


def test_what_the_project_depends_on_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[\[<>=~! ]", d)[0].lower() for d in project["dependencies"]}
    for lock in (ROOT / name for name in ("requirements.lock", "requirements-dev.lock", "requirements-signing.lock")):
        pinned = {line.partition("==")[0].partition("[")[0] for line in lock.read_text().splitlines() if "==" in line}
        assert wanted <= pinned, f"`make lock` for {lock.name}: {sorted(wanted - pinned)}"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_secret_and_no_key_is_kept_with_the_code() -> None:
    assert not [p for p in tracked() if p.name == "office.key" or p.suffix in {".pem", ".db"}]


CATALOGUES = sorted((ROOT / "templates" / "locale").glob("*.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)s")

Key = tuple[str, str]


def messages(path: Path) -> dict[Key, str]:
    with path.open("rb") as file:
        return {
            (m.context or "", m.id): str(m.string or "")
            for m in read_po(file, locale=path.stem)
            if isinstance(m.id, str) and m.id
        }


def every_message() -> list[Key]:
    """What any catalogue but the English one has, in the order in which it stands there."""
    return list(dict.fromkeys(key for path in CATALOGUES if path.stem != "en" for key in messages(path)))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_is_whole(path: Path) -> None:
    """English is its own key; every other catalogue has the same messages, all translated, with the same places to fill."""
    here, everywhere = messages(path), every_message()
    if path.stem == "en":
        assert set(here) <= set(everywhere)
    lacking = [(context, message) for context, message in everywhere if not here.get((context, message), "").strip()]
    if lacking and path.stem != "en":
        stubs = "\n".join(
            (f'msgctxt "{context}"\n' if context else "") + f'msgid "{message}"\nmsgstr ""\n' for context, message in lacking
        )
        pytest.fail(f"{path.name} lacks {len(lacking)} messages; put these at its end, translated:\n\n{stubs}", pytrace=False)
    for (_context, message), text in here.items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(message)), message


def spoken() -> Iterator[tuple[Path, str]]:
    """Messages that templates and code ask for by name: _("…")."""
    asked = re.compile(r"""\b_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
    for path in [
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("templates/**/*.txt"),
        *ROOT.glob("templates/**/*.j2"),
        *sources(),
    ]:
        for one, other in asked.findall(path.read_text(encoding="utf-8")):
            yield path, one or other


def test_every_message_that_is_asked_for_is_in_the_catalogue() -> None:
    known = {message for _context, message in every_message()}
    missing = [f"{path.relative_to(ROOT)}: {message}" for path, message in spoken() if message not in known]
    assert not missing
