"""A person's word: what it binds, who may give it, and whether a wave is still what it was given for.

The terms name rules by their SHA-256 and not by their text: they are kept for ever, and a rule may hold an address.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from contacts.folding import fold
from contacts.models import Segment
from distro.archive.ledger import Fact, canonical, instant, record
from distro.editorial import restored
from distro.editorial.checked import Checked, hold_against
from distro.editorial.content import Instant
from distro.editorial.embargo import has_lifted
from distro.editorial.lift import hour_to_be, hour_to_bind, standing_hour
from distro.editorial.moving import give_force, is_proposed_by, passed, without_overtaken
from distro.editorial.notice import notice_named
from distro.editorial.plan import NamedRule, Purpose, Wave, WaveState, WaveVerb, advance_wave, is_notice, is_urgent
from distro.editorial.release import Approval, Release, Status, Verb, Version, advance, in_turn
from distro.editorial.waves import lock, unlaunched
from distro.errors import Refused
from distro.staff import Actor, Right

AGAIN = "`release reschedule` takes it up; then approve again."


def approve(
    session: Session,
    release: Release,
    *,
    checked: Checked,
    actor: Actor,
    people: int,
    late_limit: timedelta,
    at: datetime,
    not_sent_elsewhere: bool = False,
) -> Approval:
    """Bind version, embargo, hours, audience rules and what notices say, and arm the proposed waves; those that were to leave
    "as soon as approved" are due now. Where only notices are proposed, the release stays where it stands.

    checked     what the floor above found in this version; how many it reaches goes into the record
    people      2: whoever wrote or submitted it may not approve it; 1: they may, and the record says "alone"
    late_limit  how long after its hour a wave is still on time
    not_sent_elsewhere
                their word that nothing of it left by another machine: waves from a backup need it
    Raises Refused: out of turn, not allowed, nothing to send, an hour too long past, a rule changed since scheduling, and with
    what preflight found that stops.
    """
    actor.need(Right.APPROVE, "approve a release")
    waves = [wave for wave in unlaunched(lock(session, release)) if wave.state == WaveState.PROPOSED]
    beside = bool(waves) and release.status != Status.SCHEDULED and all(is_notice(wave.purpose) for wave in waves)
    if not beside:
        in_turn(release, Verb.APPROVE)
    version = session.get_one(Version, release.version_id)
    hold_against(checked, release, version.hash, Verb.APPROVE, at)
    wrote = {*release.authors.split("\n"), *version.authors.split("\n"), version.submitted_by, *_noticed(session, waves)}
    proposed = is_proposed_by(session, release, actor.name)
    alone = actor.name in wrote or proposed
    if actor.name in wrote and people > 1:
        raise Refused(
            f"{actor.name} wrote or submitted {release.slug!r}, and who wrote it does not approve it; another person must."
        )
    if proposed and people > 1:
        raise Refused(
            f"{actor.name} proposed the new hour of the embargo, and who did does not approve it; another person must."
        )
    embargo = hour_to_bind(session, version, at)
    waves = without_overtaken(session, release, waves, embargo, actor.name, at)
    against = [
        *([] if waves else ["No wave is proposed; there is nothing to approve."]),
        *passed(session, release, at),
        *_hours_against(waves, hour_to_be(session, version, at), late_limit, at),
        *(f"{sentence} {AGAIN}" for wave in waves for sentence in _rules_against(session, wave, "scheduled")),
    ]
    if against:
        raise Refused(*against)
    command = f"release approve {release.slug}"
    restored.ask_for_a_word(session, waves, given=not_sent_elsewhere, command=command, actor=actor, at=at)
    for wave in waves:
        if wave.asap:
            wave.at = at
    terms, sha256 = bind(release, version, waves, embargo)
    approval = Approval(
        release_id=release.id or 0,
        version_id=version.id or 0,
        binding=sha256,
        terms=terms,
        by=actor.name,
        at=at,
        alone=alone,
    )
    session.add(approval)
    session.flush()
    for wave in waves:
        wave.approval_id = approval.id
        advance_wave(session, wave, WaveVerb.ARM, actor=actor.name, at=at, details={"approval": approval.id, "at": wave.at})
    give_force(session, release, approval, embargo)
    details: dict[str, object] = {"approval": approval.id, "binding": sha256, "version": version.hash, "alone": alone}
    if checked.reach:
        details["reach"] = {str(wave): dict(counts) for wave, counts in sorted(checked.reach.items())}
    if beside:
        record(session, Fact(at, actor.name, "release.approve_notice", f"release:{release.id}", details))
    else:
        advance(session, release, Verb.APPROVE, actor=actor.name, at=at, details=details)
    return approval


def _noticed(session: Session, waves: Sequence[Wave]) -> set[str]:
    """Who wrote the notices among these waves."""
    rows = (notice_named(session, wave.notice) for wave in waves)
    return {row.notice_content.by for row in rows if row is not None}


def binding(session: Session, release: Release, now: datetime) -> tuple[str, str]:
    """What an approval of the release as it stands binds: the terms as canonical JSON, and their SHA-256."""
    version = session.get_one(Version, release.version_id)
    waves = session.exec(select(Wave).where(Wave.release_id == release.id).order_by(col(Wave.id))).all()
    return bind(release, version, unlaunched(waves), hour_to_bind(session, version, now))


def holds(session: Session, wave: Wave) -> str | None:
    """Why the wave is not what was approved, as a sentence; None while the approval holds. Asked before it leaves."""
    if wave.approval_id is None:
        return "It is not approved."
    approval, version = session.get_one(Approval, wave.approval_id), session.get_one(Version, wave.version_id)
    changed = unlike_approved(session, approval, version, wave)
    if changed is not None:
        return changed
    if wave.notice is not None and not says_as_bound(session, wave.notice):
        return "What the notice says is not what was approved."
    rules = _rules_against(session, wave, "approved")
    return f"{rules[0]} {AGAIN}" if rules else None


def says_as_bound(session: Session, notice: str) -> bool:
    """Whether the notice of that hash is there, and is of that hash."""
    row = notice_named(session, notice)
    return row is not None and _sha256(row.content) == notice


def unlike_approved(
    session: Session, approval: Approval, version: Version, wave: Wave, erased: str | None = None
) -> str | None:
    """Why wave, text and approval do not belong together, as a sentence; None where they do. Looks at no rule as it is now.

    erased  SHA-256 of the wave's audience as an erasure left it that took an address out of a rule: it has to be that then, and
            cannot be what was bound
    """
    if _sha256(approval.terms) != approval.binding:
        return "The approval itself was changed after it was given."
    terms = json.loads(approval.terms)
    if _sha256(version.content) != version.hash or version.hash != terms["version"]:
        return "The text is not the version that was approved."
    hour = None if is_urgent(wave.purpose) else _embargo(standing_hour(session, version, approval.id))
    if not is_urgent(wave.purpose) and hour != terms["embargo"]:  # a kill holds whatever becomes of the embargo
        return "The embargo is not the one that was approved."
    bound = next((term for term in terms["waves"] if term["id"] == wave.id), None)
    if bound is None:
        return "The approval does not speak of this wave."
    ours = _term(wave)
    if erased is not None and _sha256(wave.audience) == erased:
        ours |= {"segments": bound["segments"], "exclude": bound["exclude"]}
    if ours != bound or (wave.asap and wave.at != approval.at):
        return f"{_difference(ours, bound)} not what was approved. {AGAIN}"
    return None


def _hours_against(waves: Sequence[Wave], embargo: Instant | None, late_limit: timedelta, at: datetime) -> list[str]:
    against = []
    for wave in waves:
        due = at if wave.asap else wave.at
        if at - due > late_limit:
            against.append(
                f"The {wave.purpose} wave {wave.id} was due at {wave.wall} {wave.zone}".rstrip()
                + ", longer ago than the office allows; give it a new hour with `release reschedule`."
            )
        if wave.purpose == Purpose.ADVANCE and embargo is not None and has_lifted(embargo.utc, max(due, at)):
            against.append(
                f"The embargo has lifted, so the advance wave {wave.id} comes too late; `wave cancel {wave.id}` first."
            )
        if wave.purpose == Purpose.GENERAL and embargo is not None and not has_lifted(embargo.utc, due):
            against.append(f"The general wave {wave.id} would leave before the lift; `release reschedule` gives it an hour.")
    return against


def _rules_against(session: Session, wave: Wave, since: str) -> list[str]:
    """A sentence for each segment of the wave whose rule is not what the wave was proposed with."""
    named = (*wave.rules.segments, *wave.rules.exclude)
    rows = session.exec(select(Segment).where(col(Segment.key).in_([fold(one.name) for one in named]))).all()
    now = {row.key: row.rule for row in rows}
    against = []
    for one in dict.fromkeys(named):
        rule = now.get(fold(one.name))
        if rule is None:
            against.append(f"The segment {one.name!r} is no longer there.")
        elif rule != one.rule:
            against.append(f"The rule of segment {one.name!r} was changed after it was {since}.")
    return against


def bind(release: Release, version: Version, waves: Sequence[Wave], embargo: Instant | None) -> tuple[str, str]:
    """The terms of an approval of these waves as canonical JSON, and their SHA-256."""
    terms = canonical(
        {
            "release": release.slug,
            "version": version.hash,
            "embargo": _embargo(embargo),
            "waves": [_term(wave) for wave in waves],
        }
    )
    return terms, _sha256(terms)


def _embargo(hour: Instant | None) -> str | None:
    return None if hour is None else instant(hour.utc)


def _term(wave: Wave) -> dict[str, object]:
    """What is bound of one wave. An hour "as soon as approved" is bound as that."""
    return {
        "id": wave.id,
        "version": wave.version_id,
        "purpose": wave.purpose,
        "ordinal": wave.ordinal,
        "at": "now" if wave.asap else instant(wave.at),
        "segments": [_named(one) for one in wave.rules.segments],
        "exclude": [_named(one) for one in wave.rules.exclude],
    } | ({} if wave.notice is None else {"notice": wave.notice, "holders": list(wave.rules.holders)})


def _named(rule: NamedRule) -> list[str]:
    return [rule.name, _sha256(rule.rule)]


def _difference(ours: Mapping[str, object], bound: Mapping[str, object]) -> str:
    if any(ours.get(part) != bound.get(part) for part in ("segments", "exclude", "holders")):
        return "Its audience is"
    if ours.get("notice") != bound.get("notice"):
        return "What it says is"
    return "Its purpose is" if ours["purpose"] != bound["purpose"] else "Its hour is"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
