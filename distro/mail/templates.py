"""Which templates a mail is made from: ours, and the office's own over them, file by file. They are the admin's files, trusted
as the program is; what writers write is never one.

An own file may build on ours: {% extends "packaged/base.html.j2" %}.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)

from distro.errors import Refused

PACKAGED = Path(__file__).resolve().parents[2] / "templates" / "email"
PLACE = "email"
"""Where an office's mail templates stand in its folder."""


def render_template(folder: Path | None, name: str, values: dict[str, object]) -> str:
    """The template filled in. Raises Refused, with file and line, for one that is wrong."""
    try:
        return templates(folder).get_template(name).render(values)
    except TemplateNotFound as wrong:
        raise Refused(f"The template {name} asks for {wrong.name!r}, and there is no such file.") from wrong
    except TemplateSyntaxError as wrong:
        raise Refused(f"{wrong.filename or wrong.name} at line {wrong.lineno}: {wrong.message}") from wrong
    except TemplateError as wrong:
        raise Refused(f"{_where(wrong, name)}: {wrong.message}.") from wrong
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError) as wrong:
        if folder is None:
            raise
        raise Refused(f"{_where(wrong, name)}: {type(wrong).__name__}: {wrong}.") from wrong


@lru_cache(maxsize=4)
def templates(folder: Path | None) -> Environment:
    ours = FileSystemLoader(PACKAGED)
    loaders: list[BaseLoader] = [ours, PrefixLoader({"packaged": ours})]
    if folder is not None:
        loaders.insert(0, FileSystemLoader(folder / PLACE))
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), disabled_extensions=("txt.j2", "css.j2")),
        undefined=StrictUndefined,
        cache_size=400 if folder is None else 0,  # or a file that is put over one of ours would not be seen
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _where(wrong: BaseException, name: str) -> str:
    """The innermost template that was at work: Jinja gives its lines to the traceback."""
    found, at = name, wrong.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename.endswith(".j2"):
            found = f"{at.tb_frame.f_code.co_filename} at line {at.tb_lineno}"
        at = at.tb_next
    return found
