"""README.txt of an evidence bag, in English and Spanish: what each file is, how to verify, and what is not in it."""

from __future__ import annotations

from pathlib import Path
from string import Template
from textwrap import fill

from distro.dispatch.evidence_summary import FINDINGS, Facts, fingerprint
from distro.dispatch.evidence_words import hour
from distro.words import Words, words

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "evidence" / "README.txt"

_WIDTH = 72


def readme(facts: Facts) -> str:
    """The text, with what this bag is about, its head and its key."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        office=facts.office.name,
        what=facts.scope.what,
        slug=facts.scope.release.slug,
        deliveries=facts.tally.deliveries,
        copies=facts.tally.copies,
        entries=facts.entries,
        origin=facts.head.origin,
        size=facts.head.size,
        root=facts.head.root.hex(),
        stamps=len(facts.stamps.told),
        sealed=hour(facts.sealed_at, "UTC").partition("\n")[0],
        fingerprint=fingerprint(facts.key),
        unlike=_unlike(facts, words("en")),
        unlike_es=_unlike(facts, words("es")),
    )


def _unlike(facts: Facts, _: Words) -> str:
    """A chapter about what does not match the record; "" where everything does."""
    if not facts.findings:
        return ""
    heading = _("What does not match the record")
    lines = [heading, "-" * len(heading), *fill(_("evidence: does not match"), _WIDTH).splitlines(), ""]
    for one in facts.findings[:FINDINGS]:
        lines += fill(one.what, _WIDTH, initial_indent="- ", subsequent_indent="  ").splitlines()
    if len(facts.findings) > FINDINGS:
        lines += ["", _("Of %(all)s, %(told)s are told here.", all=f"{len(facts.findings):,}", told=str(FINDINGS))]
    return "\n".join([*lines, "", ""])
