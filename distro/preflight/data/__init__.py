"""Lists that rules look words up in, as files beside this one; who keeps an office's language can read and mend them."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def words_of(name: str, language: str) -> frozenset[str]:
    """The words of a list in a language, with those for any."""
    table: dict[str, list[str]] = tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))
    return frozenset((*table.get("any", ()), *table.get(language.partition("-")[0], ())))


@cache
def css_support() -> dict[str, list[str]]:
    """By property, or "property: value", the mail programs that drop it (caniemail.json)."""
    read: dict[str, dict[str, list[str]]] = json.loads((_HERE / "caniemail.json").read_text(encoding="utf-8"))
    return read["dropped"]
