"""Which languages a person reads, as one short text, and which edition they get for it.

"en" one language; "en;es" either, the first preferred; "en+es" both in one stacked copy. Tags are BCP 47.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from contacts.errors import Refused

_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE | re.ASCII)

_TWO_LETTERS = frozenset(
    re.findall(
        r"\w+",
        "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
        "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja "
        "jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb "
        "nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so "
        "sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ",
    )
)
"""ISO 639-1. A tag of three letters is taken as it is: communities write in languages that no short table has."""


@dataclass(frozen=True)
class Choice:
    """The edition for one person: "en", or stacked "en+es" (first on top). `fallback`: none of what they asked for exists."""

    language: str
    fallback: bool


def parse(text: str) -> str:
    """The canonical form: "", "en", "en;es" or "en+es", tags in their usual case, each once. Raises Refused."""
    if "+" in text and re.search(r"[;,]", text):
        raise Refused(f"The languages {text!r} mix ; and +; write en;es for either, or en+es for both in one copy.")
    joint = "+" if "+" in text else ";"
    tags = [tag(part) for part in re.split(r"[+;,]", text) if part.strip()]
    return joint.join(dict.fromkeys(tags))


def tag(text: str) -> str:
    """One language tag in its usual case: "es-MX", "zh-Hant". Raises Refused."""
    match = _TAG.fullmatch(text.strip())
    if match is None:
        raise Refused(f"{text.strip()!r} is not a language tag; write one such as en, es or es-MX.")
    language, script, region = (match[1].lower(), match[2], match[3])
    if len(language) == 2 and language not in _TWO_LETTERS:
        raise Refused(f"There is no language with the tag {text.strip()!r}; Spanish is es, English is en.")
    return "-".join([language, *([script.title()] if script else []), *([region.upper()] if region else [])])


def wanted(preference: str) -> list[str]:
    """The tags in a canonical preference, in order."""
    return [one for one in re.split(r"[+;]", preference) if one]


def choose(preference: str, available: Sequence[str], primary: str) -> Choice:
    """Which edition a person with this preference gets of a release that has these.

    Somebody who asked for nothing gets the primary, and that is no fallback. A stacked copy needs all of its languages;
    else it is the first of them that exists. A region may give way (es-MX reads es, RFC 4647 lookup).
    """
    tags = wanted(preference)
    if not tags:
        return Choice(primary, fallback=False)
    found = list(dict.fromkeys(edition for one in tags if (edition := _edition(one, available)) is not None))
    if not found:
        return Choice(primary, fallback=True)
    if "+" in preference and all(_edition(one, available) for one in tags):
        return Choice("+".join(found), fallback=False)
    return Choice(found[0], fallback=False)


def _edition(want: str, available: Sequence[str]) -> str | None:
    by_key = {one.casefold(): one for one in available}
    key = want.casefold()
    while key:
        if key in by_key:
            return by_key[key]
        key = key.rpartition("-")[0]
    return next((one for one in available if one.casefold().startswith(want.casefold() + "-")), None)
