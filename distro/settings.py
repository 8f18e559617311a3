"""Reads settings into a model of sections: a TOML file below, the environment on top, every problem as a sentence.

Knows no setting by name; what is allowed stands in the model (distro.config), as the description of each field.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from distro.errors import Refused

PREFIX = "DISTRO_"
NOT_SETTINGS = frozenset({"DISTRO_CONFIG", "DISTRO_ACTOR", "DISTRO_TRACEBACK"})
"""Variables that mean something else: the file itself, who acts, and how a fault is shown."""

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]
"""Where a setting stands: ("smtp", "port"), or ("relay", 0, "port")."""


@dataclass
class Gathered:
    """Settings as written, before they are checked. `variables` says which came from the environment, and as what."""

    file: str
    values: dict[str, object] = field(default_factory=dict)
    variables: dict[Place, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def at(self, place: Place) -> str:
        """How a sentence names the setting: "[smtp] port in config.toml", or "DISTRO_SMTP__PORT in the environment"."""
        if place in self.variables:
            return self.variables[place]
        return f"{written(place)} in {self.file}"


def written(place: Place) -> str:
    """[smtp] port · [[relay]] number 1 port · [alerts] to number 2: people count from one"""
    first, *rest = place
    brackets = f"[[{first}]]" if rest and isinstance(rest[0], int) else f"[{first}]"
    return " ".join([brackets, *(f"number {part + 1}" if isinstance(part, int) else part for part in rest)])


def read(model: type[Model], path: Path | None, environ: Mapping[str, str]) -> Model:
    """The settings of `path` (None: no file) with the environment's on top. Raises Refused with every problem found."""
    gathered = Gathered(str(path))
    if path is not None:
        gathered.values = _read_file(path)
        _drop_unknown(model, gathered)
    _override(model, gathered, environ)
    return check(model, gathered, environ)


def check(model: type[Model], gathered: Gathered, environ: Mapping[str, str]) -> Model:
    """The model of what was gathered. Raises Refused with the problems found so far and those found here."""
    try:
        checked = model.model_validate(
            gathered.values, context={"environ": environ, "overridden": frozenset(gathered.variables)}
        )
    except ValidationError as wrong:
        gathered.problems += (_explain(model, error, gathered) for error in wrong.errors(include_url=False))
        raise Refused(*gathered.problems) from None
    if gathered.problems:
        raise Refused(*gathered.problems)
    return checked


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_bytes().decode())
    except FileNotFoundError:
        raise Refused(f"There is no settings file {path}; write one, or leave --config and DISTRO_CONFIG out.") from None
    except OSError as wrong:
        raise Refused(f"The settings file {path} cannot be read: {wrong.strerror}.") from None
    except UnicodeDecodeError as wrong:
        line = wrong.object[: wrong.start].count(b"\n") + 1
        raise Refused(f"{path} is not UTF-8 at line {line}; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as wrong:
        what, _, where = str(wrong).rstrip(")").partition(" (at ")
        raise Refused(f"{path} is not TOML at {where}: {what}.") from None


def _drop_unknown(model: type[BaseModel], gathered: Gathered) -> None:
    """Take out what no setting is called, with a sentence for each, so that the rest can still be checked."""
    for section, value in list(gathered.values.items()):
        shape = model.model_fields.get(section)
        if shape is None:
            hint = _near(section, model.model_fields, lambda name: f"[{name}]")
            gathered.problems.append(f"[{section}] in {gathered.file} is no section; {hint}")
            del gathered.values[section]
            continue
        inner = _section(shape.annotation)
        tables = value if isinstance(value, list) else [value]
        for number, table in enumerate(tables):
            if not isinstance(table, dict):
                continue
            here: Place = (section, number) if isinstance(value, list) else (section,)
            for key in [k for k in table if k not in inner.model_fields]:
                gathered.problems.append(_not_a_setting(f"{written((*here, key))} in {gathered.file}", key, inner))
                del table[key]


def _override(model: type[BaseModel], gathered: Gathered, environ: Mapping[str, str]) -> None:
    """Lay DISTRO_<SECTION>__<KEY> and DISTRO_<SECTION>__<NUMBER>__<KEY> over what the file says."""
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        section, *rest = variable.removeprefix(PREFIX).lower().split("__")
        shape = model.model_fields.get(section)
        inner = _section(shape.annotation) if shape is not None else None
        listed = shape is not None and _is_list(shape.annotation)
        if inner is None or len(rest) != (2 if listed else 1) or (listed and not rest[0].isdecimal()):
            hint = _near(variable, list(_variables(model)), str)
            gathered.problems.append(f"{variable} in the environment is no setting; {hint}")
        elif rest[-1] not in inner.model_fields:
            gathered.problems.append(_not_a_setting(f"{variable} in the environment", rest[-1], inner, variable))
        else:
            place: Place = (section, int(rest[0]), rest[1]) if listed else (section, rest[0])
            _put(gathered, place, _from_text(environ[variable], inner.model_fields[rest[-1]].annotation), variable)


def _put(gathered: Gathered, place: Place, value: object, variable: str) -> None:
    section, *numbers, key = place
    tables = gathered.values.setdefault(str(section), [] if numbers else {})
    table: object = tables
    if numbers and isinstance(tables, list):
        number = int(numbers[0])
        if number > len(tables):
            gathered.problems.append(f"{variable} in the environment leaves a gap: there is no number {len(tables)} before it.")
            return
        if number == len(tables):
            tables.append({})
        table = tables[number]
    if isinstance(table, dict):
        table[key] = value
        gathered.variables[place] = f"{variable} in the environment"


def _from_text(text: str, annotation: object) -> object:
    """What a variable's text stands for: a list is written with commas."""
    if get_origin(annotation) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text.strip()


def _explain(model: type[BaseModel], error: ErrorDetails, gathered: Gathered) -> str:
    """One sentence: which setting, where it stands, what was found, what is allowed."""
    place: Place = error["loc"]
    depth = next((n for n in (len(place), 3, 2, 1) if place[:n] in gathered.variables), len(place))
    setting = place[:depth]
    own = str(error.get("ctx", {}).get("error", "")) if error["type"] == "value_error" else ""
    shape = model.model_fields[str(place[0])]
    inner = _section(shape.annotation)
    if len(place) == 1 and not own:
        header = f"[[{place[0]}]]" if _is_list(shape.annotation) else f"[{place[0]}]"
        return f"{gathered.at(place)} is not a section; write {header} on a line of its own and its settings below."
    key = next((part for part in place[1:] if isinstance(part, str)), None)
    if key is None:
        return f"{gathered.at(setting)}: {own or error['msg']}."
    allowed = own or f"write {inner.model_fields[key].description}"
    return f"{gathered.at(setting)} is {_shown(error['input'])}; {allowed}."


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    text = re.sub(r"://([^:/@\s]*):[^@\s]*@", r"://\1:***@", text)
    return text if len(text) <= 100 else text[:99] + "…"


def _not_a_setting(where: str, key: str, inner: type[BaseModel], variable: str = "") -> str:
    """The sentence about a key that does not exist; never shows its value, which may be a secret."""
    forbidden: Mapping[str, str] = getattr(inner, "NOT_HERE", {})
    if key in forbidden:
        return f"{where} is not allowed: {forbidden[key]}."
    stem = variable[: -len(key)]
    return f"{where} is no setting; {_near(key, inner.model_fields, lambda name: stem + name.upper() if stem else name)}"


def _near(found: str, names: Iterable[str], show: Callable[[str], str]) -> str:
    known = list(names)
    close = difflib.get_close_matches(found, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {show(close[0])}?"
    if len(known) > 20:
        return "config.toml lists them all."
    return "it has " + ", ".join(show(name) for name in known) + "."


def _variables(model: type[BaseModel]) -> Iterable[str]:
    for section, shape in model.model_fields.items():
        middle = "__0__" if _is_list(shape.annotation) else "__"
        for key in _section(shape.annotation).model_fields:
            yield f"{PREFIX}{section}{middle}{key}".upper()


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is tuple


def _section(annotation: object) -> type[BaseModel]:
    """The model of a section, or of each of several."""
    inner = get_args(annotation)[0] if _is_list(annotation) else annotation
    assert isinstance(inner, type)
    assert issubclass(inner, BaseModel)
    return inner
