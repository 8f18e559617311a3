"""README.txt of an evidence bag, in English and Spanish: what each file is, how to verify, and what is not in it."""

from __future__ import annotations

from pathlib import Path
from string import Template

from distro.dispatch.evidence_summary import Facts, fingerprint
from distro.dispatch.evidence_words import hour

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "evidence" / "README.txt"


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
    )
