"""Which language a text is in: by its commonest words where that is clear, by py3langid where it is not."""

from __future__ import annotations

import re
from functools import lru_cache

from distro.editorial.fields import language_tag

_COMMON = {
    "en": "the of and to in that for is on with by from at as are was this their will be has have said who we our "
    "not it an or which more",
    "es": "de la el que en y los las del para por una con se su al lo como más un es son fue este esta sus no o ha "
    "han entre también",
    "fr": "de la le les et des en du que pour une dans est par sur un au aux qui avec son ses pas ce cette nous ont plus leur",
    "pt": "de a o que e do da em para um uma com não os as no na por mais dos das como ao foi são pelo pela seu sua também",
}
_SETS = {tag: frozenset(words.split()) for tag, words in _COMMON.items()}
_FEW = 6


def language_of(text: str, declared: str = "") -> tuple[str, float]:
    """The tag and how sure it is (0 to 1). `declared`: what the page says, which a frame in another language belies."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    scores = {tag: sum(word in common for word in words) for tag, common in _SETS.items()}
    first, second = sorted(scores, key=lambda tag: scores[tag], reverse=True)[:2]
    page = (language_tag(declared) or "").partition("-")[0]
    if scores[first] >= _FEW and scores[first] >= 1.25 * scores[second]:
        return first, 0.97 if len(words) > 40 else 0.85
    guess = _guess(text) if len(words) >= 4 else ""
    if guess and guess == first:
        return guess, 0.8
    if len(words) >= 20 and guess and guess not in _SETS and scores[first] < 0.12 * len(words):
        return guess, 0.6
    if page:
        return page, 0.6
    return (first if scores[first] else guess or "en"), 0.4 if scores[first] else 0.3


@lru_cache(maxsize=512)
def _guess(text: str) -> str:
    import py3langid  # late: it takes a while to load

    return str(py3langid.classify(text)[0])
