"""The rules, in the order in which they are told. One module each; a module's `RULE` is the rule."""

from __future__ import annotations

from distro.preflight.rule import Rule

RULES: tuple[Rule, ...] = ()
