"""After a run: does what the server got, what the archive says and what was done to the office fit together?

Every rule reads the same evidence and yields a sentence for each breach. Knows no process and no database.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from tests.acceptance.rig.facts import Facts
from tests.acceptance.rig.relay import Copy

ENDED = {"accepted", "refused", "expired", "cancelled", "suppressed"}
NOT_SENT = {"cancelled", "suppressed"}
GRACE = 0.05
"""Seconds between the two readers of one clock."""


@dataclass
class Evidence:
    """`archive` and `waves` as `archive list --json` and `wave list --json` print them; `copies` what the server got whole;
    `rebuilt`: the SHA-256 of what `archive eml` gives, by delivery; `frozen`: for a wave, the deliveries that the record says
    were frozen; `entries`: how many entries of each kind; `changed`: entries that are not any more what they once were;
    `audit`: what a full audit of the archive found."""

    archive: list[dict[str, Any]]
    waves: list[dict[str, Any]]
    copies: list[Copy]
    rebuilt: dict[int, str]
    frozen: dict[int, int]
    entries: Counter[str]
    changed: list[str]
    audit: list[str]
    facts: Facts
    may_hold: bool = False
    """Whether a delivery may end as held, because the office wants doubts settled by a person."""

    @cached_property
    def by_message(self) -> dict[tuple[str, str], list[Copy]]:
        found: dict[tuple[str, str], list[Copy]] = defaultdict(list)
        for copy in self.copies:
            found[copy.to, copy.id].append(copy)
        return found

    def copies_of(self, delivery: dict[str, Any]) -> list[Copy]:
        return self.by_message.get((delivery["recipient"]["address"], delivery["message_id"] or ""), [])

    def taken_of(self, delivery: dict[str, Any]) -> list[Copy]:
        return [copy for copy in self.copies_of(delivery) if copy.taken]

    @cached_property
    def delivery_of(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(d["recipient"]["address"], d["message_id"]): d for d in self.archive if d["message_id"]}

    @cached_property
    def wave_of(self) -> dict[int, dict[str, Any]]:
        return {w["id"]: w for w in self.waves}


def name(delivery: dict[str, Any]) -> str:
    return f"delivery {delivery['delivery']} ({delivery['recipient']['address']})"


def outcomes(delivery: dict[str, Any]) -> Counter[str]:
    return Counter(a["outcome"] for a in delivery["attempts"])


def doubts(delivery: dict[str, Any]) -> int:
    """Attempts after which nobody knew: a hold on doubt is one too."""
    return sum(a["outcome"] in ("uncertain", "held") for a in delivery["attempts"])


def nobody_is_lost(e: Evidence) -> Iterator[str]:
    """Everybody whom a release was approved for has a delivery, unless the release was recalled or they were touched."""
    reached: dict[str, set[str]] = defaultdict(set)
    for d in e.archive:
        if d["state"] not in NOT_SENT:
            reached[d["release"]].add(d["recipient"]["address"])
    for slug, audience in e.facts.audience.items():
        if slug not in e.facts.recalled:
            yield from (f"{address} was lost: no delivery of {slug}" for address in audience - reached[slug] - e.facts.touched)


def every_delivery_has_ended(e: Evidence) -> Iterator[str]:
    for d in e.archive:
        if d["state"] not in ENDED and not (e.may_hold and d["state"] == "held"):
            yield f"{name(d)} has not ended: it is {d['state']}"


def what_ended_without_a_copy_says_why(e: Evidence) -> Iterator[str]:
    """Cancelled: by a recall, by what was done to the person, or as an advance copy that the general wave overtook."""
    live = {(d["release"], d["recipient"]["address"]) for d in e.archive if d["state"] not in NOT_SENT}
    for d in e.archive:
        address = d["recipient"]["address"]
        overtaken = d["purpose"] == "advance" and (d["release"], address) in live
        explained = overtaken or d["release"] in e.facts.recalled or address in e.facts.touched
        if d["state"] in NOT_SENT and not explained:
            yield f"{name(d)} is {d['state']}, though nobody recalled the release or touched the person"
        last = d["attempts"][-1] if d["attempts"] else None
        if d["state"] == "refused" and (last is None or not str(last["reply"]).startswith("5")):
            yield f"{name(d)} is refused, and its last attempt is no refusal: {last}"


def accepted_means_taken(e: Evidence) -> Iterator[str]:
    for d in e.archive:
        taken, accepted = len(e.taken_of(d)), outcomes(d)["accepted"]
        if (d["state"] == "accepted") != (accepted > 0):
            yield f"{name(d)} is {d['state']} with {accepted} attempts accepted"
        if taken < accepted:
            yield f"{name(d)} is called accepted, and the server does not have it"


def nothing_is_doubled_but_what_is_flagged(e: Evidence) -> Iterator[str]:
    """Taken more than once only where an attempt before was in doubt, and then by the very same bytes."""
    for d in e.archive:
        taken = e.taken_of(d)
        allowed = outcomes(d)["accepted"] + doubts(d)
        if len(taken) > allowed:
            yield f"{name(d)} was taken {len(taken)} times, and its attempts explain {allowed}: {dict(outcomes(d))}"
        if len({copy.sha256 for copy in e.copies_of(d)}) > 1:
            yield f"{name(d)} went out in different bytes"
        if outcomes(d)["accepted"] > 1:
            yield f"{name(d)} was sent again after it had been accepted"
        seen = False
        for attempt in d["attempts"]:
            if attempt["outcome"] == "accepted" and attempt["uncertain"] != seen:
                yield f"{name(d)}: its accepted attempt is {'not ' if seen else ''}flagged as a repetition"
            seen = seen or attempt["outcome"] in ("uncertain", "held")


def nobody_gets_a_release_twice(e: Evidence) -> Iterator[str]:
    """Not through several waves either: an advance copy counts, but not one that was refused for certain. Whose advance copy
    the server did not want gets the general one all the same."""
    live = Counter(
        (d["release"], d["version"], d["recipient"]["address"])
        for d in e.archive
        if d["state"] not in NOT_SENT and (d["state"] not in ("refused", "expired") or doubts(d))
    )
    yield from (f"{key[2]} has {n} live deliveries of {key[0]}" for key, n in live.items() if n > 1)


def the_archive_has_what_was_received(e: Evidence) -> Iterator[str]:
    for (to, message_id), copies in e.by_message.items():
        d = e.delivery_of.get((to, message_id))
        if d is None:
            yield f"the server got a copy for {to} ({message_id or 'no Message-ID'}) of which the archive knows nothing"
            continue
        for copy in copies:
            if copy.sha256 != d["sha256"]:
                yield f"{name(d)}: received {copy.sha256[:12]}…, the archive says {str(d['sha256'])[:12]}…"
            if e.rebuilt.get(d["delivery"]) != copy.sha256:
                yield f"{name(d)}: `archive eml` gives other bytes than were received"


def nothing_leaves_early(e: Evidence) -> Iterator[str]:
    for (to, message_id), copies in e.by_message.items():
        d = e.delivery_of.get((to, message_id))
        if d is None:
            continue
        at = datetime.fromisoformat(e.wave_of[d["wave"]]["at"]).timestamp()
        for copy in copies:
            office_at = copy.began + e.facts.ahead_at(copy.began)
            if office_at < at - GRACE:
                yield f"{name(d)} left {at - office_at:.3f} s before its hour"


def on_the_wire(e: Evidence) -> list[tuple[str, Copy]]:
    """Copies that came after a recall was committed. (why, copy): what the report tells."""
    found = []
    for d in e.archive:
        when = e.facts.recalled.get(d["release"])
        if when is not None:
            found += [(d["release"], copy) for copy in e.copies_of(d) if copy.at > when]
    return found


def nothing_leaves_after_a_recall(e: Evidence) -> Iterator[str]:
    """Only what was on the wire when it was committed: one for each line, of processes that were living then."""
    late: dict[str, list[Copy]] = defaultdict(list)
    for slug, copy in on_the_wire(e):
        late[slug].append(copy)
    for slug, copies in late.items():
        when = e.facts.recalled[slug]
        lines = sum(life.lines for life in e.facts.lives if life.started <= when <= life.ended)
        if len(copies) > lines:
            yield f"{len(copies)} copies of {slug} came after its recall, and the bots that lived then had {lines} lines"
        last = e.facts.alive_at(when)
        yield from (
            f"a copy of {slug} to {c.to} left {c.began - when:.3f} s after its recall" for c in copies if c.began > last
        )


def nobody_suppressed_is_mailed(e: Evidence) -> Iterator[str]:
    for address, when in e.facts.stopped.items():
        late = [copy for copy in e.copies if copy.to == address and copy.began > when]
        last = e.facts.alive_at(when)
        if len(late) > 1 or any(copy.began > last for copy in late):
            after = ", ".join(f"{copy.began - when:.3f} s" for copy in late)
            yield f"{address} was mailed {len(late)} times after its suppression was committed ({after})"


def the_states_add_up(e: Evidence) -> Iterator[str]:
    states: dict[int, Counter[str]] = defaultdict(Counter)
    for d in e.archive:
        states[d["wave"]][d["state"]] += 1
    for wave in e.waves:
        counted = {state: n for state, n in wave["counts"].items() if n}
        if counted != dict(states[wave["id"]]):
            yield f"wave {wave['id']} counts {counted}, and the archive lists {dict(states[wave['id']])}"
        if sum(counted.values()) != e.frozen.get(wave["id"], 0):
            yield f"wave {wave['id']} has {sum(counted.values())} deliveries, and {e.frozen.get(wave['id'], 0)} were frozen"
    accepted = sum(outcomes(d)["accepted"] for d in e.archive)
    if e.entries["delivery.accepted"] != accepted:
        yield f"the record has {e.entries['delivery.accepted']} acceptances, and {accepted} attempts were accepted"


def the_record_only_grows(e: Evidence) -> Iterator[str]:
    yield from (f"an entry of the record was changed or lost: {what}" for what in e.changed)


def the_archive_is_as_it_was_sealed(e: Evidence) -> Iterator[str]:
    """Every entry, delivery and copy: nobody altered anything, so an audit finds nothing."""
    yield from e.audit


def doubt_is_bounded(e: Evidence) -> Iterator[str]:
    """A dead process leaves at most one uncertain delivery for each of its lines. Those have no reply."""
    left = sum(a["outcome"] in ("uncertain", "held") and a["reply"] is None for d in e.archive for a in d["attempts"])
    if left > e.facts.cut:
        yield f"{left} deliveries were left in doubt, and the bots that died had {e.facts.cut} lines"


Rule = Callable[[Evidence], Iterator[str]]

RULES: tuple[Rule, ...] = (
    nobody_is_lost,
    every_delivery_has_ended,
    what_ended_without_a_copy_says_why,
    accepted_means_taken,
    nothing_is_doubled_but_what_is_flagged,
    nobody_gets_a_release_twice,
    the_archive_has_what_was_received,
    nothing_leaves_early,
    nothing_leaves_after_a_recall,
    nobody_suppressed_is_mailed,
    the_states_add_up,
    the_record_only_grows,
    the_archive_is_as_it_was_sealed,
    doubt_is_bounded,
)


def violations(e: Evidence) -> list[str]:
    """Every breach of every rule, as a sentence; none for a run in which all held."""
    return [f"{rule.__name__.replace('_', ' ')}: {sentence}" for rule in RULES for sentence in rule(e)]


@dataclass(frozen=True)
class Figures:
    """What a run amounts to."""

    accepted: int
    uncertain: int
    doubled: int
    on_the_wire: int
    deliveries: dict[str, int] = field(default_factory=dict)


def figures(e: Evidence) -> Figures:
    """`accepted`: copies that the server took. `uncertain`: attempts in doubt. `doubled`: copies taken more than once."""
    taken = [len(e.taken_of(d)) for d in e.archive]
    return Figures(
        accepted=sum(taken),
        uncertain=sum(doubts(d) for d in e.archive),
        doubled=sum(max(0, n - 1) for n in taken),
        on_the_wire=len(on_the_wire(e)),
        deliveries=dict(Counter(d["state"] for d in e.archive)),
    )
