"""Imports all of the program, see `ready`. Migrations are Alembic's to load."""

from __future__ import annotations

import importlib
import pkgutil

for _name in ("distro", "contacts"):
    for _module in pkgutil.walk_packages(importlib.import_module(_name).__path__, f"{_name}."):
        if not _module.name.startswith("distro.migrations."):
            importlib.import_module(_module.name)
importlib.import_module("scheduler")
