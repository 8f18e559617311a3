"""How the summary of an evidence bag says things: instants, states, permits, and what an entry of the record tells."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from distro.archive.columns import from_microseconds
from distro.archive.ledger import Sealable, told_by
from distro.dispatch.evidence_copies import Event
from distro.hours import abbreviation
from distro.words import Words

DEEDS = {
    "release.add": "wrote the text",
    "release.submit": "submitted the text",
    "release.schedule": "scheduled it",
    "release.reschedule": "gave it another hour",
    "release.approve": "approved it",
    "release.notice": "wrote a notice",
    "release.approve_notice": "approved the notice",
    "release.kill": "killed the release",
    "release.confirm_kill": "confirmed the kill",
    "release.launch": "let the release go",
    "release.recall": "recalled the release",
    "release.test_sent": "sent a test copy",
    "release.read": "looked into it before the lift",
    "embargo.proposed": "proposed a change of the embargo",
    "embargo.approved": "gave force to the change of the embargo",
    "embargo.withdrawn": "withdrew the change of the embargo",
    "embargo.broken": "recorded that the embargo was broken",
    "embargo.overridden": "let the public hear before all holders were told",
    "wave.propose": "proposed the wave",
    "wave.arm": "armed the wave, as it was approved",
    "wave.disarm": "took the wave back, to be approved anew",
    "wave.prepare": "began to freeze the audience",
    "wave.audience_complete": "finished freezing the audience",
    "wave.launch": "launched the wave",
    "wave.finish": "ended the wave",
    "wave.pause": "paused the wave",
    "wave.resume": "let the wave go on",
    "wave.hold": "held the wave",
    "wave.cancel": "cancelled the wave",
    "wave.expire": "let the wave expire",
    "wave.reopen": "opened the wave again",
    "wave.deliveries_cancelled": "cancelled deliveries",
    "wave.deliveries_held": "told the office of held deliveries",
    "wave.none_held": "saw the last held delivery settled",
    "staff.added": "came onto the staff",
    "archive.exported": "exported this evidence",
    "contact.erased": "erased a person",
    "disposal.proposed": "proposed to dispose of what was kept beyond its term",
    "disposal.confirmed": "confirmed the disposal",
    "disposal.destroyed": "disposed of some of it",
    "disposal.done": "carried the disposal out",
    "run.started": "was started",
    "run.stopped": "was stopped",
    "clock.jumped": "noticed that the clock had jumped",
}
"""By the kind of an entry. The messages of the catalogues; whoever did it stands before them."""

STATES = {
    "pending": "not sent yet",
    "claimed": "about to be sent",
    "in_flight": "being sent",
    "accepted": "accepted",
    "deferred": "to be tried again",
    "refused": "refused",
    "uncertain": "in doubt",
    "held": "held for a person",
    "expired": "expired",
    "cancelled": "cancelled",
    "suppressed": "suppressed",
    "late_reply": "late reply",
    "resend_stopped": "resend stopped",
}
"""Of deliveries, and of what attempts led to."""

WORDS_OF_PEOPLE = {
    "resend": "%(who)s had the same copy sent again",
    "accepted": "%(who)s vouched that it arrived",
    "give_up": "%(who)s gave it up",
}
"""How a person settled a delivery."""

PURPOSES = {
    "advance": "advance wave",
    "general": "general wave",
    "update": "update",
    "correction": "correction",
    "kill": "kill",
    "embargo-moved": "embargo moved",
    "embargo-lifted": "embargo lifted",
    "offer": "offer under embargo",
}

ROBOTS = "robot:"


def hour(at: datetime | None, zone: str) -> str:
    """2026-12-01 09:00:05 PST, and the same in UTC in a second line; "" for none."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M:%S} {abbreviation(local)}\n{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def hour_in_line(at: datetime | None, zone: str) -> str:
    """2026-12-01 09:00:05 PST (2026-12-01 17:00:05 UTC)"""
    return f"{hour(at, zone).replace(chr(10), ' (')})" if at else ""


def hour_of(entry: Sealable, zone: str) -> str:
    return hour(from_microseconds(entry.at_us), zone)


def permit(basis: str, terms: str, _: Words) -> str:
    """What let a copy leave; `terms`: those that were agreed to, for an advance copy."""
    kind, _colon, number = basis.partition(":")
    if kind == "agreement":
        said = _("permit: agreement %(number)s to hold until the lift", number=number)
        return f"{said}: “{terms}”" if terms else said
    if kind == "notice":
        return _("permit: it holds nothing of the text")
    return _("permit: the embargo had lifted") if kind == "lift" else _("permit: no embargo") if kind == "immediate" else basis


def person(actor: str, _: Words) -> str:
    """A person by name; whatever the software does by itself, as that."""
    return _("the software") if actor.startswith(ROBOTS) else actor


def deed(entry: Sealable, _: Words) -> str:
    """What an entry tells, with the wave that it is about, its reason and what else a reader needs."""
    payload = told_by(entry.payload) or {}
    said = _(DEEDS[entry.kind]) if entry.kind in DEEDS else entry.kind
    subject, _colon, number = entry.subject.partition(":")
    details = [_("wave %(number)s", number=number)] if subject == "wave" else []
    if entry.kind == "staff.added":
        details.append(str(payload.get("role", "")))
    if notice := payload.get("notice"):
        details.append(_("notice %(hash)s…", hash=str(notice)[:12]))
    if version := payload.get("version"):
        details.append(_("text %(hash)s…", hash=str(version)[:12]))
    if binding := payload.get("binding"):
        details.append(_("bound by %(hash)s…", hash=str(binding)[:12]))
    if payload.get("alone"):
        details.append(_("who also wrote it; the office allows that"))
    if "count" in payload and entry.kind.startswith("wave."):
        details.append(_("%(count)s deliveries", count=f"{payload['count']:,}"))
    if software := payload.get("software"):
        details.append(f"Distro {software}")
    if reason := payload.get("reason"):
        details.append(f"“{reason}”")
    return f"{said} ({'; '.join(details)})" if details else said


def happened(event: Event, _: Words) -> str:
    """What an entry about a delivery tells: the outcome with the answer, or who did what and why."""
    because = f": “{event.reason}”" if event.reason else ""
    who = person(event.actor, _)
    if event.outcome == "settled" and event.how in WORDS_OF_PEOPLE:
        return _(WORDS_OF_PEOPLE[event.how], who=who) + because
    if event.outcome == "resend":
        return _(WORDS_OF_PEOPLE["resend"], who=who) + because
    outcome = _(STATES.get(event.outcome, event.outcome))
    answer = event.reply if event.reply is not None else event.said
    return f"{outcome}: {answer}" if answer else f"{outcome}{because}"
