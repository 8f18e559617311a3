"""Which of a few languages a text is in: by its commonest words where those are clear, by py3langid where they are not."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

_COMMON = {
    "en": "the of and to in that for is on with by from at are was this their will be has have said who we our not it an or "
    "which more a they his her were been would can all but who one no",
    "es": "de la el que en y los las del para por una con se su al lo como más un es son fue este esta sus no o ha han entre "
    "también a le les pero ya sin sobre cuando todo",
    "fr": "de la le les et des en du que pour une dans est par sur un au aux qui avec son ses pas ce cette nous ont plus leur",
    "pt": "de a o que e do da em para um uma com não os as no na por mais dos das como ao foi são pelo pela seu sua também",
}
_SETS = {tag: frozenset(words.split()) for tag, words in _COMMON.items()}
SHORTEST = 7
"""Fewer words say too little."""
_MARGIN = 12.0
"""How much likelier, in natural logarithms, py3langid must hold one language than another."""


def likely_language(text: str, among: Collection[str]) -> str:
    """One of `among` (languages without regions); "" where it is not clear."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < SHORTEST or len(set(among)) < 2:
        return ""
    scores = {tag: sum(word in _SETS[tag] for word in words) for tag in among if tag in _SETS}
    ranked = sorted(scores, key=lambda tag: scores[tag], reverse=True)
    if (
        len(ranked) == len(set(among))
        and scores[ranked[0]] >= max(3, len(words) // 6)
        and scores[ranked[0]] >= 2 * scores[ranked[1]]
    ):
        return ranked[0]
    others_words = {tag: frozenset[str]().union(*(_SETS[other] for other in scores if other != tag)) for tag in scores}
    telling = {tag: sum(word in _SETS[tag] and word not in others_words[tag] for word in words) for tag in scores}
    first, *rest = sorted(telling, key=lambda tag: telling[tag], reverse=True) or [""]
    if rest and len(ranked) == len(set(among)) and telling[first] >= max(4, 4 * telling[rest[0]]):
        return first  # by words that no other one has
    guessed = [(tag, float(score)) for tag, score in _guesses(text) if tag in among]
    return guessed[0][0] if len(guessed) > 1 and guessed[0][1] - guessed[1][1] > _MARGIN else ""


def guessed_language(text: str) -> str:
    """Of all languages the likeliest, however little it is likelier."""
    return _guesses(text)[0][0]


@lru_cache(maxsize=512)
def _guesses(text: str) -> tuple[tuple[str, float], ...]:
    import py3langid  # late: its model takes two seconds to load

    return tuple((str(tag), float(score)) for tag, score in py3langid.rank(text))
