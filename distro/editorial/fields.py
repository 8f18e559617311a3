"""Takes values of the right type out of a table that a person wrote, and gathers a sentence for each that is wrong.

Nothing is raised here: whoever reads a file goes through all of it, so that a writer hears of every mistake at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from contacts.languages import tag
from distro.editorial.content import ANY, Instant, Words
from distro.editorial.when import from_aware, parse_instant
from distro.errors import Refused
from distro.headertext import UNFIT, check_header_text

_TYPES = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}


def language_tag(text: str) -> str | None:
    """The BCP 47 tag in its usual case ("en", "pt-BR", "zh-Hant"), or None where it is not one."""
    try:
        return tag(text)
    except Refused:
        return None


_TAGGED = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)=(.*)", re.DOTALL)


def tagged(option: str) -> tuple[str | None, str]:
    """From "es=TEXT" the language and the text; from a text without one, None and the text. Its white space becomes spaces."""
    match = _TAGGED.fullmatch(option)
    language = language_tag(match[1]) if match else None
    return language, " ".join((match[2] if match and language else option).split())


def near(word: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x'?" where something known is near, else nothing."""
    found = difflib.get_close_matches(word, [str(one) for one in known], n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else "."


def unfit_in_lines(text: str) -> str | None:
    """What is wrong with a text of several lines: a control character other than line feed and tab, and where."""
    for number, line in enumerate(text.split("\n"), 1):
        found = UNFIT.search(line.replace("\t", " "))
        if found:
            return f"has a control character (U+{ord(found[0]):04X}) in line {number}; take it out."
    return None


def plain_lines(text: str) -> str:
    """Line ends as line feeds; the line and paragraph separators that layout programs leave behind count as such."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")


class Fields:
    """One table. `where` names it in sentences ("release.toml, [[contact]] 2"); `problems` is shared by a whole file."""

    def __init__(self, table: Mapping[str, object], where: str, problems: list[str]) -> None:
        self.table, self.where, self.problems = table, where, problems
        self._asked: list[str] = []

    def wrong(self, key: str, says: str) -> None:
        self.problems.append(f"{self.where}: {key} {says}")

    def has(self, key: str) -> bool:
        return key in self.table

    def line(self, key: str) -> str:
        """Text of one line that may come to stand in a header; "" where it is absent."""
        text = self._text(key, self._take(key)).strip()
        self._checked(f"{key}", text)
        return text

    def lines(self, key: str) -> str:
        """Text of any number of lines."""
        text = plain_lines(self._text(key, self._take(key))).strip()
        problem = unfit_in_lines(text)
        if problem:
            self.wrong(key, problem)
        return text

    def words(self, key: str) -> Words:
        """One text for all languages, or a table of texts by language."""
        value = self._take(key)
        if not isinstance(value, dict):
            text = self._words_text(key, value)
            return {ANY: text} if text else {}
        found: Words = {}
        for name, text in value.items():
            language = language_tag(name)
            if language is None:
                self.wrong(key, f"has a text for {name!r}, which is not a language tag such as en, es or pt-BR.")
            elif language in found:
                self.wrong(key, f"has two texts for {language}; leave one.")
            else:
                found[language] = self._words_text(f"{key}.{name}", text)
        return {language: text for language, text in found.items() if text}

    def address(self, key: str, parse: Callable[[str], str]) -> str:
        """A mail address, read by `parse`, which raises Refused; "" where it is absent."""
        text = self.line(key)
        if not text:
            return ""
        try:
            return parse(text)
        except Refused as refused:
            self.wrong(key, f"is {text!r}: {refused}")
            return ""

    def link(self, key: str) -> str:
        """An http or https address on the web."""
        text = self.line(key)
        if text and not re.fullmatch(r"https?://[^\s/?#<>\"\\]+[^\s<>\"\\]*", text):
            self.wrong(key, f"is {text!r}; write a whole web address, https://… without spaces.")
            return ""
        return text

    def language(self, key: str) -> str:
        text = self.line(key)
        found = language_tag(text) if text else ""
        if found is None:
            self.wrong(key, f"is {text!r}, which is not a language tag such as en, es or pt-BR.")
        return found or ""

    def languages(self, key: str) -> tuple[str, ...]:
        """A list of language tags, each once."""
        value = self._take(key)
        if value is None:
            return ()
        listed = value if isinstance(value, list) else [None]
        tags = [language_tag(one) if isinstance(one, str) else None for one in listed]
        if None in tags:
            self.wrong(key, 'must be a list of language tags, such as ["en", "es"].')
        elif len(set(tags)) < len(tags):
            self.wrong(key, "names a language twice.")
        return tuple(dict.fromkeys(one for one in tags if one))

    def instant(self, key: str, office_zone: str) -> Instant | None:
        """WHEN, as text or as a date-time of TOML with its offset."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, datetime):
            if value.tzinfo is not None:
                return from_aware(value)
            value = value.isoformat(sep=" ")
        elif isinstance(value, date):
            self.wrong(key, f"is a day without an hour; write it in quotes, like '{value} 09:00 {office_zone}'.")
            return None
        text = self._text(key, value)
        try:
            return parse_instant(text, office_zone=office_zone) if text else None
        except Refused as refused:
            self.wrong(key, f"cannot be read: {refused}")
            return None

    def day(self, key: str) -> date | None:
        """A date, native or as YYYY-MM-DD."""
        value = self._take(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str):
            try:
                return date.fromisoformat(value.strip())
            except ValueError:
                pass
        if value is None:
            self.wrong(key, "is missing; write the date that the release is to bear, like date = 2026-12-01.")
        else:
            self.wrong(key, f"is {str(value)!r}; write a day, like 2026-12-01.")
        return None

    def nested(self, key: str) -> Fields | None:
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, f"must be a table, like {key} = {{ name = … }}, and is {_kind_of(value)}.")
            return None
        return Fields(value, f"{self.where}, {key}", self.problems)

    def several(self, key: str) -> list[Fields]:
        """The tables of an array of tables, [[key]]."""
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.wrong(key, f"must be written as [[{key}]], once for each.")
            return []
        return [Fields(item, f"{self.where}, [[{key}]] {number}", self.problems) for number, item in enumerate(value, 1)]

    def close(self) -> None:
        """Name the keys that nobody asked for."""
        for key in self.table:
            if key not in self._asked:
                self.problems.append(f"{self.where}: there is no key {key!r}{near(key, self._asked)}")

    def _take(self, key: str) -> object:
        self._asked.append(key)
        return self.table.get(key)

    def _text(self, key: str, value: object) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        self.wrong(key, f"must be text in quotes, and is {_kind_of(value)}.")
        return ""

    def _words_text(self, key: str, value: object) -> str:
        if isinstance(value, list):
            self.wrong(key, "must be one text, or a table of texts by language, and is a list.")
            return ""
        text = plain_lines(self._text(key, value)).strip()
        problem = unfit_in_lines(text)
        if problem:
            self.wrong(key, problem)
        return text

    def _checked(self, key: str, text: str) -> None:
        try:
            check_header_text(text, f"{self.where}: {key}")
        except Refused as refused:
            self.problems.extend(refused.sentences)


def _kind_of(value: object) -> str:
    return _TYPES.get(type(value), "a date or time" if isinstance(value, date) else "something else")
