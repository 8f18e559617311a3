"""Settling by a person: what becomes of a delivery that is in doubt, or held. One transaction and one entry for each.

Decided under the wave's lock and the delivery's, in the order in which the mark takes them: a claim or a mark that was first
is told as a sentence, one that comes later finds the delivery settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from distro.archive.ledger import Fact, for_the_record, record
from distro.db import Store
from distro.dispatch.attempts import attempts_of
from distro.dispatch.delivery import DELIVERY_TRANSITIONS, Delivery, State, Verb
from distro.dispatch.doubts import none_held
from distro.dispatch.verbs import find_wave
from distro.editorial import restored
from distro.editorial.plan import Wave, WaveState, WaveVerb, advance_wave
from distro.editorial.waves import recalled_since
from distro.errors import Refused
from distro.staff import Actor, Right

_PAGE = 500
_OPEN = (State.UNCERTAIN, State.HELD)


class How(StrEnum):
    """RESEND: the identical bytes once more, due at once. ACCEPTED: a person has learnt that it arrived. GIVE_UP: it ends here,
    and whether it arrived stays unknown; it goes on to count as a copy that its reader may hold."""

    RESEND = "resend"
    ACCEPTED = "accepted"
    GIVE_UP = "give_up"


@dataclass(frozen=True)
class Word:
    """A person's word on deliveries in doubt.

    arrived             when the copy was accepted, where they know (ACCEPTED only)
    not_sent_elsewhere  nothing of the wave left by another machine: to send again of one that came with a backup needs it
    """

    how: How
    actor: Actor
    at: datetime
    reason: str = ""
    arrived: datetime | None = None
    not_sent_elsewhere: bool = False

    def check(self) -> None:
        """Raise Refused unless this person may say so, with what the record needs."""
        self.actor.need(Right.WRITE, "settle a delivery")
        if self.how is not How.RESEND and not self.reason.strip():
            raise Refused("Say how you know, or why, with --reason TEXT: it stands in the record.")
        for_the_record(self.reason)
        if self.arrived is not None and self.how is not How.ACCEPTED:
            raise Refused("An hour of acceptance goes with --accepted only.")
        if self.arrived is not None and self.arrived > self.at:
            raise Refused("The hour of acceptance lies in the future.")


def settle(session: Session, delivery_id: int, word: Word) -> Delivery:
    """Settle one delivery that is uncertain or held. Raises Refused."""
    word.check()
    wave_id = session.exec(select(Delivery.wave_id).where(Delivery.id == delivery_id)).first()
    if wave_id is None:
        raise Refused(f"There is no delivery {delivery_id}; `distro archive list` shows them.")
    wave = find_wave(session, wave_id)
    delivery = session.exec(select(Delivery).where(Delivery.id == delivery_id).with_for_update()).one()
    _ask_for_a_word(session, wave, f"wave settle {delivery_id} --resend", word)
    _settle(session, wave, delivery, word)
    none_held(session, wave_id, actor=word.actor.name, at=word.at)
    return delivery


def settle_all(store: Store, wave_id: int, word: Word) -> int:
    """Settle every one of a wave, some hundred to a transaction; what was never sent cannot be called accepted, and stays.
    Returns how many were settled. Raises Refused, also where there are none."""
    word.check()
    settled, after = 0, 0
    while True:
        with store.write() as session:
            wave = find_wave(session, wave_id)
            query = select(Delivery).where(
                Delivery.wave_id == wave_id, col(Delivery.state).in_([s.value for s in _OPEN]), col(Delivery.id) > after
            )
            if word.how is How.ACCEPTED:
                query = query.where(col(Delivery.doubt))
            page = session.exec(query.order_by(col(Delivery.id)).limit(_PAGE).with_for_update()).all()
            if page:
                _ask_for_a_word(session, wave, f"wave settle --all {wave_id} --resend", word)
            for delivery in page:
                _settle(session, wave, delivery, word)
            if page:
                none_held(session, wave_id, actor=word.actor.name, at=word.at)
        settled += len(page)
        if len(page) < _PAGE:
            break
        after = page[-1].id or 0
    if not settled:
        raise Refused(
            f"Wave {wave_id} has no delivery that could be settled so; `distro wave show {wave_id}` shows how it stands."
        )
    return settled


def _ask_for_a_word(session: Session, wave: Wave, command: str, word: Word) -> None:
    if word.how is How.RESEND:
        given = word.not_sent_elsewhere
        restored.ask_for_a_word(session, [wave], given=given, command=command, actor=word.actor, at=word.at)


def _settle(session: Session, wave: Wave, delivery: Delivery, word: Word) -> None:
    before = State(delivery.state)
    if before not in _OPEN:
        raise Refused(_why_not(delivery, before))
    payload: dict[str, object] = {"wave": wave.id, "from": before, "as": word.how, "attempts": delivery.attempts}
    if word.reason:
        payload["reason"] = word.reason
    if word.how is How.RESEND:
        _may_go_again(session, wave, delivery, word)
        verb = Verb.RETRY if delivery.doubt else Verb.RESEND
        delivery.due_at = word.at
    else:
        verb = Verb.VOUCH if word.how is How.ACCEPTED else Verb.GIVE_UP
        delivery.due_at = None
    if verb is Verb.VOUCH and delivery.accepted_at is None:
        delivery.accepted_at = _accepted_at(session, delivery, word)
        payload["accepted_at"] = delivery.accepted_at
    after = DELIVERY_TRANSITIONS[before, verb]
    # a copy that was accepted stays so, though a later one, sent on purpose, is given up
    delivery.state = State.ACCEPTED.value if verb is Verb.GIVE_UP and delivery.accepted_at else after.value
    payload["to"] = delivery.state
    session.add(delivery)
    session.flush()
    record(session, Fact(word.at, word.actor.name, "delivery.settled", f"delivery:{delivery.id}", payload))


def _why_not(delivery: Delivery, state: State) -> str:
    if state is State.IN_FLIGHT:
        return (
            f"Delivery {delivery.id} is on the wire just now; wait for its reply, or for the bot to find that none comes, "
            "and settle it then."
        )
    if state is State.CLAIMED:
        return f"The bot has delivery {delivery.id} in hand just now; look again in a moment."
    return f"Delivery {delivery.id} is {state}; only one that is uncertain or held is settled."


def _may_go_again(session: Session, wave: Wave, delivery: Delivery, word: Word) -> None:
    if recalled_since(session, wave):
        raise Refused(f"The release of delivery {delivery.id} was recalled; nothing of it is sent again.")
    if wave.state in (WaveState.DONE, WaveState.EXPIRED) and wave.launched_at is not None:
        again = f"delivery {delivery.id} is sent again"
        advance_wave(session, wave, WaveVerb.REOPEN, actor=word.actor.name, at=word.at, reason=again)
    elif wave.state != WaveState.SENDING:
        raise Refused(f"Wave {wave.id} of delivery {delivery.id} is {wave.state}; resume it first.")


def _accepted_at(session: Session, delivery: Delivery, word: Word) -> datetime:
    """When the copy was taken: as the person knows it, else the instant of the last try that ended in silence."""
    if not delivery.doubt:
        raise Refused(f"Nothing of delivery {delivery.id} was ever sent, so it cannot have been accepted.")
    if word.arrived is not None:
        if delivery.stamped_at is not None and word.arrived < delivery.stamped_at:
            raise Refused(f"Delivery {delivery.id} cannot have been accepted before its copy was made.")
        return word.arrived
    number = delivery.id or 0
    silent = [attempt.at for attempt in attempts_of(session, [number])[number] if attempt.outcome in _OPEN]
    return max(silent, default=word.at)
