"""Which kind of text an item is: release, advisory, statement, fact sheet, resource, event round-up; and how sure that is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from distro.editorial.content import Kind
from distro.editorial.importing.item import Document, Happening, Item
from distro.editorial.importing.page import Block, Evidence, Shape
from distro.reading.quotes import Quote

_ADVISORY = re.compile(
    r"(?i)\b(?:media|press|news|photo)\s+(?:advisory|alert|opportunity|invitation)\b|\bconvocatoria\s+(?:de|a"
    r"|para)\s+(?:la\s+)?(?:prensa|(?:los\s+)?medios)|\b(?:aviso|invitaci[oó]n)\s+a\s+(?:la\s+prensa"
    r"|(?:los\s+)?medios)|\badvisory\s*:|\bsave the date\b"
)
_STATEMENT = re.compile(
    r"(?i)^(?:(?:joint|press|media|public)\s+)?statements?\s+(?:of|from|by|on|regarding|in|about|concerning"
    r"|attributed|issued)\b|\b(?:issues?|releases?)\s+(?:a\s+|the\s+following\s+|joint\s+)?statement\b"
    r"|\bstatement\s+(?:of|from|by|on|regarding)\b"
    r"|^(?:declaraci[oó]n|declaraciones|posicionamiento|pronunciamiento|mensaje)\s+(?:conjunt[ao]\s+"
    r"|p[uú]blic[ao]\s+)?(?:de(?:l)?|sobre|ante|en|por|a)\b|\b(?:emite|publica)\s+(?:una\s+"
    r"|la\s+siguiente\s+)?declaraci[oó]n\b|:\s*statement$|\bstatement$"
)
_FACTS = re.compile(
    r"(?i)\bfact\s*-?\s*sheet\b|\bbackgrounder\b|\bby the numbers\b|\b(?:hoja|ficha)\s+(?:informativa|de datos"
    r"|t[eé]cnica)\b|\bfrequently asked questions\b|\bpreguntas frecuentes\b|\bFAQs?\b|\bkey facts\b"
    r"|\bdatos (?:clave|b[aá]sicos)\b|\bwhat you need to know\b|\blo que (?:hay|debe) (?:que )?saber\b"
)
_ROUND_UP = re.compile(
    r"(?i)\b(?:events?|actions?|rallies|activities|agenda|calendar|schedule|week(?:end)?|this month|round-?up"
    r"|vigils|marches|eventos|actividades|acciones|agenda|calendario|semana|marchas|actos|cartelera"
    r"|programaci[oó]n)\b"
)
_RESOURCE = re.compile(
    r"(?i)\b(?:toolkit|resources?|documents?|materials|downloads?|press kit|media kit|recursos|documentos"
    r"|materiales|descargas|gu[ií]a|dossier|forms?|archivos|records|files|expedientes|letter|carta|report"
    r"|informe)\b"
)
_SAYS_STATEMENT = re.compile(
    r"(?i)\b(?:(?:issued|released|made|gave)\s+(?:the following|this|a)\s+(?:joint\s+|press\s+"
    r"|public\s+)?statement|(?:emiti[oó]|difundi[oó]|hizo|dio a conocer|public[oó])\s+(?:la siguiente|esta"
    r"|una)\s+declaraci[oó]n|la siguiente declaraci[oó]n|following statement)\b"
)


@dataclass(frozen=True)
class Seen:
    """What of an item tells its kind. `type`: the group of labels.TYPE_LINE at its head."""

    type: str
    headline: str
    release_line: str
    body: Sequence[Block]
    parts: dict[str, str]
    quotes: Sequence[Quote]
    documents: Sequence[Document]
    events: Sequence[Happening]


def kind_of(seen: Seen) -> tuple[Kind, float]:
    """`seen.parts` and `seen.events` are what an advisory or a round-up would have."""
    words = sum(block.words for block in seen.body) or 1
    if len(seen.events) >= 3 or (len(seen.events) == 2 and _ROUND_UP.search(seen.headline)):
        return Kind.EVENT_ROUND_UP, 0.9 if _ROUND_UP.search(seen.headline) else 0.75
    if seen.type == "advisory" or _ADVISORY.search(f"{seen.headline}\n{seen.release_line}"):
        return Kind.ADVISORY, 0.97 if len(seen.parts) >= 2 else 0.85
    if len(seen.parts) >= 3 and {"when", "where"} <= set(seen.parts):
        return Kind.ADVISORY, 0.85
    if seen.type == "facts" or _FACTS.search(seen.headline):
        return Kind.FACT_SHEET, 0.9
    if seen.type == "statement" or _STATEMENT.search(seen.headline):
        return Kind.STATEMENT, 0.95
    if seen.type == "resource" and seen.documents and not seen.release_line and not seen.quotes:
        return Kind.RESOURCE, 0.9
    if (found := _is_resource(seen, words)) is not None:
        return Kind.RESOURCE, found
    said = _said(seen)
    if said >= 0.5 * words and (not seen.headline or any(_SAYS_STATEMENT.search(block.text) for block in seen.body[:5])):
        return Kind.STATEMENT, 0.9
    if not seen.headline and said >= 0.4 * words and said > 40:
        return Kind.STATEMENT, 0.8
    labelled = seen.type == "release" or bool(seen.release_line)
    return Kind.RELEASE, 0.95 if labelled else 0.8 if words > 80 else 0.55


def _is_resource(seen: Seen, words: int) -> float | None:
    """An index of files: more of them than text."""
    offered = len(seen.documents)
    listed = sum(1 for block in seen.body if block.links or block.shape is Shape.ITEM)
    plain = sum(block.words for block in seen.body if not block.links and block.shape is Shape.PARAGRAPH)
    if offered >= 3 and (plain < 40 * offered or listed >= 0.6 * len(seen.body)) and plain < 200:
        return 0.85
    if offered >= 1 and plain < 60 and _RESOURCE.search(seen.headline) and not seen.quotes:
        return 0.75
    return None


def _said(seen: Seen) -> int:
    """Words of the one who says most."""
    said: Counter[str] = Counter()
    for quote in seen.quotes:
        said[quote.speaker] += len(quote.words.split())
    return max(said.values(), default=0)


def is_release(item: Item, evidence: Evidence) -> bool:
    """The only item of a page is something that was given to the press, and not what a site says of itself or that it is empty:
    it has a label, a day, a dateline or somebody who speaks."""
    titles = [item.headline, re.split(r"\s[|–—»·-]\s", evidence.title)[0]]
    labelled = bool(item.release_line or item.parts or item.events) or item.kind in (
        Kind.ADVISORY,
        Kind.STATEMENT,
        Kind.FACT_SHEET,
    )
    text = " ".join(item.paragraphs)
    if labelled or evidence.declared:
        return True
    if any(_OF_SITE.match(title.strip()) for title in titles) and not (item.dateline and item.date):
        return False
    if _EMPTY.search(text) and len(text.split()) < 120 and not item.dateline:
        return False
    if item.date or item.dateline or item.quotes or any(one.name and (one.email or one.phone) for one in item.contacts):
        return True
    if not evidence.title and not item.headline and len(text.split()) >= 15:  # a file of nothing but somebody's sentences
        return True
    return bool(item.headline and item.boilerplates) or (len(item.headline.split()) >= 5 and len(text.split()) >= 40)


_OF_SITE = re.compile(
    r"(?i)^(?:about(?: us| the [\w ]+)?|our (?:mission|history|story|team|staff|board)|mission(?: statement)?"
    r"|who we are|contact(?: us)?"
    r"|history|staff|board of directors|acerca de(?: nosotr[oa]s)?|qui[eé]nes somos|nuestra (?:misi[oó]n|historia)"
    r"|misi[oó]n"
    r"|sobre nosotr[oa]s|contacto|qui sommes-nous|[aà] propos(?: de nous)?|quem somos|sobre n[oó]s)\b"
)
_EMPTY = re.compile(
    r"(?i)\b(?:no (?:posts?|results?|press releases|releases|news|items|entries|articles|content)\b.{0,40}\b(?:found"
    r"|match\w*|available"
    r"|yet|posted|this|in)|nothing (?:was )?found|there (?:are|is) (?:currently |presently )?no\b|page not found|error 404"
    r"|no se (?:encontr\w+|han? (?:encontrado|publicado))|no hay (?:comunicados|noticias|entradas|resultados"
    r"|art[ií]culos|publicaciones)"
    r"|sin resultados|check back|aucun (?:r[eé]sultat|communiqu[eé]|article)|nenhum(?:a)? (?:resultado|not[ií]cia))\b"
)
