"""The words by which pages mark the parts of a release, in English, Spanish, French and Portuguese. Patterns only."""

from __future__ import annotations

import re

_I = re.IGNORECASE

RELEASE_LINE = re.compile(
    r"^[\s*_>«\"“(]*(?:(?P<embargo>(?:strictly\s+)?(?:under\s+)?embargo(?:ed)?(?:\s+(?:until|till"
    r"|for release))?\b|embargad[oa]\s+hasta|embargo\s+hasta"
    r"|not for (?:release|publication) (?:until|before)|sous embargo\b)"
    r"|for\s+immediate\s+(?:release|distribution|publication)|immediate\s+release"
    r"|para\s+(?:su\s+)?(?:publicaci[oó]n|difusi[oó]n|divulgaci[oó]n"
    r"|distribuci[oó]n)\s+inmediata|de\s+(?:publicaci[oó]n|difusi[oó]n)\s+inmediata|publicaci[oó]n\s+inmediata"
    r"|difusi[oó]n\s+inmediata"
    r"|pour\s+(?:diffusion|publication)\s+imm[eé]diate|para\s+(?:divulga[cç][aã]o|publica[cç][aã]o)\s+imediata"
    r"|for\s+release\b(?=\s*[:\-–—]|\s+(?:on|upon|after)|\s*$))",
    _I,
)
"""How a release line begins."""

TYPE_LINE = re.compile(
    r"^[\s*_>]*(?P<type>(?P<advisory>(?:press|media|news|photo)\s+(?:advisory|alert|invitation|opportunity"
    r"|notice)|(?:press|news)\s+conference\s+"
    r"(?:advisory|notice)|advisory|save\s+the\s+date|convocatoria(?:\s+(?:de|a|para)\s+(?:la\s+)?(?:prensa"
    r"|(?:los\s+)?medios))?(?:\s+de\s+comunicaci[oó]n)?"
    r"|aviso\s+(?:de|a|para)\s+(?:la\s+)?(?:prensa|(?:los\s+)?medios)(?:\s+de\s+comunicaci[oó]n)?"
    r"|invitaci[oó]n\s+(?:de|a|para)\s+(?:la\s+)?(?:prensa|(?:los\s+)?medios)"
    r"|alerta\s+(?:de|a|para)\s+(?:la\s+)?(?:prensa|(?:los\s+)?medios)|invitation\s+(?:à\s+la\s+)?presse"
    r"|aviso\s+de\s+pauta)"
    r"|(?P<statement>(?:press\s+|media\s+|joint\s+)?statement|declaraci[oó]n(?:\s+(?:conjunta|p[uú]blica"
    r"|de\s+prensa))?|posicionamiento)"
    r"|(?P<facts>fact\s*-?\s*sheet|(?:media\s+)?backgrounder|frequently asked questions|faqs?|(?:hoja"
    r"|ficha)\s+(?:informativa|de\s+datos|t[eé]cnica)|preguntas frecuentes)"
    r"|(?P<release>(?:press|news|media|joint\s+press)\s+(?:releases?|communiqu[eé]|statement)"
    r"|comunicad[oa]s?(?:\s+(?:conjunto\s+)?(?:de|a|para)\s+(?:la\s+)?(?:prensa|(?:los\s+)?medios))?"
    r"(?:\s+conjunto)?|notas?\s+(?:de\s+prensa|informativas?)|bolet[ií]n(?:\s+(?:de\s+prensa|informativo))?"
    r"|communiqu[eé](?:\s+de\s+presse)?|nota\s+[aà]\s+imprensa|release))"
    r"(?=\s*(?:[:\-–—|.#/(]|n[ºo°.]|no\.?\s*\d|\d|$))",
    _I,
)
"""A line that says only what kind of text this is; `lastgroup` tells which."""

CONTACT = re.compile(
    r"^[\s*_•·-]*(?:(?:[\w/&-]+\s+){0,3}contact[oa]?s?(?:\s+(?:general(?:es)?|[nd]e|del?|la|los|para|for|the|prensa"
    r"|press|media|medios|local|national|nacional|in|en|english|spanish|espa[nñ]ol|ingl[eé]s)){0,5}(?=\s*:)"
    r"|contact[oa]?s?\s+(?:for|de|del|para|at|with)\s+(?:the\s+|la\s+|el\s+)?[A-ZÀ-Þ][^:\n@\d]{2,50}(?=\s*:)"
    r"|(?:for\s+(?:more|further"
    r"|additional)\s+information|for\s+(?:media\s+|press\s+)?(?:inquiries|enquiries|interviews)|para\s+(?:m[aá]s"
    r"|mayor)\s+informaci[oó]n"
    r"|para\s+(?:entrevistas|solicitudes\s+de\s+prensa))\s*[,:]?\s*(?:(?:please\s+)?(?:contact|call|e-?mail"
    r"|reach)|(?:favor\s+de\s+)?(?:contactar|contacte|comun[ií]quese|comunicarse|llame|escriba)"
    r"(?:\s+(?:a|con))?)?|(?:media|press|news|public(?:\s+information)?"
    r"|communications?)\s+(?:relations\s+)?(?:contacts?|inquir(?:y|ies)|enquir(?:y|ies)|liaison|requests?"
    r"|information officer|desk|office)"
    r"|contacts?(?:\s+(?:for\s+(?:the\s+)?(?:media|press)|information|person|media|press|us))?|media|press(?=\s*:)"
    r"|contactos?(?:\s+(?:(?:de|para|con)\s+)?(?:la\s+)?(?:prensa|(?:los\s+)?medios))?(?:\s+de\s+comunicaci[oó]n)?"
    r"|(?:contacto\s+)?prensa(?=\s*:)|gabinete\s+de\s+(?:prensa|comunicaci[oó]n)(?=\s*:)"
    r"|(?:direcci[oó]n|oficina|coordinaci[oó]n|jefatura|departamento)\s+(?:general\s+)?de\s+(?:prensa"
    r"|comunicaci[oó]n(?:\s+social)?)(?=\s*:)|renseignements(?=\s*:)"
    r"|datos\s+de\s+contacto|informaci[oó]n\s+(?:de\s+contacto|para\s+(?:la\s+prensa|(?:los\s+)?medios))"
    r"|atenci[oó]n\s+a\s+(?:la\s+prensa|(?:los\s+)?medios)"
    r"|contacts?\s+presse|contatos?(?:\s+(?:de|para)\s+(?:a\s+)?imprensa)?|assessoria\s+de\s+imprensa)"
    r"\s*(?:\((?:s|es|english|espa[nñ]ol|spanish|ingl[eé]s|media|press|en|es)\))?\s*(?:[:：]|[–—|-](?=\s)|$|\n)\s*",
    _I,
)
"""A label before the people whom journalists call. What follows on the line belongs to them."""

CONTACT_SENTENCE = re.compile(
    r"(?:contact|call|reach|e-?mail|contactar|contacte|comun[ií]quese|comunicarse|llame|escriba|contactez"
    r"|contate)\s+(?:(?:a|con|to|out to|directly)\s+)?",
    _I,
)

ABOUT = re.compile(
    r"^[\s#*_]*(?:about|acerca\s+de(?:l)?|sobre|qui[eé]nes\s+somos|who\s+we\s+are|[aà]\s+propos\s+(?:de|d['’]"
    r"|du)|sobre\s+(?:a|o))\b['’]?\s*(?:(?:(?:the|la|el|los|las|a|o|as|os|le|les)\s+)"
    r"|l['’]\s*)?(?P<name>[^:\n]{0,120})?\s*:?\s*$",
    _I,
)
"""A heading over what an organisation says of itself."""

ABOUT_INLINE = re.compile(
    r"^(?:(?:about|acerca\s+de(?:l)?|sobre)\s+)(?:(?:the|la|el|los|las)\s+)?(?P<name>[^:.\n]{2,90}?)\s*(?::|[–—]"
    r"|\n)\s*(?P<text>\S.{40,})$",
    _I | re.DOTALL,
)

NOTES = re.compile(
    r"^(?:notes?\s+(?:to|for)\s+(?:the\s+)?editors?|editors?['’]?s?\s+notes?|notas?\s+(?:para|a"
    r"|al?)\s+(?:la\s+redacci[oó]n|los?\s+editor(?:es)?|(?:los\s+)?redactores|editor(?:es)?)"
    r"|notes?\s+aux\s+r[eé]dactions?)\s*:?\s*",
    _I,
)

RESOURCES = re.compile(
    r"^(?:(?:additional|related|more|other|useful|key|supporting)\s+)?(?:resources|documents|downloads?"
    r"|materials|files|links|reports?|media\s+(?:kit|assets)|press\s+kit|attachments?"
    r"|(?:more|further|additional)\s+info(?:rmation)?|read\s+more|recursos|documentos|descargas?|materiales"
    r"|archivos|enlaces|m[aá]s\s+informaci[oó]n|anexos?|adjuntos?|documentaci[oó]n"
    r"|ressources|t[eé]l[eé]chargements)(?:\s+(?:relacionad[oa]s|adicionales|de\s+inter[eé]s|para\s+descargar))?\s*:?$",
    _I,
)
"""A heading over documents and links that belong to the release."""

LANGUAGE_TURN = re.compile(
    r"^[\s*_(\[#—–-]*(?:(?:en|versi[oó]n\s+en|texto\s+en|contin[uú]a\s+en|in|version)?\s*(?P<es>espa[nñ]ol"
    r"|castellano|spanish)|(?:in|en|versi[oó]n\s+en)?\s*(?P<en>english|ingl[eé]s)|(?:en"
    r"|in)?\s*(?P<fr>fran[cç]ais|french)"
    r"|(?:em|in)?\s*(?P<pt>portugu[eê]s|portuguese))(?:\s+(?:version|translation|below|abajo|a continuaci[oó]n"
    r"|text|follows))?[\s*_)\]:—–-]*$",
    _I,
)
"""A line that says: from here on the other language."""

ANNOUNCED = re.compile(
    r"^[\s*_(\[#—–-]*(?:(?:la\s+)?versi[oó]n\s+en\s+|texto\s+en\s+|en\s+|in\s+)?(?:english|ingl[eé]s|spanish"
    r"|espa[nñ]ol|castellano|french"
    r"|fran[cç]ais|portuguese|portugu[eê]s)(?:\s+(?:version|text|translation|versi[oó]n))?\s+(?:follows|below|sigue"
    r"|abajo|m[aá]s abajo"
    r"|a continuaci[oó]n|al final|at the end)\b.{0,20}$",
    _I,
)
"""A line that says: the other language follows later."""

PARTS = {
    "what": re.compile(
        r"^[\s*_•]*(?:what|qu[eé]|quoi|asunto|evento|event|actividad|o que)(?:\s+is\s+happening)?\s*[:?？–—-]+\s*", _I
    ),
    "when": re.compile(
        r"^[\s*_•]*(?:when|date\s*(?:&|and|/|y)\s*time|date/time|cu[aá]ndo|fecha(?:\s*y\s*hora)?"
        r"|d[ií]a(?:\s*y\s*hora)?|quand|quando|d[ií]a)\s*[:?？–—-]+\s*",
        _I,
    ),
    "where": re.compile(
        r"^[\s*_•]*(?:where|location|venue|place|d[oó]nde|lugar|ubicaci[oó]n|où|onde|local)\s*[:?？–—-]+\s*", _I
    ),
    "who": re.compile(
        r"^[\s*_•]*(?:who|speakers?(?:\s+include)?|participants?|qui[eé]n(?:es)?|participan(?:tes)?|ponentes"
        r"|intervienen|asistentes|qui|quem)\s*[:?？–—-]+\s*",
        _I,
    ),
}
"""The four parts of an advisory, with what follows on the line."""

OTHER_PARTS = re.compile(
    r"^[\s*_•]*(?:why|visuals?|photo\s*(?:op|opportunit(?:y|ies))|interviews?|rsvp|background|details|how|notes?"
    r"|por\s*qu[eé]|visuales|im[aá]genes|entrevistas|antecedentes|c[oó]mo"
    r"|nota|notas|parking|livestream|zoom|time|hora|cost|register|acreditaci[oó]n(?:es)?|pourquoi)\s*[:?？]+\s*",
    _I,
)
