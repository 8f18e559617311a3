"""The tree of commands, and what becomes of an error."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from contacts.errors import Refused
from distro.cli import COMMANDS_FROM
from distro.cli.context import Context

app = typer.Typer(
    name="distro",
    help="A press office in a box: embargoed, bilingual releases to segmented lists, and an archive that proves it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def office(
    ctx: typer.Context,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", envvar="DISTRO_ACTOR", help="Who does this: a name on the staff.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", envvar="DISTRO_CONFIG", help="The settings; default ./config.toml.")
    ] = None,
) -> None:
    ctx.obj = Context(actor, config)


def _grow(arguments: list[str]) -> None:
    """Hang on the tree the commands that are named, or all where none is (--help). Each module is light; what it works with,
    it imports when it is called."""
    named = [COMMANDS_FROM[word] for word in arguments if word in COMMANDS_FROM]
    for module in dict.fromkeys(named or COMMANDS_FROM.values()):
        _hang(module)


@cache
def _hang(module: str) -> None:
    import_module(f"distro.cli.{module}").hang(app)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    _grow(arguments)
    try:
        app(arguments, prog_name="distro", standalone_mode=True)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 1 if done.code else 0
    except Refused as refused:
        return _say(refused.sentences, 2)
    except KeyboardInterrupt:
        return _say(("Interrupted; what was finished is kept.",), 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as wrong:  # the last door: a person gets a sentence, the trace goes to a file
        return _explain(wrong)
    return 0


def _say(sentences: tuple[str, ...], status: int) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return status


def _explain(wrong: Exception) -> int:
    from distro.errors import Failed

    if isinstance(wrong, Failed):
        return _say(wrong.sentences, 1)
    if isinstance(wrong, OSError):
        return _say((f"{wrong.strerror or wrong}{f': {wrong.filename}' if wrong.filename else ''}.",), 1)
    if os.environ.get("DISTRO_TRACEBACK"):
        raise wrong
    from sqlalchemy.exc import DBAPIError

    if isinstance(wrong, DBAPIError):
        reason = str(wrong.orig).strip().splitlines()[0]
        if "no such table" in reason or "does not exist" in reason:
            return _say((f"The store has no tables yet ({reason}); run `distro init`.",), 1)
        return _say((f"The store refused the work: {reason}.",), 1)
    return _say(
        (
            f"This is a fault of the program, and nothing was half-written: {type(wrong).__name__}: {wrong}.",
            "Run the command again with DISTRO_TRACEBACK=1 to see where, and report it.",
        ),
        1,
    )
