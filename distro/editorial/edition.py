"""Reads one edition: Markdown with YAML front matter. Scalars are taken as written: `no` is a word here, 2026 a text."""

from __future__ import annotations

import yaml

from distro.editorial.content import Edition, Kind
from distro.editorial.fields import Fields, plain_lines, unfit_in_lines

_FENCES = ("---", "...")


def read_edition(name: str, octets: bytes, kind: Kind | None, problems: list[str]) -> Edition:
    """The edition in the file `name`; what is wrong is added to `problems`. `kind` None: the release's own is not known."""
    try:
        text = plain_lines(octets.decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        line = octets[: wrong.start].count(b"\n") + 1
        problems.append(f"{name} is not UTF-8 in line {line}; save it as UTF-8.")
        return Edition()
    matter, body = _split(name, text, problems)
    fields = Fields(_front_matter(name, matter, problems), name, problems)
    edition = Edition(
        headline=fields.line("headline"),
        subhead=fields.line("subhead"),
        dateline=fields.line("dateline"),
        what=fields.lines("what"),
        when=fields.lines("when"),
        where=fields.lines("where"),
        who=fields.lines("who"),
        notes_to_editors=fields.lines("notes_to_editors"),
        release_line=fields.line("release_line"),
        body=body.strip(),
    )
    fields.close()
    if not edition.headline and kind not in (None, Kind.STATEMENT) and not problems:
        problems.append(f"{name} has no headline; write headline: … between two lines of --- at its top.")
    unfit = unfit_in_lines(body)
    if unfit:
        problems.append(f"The body of {name} {unfit}")
    return edition


def _split(name: str, text: str, problems: list[str]) -> tuple[str, str]:
    """Front matter and body. A file that does not start with --- is all body."""
    lines = text.lstrip("\n").split("\n")
    if lines[0].rstrip() != "---":
        return "", text
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() in _FENCES:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    problems.append(f"{name} starts with --- but its front matter never ends; put another line of --- before the text.")
    return "", ""


def _front_matter(name: str, text: str, problems: list[str]) -> dict[str, object]:
    """Keys and scalars as written. The tree is read as nodes, so that no type is guessed and no alias is unfolded."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader) if text.strip() else None
    except yaml.YAMLError as wrong:
        mark = wrong.problem_mark if isinstance(wrong, yaml.MarkedYAMLError) else None
        where = f" in line {mark.line + 2}" if mark else ""
        reason = (wrong.problem if isinstance(wrong, yaml.MarkedYAMLError) else None) or "a character that YAML does not allow"
        remedy = "put the text in quotes, above all where it has a colon"
        problems.append(f"The front matter of {name} cannot be read{where} ({reason}); {remedy}.")
        return {}
    except RecursionError:
        problems.append(f"The front matter of {name} is nested too deeply; write lines of key: text.")
        return {}
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        problems.append(f"The front matter of {name} must be lines of key: text.")
        return {}
    found: dict[str, object] = {}
    for key, value in node.value:
        word = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if word in found:
            problems.append(f"{name} has {word} twice; leave one.")
        found[word] = _as_written(value)
    return found


def _as_written(node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        empty = node.style is None and node.value.lower() in ("~", "null")
        return "" if empty else node.value
    return [] if isinstance(node, yaml.SequenceNode) else {}
