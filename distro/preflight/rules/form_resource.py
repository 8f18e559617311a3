"""form-resource: a file that the release names is there and can be had; a text that speaks of one names it."""

from __future__ import annotations

import re

from distro.preflight.case import Case, about, place
from distro.preflight.rule import Found, Rule
from distro.reading.span import Span
from distro.severity import Severity

_SPEAKS = {
    "en": re.compile(
        r"(?i)\b(?:see|read|find|the)\s+(?:the\s+)?(?:attached|enclosed)\b[^.\n]{0,40}"
        r"|\battached\s+(?:is|are|to this|you)\b[^.\n]{0,30}"
        r"|\b(?:is|are)\s+(?:attached|enclosed)(?=[.;,]|\s+(?:to\s+this|here))|\bsee\s+attachments?\b|\bplease\s+find\s+(?:attached|enclosed)\b"
    ),
    "es": re.compile(
        r"(?i)\b(?:se\s+adjunta|adjuntamos|adjunto\s+encontrará|véase\s+(?:el\s+)?(?:documento\s+)?adjunto|ver\s+adjunto"
        r"|documentos?\s+adjuntos?|archivos?\s+adjuntos?|carta\s+adjunta|informe\s+adjunto|se\s+anexa)\b[^.\n]{0,30}"
    ),
}


def _look(case: Case) -> Found:
    files = [resource for resource in case.content.resources if resource.file]
    for one in files:
        if not one.sha256:
            remedy = "Put it there and add the folder again."
            yield about("", "resources", one.file), f"The file {one.file} is not in the folder.", remedy
    if files and not case.public_url:
        names = ", ".join(one.file for one in files)
        why = f"A file needs a public address to be linked ({names})."
        yield about("", "resources", files[0].file), why, "Set [web] public_url, or give a url instead."


def _spoken_of(case: Case) -> Found:
    if case.content.resources:
        return
    for language, part, text in case.texts():
        speaks = _SPEAKS.get(language.partition("-")[0])
        for m in speaks.finditer(text) if speaks else ():
            why = "The text speaks of something attached, and the release has no resource; a mail carries no attachments."
            yield place(language, part, text, Span.of(text, m.start(), m.end())), why, "Write [[resource]] in release.toml."


RULE = Rule("form-resource", Severity.STOPS, "The rules of the trade, resources", "named and absent", _look, _spoken_of)
