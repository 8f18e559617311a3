"""The mark before the content leaves: the last gate, written in groups.

In one transaction it asks again whether the wave is still sending, the person still there, not suppressed, and the
embargo willing; only then is the delivery in flight and a Permit given. So a recall that is committed stands before every
copy whose mark comes after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import update
from sqlmodel import Session, col

from contacts.agreements import agreements_for
from distro.archive.columns import microseconds
from distro.archive.ledger import Fact, record_all
from distro.archive.vault import Part, Vault, close, stand_in_of
from distro.bulk import rows_in, update_rows
from distro.dispatch.claims import LEASE, Release, release
from distro.dispatch.delivery import Delivery, State, Verb, leads_to, starts_from, stopped_by
from distro.dispatch.holding import Embargo, embargo_of
from distro.dispatch.job import Job
from distro.editorial.embargo import Denied, Permit, Why, ask, has_lifted, needs_agreement
from distro.editorial.plan import Purpose, Wave, WaveState, is_urgent
from distro.editorial.release import Release as PressRelease
from distro.staff import ROBOT


@dataclass(slots=True)
class Mark:
    """Wanted: to let this copy leave. `clock_steady` as the clock's watch saw it at `now`."""

    job: Job
    worker: str
    now: datetime
    clock_steady: bool


@dataclass(frozen=True)
class _Stop:
    """The copy must not leave. `verb` is what becomes of the delivery; RELEASE: it goes back to where it stood."""

    verb: Verb
    reason: str


@dataclass(frozen=True)
class _WaveFacts:
    state: str
    purpose: str
    approved: bool
    slug: str
    lift: datetime | None
    outdated: bool
    """Its copies name an hour of the embargo that was changed, or is about to be."""


_ONE_BY_ONE = (Purpose.ADVANCE, Purpose.OFFER)
"""Purposes of copies that name an hour which each has to be looked at for, or go to people who agreed."""

_STANDING = (
    "SELECT d.id, d.state, d.fence, d.worker, j.canonical FROM delivery d "
    "LEFT JOIN journalist j ON j.id = d.contact_id WHERE d.id"
)

_SUPPRESSED = "SELECT canonical FROM suppression WHERE lifted_at IS NULL AND canonical"

_STEPS = "SELECT release_id, max(id), count(*) FROM embargo_step WHERE release_id"

# What permitted the copy that was accepted stays; sending it again has its permit in its attempt. A retry carries the bytes of
# the first stamping, so it keeps that instant too.
_SEND_OFF = (
    f"SET state = '{leads_to(Verb.MARK).value}', "
    "basis = CASE WHEN delivery.accepted_at IS NULL THEN v.basis ELSE delivery.basis END, "
    "skeleton_id = v.skeleton_id, sha256 = v.sha256, stamped_at = coalesce(delivery.stamped_at, v.stamped_at), "
    "lease_until = v.lease_until FROM v WHERE delivery.id = v.id"
)


_STILL_THERE = (
    "EXISTS (SELECT 1 FROM journalist j WHERE j.id = delivery.contact_id) "
    "AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.canonical = v.address AND s.lifted_at IS NULL) "
    "AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.canonical = v.stand_in AND s.lifted_at IS NULL)"
)

# For an ordinary copy all of it in one statement: the claim still holds, the person is still there, and is not suppressed.
_SEND_OFF_AT_ONCE = (
    f"{_SEND_OFF} AND delivery.fence = v.fence AND delivery.worker = v.worker AND delivery.state = '{State.CLAIMED}' "
    f"AND {_STILL_THERE}"
)

_COPY = ("id", "basis", "skeleton_id", "sha256", "stamped_at", "lease_until")


class Marking:
    """The handler of marks in the group commit, over one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._embargoes: dict[int, tuple[object, Embargo]] = {}
        self._releases: dict[int, tuple[int, str]] = {}

    def mark(self, session: Session, marks: Sequence[Mark]) -> list[Permit | None]:
        """Judge each and mark those that may leave. None: it may not, and the delivery says why."""
        waves = self._waves(session, {m.job.claimed.wave_id for m in marks})
        left = self._ordinary(session, marks, waves)
        others = [m for m in marks if m.job.claimed.id not in left]
        answers = iter(self._one_by_one(session, others, waves) if others else ())
        return [left[m.job.claimed.id] if m.job.claimed.id in left else next(answers) for m in marks]

    def _ordinary(self, session: Session, marks: Sequence[Mark], waves: Mapping[int, _WaveFacts]) -> dict[int, Permit]:
        """Mark the copies about which there is nothing to judge but their wave, once for all of it: by the earliest of their
        instants, and steady only if the clock was for all of them. Returns which left."""
        permits = {
            wave_id: self._of_all(wave, [m for m in marks if m.job.claimed.wave_id == wave_id])
            for wave_id, wave in waves.items()
            if wave.state == WaveState.SENDING and wave.purpose not in _ONE_BY_ONE
        }
        # a bot that was taken for dead may have the same delivery in hand twice: one by one the right claim is found
        times = Counter(m.job.claimed.id for m in marks)
        lease = _lease(max(m.now for m in marks))
        leaving: dict[int, tuple[Mark, Permit]] = {}
        rows = []
        for m in marks:
            c, recipient, permit = m.job.claimed, m.job.recipient, permits.get(m.job.claimed.wave_id)
            if permit is None or recipient is None or m.job.copy is None or times[c.id] > 1 or c.doubt or c.again:
                continue
            leaving[c.id] = m, permit
            whom = recipient.canonical, stand_in_of(c.address_hash)
            rows.append((*_copy_of(m.job, permit, lease), c.fence, m.worker, *whom))
        columns = (*_COPY, "fence", "worker", "address", "stand_in")
        left = [leaving[delivery] for delivery in update_rows(session, Delivery, columns, sorted(rows), _SEND_OFF_AT_ONCE)]
        self._keep(session, [m for m, _ in left])
        return {m.job.claimed.id: permit for m, permit in left}

    def _of_all(self, wave: _WaveFacts, marks: Sequence[Mark]) -> Permit | None:
        answer = ask(
            purpose=wave.purpose,
            lift=wave.lift,
            approved=wave.approved,
            agreement=None,
            clock_steady=all(m.clock_steady for m in marks),
            now=min(m.now for m in marks),
        )
        return answer if isinstance(answer, Permit) else None

    def _one_by_one(self, session: Session, marks: Sequence[Mark], waves: Mapping[int, _WaveFacts]) -> list[Permit | None]:
        # locked, or what is cancelled between this look and the mark would leave all the same
        lock = " FOR UPDATE OF d" if session.get_bind().dialect.name == "postgresql" else ""
        rows = rows_in(session, _STANDING, sorted(m.job.claimed.id for m in marks), lock)
        standing = {delivery: (state, fence, worker, address) for delivery, state, fence, worker, address in rows}
        people = {m.job.recipient.canonical: m.job.claimed.address_hash for m in marks if m.job.recipient}
        names = {name: address for address, hashed in people.items() for name in (address, stand_in_of(hashed))}
        suppressed = {names[name] for (name,) in rows_in(session, _SUPPRESSED, sorted(names))}
        contacts = [m.job.claimed.contact_id for m in marks]
        agreed = {
            slug: agreements_for(session, contacts, slug)
            for slug in {w.slug for w in waves.values() if any(needs_agreement(w.purpose, w.lift, m.now) for m in marks)}
        }
        answers: list[Permit | None] = []
        leaving: list[tuple[Mark, Permit]] = []
        stopped: list[tuple[Mark, _Stop]] = []
        for m in marks:
            c, wave = m.job.claimed, waves[m.job.claimed.wave_id]
            state, fence, worker, address = standing.get(c.id, ("", 0, None, None))
            if (fence, worker) != (c.fence, m.worker) or state not in (State.CLAIMED, State.IN_FLIGHT):
                answers.append(None)  # the claim was lost; whoever has it now decides
                continue
            judged = self._judge(
                m,
                wave,
                address=address,
                suppressed=suppressed,
                agreement=agreed.get(wave.slug, {}).get(c.contact_id),
            )
            if isinstance(judged, Permit):
                answers.append(judged)
                if state == State.CLAIMED:  # else this very mark was committed, and only its answer was lost
                    leaving.append((m, judged))
            else:
                answers.append(None)
                # a mark whose answer was lost, and which does not hold any more: nothing was written, so it begins anew
                stopped.append((m, judged if state == State.CLAIMED else _Stop(Verb.RELEASE, judged.reason)))
        self._send_off(session, leaving)
        self._stop(session, stopped)
        return answers

    def _waves(self, session: Session, wave_ids: set[int]) -> dict[int, _WaveFacts]:
        # the share lock makes a recall wait for marks under way, and marks for a recall under way (PostgreSQL); both in the
        # order of the waves, or they would wait for each other
        share = " ORDER BY id FOR SHARE" if session.get_bind().dialect.name == "postgresql" else ""
        found = rows_in(session, "SELECT id, state, purpose, approval_id FROM wave WHERE id", sorted(wave_ids), share)
        for wave_id, *_ in found:
            if wave_id not in self._releases:
                release_id = session.get_one(Wave, wave_id).release_id
                self._releases[wave_id] = release_id, session.get_one(PressRelease, release_id).slug
        # asked only now: who was waited for may have changed an embargo
        releases = sorted({self._releases[wave_id][0] for wave_id, *_ in found})
        steps = {release_id: stamp for release_id, *stamp in rows_in(session, _STEPS, releases, " GROUP BY release_id")}
        facts = {}
        for wave_id, state, purpose, approval in found:
            release_id, slug = self._releases[wave_id]
            stands = approval, steps.get(release_id)
            known = self._embargoes.get(wave_id)
            if known is None or known[0] != stands:  # else nothing that it hangs on has changed
                known = self._embargoes[wave_id] = stands, embargo_of(session, session.get_one(Wave, wave_id))
            e = known[1]
            facts[wave_id] = _WaveFacts(
                state, purpose, approval is not None and (e.sound or is_urgent(purpose)), slug, e.lift, e.outdated
            )
        return facts

    def _judge(
        self, m: Mark, wave: _WaveFacts, *, address: str | None, suppressed: set[str], agreement: int | None
    ) -> Permit | _Stop:
        """`address`: the one that the contact has now, None where there is no such contact any more."""
        c = m.job.claimed
        if wave.state != WaveState.SENDING:
            cancelled = wave.state == WaveState.CANCELLED
            return _Stop(Verb.CANCEL if cancelled else Verb.RELEASE, f"the wave is {wave.state}")
        if m.job.recipient is None or address is None:
            return _Stop(Verb.CANCEL, "the contact was removed")
        if m.job.recipient.canonical in suppressed:
            return _Stop(Verb.SUPPRESS, "the address is suppressed")
        for_agreed = needs_agreement(wave.purpose, wave.lift, m.now)
        if for_agreed and address != m.job.recipient.canonical and not has_lifted(wave.lift, m.now):
            # who agreed reads mail elsewhere now, and this address may be somebody else's; they join the general wave
            return _Stop(Verb.CANCEL, "the contact has another address")
        if wave.purpose == Purpose.OFFER and has_lifted(wave.lift, m.now):
            return _Stop(Verb.CANCEL, "the embargo has lifted, so there is nothing to agree to")
        if wave.outdated and not (c.doubt or c.again):
            return _Stop(Verb.CANCEL, "the embargo is changed, and the copy names the old hour")
        answer = ask(
            purpose=wave.purpose,
            lift=wave.lift,
            approved=wave.approved,
            agreement=agreement,
            clock_steady=m.clock_steady,
            now=m.now,
            settling=c.doubt or c.again,
        )
        if isinstance(answer, Denied):
            final = answer.why in (Why.NO_AGREEMENT, Why.LIFTED)
            return _Stop(Verb.CANCEL if final else Verb.RELEASE, answer.sentence)
        return answer

    def _send_off(self, session: Session, leaving: Sequence[tuple[Mark, Permit]]) -> None:
        update_rows(session, Delivery, _COPY, [_copy_of(m.job, permit, _lease(m.now)) for m, permit in leaving], _SEND_OFF)
        self._keep(session, [m for m, _ in leaving])

    def _keep(self, session: Session, left: Sequence[Mark]) -> None:
        """What of these copies cannot be derived again."""
        kept = []
        for m in left:
            c, copy, key = m.job.claimed, m.job.copy, m.job.key
            if copy is not None and copy.kept and key is not None:
                kept.append((c.id, Part.SLOTS.value, c.contact_id, close(AESGCM(key), c.id, Part.SLOTS, copy.kept)))
        self._vault.put(session, kept)

    def _stop(self, session: Session, stopped: Sequence[tuple[Mark, _Stop]]) -> None:
        facts = []
        for m, stop in stopped:
            c = m.job.claimed
            if stop.verb is Verb.RELEASE:
                release(session, [Release(c, m.now)])
                continue
            session.connection().execute(
                update(Delivery)
                .where(col(Delivery.id) == c.id, col(Delivery.state).in_(starts_from(stop.verb)))
                .values(**stopped_by(stop.verb))
            )
            payload = {"wave": c.wave_id, "reason": stop.reason}
            kind = "delivery.resend_stopped" if c.again else f"delivery.{leads_to(stop.verb)}"
            facts.append(Fact(m.now, ROBOT, kind, f"delivery:{c.id}", payload))
        record_all(session, facts)


def _copy_of(job: Job, permit: Permit, lease: int) -> tuple[int, str, int, bytes, int, int]:
    """The values of _COPY."""
    copy = job.copy
    assert copy is not None
    return job.claimed.id, permit.basis, copy.skeleton_id, copy.sha256, copy.stamped_us, lease


def _lease(now: datetime) -> int:
    """Until when it holds, in microseconds."""
    return microseconds(now + LEASE)
