"""The outcome of a try, written in groups: the attempt, its sealed reply, its entry, and what follows for the delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, or_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from contacts.suppression import suppress
from distro.archive.ledger import Fact, canonical, record_all, recorder
from distro.archive.vault import Vault, reply_part, salt, salted
from distro.dispatch.delivery import Attempt, Delivery, State, Verb, leads_to
from distro.dispatch.holding import hold
from distro.dispatch.job import Job
from distro.dispatch.retry import Class, Verdict
from distro.editorial.plan import Wave, WaveState
from distro.mail.transport import Reply
from distro.staff import ROBOT


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


class Outcomes:
    """The handler of outcomes in the group commit, over one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

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
                    "o": o.job.claimed.doubt or (o.verdict.because is Class.SILENT and o.reply.content_sent),
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
