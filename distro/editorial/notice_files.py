"""A notice's words as files that a person edits: one TOML file a language, `en.toml`. Writes what was found, reads what became
of it. Owns no finding of differences.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from distro.editorial.fields import Fields, language_tag
from distro.editorial.notice import Change, Saying
from distro.errors import Refused

_HEAD = """\
# What readers of the edition in {language!r} are told. Edit it, then hand the folder back with --from.
#
# reason: one line, or nothing. words: free text, a blank line between paragraphs.
# [[change]]: was = what it said, now = what is right; leave one out for what was added or taken out.
# language: of a change, where it quotes another edition than this.

"""


def write_notice(folder: Path, said: Mapping[str, Saying]) -> list[Path]:
    """One file a language in this folder, which is made. Raises Refused where one of them is there already."""
    files = {folder / f"{language}.toml": _written(language, one) for language, one in said.items()}
    there = [str(path) for path in files if path.exists()]
    if there:
        raise Refused(f"{there[0]} is there already; name another folder, or remove it.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return list(files)


def _written(language: str, said: Saying) -> str:
    lines = [_HEAD.format(language=language), f"reason = {_text(said.reason)}", f"words = {_text(said.words)}"]
    for change in said.changes:
        lines += ["", "[[change]]"]
        lines += [f"{name} = {_text(value)}" for name, value in change.model_dump().items() if value]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A basic string of TOML; several lines stand as several lines."""
    lines = [json.dumps(line, ensure_ascii=False)[1:-1] for line in value.split("\n")]
    return f'"{lines[0]}"' if len(lines) == 1 else '"""\n' + "\n".join(lines) + '"""'


def read_notice(folder: Path) -> dict[str, Saying]:
    """By language, in the order of the files' names. Raises Refused with everything that is wrong."""
    problems: list[str] = []
    found: dict[str, Saying] = {}
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not files:
        raise Refused(f"{folder} holds no file such as en.toml; --out FOLDER writes them.")
    for path in files:
        language = language_tag(path.stem)
        if language is None:
            problems.append(f"{path.name} is not named by a language, such as en.toml.")
            continue
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, OSError) as wrong:
            problems.append(f"{path.name} cannot be read as TOML in UTF-8: {wrong}.")
            continue
        found[language] = _saying(Fields(table, path.name, problems))
    if problems:
        raise Refused(*problems)
    return found


def _saying(fields: Fields) -> Saying:
    changes = []
    for one in fields.several("change"):
        change = Change(was=one.lines("was"), now=one.lines("now"), language=one.language("language"))
        one.close()
        if change.was or change.now:
            changes.append(change)
    said = Saying(changes=tuple(changes), reason=fields.line("reason"), words=fields.lines("words"))
    fields.close()
    return said
