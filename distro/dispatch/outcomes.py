"""The outcome of a try, written in groups: the attempt, its sealed reply, its entry, and what follows for the delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, literal, update
from sqlmodel import Session, col, select

from contacts.suppression import suppress
from distro.archive.columns import Micros, microseconds
from distro.archive.ledger import Fact, record_all, record_ready, recorder
from distro.archive.vault import Vault, close, reply_part
from distro.bulk import Row, rows_in, update_rows
from distro.db import AGAIN
from distro.dispatch.attempts import MAILER, Told, accepted, base64, seal_of
from distro.dispatch.classify import enhanced_in
from distro.dispatch.delivery import Delivery, State, Verb, leads_to, starts_from
from distro.dispatch.doubts import none_held
from distro.dispatch.holding import hold
from distro.dispatch.job import Job
from distro.dispatch.retry import Class, Verdict
from distro.editorial.plan import Wave, WaveState
from distro.mail.transport import Reply
from distro.staff import ROBOT


@dataclass(slots=True)
class Outcome:
    """What one try led to. `basis` is that of its permit, "" where it ended before one was asked for."""

    job: Job
    worker: str
    reply: Reply
    verdict: Verdict
    basis: str
    at: datetime

    @property
    def attempt(self) -> int:
        return self.job.claimed.attempts + 1


_SETTLED = (
    "attempts = v.attempts, worker = NULL, lease_until = NULL FROM v "
    "WHERE delivery.id = v.id AND delivery.fence = v.fence AND delivery.state IN ('claimed', 'in_flight')"
)
# An acceptance, as nearly every outcome is, leaves alone what it does not change: a doubt, an hour at which the copy is due
# (none, while it is in hand), and with them the indexes that hang on these.
_ACCEPT = f"SET state = '{State.ACCEPTED.value}', accepted_at = coalesce(delivery.accepted_at, v.accepted_at), {_SETTLED}"
_SETTLE = f"SET state = v.state, due_at = v.due_at, doubt = v.doubt, {_SETTLED}"


_ACCEPTANCE = f"delivery.{State.ACCEPTED}"

_OPEN_TO_LATE_NEWS = [state for state in starts_from(Verb.ACCEPT) if state != State.IN_FLIGHT]


class Outcomes:
    """The handler of outcomes in the group commit, over one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def outcome(self, session: Session, outcomes: Sequence[Outcome]) -> list[None]:
        """Record tries: the attempt's entry, its sealed reply, and the delivery's new state."""
        fresh = self._unrecorded(session, outcomes) if session.info.get(AGAIN) else outcomes
        refusing = sorted({o.job.claimed.wave_id for o in fresh if o.verdict.because is Class.POLICY})
        if refusing:  # waves before deliveries, as whoever recalls one: else each could wait for the other
            session.exec(select(Wave.id).where(col(Wave.id).in_(refusing)).order_by(col(Wave.id)).with_for_update()).all()
        settled = set(self._settle(session, fresh))
        mine = [o for o in fresh if o.job.claimed.id in settled]
        if len(mine) > len(settled):  # two claims of one delivery in a group: only the newer one held
            fences: dict[int, int] = dict(rows_in(session, "SELECT id, fence FROM delivery WHERE id", sorted(settled)))
            mine = [o for o in mine if fences[o.job.claimed.id] == o.job.claimed.fence]
        self._keep(session, mine)
        if len(mine) < len(fresh):
            held = {id(o) for o in mine}
            for o in fresh:
                if id(o) not in held:
                    self._late(session, o)
        for o in mine:
            if o.verdict.because is not Class.ACCEPTED:
                self._follow_up(session, o)
        return [None] * len(outcomes)

    def _unrecorded(self, session: Session, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Without those of a commit that was done and whose answer was lost: each left its entry, at its own instant. What the
        delivery looks like says less, for another bot that took it back has counted the same attempt."""
        subjects = [f"delivery:{o.job.claimed.id}" for o in outcomes]
        stands = set(rows_in(session, "SELECT subject, at_us, actor FROM entry WHERE subject", subjects))
        return [o for o in outcomes if (f"delivery:{o.job.claimed.id}", microseconds(o.at), MAILER) not in stands]

    def _settle(self, session: Session, outcomes: Sequence[Outcome]) -> list[int]:
        """Returns whose claim still held."""
        accepted: list[Row] = []
        others: list[Row] = []
        for o in outcomes:
            c, verdict = o.job.claimed, o.verdict
            if verdict.because is Class.ACCEPTED:
                accepted.append((c.id, c.fence, c.attempts + 1, microseconds(o.at)))
                continue
            due = None if verdict.due_at is None else microseconds(verdict.due_at)
            doubt = c.doubt or (verdict.because is Class.SILENT and o.reply.content_sent)
            others.append((c.id, c.fence, _state_after(o).value, due, o.attempt, doubt))
        return [
            *update_rows(session, Delivery, ("id", "fence", "attempts", "accepted_at"), sorted(accepted), _ACCEPT),
            *update_rows(session, Delivery, ("id", "fence", "state", "due_at", "attempts", "doubt"), others, _SETTLE),
        ]

    def _keep(self, session: Session, outcomes: Sequence[Outcome]) -> None:
        boxes, entries = [], []
        for o in outcomes:
            c, copy, key = o.job.claimed, o.job.copy, o.job.key
            sealed = ""
            if key is not None:
                reply = o.reply.text.encode()
                sealed = seal_of(o.job.sealed, reply)
                part = reply_part(o.attempt)
                boxes.append((c.id, part, c.contact_id, close(AESGCM(key), c.id, part, reply)))
            if o.verdict.because is Class.ACCEPTED and copy is not None and sealed and not c.doubt:
                said = f"{o.reply.code} {enhanced_in(o.reply.text)}".rstrip()
                payload = accepted(o.attempt, o.basis, said, sealed, base64(copy.sha256), c.wave_id)
                entries.append((microseconds(o.at), MAILER, _ACCEPTANCE, f"delivery:{c.id}", payload))
            else:
                kind = f"delivery.{o.verdict.state}"
                entries.append(Fact(o.at, MAILER, kind, f"delivery:{c.id}", _told(o, sealed)).row())
        self._vault.put(session, boxes)
        record_ready(session, entries)

    def _late(self, session: Session, o: Outcome) -> None:
        """Somebody else took the delivery over meanwhile, taking us for dead, and it says so. What we learnt stays a fact;
        and where the server took our copy, nothing is in doubt any more, unless it is on its way again already."""
        c = o.job.claimed
        kind = "late_reply"
        if o.verdict.because is Class.ACCEPTED:
            settled = session.connection().execute(
                update(Delivery)
                .where(col(Delivery.id) == c.id, col(Delivery.doubt), col(Delivery.state).in_(_OPEN_TO_LATE_NEWS))
                .values(
                    state=leads_to(Verb.ACCEPT).value,
                    due_at=None,
                    worker=None,
                    lease_until=None,
                    accepted_at=func.coalesce(col(Delivery.accepted_at), literal(o.at, Micros())),
                )
            )
            if settled.rowcount:
                kind = State.ACCEPTED.value
                none_held(session, c.wave_id, actor=MAILER, at=o.at)
        record_all(session, [Fact(o.at, MAILER, f"delivery.{kind}", f"delivery:{c.id}", _told(o, ""))])

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
                stand_in=self._vault.keys.stand_in,
            )
        elif o.verdict.because is Class.POLICY:
            # locked since before the deliveries, or a cancel that is committed just now would be overwritten
            wave = session.exec(select(Wave).where(Wave.id == c.wave_id)).one()
            if wave.state == WaveState.SENDING:
                hold(
                    session,
                    wave,
                    f"Our own set-up is refused ({o.reply.code} {enhanced_in(o.reply.text)}), see delivery {c.id}.",
                    o.at,
                )


def _state_after(o: Outcome) -> State:
    """A copy that was accepted stays accepted, whatever becomes of sending it once more on purpose."""
    return leads_to(Verb.ACCEPT) if o.job.claimed.again and o.verdict.due_at is None else o.verdict.state


def _told(o: Outcome, sealed: str) -> dict[str, object]:
    reply, because = o.reply, o.verdict.because
    told = Told(
        attempt=o.attempt,
        phase=reply.phase,
        permit=o.basis,
        said=f"{reply.code} {enhanced_in(reply.text)}".strip() if reply.code else "",
        because="" if because is Class.ACCEPTED else because.value,
        uncertain=o.job.claimed.doubt,
    )
    copy = o.job.copy
    return told.payload(wave=o.job.claimed.wave_id, digest=copy.sha256 if copy and o.basis else None, sealed=sealed)
