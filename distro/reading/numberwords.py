"""Numbers in words: "fifteen hundred", "mil quinientos", "treinta y uno", "two dozen", "medio millón". Tables and their sums.

What a number counts, and whether a word is one at all where it stands, is `numbers`'.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from distro.reading.calendars import fold, written


@dataclass(frozen=True)
class Numerals:
    """Folded words. `small` add up, `times` multiply what stands before them; `joins` ("and", "y") stand between;
    `articles` are a one where a multiplier follows ("a hundred", "per thousand"), `half` is a half of it."""

    small: Mapping[str, int]
    times: Mapping[str, int]
    joins: frozenset[str]
    articles: frozenset[str]
    half: frozenset[str]
    ordinals: Mapping[str, int]
    fractions: Mapping[str, Decimal]


def _counted(words: str, start: int = 1, step: int = 1) -> dict[str, int]:
    return {fold(word): start + i * step for i, word in enumerate(words.split())}


_EN_ORDINALS = (
    "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
    "seventeenth eighteenth nineteenth twentieth"
)
_TABLES: dict[str, Numerals] = {
    "en": Numerals(
        small={
            **_counted("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"),
            **_counted("seventeen eighteen nineteen", 17),
            **_counted("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
        },
        times={
            "hundred": 100,
            "thousand": 1000,
            "million": 10**6,
            "billion": 10**9,
            "trillion": 10**12,
            "dozen": 12,
            "decade": 10,
        }
        | {"decades": 10, "century": 100, "centuries": 100},
        joins=frozenset({"and"}),
        articles=frozenset({"a", "an", "per"}),
        half=frozenset({"half a", "a half"}),
        ordinals=_counted(_EN_ORDINALS, 3),
        fractions={"one third": Decimal(1) / 3, "a third": Decimal(1) / 3, "two thirds": Decimal(2) / 3}
        | {"a quarter": Decimal("0.25"), "one quarter": Decimal("0.25"), "three quarters": Decimal("0.75")}
        | {"one half": Decimal("0.5"), "one fifth": Decimal("0.2"), "a fifth": Decimal("0.2"), "one tenth": Decimal("0.1")},
    ),
    "es": Numerals(
        small={
            **_counted("uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis"),
            **_counted("un"),
            **_counted("una"),
            **_counted("diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco", 17),
            **_counted("veintiséis veintisiete veintiocho veintinueve", 26),
            **_counted("veintiún", 21),
            **_counted("veintiuna", 21),
            **_counted("treinta cuarenta cincuenta sesenta setenta ochenta noventa cien", 30, 10),
            **_counted("ciento", 100),
            **_counted("doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos", 200, 100),
            **_counted("doscientas trescientas cuatrocientas quinientas seiscientas setecientas ochocientas", 200, 100),
            **_counted("novecientos", 900),
            **_counted("novecientas", 900),
        },
        times={"mil": 1000, "millon": 10**6, "millones": 10**6, "millardo": 10**9, "millardos": 10**9, "billon": 10**12}
        | {"billones": 10**12, "docena": 12, "decena": 10, "veintena": 20, "quincena": 15, "centenar": 100, "millar": 1000}
        | {"decada": 10, "decadas": 10},
        joins=frozenset({"y"}),
        articles=frozenset(),
        half=frozenset({"medio", "media"}),
        ordinals=_counted("tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo decimotercero", 3)
        | _counted("tercera cuarta quinta sexta séptima octava novena décima undécima duodécima decimotercera decimocuarta", 3)
        | {"tercer": 3, "decimotercer": 13, "decimocuarto": 14, "decimoquinto": 15, "decimoquinta": 15, "vigesimo": 20},
        fractions={"un tercio": Decimal(1) / 3, "dos tercios": Decimal(2) / 3, "la tercera parte": Decimal(1) / 3}
        | {"una tercera parte": Decimal(1) / 3, "las dos terceras partes": Decimal(2) / 3, "un cuarto": Decimal("0.25")}
        | {"una cuarta parte": Decimal("0.25"), "la cuarta parte": Decimal("0.25"), "tres cuartos": Decimal("0.75")}
        | {"tres cuartas partes": Decimal("0.75"), "una quinta parte": Decimal("0.2"), "un quinto": Decimal("0.2")}
        | {"la quinta parte": Decimal("0.2"), "una décima parte": Decimal("0.1"), "la décima parte": Decimal("0.1")},
    ),
    "fr": Numerals(
        small={
            **_counted("un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept"),
            **_counted("dix-huit dix-neuf vingt", 18),
            **_counted("trente quarante cinquante soixante", 30, 10),
            **_counted("une"),
        },
        times={"cent": 100, "cents": 100, "mille": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9}
        | {"milliards": 10**9, "douzaine": 12, "dizaine": 10},
        joins=frozenset({"et"}),
        articles=frozenset(),
        half=frozenset(),
        ordinals=_counted("troisième quatrième cinquième sixième septième huitième neuvième dixième", 3),
        fractions={"un tiers": Decimal(1) / 3, "deux tiers": Decimal(2) / 3, "un quart": Decimal("0.25")},
    ),
    "pt": Numerals(
        small={
            **_counted("um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete"),
            **_counted("dezoito dezenove vinte", 18),
            **_counted("trinta quarenta cinquenta sessenta setenta oitenta noventa cem", 30, 10),
            **_counted("uma duas"),
            **_counted("cento", 100),
            **_counted("duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos", 200, 100),
        },
        times={"mil": 1000, "milhão": 10**6, "milhões": 10**6, "bilhão": 10**9, "bilhões": 10**9, "dúzia": 12, "dezena": 10},
        joins=frozenset({"e"}),
        articles=frozenset(),
        half=frozenset({"meio", "meia"}),
        ordinals=_counted("terceiro quarto quinto sexto sétimo oitavo nono décimo", 3),
        fractions={"um terço": Decimal(1) / 3, "dois terços": Decimal(2) / 3, "um quarto": Decimal("0.25")},
    ),
}
_NONE = Numerals({}, {}, frozenset(), frozenset(), frozenset(), {}, {})


def numerals(language: str) -> Numerals:
    """The words of a language (without its region); none for one that is not here."""
    table = _TABLES.get(language, _NONE)
    return Numerals(
        table.small,
        {fold(word): n for word, n in table.times.items()},
        table.joins,
        table.articles,
        table.half,
        table.ordinals,
        {fold(words): n for words, n in table.fractions.items()},
    )


def has_number_words(language: str) -> bool:
    """Whether a language's (a BCP 47 tag's) numbers are read in words."""
    return language.partition("-")[0] in _TABLES


@lru_cache(maxsize=8)
def words_pattern(language: str) -> str:
    """A pattern of what may be a number in words: `value_of` says whether it is, and how much of it."""
    n = numerals(language)
    if not n.small:
        return r"(?!)"
    word = written([*n.small, *n.times])
    lead = "|".join([*(rf"{written([w])}\s+(?={written(n.times)}\b)" for w in [*n.articles, *n.half])])
    join = rf"(?:[\s-]+(?:{'|'.join(n.joins)})\s+|[\s-]+)"
    return rf"(?:{lead})?{word}(?:{join}{word})*" if lead else rf"{word}(?:{join}{word})*"


@dataclass(frozen=True)
class Sum:
    """`taken`: how many characters of the text: "two three" is two, and takes three. `last`: the last multiplier, else 1."""

    value: Decimal
    taken: int
    last: Decimal


def value_of(text: str, language: str) -> Sum | None:
    """What the words add up to. None for a multiplier alone, which is vague: "several hundred", "millones de personas"."""
    n = numerals(language)
    total, part, half, taken, last = Decimal(0), Decimal(0), Decimal(1), 0, 0
    one = Decimal(1)
    for match in re.finditer(r"(?:half\s+a|a\s+half|[^\W\d_]+(?:['’][^\W\d_]+)?)", text, re.IGNORECASE):
        word = " ".join(fold(match[0]).split())
        if word in n.joins or word in n.articles:
            continue
        if word in n.half:
            half = Decimal("0.5")
        elif word in n.times:
            times = n.times[word]
            if (
                not taken
                and half == 1
                and word not in _ALONE
                and not _AND_HALF.match(text, match.end())
                and not re.match(r"(?:an?|per)\b", text, re.IGNORECASE)
            ):
                return None
            if 0 < total < times and last and times > last:
                total, part = (total + part) * times, Decimal(0)
            elif times == 100:
                part = (part or one) * 100
            else:
                total, part = total + (part or half) * times, Decimal(0)
            last, taken = times, match.end()
        elif word in n.small:
            value = n.small[word]
            if part and not _goes_on(part, value):
                break
            part, taken = part + value, match.end()
        else:
            break
    return Sum(total + part, taken, Decimal(last or 1)) if taken else None


_AND_HALF = re.compile(r"\s+y\s+medi[oa]\b", re.IGNORECASE)
""" "Millón y medio": one and a half."""
_ALONE = frozenset({"mil", "mille", "cent"})
""" "Mil personas" are a thousand, "million people" is no English. """


def _goes_on(part: Decimal, value: int) -> bool:
    """Twenty goes on with one, two hundred with twenty; two does not with three."""
    room = 10 if value < 10 else 100
    return part % room == 0 and (part >= 20)
