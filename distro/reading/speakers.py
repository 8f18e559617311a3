"""Who a sentence says is speaking: a name and a title out of the words before or behind a quotation. Knows no marks.

`LAST` as a name means: whoever was named last ("she said", "añadió").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from distro.reading.persons import Person, person
from distro.reading.speechwords import ACCORDING, ARTICLES, INTRODUCING, PRONOUNS, SAYING

LAST = "*"
_CAPITAL = "A-ZÀ-ÖØ-Þ"
_SENTENCE_END = re.compile(
    rf"(?<![\s.(][{_CAPITAL}])(?<!\b[DJS]r)(?<!\bDra)(?<!\bSra)(?<!\bM[rs])(?<!\bMrs)(?<!\bSt)(?<!\bRep)(?<!\bSen)(?<!\bGov)"
    rf"(?<!\bRev)(?<!\bInc)(?<!\bLic)(?<!\bIng)(?<!\bProf)(?<!\bPh)[.!?…]+[)\]”»\"’']*(?=\s|$)"
)
_ADVERBS = (
    r"(?:\s+(?:also|later|then|today|hoy|ayer|también|además|luego|por su parte|asimismo|por último|[a-z]+ly|[a-z]+mente))*"
)
_ACCORDING = re.compile(rf"(?:{ACCORDING})\s+(?=\S)", re.IGNORECASE)
_INTRODUCING = re.compile(INTRODUCING, re.IGNORECASE)
_STATEMENT_OF = re.compile(
    r"(?:^|\s)(?:joint\s)?(?:statement|remarks|quote|comment|message|declaraci[oó]n|declaraciones|mensaje|palabras|cita)s?\s+"
    r"(?:of|by|from|attributed\sto|attributable\sto|de|del|por|atribuible\sa|a\scargo\sde)\s+",
    re.IGNORECASE,
)
_DASH = re.compile(rf"\s*[—–―-]+\s*(?=[{_CAPITAL}])")
_UNKNOWN_VERB = re.compile(rf"((?:[{_CAPITAL}][\w’'.-]+\s+)+)(?!and|or|of|the|in)[a-zà-ÿ]{{4,}}\s*[,:]$")
_NO_VERB = "of and or in at to for by on with from y o de en a con por para que el la los las is are was has have the which as"
_UNKNOWN_FIRST = re.compile(rf"(?!(?:{_NO_VERB.replace(' ', '|')})\s)[a-zà-ÿ]{{3,}}\s+(?=[{_CAPITAL}][\w’'-]+\s+[{_CAPITAL}])")


@dataclass(frozen=True)
class Attribution:
    """`length`: how many characters of the text behind the quotation it takes, up to the end of its sentence."""

    who: Person
    length: int = 0


@lru_cache(maxsize=16)
def verbs(language: str) -> re.Pattern[str]:
    """The verbs of saying in this language and in the languages that texts here are mixed of."""
    tags = dict.fromkeys((language.partition("-")[0], "en", "es"))
    listed = sorted({word for tag in tags for word in SAYING.get(tag, "").split()}, key=len, reverse=True)
    auxiliary = r"(?:(?:ha|han|había|a|ont|went on to|goes on to)\s+)?(?:se\s+)?"
    return re.compile(rf"\b{auxiliary}(?:{'|'.join(map(re.escape, listed))})\b", re.IGNORECASE)


@lru_cache(maxsize=16)
def named_behind(language: str) -> re.Pattern[str]:
    """A speaker named within what was not closed: `…, said Jane Roe, director.` at a paragraph's end."""
    return re.compile(rf"[,.?!”»\"]\s+{verbs(language).pattern}\s+(?-i:[{_CAPITAL}])[^\"“”«»]*$", re.IGNORECASE)


def behind(text: str, language: str, *, sentence_over: bool) -> Attribution | None:
    """The speaker named behind a quotation. `sentence_over`: the quotation ended with a full stop, so that a new sentence
    follows and only "… said Jane Roe" or a dash still belongs to it."""
    lead = len(text) - len(text.lstrip(" ,;—–-\t\u00a0"))
    end = _SENTENCE_END.search(text, lead)
    clause, length = text[lead : end.start() if end else len(text)].rstrip(), end.end() if end else len(text)
    if not clause:
        return None
    if _DASH.match(text) and len(clause) < 160 and not verbs(language).search(clause):
        return Attribution(person(clause), length)
    verb = verbs(language).match(clause) or (None if sentence_over else _UNKNOWN_FIRST.match(clause))
    if verb is not None and not (sentence_over and verb[0][0].isupper()):
        return Attribution(_object(clause[verb.end() :]), length)
    if sentence_over:
        return None
    according = _ACCORDING.match(clause)
    if according:
        rest = clause[according.end() :]
        inner = verbs(language).search(rest)
        witness = person(rest[: inner.start()] if inner else rest)
        return Attribution(witness, length) if witness.name else None
    said = verbs(language).search(clause)
    subject = clause[: said.start()].strip(" ,") if said else ""
    if subject and len(subject.split()) <= 25 and (who := _subject(subject)) is not None:
        return Attribution(who, length)
    return None


def before(text: str, language: str) -> Person | None:
    """The speaker named in the sentence that leads up to a quotation: "Jane Roe, director, said:", "Según Juan Pérez, "."""
    ends = [m.end() for m in _SENTENCE_END.finditer(text.rstrip())]
    clause = text[ends[-1] if ends and ends[-1] < len(text.rstrip()) else 0 :].strip() if not _over(text, ends) else ""
    if not clause:
        return None
    lead_in = clause[-1] in ",:" or clause.split()[-1].lower() in ("that", "que", "–", "—")
    introduced = _INTRODUCING.search(clause)
    if introduced:
        return _subject(clause[: introduced.start()].strip(" ,")) or _in_clause(clause[introduced.end() :])
    of = _STATEMENT_OF.search(clause) if clause[-1] in ":" else None
    if of:
        return _statement_of(clause[of.end() :])
    if (first := verbs(language).match(clause)) and lead_in:
        return _object(clause[first.end() :].rstrip(" ,:"))
    if (according := _ACCORDING.match(clause)) and lead_in and (who := person(clause[according.end() :].strip(" ,:"))).name:
        return who
    said = [m for m in verbs(language).finditer(clause) if m.start() > 0]
    if said and len(clause[said[-1].end() :].split()) <= 10 and (lead_in or not clause[said[-1].end() :].strip()):
        rest = clause[said[-1].end() :].strip(" ,:")
        behind_it = _object(rest) if rest and not re.match(r"(?:that|que|in|on|en|to|a|at|during|durante)\b", rest) else None
        if behind_it and behind_it.name not in ("", LAST):
            return behind_it
        return _subject(clause[: said[-1].start()].strip(" ,")) or Person(LAST)
    if lead_in and (unknown := _UNKNOWN_VERB.search(clause)):
        return _in_clause(unknown[1])
    return _in_clause(clause.rstrip(" :")) if clause[-1] == ":" else None


def titled(text: str) -> Person | None:
    """The speaker whom a line names as the source of what follows: "Statement by Mayor Jane Roe on the floods"."""
    of = _STATEMENT_OF.match(text)
    return _statement_of(text[of.end() :]) if of and len(text) < 200 else None


def _statement_of(text: str) -> Person:
    return person(re.split(r"\s(?:on|regarding|about|concerning|after|following|sobre|ante|tras|in)\s", text, maxsplit=1)[0])


def _over(text: str, ends: list[int]) -> bool:
    return bool(ends) and ends[-1] >= len(text.rstrip())


def _object(rest: str) -> Person:
    """Who stands behind the verb; LAST where nobody does ("añadió.")."""
    rest = re.sub(rf"^{_ADVERBS}\s*", "", rest).strip(" ,")
    rest = re.sub(rf"^(?:en|durante|ante|in|during)\s(?:[a-zà-ÿ]+\s){{1,5}}(?=[{_CAPITAL}])", "", rest)
    first = rest.split()[0].lower().strip(",.:") if rest else ""
    if not first or first in PRONOUNS:
        return Person(LAST)
    if not rest[0].isupper() and first not in ARTICLES and not person(rest).name:
        return Person(LAST)
    return person(rest)


def _subject(text: str) -> Person | None:
    """Who stands before the verb, at the end of what may be a long sentence; None where nobody does."""
    text = re.split(r"(?<=[\w.)])\s*[—–](?=\s*[^\W\d_])", text)[-1] if re.match(r"[^—–]{2,40}[—–]", text) else text
    text = re.sub(rf"{_ADVERBS}$", "", text).strip(" ,")
    text = re.sub(r"(?<=\w),\s+(?:who|whose|which|quien|que|cuy[oa]s?)\s[^,]*$", "", text)  # "Jane Roe, who directs it, said"
    words = text.split()
    if not words:
        return None
    if words[-1].lower() in PRONOUNS or words[-1].lower() in ("and", "y", "who", "quien"):
        return Person(LAST)
    return _in_clause(text)


def _in_clause(text: str) -> Person | None:
    found = person(text)
    return found if found.name else None
