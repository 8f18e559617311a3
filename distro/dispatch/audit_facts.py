"""Facts about people and about what may be destroyed, held against the entries about them. Says in which order; reads only."""

from __future__ import annotations

from dataclasses import dataclass, field

from distro.archive.findings import Finding
from distro.db import Store
from distro.dispatch import cards
from distro.dispatch.audit_disposals import audit_disposals
from distro.dispatch.audit_holds import audit_holds
from distro.dispatch.audit_keys import audit_contacts
from distro.dispatch.audit_people import audit_suppressions
from distro.dispatch.naming import unfindable
from distro.editorial.audit_staff import audit_staff


@dataclass
class FactsFound:
    """`notes`: what a person should know, and is no alteration."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def audit_facts(store: Store) -> FactsFound:
    """Keys, erasures, agreements, suppressions, legal holds with what was kept under them, and disposals, page by page."""
    roles, _ = audit_staff(store)  # what is wrong with the staff itself is told where approvals are looked at
    held, findings = audit_holds(store, roles)
    found = FactsFound(findings)
    found.findings += audit_disposals(store, roles, held, found.notes)
    found.findings += audit_contacts(store, roles)
    found.findings += audit_suppressions(store)
    with store.snapshot() as session:
        found.findings += cards.altered(session)
        if unfindable(session):
            found.notes.append("Not all waves are found by name yet, so names were not looked at; `distro init` sees to it.")
    return found
