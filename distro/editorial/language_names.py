"""What languages are called: by their own speakers, and in others."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError


def language_called(tag: str, by: str | None = None) -> str:
    """The name of the language with this BCP 47 tag in the language `by`, by default in itself; the tag where CLDR has none."""
    try:
        return Locale.parse(tag.replace("-", "_")).get_display_name(by) or tag
    except (ValueError, UnknownLocaleError):
        return tag
