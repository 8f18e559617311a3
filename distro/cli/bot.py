"""Commands."""

from __future__ import annotations

import typer


def hang(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
