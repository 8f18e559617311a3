"""Which language an item is in, with what its page declares, and how sure that is. distro.reading tells languages apart."""

from __future__ import annotations

import re

from distro.editorial.fields import language_tag
from distro.reading.languages import guessed_language, likely_language

_READ = ("en", "es", "fr", "pt")
"""Told apart by their words; others are only guessed."""


def language_of(text: str, declared: str = "") -> tuple[str, float]:
    """The tag and how sure it is (0 to 1). `declared`: what the page says, which a frame in another language belies."""
    words = len(re.findall(r"[^\W\d_]+", text))
    page = (language_tag(declared) or "").partition("-")[0]
    likely = likely_language(text, _READ)
    if likely:
        return likely, 0.97 if words > 40 else 0.85
    guess = guessed_language(text) if words >= 4 else ""
    if guess and (guess == page or (words >= 20 and guess not in _READ)):
        return guess, 0.8 if guess == page else 0.6
    if page:
        return page, 0.6
    return (guess, 0.4) if guess in _READ else ("en", 0.3)
