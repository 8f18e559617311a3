"""The summary of an evidence bag for a judge: what went out, when, to whom, on whose word, what was answered, what it proves.

Owns what is told and in which order; how it is set is evidence_pdf's. Few deliveries are told one by one, however many there
are: all of them stand in the bag's table. What it says comes from entries that are in the bag, not from rows of the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from distro.archive.checkpoint import Checkpoint, Verifier
from distro.archive.findings import Finding
from distro.archive.ledger import Sealable, told_by
from distro.config import Office
from distro.dispatch.evidence_anchors import Stamps
from distro.dispatch.evidence_copies import Shown
from distro.dispatch.evidence_pdf import Document
from distro.dispatch.evidence_scope import Scope
from distro.dispatch.evidence_tally import Tally
from distro.dispatch.evidence_told import Deed, TextTold, Told
from distro.dispatch.evidence_words import PURPOSES, STATES, deed, happened, hour, hour_in_line, hour_of, permit, person
from distro.dispatch.opening import DISPOSED, ERASED
from distro.editorial.content import ReleaseContent
from distro.hours import city_of, full_hour
from distro.words import Words

FINDINGS = 200
"""Findings that are told one by one."""

STEPS = 200
"""Entries about the release and its waves that are told one by one."""

STAMPS = 40
"""Time-stamps that are told one by one."""

_UNTOLD = ("wave.frozen", "contact.agreed")
"""Kinds of which there may be one for each page of an audience, or one for each person."""


@dataclass(frozen=True)
class Facts:
    """What a summary is written from.

    steps     the entries that are no delivery's, in the order of the record; `told` is what they come to
    texts     by their SHA-256, those that are what was submitted
    findings  what the office's store has otherwise than the record
    """

    scope: Scope
    office: Office
    head: Checkpoint
    sealed_at: datetime
    key: Verifier
    steps: Sequence[Sealable]
    entries: int
    stamps: Stamps
    tally: Tally
    told: Told
    texts: Mapping[str, ReleaseContent]
    findings: Sequence[Finding] = ()


def summary(facts: Facts, _: Words) -> Document:
    """The document, in the language of the words."""
    about = subject_of(facts.scope, _)
    document = Document(
        title=_("Summary of evidence"),
        subtitle=about,
        author=facts.office.name,
        language=_.language,
        paper="us-letter" if facts.office.timezone.startswith("America/") else "a4",
        footer=f"{facts.office.name} · {about}",
    )
    _unlike(document, facts.findings, _)
    _what(document, facts, _)
    _who(document, facts, _)
    _doubts(document, facts.tally, _)
    _proof(document, facts, _)
    _recipients(document, facts, _)
    return document


def subject_of(scope: Scope, _: Words) -> str:
    """Delivery 345, wave 12, release night-buses"""
    parts = [] if scope.delivery is None else [_("delivery %(number)s", number=str(scope.delivery))]
    if scope.subject.partition(":")[0] != "release":
        parts.append(_("wave %(number)s", number=str(scope.waves[0].id)))
    text = ", ".join([*parts, _("release %(slug)s", slug=scope.release.slug)])
    return _capital(text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unlike(document: Document, findings: Sequence[Finding], _: Words) -> None:
    """What does not match comes first: nobody is to read on without having seen it."""
    if not findings:
        return
    document.heading(_("What does not match the record"))
    document.paragraph(_("evidence: does not match"))
    document.items([one.what for one in findings[:FINDINGS]])
    if len(findings) > FINDINGS:
        document.paragraph(_("Of %(all)s, %(told)s are told here.", all=f"{len(findings):,}", told=str(FINDINGS)))


def _what(document: Document, facts: Facts, _: Words) -> None:
    scope, zone, tally = facts.scope, facts.office.timezone, facts.tally
    document.heading(_("What was sent, and when"))
    document.paragraph(_("Local time is that of %(city)s (%(zone)s).", city=city_of(zone, _), zone=zone))
    for digest in _hashes(facts):
        content, text = facts.texts.get(digest), facts.told.texts.get(digest)
        document.facts([*_text(content, text, zone, _)], code=[(_("Text, by its SHA-256"), digest)])
    for wave in scope.waves:
        number = wave.id or 0
        told = facts.told.wave(number)
        purpose = _(PURPOSES[told.purpose]) if told.purpose in PURPOSES else told.purpose
        document.heading(f"{_capital(_('wave %(number)s', number=str(number)))}: {purpose}", 3)
        document.facts(
            [
                (
                    _("Hour that was chosen"),
                    hour_in_line(told.at, zone) or (_("as soon as approved") if told.scheduled else ""),
                ),
                (_("Scheduled by"), _deed(told.scheduled, zone, _)),
                (_("Approved by"), _deed(facts.told.approved(number), zone, _) or _("nobody")),
                (_("Launched"), hour_in_line(told.launched, zone)),
                (_("Ended"), hour_in_line(told.ended, zone)),
                (_("Deliveries"), _counts(tally.states, number, _)),
            ]
        )
    document.facts(
        [(_("First acceptance"), hour_in_line(tally.first, zone)), (_("Last acceptance"), hour_in_line(tally.last, zone))]
    )


def _hashes(facts: Facts) -> list[str]:
    """Of the texts that the bag is about: those that the store has, and those that entries name."""
    scope = facts.scope
    whole = scope.subject.startswith("release:")
    named = facts.told.texts if whole else [facts.told.version(wave.id or 0) for wave in scope.waves]
    return list(dict.fromkeys([*(version.hash for version in scope.versions), *filter(None, named)]))


def _text(content: ReleaseContent | None, text: TextTold | None, zone: str, _: Words) -> Iterable[tuple[str, str]]:
    """What is told of a text: its content where it is the one that was submitted, and who answers for it."""
    if text is None:
        yield _("Text"), _("in no entry of the record, and so not shown")
        return
    if content is None:
        yield _("Text"), _("not what was submitted any more, and so not shown")
    else:
        yield from ((_("Headline (%(language)s)", language=tag), one.headline) for tag, one in content.editions.items())
        yield _("Issued by"), ", ".join(one.name for one in content.organisations)
        embargo = content.embargo
        when = _("none; for immediate release") if embargo is None else full_hour(embargo.utc, embargo.zone or zone, _)
        yield _("Embargo"), when
    yield _("Written by"), ", ".join(text.authors)
    yield _("Submitted by"), _deed(text.submitted, zone, _)


def _deed(deed: Deed | None, zone: str, _: Words) -> str:
    """Who, and when; "" where no entry says."""
    if deed is None:
        return ""
    alone = f"\n{_('who also wrote it; the office allows that')}" if deed.alone else ""
    return f"{deed.by}{alone}\n{hour_in_line(deed.at, zone)}"


def _counts(states: Mapping[tuple[int, str], int], wave: int, _: Words) -> str:
    return "\n".join(
        f"{count:,} {_(STATES.get(state, state))}" for (one, state), count in sorted(states.items()) if one == wave
    )


def _who(document: Document, facts: Facts, _: Words) -> None:
    steps = [entry for entry in facts.steps if entry.kind not in _UNTOLD]
    document.heading(_("Who did what"))
    rows = [
        (str(e.id), hour_of(e, facts.office.timezone), _capital(f"{person(_actor(e), _)} {deed(e, _)}"))
        for e in [*steps[: STEPS // 2], *steps[max(STEPS // 2, len(steps) - STEPS // 2) :]]
    ]
    document.table((_("Entry"), _("When"), _("What the record says")), (16, 42, 0), rows)
    if len(steps) > STEPS:
        document.paragraph(_("Of %(all)s entries, %(told)s are told here.", all=f"{len(steps):,}", told=str(STEPS)))


def _actor(entry: Sealable) -> str:
    """Whoever came onto the staff is told, not who added them."""
    if entry.kind != "staff.added":
        return entry.actor
    return str((told_by(entry.payload) or {}).get("name", entry.actor))


def _doubts(document: Document, tally: Tally, _: Words) -> None:
    document.heading(_("What is in doubt, or not shown"))
    document.paragraph(_("evidence: in doubt"))
    told = [(_("In doubt at some time"), _numbers(tally.doubtful) or _("none"))]
    for name, why in ((_("Erased"), ERASED), (_("Disposed of"), DISPOSED)):
        told.append((name, f"{tally.missing[why]:,}" if tally.missing[why] else _("none")))
    if tally.damaged:
        told.append((_("Damaged"), _numbers(tally.damaged)))
    document.facts(told)
    document.paragraph(_("evidence: not shown"))


def _numbers(deliveries: Iterable[int]) -> str:
    return ", ".join(map(str, deliveries))


def _proof(document: Document, facts: Facts, _: Words) -> None:
    document.heading(_("The record"))
    document.paragraph(_("evidence: the record"))
    document.facts(
        [
            (_("Entries in the record"), f"{facts.head.size:,}"),
            (_("Of them in this bag"), f"{facts.entries:,}"),
            (_("Head signed"), hour_in_line(facts.sealed_at, facts.office.timezone)),
        ],
        code=[
            (_("Name"), facts.head.origin),
            (_("Hash of the head"), facts.head.root.hex()),
            (_("Key, by its SHA-256"), fingerprint(facts.key)),
            (_("Key, as a text"), facts.key.text()),
        ],
    )
    document.paragraph(_("evidence: how to check"))
    _stamps(document, facts, _)
    for heading, words in (
        (_("What this proves"), PROVES if facts.stamps.told else PROVES[:-1]),
        (_("What this does not prove"), PROVES_NOT),
    ):
        document.heading(heading)
        document.items([_(one) for one in words])
    document.heading(_("What is not in the bag"))
    document.items([_(one) for one in LEFT_OUT])


def _stamps(document: Document, facts: Facts, _: Words) -> None:
    """The hours that are not the office's. Where many heads were stamped, the first and the last of them."""
    told, unfit = facts.stamps.told, _numbers(facts.stamps.unfit)
    document.heading(_("Time-stamps"))
    document.paragraph(_("evidence: time-stamps") if told else _("evidence: no time-stamps"))
    if told:
        rows = [
            (hour(one.at, facts.office.timezone), f"{one.size:,}", f"{one.here:,}")
            for one in [*told[: STAMPS // 2], *told[max(STAMPS // 2, len(told) - STAMPS // 2) :]]
        ]
        document.table((_("There by"), _("Entries in the record"), _("Of them in this bag")), (60, 50, 0), rows)
        document.paragraph(_("evidence: how to check time-stamps"))
        last = told[-1].size  # words so short that none is broken, and the command can be copied
        document.facts(
            [], code=[(_("For the last of them"), f"openssl ts -verify -data {last}.txt -in {last}.tsr -CAfile ROOT.pem")]
        )
    if unfit:
        document.facts([(_("Left out, as they do not fit"), unfit)])


PROVES = tuple(f"evidence: proves {n}" for n in range(1, 7))
PROVES_NOT = tuple(f"evidence: does not prove {n}" for n in range(1, 7))
LEFT_OUT = tuple(f"evidence: left out {n}" for n in range(1, 5))


def fingerprint(key: Verifier) -> str:
    """SHA-256 of the public key, in hex, as verify.py says it."""
    return sha256(key.public).hexdigest()


def _recipients(document: Document, facts: Facts, _: Words) -> None:
    tally = facts.tally
    document.heading(_("To whom, and what each server answered"))
    document.paragraph(_("evidence: accepted"))
    if tally.deliveries > len(tally.told):
        document.paragraph(
            _("Of %(all)s deliveries, %(told)s are told here.", all=f"{tally.deliveries:,}", told=f"{len(tally.told):,}")
        )
    columns = (_("Delivery"), _("Recipient"), _("State"), _("When"), _("What the server answered"))
    for wave in facts.scope.waves:
        told = [shown for shown in tally.told if shown.delivery.wave_id == wave.id]
        if told:
            purpose = facts.told.wave(wave.id or 0).purpose
            named = _(PURPOSES[purpose]) if purpose in PURPOSES else purpose
            document.heading(f"{_capital(_('wave %(number)s', number=str(wave.id)))}: {named}", 3)
            document.table(columns, (14, 45, 30, 36, 0), [row for one in told for row in _rows(one, facts, _)])


def _rows(shown: Shown, facts: Facts, _: Words) -> Iterable[tuple[str, ...]]:
    """One for each entry about the delivery; one where there is none."""
    d, who = shown.delivery, shown.recipient
    name = "\n".join(filter(None, (who.name, who.address, who.outlet))) if who else f"({_(shown.missing)})"
    left_by = permit(shown.permit, facts.tally.terms.get(d.id or 0, ""), _)
    state = "\n".join(filter(None, (_(STATES.get(d.state, d.state)), shown.language, left_by)))
    first = (str(d.id), name, state)
    if not shown.events:
        yield (*first, "", "")
    for number, event in enumerate(shown.events):
        yield (*(first if number == 0 else (first[0], "", "")), hour(event.at, facts.office.timezone), happened(event, _))
