"""form-press-contact: somebody whom a journalist can call and write to, who speaks each language of the release."""

from __future__ import annotations

from distro.editorial.content import ANY, PressContact
from distro.preflight.case import Case, about
from distro.preflight.rule import Found, Rule
from distro.severity import Severity


def _look(case: Case) -> Found:
    contacts = case.content.contacts
    if not contacts:
        remedy = "Write [[contact]] with a name, an email and a phone in release.toml."
        yield about("", "contacts"), "It names no press contact.", remedy
    elif not contacts[0].email:
        why = f"The first press contact, {contacts[0].name}, gets the replies and has no email."
        yield about("", "contacts", contacts[0].name), why, "Write one in release.toml."


def _incomplete(case: Case) -> Found:
    contacts = case.content.contacts
    for number, contact in enumerate(contacts):
        lacks = [what for what, has in (("phone", contact.phone), ("email", contact.email or number == 0)) if not has]
        if lacks:
            why = f"The press contact {contact.name} has no {' and no '.join(lacks)}."
            yield about("", "contacts", contact.name), why, "A journalist on deadline calls: write both in release.toml."
        yield from _role(case, contact)
    for event in case.content.events:
        if event.contact is not None and not (event.contact.phone and event.contact.email):
            lacks = ["phone"] * (not event.contact.phone) + ["email"] * (not event.contact.email)
            why = f"The contact of an event, {event.contact.name}, has no {' and no '.join(lacks)}."
            yield about("", "events", event.contact.name), why, "Write it in release.toml."
    yield from _languages(case)


def _role(case: Case, contact: PressContact) -> Found:
    for language in case.editions:
        if contact.role and ANY not in contact.role and language not in contact.role:
            why = f"What {contact.name} does is not said in {language}, and would stand there in another language."
            yield about(language, "contacts", contact.name), why, "Write role for this language in release.toml."


def _languages(case: Case) -> Found:
    """Where contacts say what they speak, each edition needs one who speaks its language."""
    contacts = case.content.contacts
    if contacts and all(contact.languages for contact in contacts):
        spoken = {tag.partition("-")[0] for contact in contacts for tag in contact.languages}
        for language in case.editions:
            if language.partition("-")[0] not in spoken:
                why = f"No press contact speaks {language}, and the release has an edition in it."
                yield about(language, "contacts"), why, "Name one who does, or add the language to theirs in release.toml."


RULE = Rule(
    "form-press-contact",
    Severity.STOPS,
    "The rules of the trade, press contact",
    "nobody to call or to write to",
    _look,
    _incomplete,
)
