"""What the mailer has written in groups: the mark before the content leaves, and the outcome after.

The mark is the last gate. In one transaction it asks again whether the wave is still sending, the person still there,
not suppressed, and the embargo willing; only then is the delivery in flight and a Permit given. So a recall that is
committed stands before every copy whose mark comes after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, or_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from contacts.agreements import agreements_for
from contacts.models import Journalist
from contacts.suppression import suppress, suppressed_among
from distro.archive.ledger import Fact, canonical, record_all, recorder
from distro.archive.vault import Part, Vault, reply_part, salt, salted
from distro.dispatch.claims import LEASE, Release, release
from distro.dispatch.delivery import Attempt, Delivery, State, Verb, leads_to, starts_from
from distro.dispatch.job import Copy, Job
from distro.dispatch.retry import Class, Verdict
from distro.dispatch.wave import hold, lift_of
from distro.editorial.embargo import Denied, Permit, Why, ask
from distro.editorial.plan import Purpose, Wave, WaveState
from distro.editorial.release import Release as PressRelease
from distro.mail.transport import Reply
from distro.staff import ROBOT


@dataclass(frozen=True)
class Mark:
    """Wanted: to let this copy leave. `clock_steady` as the clock's watch saw it at `now`."""

    job: Job
    copy: Copy
    worker: str
    now: datetime
    clock_steady: bool


@dataclass(frozen=True)
class Outcome:
    """What one try led to. `basis` is that of its permit, "" where it ended before one was asked for."""

    job: Job
    worker: str
    reply: Reply
    verdict: Verdict
    basis: str
    sha256: bytes | None
    at: datetime


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


class Recorder:
    """The handlers of the group commit, over one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._lifts: dict[int, tuple[datetime | None, str]] = {}

    def mark(self, session: Session, marks: Sequence[Mark]) -> list[Permit | None]:
        """Judge each and mark those that may leave. None: it may not, and the delivery says why."""
        waves = self._waves(session, {m.job.claimed.wave_id for m in marks})
        standing = {
            d: (state, fence, worker)
            for d, state, fence, worker in session.exec(
                select(Delivery.id, Delivery.state, Delivery.fence, Delivery.worker).where(
                    col(Delivery.id).in_([m.job.claimed.id for m in marks])
                )
            )
        }
        contacts = [m.job.claimed.contact_id for m in marks]
        there = set(session.exec(select(Journalist.id).where(col(Journalist.id).in_(contacts))))
        suppressed = suppressed_among(session, [m.job.recipient.canonical for m in marks if m.job.recipient])
        agreed = {
            slug: agreements_for(session, contacts, slug)
            for slug in {w.slug for w in waves.values() if w.purpose == Purpose.ADVANCE}
        }
        answers: list[Permit | None] = []
        leaving: list[tuple[Mark, Permit]] = []
        stopped: list[tuple[Mark, _Stop]] = []
        for m in marks:
            c, wave = m.job.claimed, waves[m.job.claimed.wave_id]
            state, fence, worker = standing.get(c.id, ("", 0, None))
            if (fence, worker) != (c.fence, m.worker) or state not in (State.CLAIMED, State.IN_FLIGHT):
                answers.append(None)  # the claim was lost; whoever has it now decides
                continue
            judged = self._judge(
                m,
                wave,
                there=c.contact_id in there,
                suppressed=suppressed,
                agreement=agreed.get(wave.slug, {}).get(c.contact_id),
            )
            if isinstance(judged, Permit):
                answers.append(judged)
                if state == State.CLAIMED:  # else this very mark was committed, and only its answer was lost
                    leaving.append((m, judged))
            else:
                answers.append(None)
                stopped.append((m, judged))
        self._send_off(session, leaving)
        self._stop(session, stopped)
        return answers

    def _waves(self, session: Session, wave_ids: set[int]) -> dict[int, _WaveFacts]:
        # the share lock makes a recall wait for marks under way, and marks for a recall under way (PostgreSQL)
        found = session.exec(select(Wave).where(col(Wave.id).in_(wave_ids)).with_for_update(read=True)).all()
        facts = {}
        for wave in found:
            assert wave.id is not None
            if wave.id not in self._lifts:  # of a frozen version: neither ever changes
                self._lifts[wave.id] = lift_of(session, wave), session.get_one(PressRelease, wave.release_id).slug
            lift, slug = self._lifts[wave.id]
            facts[wave.id] = _WaveFacts(wave.state, wave.purpose, wave.approval_id is not None, slug, lift)
        return facts

    def _judge(self, m: Mark, wave: _WaveFacts, *, there: bool, suppressed: set[str], agreement: int | None) -> Permit | _Stop:
        c = m.job.claimed
        if wave.state != WaveState.SENDING:
            cancelled = wave.state == WaveState.CANCELLED
            return _Stop(Verb.CANCEL if cancelled else Verb.RELEASE, f"the wave is {wave.state}")
        if m.job.recipient is None or not there:
            return _Stop(Verb.CANCEL, "the contact was removed")
        if m.job.recipient.canonical in suppressed:
            return _Stop(Verb.SUPPRESS, "the address is suppressed")
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
        if not leaving:
            return
        session.connection().execute(
            update(Delivery.__table__)  # type: ignore[attr-defined]
            .where(col(Delivery.id) == bindparam("d"))
            .values(
                state=leads_to(Verb.MARK).value,
                basis=bindparam("b"),
                skeleton_id=bindparam("k"),
                sha256=bindparam("h"),
                stamped_at=bindparam("s"),
                lease_until=bindparam("l"),
            ),
            [
                {
                    "d": m.job.claimed.id,
                    "b": permit.basis,
                    "k": m.copy.skeleton_id,
                    "h": m.copy.sha256,
                    "s": m.copy.stamped_at,
                    "l": m.now + LEASE,
                }
                for m, permit in leaving
            ],
        )
        first = [(m.job.claimed, m.copy.slots) for m, _ in leaving if m.copy.slots is not None]
        ciphers = self._vault.ciphers(session, (c.contact_id for c, _ in first))
        self._vault.seal(session, ((c.id, Part.SLOTS, c.contact_id, slots) for c, slots in first), ciphers)

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
                .values(state=leads_to(stop.verb).value, worker=None, lease_until=None, due_at=None)
            )
            payload = {"wave": c.wave_id, "reason": stop.reason}
            facts.append(Fact(m.now, ROBOT, f"delivery.{leads_to(stop.verb)}", f"delivery:{c.id}", payload))
        record_all(session, facts)

    def outcome(self, session: Session, outcomes: Sequence[Outcome]) -> list[None]:
        """Record tries: the attempt, its sealed reply, its entry, and the delivery's new state."""
        known = self._recorded_before(session, outcomes)
        fresh = [o for o in outcomes if (o.job.claimed.id, o.job.claimed.attempts + 1) not in known]
        if fresh:
            self._keep_attempts(session, fresh)
            self._settle(session, fresh)
            for o in fresh:
                self._follow_up(session, o)
        return [None] * len(outcomes)

    def _recorded_before(self, session: Session, outcomes: Sequence[Outcome]) -> set[tuple[int, int]]:
        """Attempts that stand there already, from a commit whose answer was lost."""
        ids = [o.job.claimed.id for o in outcomes]
        return set(session.exec(select(Attempt.delivery_id, Attempt.ordinal).where(col(Attempt.delivery_id).in_(ids))).all())

    def _keep_attempts(self, session: Session, outcomes: Sequence[Outcome]) -> None:
        rows, boxes, facts = [], [], []
        for o in outcomes:
            c, ordinal = o.job.claimed, o.job.claimed.attempts + 1
            reply = canonical({"text": o.reply.text, "salt": salt()}).encode()
            rows.append(
                {
                    "delivery_id": c.id,
                    "ordinal": ordinal,
                    "at": o.at,
                    "outcome": o.verdict.state.value,
                    "phase": o.reply.phase,
                    "code": o.reply.code,
                    "enhanced": o.reply.enhanced,
                    "uncertain": c.doubt,
                    "permit": o.basis,
                }
            )
            boxes.append((c.id, reply_part(ordinal), c.contact_id, reply))
            facts.append(Fact(o.at, ROBOT, f"delivery.{o.verdict.state}", f"delivery:{c.id}", _told(o, ordinal, reply)))
        session.connection().execute(insert(Attempt), rows)
        ciphers = self._vault.ciphers(session, (contact for _, _, contact, _ in boxes))
        self._vault.seal(session, (box for box in boxes if box[2] in ciphers), ciphers)
        record_all(session, facts)

    def _settle(self, session: Session, outcomes: Sequence[Outcome]) -> None:
        session.connection().execute(
            update(Delivery.__table__)  # type: ignore[attr-defined]
            .where(
                col(Delivery.id) == bindparam("d"),
                col(Delivery.fence) == bindparam("f"),
                or_(col(Delivery.state) == State.CLAIMED.value, col(Delivery.state) == State.IN_FLIGHT.value),
            )
            .values(
                state=bindparam("st"),
                due_at=bindparam("du"),
                attempts=bindparam("n"),
                doubt=bindparam("o"),
                accepted_at=func.coalesce(col(Delivery.accepted_at), bindparam("ac", type_=UTCDateTime())),
                worker=None,
                lease_until=None,
            ),
            [
                {
                    "d": o.job.claimed.id,
                    "f": o.job.claimed.fence,
                    "st": _state_after(o).value,
                    "du": o.verdict.due_at,
                    "n": o.job.claimed.attempts + 1,
                    "o": o.job.claimed.doubt or (o.verdict.state in (State.UNCERTAIN, State.HELD)),
                    "ac": o.at if o.verdict.state is State.ACCEPTED else None,
                }
                for o in outcomes
            ],
        )

    def _follow_up(self, session: Session, o: Outcome) -> None:
        """What a reply means beyond its delivery: a dead address is suppressed, a fault of our own halts the wave."""
        c = o.job.claimed
        said = "".join(character if character.isprintable() else " " for character in o.reply.text)
        if o.verdict.because is Class.HARD and o.job.recipient is not None:
            suppress(
                session,
                o.job.recipient.canonical,
                reason="hard bounce",
                evidence=f"delivery {c.id}: {said}",
                by=ROBOT,
                at=o.at,
                record=recorder(session, ROBOT, o.at),
            )
        elif o.verdict.because is Class.POLICY:
            wave = session.get_one(Wave, c.wave_id)
            if wave.state == WaveState.SENDING:
                hold(
                    session, wave, f"Our own set-up is refused ({o.reply.code} {o.reply.enhanced}), see delivery {c.id}.", o.at
                )


def _state_after(o: Outcome) -> State:
    """A copy that was accepted stays accepted, whatever becomes of sending it once more on purpose."""
    return leads_to(Verb.ACCEPT) if o.job.claimed.again and o.verdict.due_at is None else o.verdict.state


def _told(o: Outcome, ordinal: int, reply: bytes) -> Mapping[str, object]:
    """What the entry says: facts and commitments, nobody's name."""
    told: dict[str, object] = {
        "wave": o.job.claimed.wave_id,
        "attempt": ordinal,
        "phase": o.reply.phase,
        "code": o.reply.code,
        "class": o.verdict.because.value,
        "reply": salted(reply),
    }
    if o.job.recipient is not None:
        told["to"] = salted(o.job.recipient.octets)
    if o.sha256 is not None:
        told |= {"sha256": o.sha256, "permit": o.basis}
    if o.reply.enhanced:
        told["enhanced"] = o.reply.enhanced
    if o.job.claimed.doubt:
        told["uncertain"] = True
    return told
