"""What organisations a text is about: who a paragraph at its end describes, and who issued it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from distro.editorial.importing.furniture import is_chrome
from distro.reading.speechwords import ARTICLES, BODIES

_CAP = r"[A-ZÀ-ÖØ-Þ0-9][\w.&’'+-]*"
_JOIN = r"(?:of|the|for|and|in|to|at|on|on behalf of|de|del|la|las|los|el|y|e|en|para|por|&|da|do|das|dos|du|des|et|d[’'])"
_NAME = rf"{_CAP}(?:,?\s(?:{_JOIN}\s)*{_CAP})*"
_OPENING = re.compile(
    rf"^(?:(?:Since|Founded in|Established in|Desde|Fundad[oa] en)\s+[^,]{{2,40}},\s+)?(?:(?:The|La|El|Los|Las"
    rf"|L[ae]s?|Our|A|O)\s+)?(?:(?:[Mm]ission|[Mm]isión|[Mm]issão)\s+(?:of|de)\s+(?:the\s+|la\s+|los\s+|las\s+)?"
    rf"|(?:[Mm]isión|[Mm]issão)\s+del\s+)?"
    rf"(?P<name>{_NAME})(?:\s*\((?P<short>[^()]{{2,60}})\))?(?P<rest>[,:]?\s.*)$",
    re.DOTALL,
)
_DESCRIBES = re.compile(
    r"\bis\s+(?:an?|the|one of|among)\s+(?:[\w’',-]+\s+){0,12}?(?:organi[sz]ations?|non-?profits?|network|union"
    r"|coalition|alliance|association|agency|hospital|universit\w+|college|school|clinic|foundation|institute"
    r"|company|center|centre|museum|library|society|federation|group|charity|firm|district|department|provider"
    r"|movement|newspaper|publisher|city|county|initiative|partnership|collaborative|cooperative|system|campaign"
    r"|project|program|leader|home)\b"
    r"|\bis (?:dedicated|committed|devoted) to\b|\b(?:non-?profit|501\(c\))|\bmission\b|\b(?:was "
    r"|were )?(?:founded|established|created|chartered|formed) in \d{4}|\bsince (?:its founding|18|19|20)\d*"
    r"|^,?\s*(?:works?|seeks?|strives?|serves?|represents?|provides?|advocates?|fights?|brings?|unites?"
    r"|promotes?|supports?|organi[sz]es|defends?|protects?|advances?|offers?|exists?|empowers?|operates?"
    r"|delivers?|helps|aims|teaches|trains|houses|feeds|runs|builds|connects|gives|hosts|publishes|lends|cares|speaks)\b"
    r"|\b(?:represents?|serves?|has|with) (?:more than|over|nearly|about|some"
    r"|approximately)?\s*[\d,.]+ (?:\w+ ){0,3}(?:members|workers|students|patients|residents|beds|employees"
    r"|families|physicians|chapters|organizations)"
    r"|\bes\s+(?:una?|la|el)\s+(?:[\wáéíóúñü-]+\s+){0,8}?(?:organizaci[oó]n|red|sindicato|coalici[oó]n|alianza"
    r"|asociaci[oó]n|agencia|hospital|universidad|escuela|cl[ií]nica|fundaci[oó]n|instituto|empresa|centro|museo"
    r"|biblioteca|sociedad"
    r"|federaci[oó]n|grupo|entidad|movimiento|cooperativa|instituci[oó]n|organismo|ong|programa|proyecto|campaña"
    r"|colectivo)\b|\bse dedica(?:n)? a\b|\bsin (?:fines|[aá]nimo) de lucro\b|\bmisi[oó]n\b"
    r"|\b(?:fue |fund[oó]se )?(?:fundad[oa]|cread[oa]|establecid[oa]|constituid[oa]) en (?:el año )?\d{4}"
    r"|\bdesde (?:su fundaci[oó]n|(?:18|19|20)\d\d)|^,?\s*(?:trabaja|agrupa|representa|defiende|promueve|ofrece"
    r"|re[uú]ne|busca|atiende|presta|lucha|impulsa|apoya|brinda|integra)\b"
    r"|\best une? (?:[\w-]+\s+){0,5}(?:association|organisation|syndicat|fondation|h[oô]pital|universit[eé]"
    r"|r[eé]seau)|\bé uma? (?:[\w-]+\s+){0,5}(?:organiza[cç][aã]o|rede|sindicato|associa[cç][aã]o|funda[cç][aã]o"
    r"|hospital|universidade)",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"\b(?:today|yesterday|tomorrow|this (?:week|month|morning)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|announced|said|told|hoy|ayer|mañana|esta semana|anunci[oó]|dijo|señal[oó])\b",
    re.IGNORECASE,
)
_ACRONYM = re.compile(rf"(?P<name>{_CAP}(?:\s(?:{_JOIN}\s)*{_CAP}){{1,9}})\s*\((?P<short>[A-Z][A-Z&.-]{{1,9}}[A-Za-z]?)\)")


def described_in(paragraph: str) -> str:
    """The organisation that a paragraph introduces, as at a release's end; "" where it is no such paragraph."""
    text = " ".join(paragraph.split())
    opening = _OPENING.match(text)
    if opening is None or not 8 <= len(text.split()) <= 260:
        return ""
    name, first = opening["name"].strip(" ,"), re.split(r"(?<=[.!?])\s", opening["rest"])[0]
    mission = bool(re.match(r"(?i)(?:the|la|a)?\s*(?:mission|misi[oó]n|miss[aã]o)\b", text))
    if not mission and not (_DESCRIBES.search(first) or _DESCRIBES.search(opening["rest"].lstrip(", ")[:200])):
        return ""
    body = any(word.strip(",.").lower() in BODIES for word in name.split()) or name.isupper()
    if _NEWS.search(text) or (re.search(r"[“”«»\"]", text) and not mission and not body):
        return ""
    if name.lower() in ARTICLES or len(name) < 3:
        return ""
    if (
        re.match(
            r"(?i)(?:read|visit|more|for|copies|this|that|these|those|it|we|they|he|she|but|and|in|speakers?|esta?|estos"
            r"|para|en|m[aá]s)$",
            name.split()[0],
        )
        and " " not in name
    ):
        return ""
    return plain_name(name)


def plain_name(name: str) -> str:
    """The name without its article, its acronym and the marks around it."""
    bare = re.sub(r"\s*\([^()]*\)\s*$", "", name.strip(" :.,*_#–—-\t"))
    return re.sub(r"^(?:the|la|el|los|las)\s+(?=[A-ZÀ-Þ])", "", bare, flags=re.IGNORECASE).strip(" :.,")


def named_most(texts: Iterable[str]) -> str:
    """The organisation that the texts introduce with its acronym most often: what a page
    without any name on it falls back on."""
    found = Counter(
        plain_name(m["name"]) for text in texts for m in _ACRONYM.finditer(text) if _initials_fit(m["name"], m["short"])
    )
    return next((name for name, _ in found.most_common(1)), "")


def of_site(site: str, title: str) -> str:
    """Whose page it is, by what it calls itself, or by the end of its title ("Headline | Harbor Works")."""
    if site:
        return site
    parts: list[str] = [part.strip() for part in re.split(r"\s[|–—»·•-]\s|\s::\s", title) if part.strip()]
    for part in [*reversed(parts[1:]), *([] if len(parts) < 3 else parts[:1])]:
        if not is_chrome(part) and 1 <= len(part.split()) <= 8 and part[0].isupper():
            return part
    return ""


def _initials_fit(name: str, short: str) -> bool:
    initials = "".join(word[0] for word in re.split(r"[\s-]+", name) if word[:1].isupper())
    letters = [c for c in short if c.isupper()]
    at = 0
    for letter in letters:
        at = initials.find(letter, at) + 1
        if not at:
            return False
    return len(letters) >= 2
