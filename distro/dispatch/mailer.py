"""The mailer: claims what is due, and carries each copy over a kept line to the next server.

    claim -> commit -> MAIL, RCPT -> mark -> commit -> content -> record -> commit

Never SMTP inside a transaction. What is durable when: see `record` (marks and outcomes) and `groupcommit`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from distro import clock
from distro.archive.copies import Skeleton
from distro.archive.vault import Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch.claims import Claim, Claimed, Release, Renewal, claim, release, renew, take_back
from distro.dispatch.delivery import Verb
from distro.dispatch.groupcommit import GroupCommit
from distro.dispatch.hand import POLL, Hand
from distro.dispatch.job import Copy, Job, envelope_of, load, make_copy
from distro.dispatch.letters import letter_of
from distro.dispatch.marks import Mark, Marking
from distro.dispatch.outcomes import Outcome, Outcomes
from distro.dispatch.relays import Relays
from distro.dispatch.retry import Class, Verdict, classify, judge
from distro.dispatch.throttle import Throttle
from distro.editorial.embargo import Permit
from distro.errors import Failed, Refused
from distro.log import log
from distro.mail.dkim import Signing
from distro.mail.transport import Envelope, Line, Reply, Transport

IDLE_LINE = 10.0
"""Seconds after which a line that has nothing to carry is closed."""
RENEW_EVERY = 5.0


@dataclass
class Tally:
    """What this process has done so far, for the progress display."""

    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    uncertain: int = 0
    stopped: int = 0


class Mailer:
    """One worker. `run` goes on until `stop`; `idle` tells whether there was nothing due at the last look."""

    def __init__(
        self, store: Store, vault: Vault, config: Config, transports: Sequence[Transport], watch: clock.ClockWatch
    ) -> None:
        self.tally = Tally()
        self.idle = False
        self.worker = uuid4().hex[:12]
        self._store, self._vault, self._config = store, vault, config
        self.signing = Signing.of(config)
        self._watch = watch
        self._throttle = Throttle.of(config.limits.messages_per_second, config.limits.per_domain_per_second)
        self.record = GroupCommit(
            store,
            {
                Mark: Marking(vault).mark,
                Outcome: Outcomes(vault).outcome,
                Release: release,
                Renewal: renew,
                Claim: lambda session, items: [claim(session, wanted) for wanted in items],
            },
        )
        self._stopping = asyncio.Event()
        self._hand = Hand(self._throttle, self._stopping)
        self._mine: dict[int, int] = {}  # fences of what is in hand, by delivery
        self._letters: dict[tuple[int, str], tuple[int, Skeleton]] = {}
        self._compiling = asyncio.Lock()
        self.relays = Relays(transports, self._stopping)

    def recover(self, *, all_of_them: bool) -> None:
        """Take back what a dead worker held."""
        with self._store.write() as session:
            hold = self._config.sending.uncertain == "hold"
            freed, doubtful = take_back(session, clock.now(), me=self.worker, all_of_them=all_of_them, hold=hold)
        if freed or doubtful:
            log().warning("mailer.recovered", freed=freed, uncertain=doubtful)

    async def run(self) -> None:
        """Send until stopped. Raises what made going on impossible; what was claimed is then taken back at the next start."""
        self.record.start()
        renewing = asyncio.create_task(self._renew(), name="renew leases")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._claim(), name="claim")
                for n in range(self._config.limits.connections):
                    tasks.create_task(self._carry(), name=f"line {n}")
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        finally:
            renewing.cancel()
            await self._give_back_all()
            await self.record.stop()

    def stop(self) -> None:
        """Finish what is on the wire, give back the rest."""
        self._stopping.set()
        self._hand.changed.set()

    def nudge(self) -> None:
        """Something may be due."""
        self._hand.changed.set()

    # --- claiming

    async def _claim(self) -> None:
        depth = max(2 * self._config.limits.connections, 4)
        while not self._stopping.is_set():
            closed = tuple(self._throttle.blocked(clock.monotonic(), 2.0))
            room = depth - sum(job.claimed.lane not in closed for job in self._hand.jobs)
            if room > depth // 2 and self.relays.unreachable is None:
                await self._give_back([job for job in self._hand.jobs if job.claimed.lane in closed])
                mine = tuple(self._mine)
                claimed: list[Claimed] = await self.record.write(Claim(self.worker, room, clock.now(), closed, mine))
                self._mine |= {c.id: c.fence for c in claimed}
                if claimed:
                    jobs = await asyncio.to_thread(self._load, claimed)
                    self._hand.take_in(jobs)
                self.idle = not claimed and self._hand.empty
                if claimed:
                    continue
            await self._hand.pause(POLL)

    def _load(self, claimed: list[Claimed]) -> list[Job]:
        with self._store.read() as session:
            return load(session, self._vault, claimed)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            if not self._hand.empty:
                await self.record.write(Renewal(self.worker, clock.now()))

    # --- carrying

    async def _carry(self) -> None:
        """Keep one line, and carry one copy after the other over it."""
        line: Line | None = None
        try:
            while not self._stopping.is_set():
                job = await self._hand.next(None if line is None else IDLE_LINE)
                if job is None:
                    if line is not None:
                        await line.close()
                        line = None
                    continue
                self._hand.working += 1
                try:
                    if line is None or not line.alive:
                        line = await self.relays.open()
                    if line is None:
                        self._hand.jobs.appendleft(job)
                    else:
                        await self._deliver(line, job)
                        self._let_go(job)
                finally:
                    self._hand.working -= 1
        finally:
            if line is not None:
                await line.close()

    async def _deliver(self, line: Line, job: Job) -> None:
        c = job.claimed
        made = await self._make(job)
        if made is None:
            return
        copy, envelope = made
        basis = ""

        async def gate() -> Permit | None:
            nonlocal basis
            now = clock.now()  # read before the clock is asked for a jump
            steady = self._watch.look() is None
            permit: Permit | None = await self.record.write(Mark(job, copy, self.worker, now, steady))
            if permit is not None:
                basis = permit.basis
            return permit

        reply = await line.send(envelope, copy.octets, gate)
        if reply.stopped:
            self.tally.stopped += 1
            log().info("delivery.stopped", wave=c.wave_id, delivery=c.id)
            return
        await self._settle(job, reply, basis, copy.sha256 if basis else None)

    async def _make(self, job: Job) -> tuple[Copy, Envelope] | None:
        """The copy and its envelope. None where there is no recipient any more: then the gate is asked, and says so."""
        c = job.claimed
        if job.recipient is None:
            nothing = Copy(b"", b"", 0, None, clock.now())
            await self.record.write(Mark(job, nothing, self.worker, clock.now(), True))
            return None
        try:
            skeleton_id, skeleton = await self._letter(c.wave_id, c.language)
            office, keys = self._config.office, self._vault.keys
            copy = make_copy(job, skeleton_id, skeleton, office, keys, clock.now(), self.signing)
        except (Refused, Failed) as wrong:
            await self._hold(job, str(wrong))
            return None
        return copy, envelope_of(job, self._config.office, self._vault.keys)

    async def _hold(self, job: Job, sentence: str) -> None:
        """This delivery cannot be made into a copy: a person must look."""
        c = job.claimed
        log().error("delivery.not_made", wave=c.wave_id, delivery=c.id)  # the sentence may name a person: it is sealed
        reply = Reply("mail", 0, f"(not sent: {sentence})")
        verdict = Verdict(Verb.HOLD, None, Class.SILENT)
        await self.record.write(Outcome(job, self.worker, reply, verdict, "", None, clock.now()))

    async def _letter(self, wave_id: int, language: str) -> tuple[int, Skeleton]:
        found = self._letters.get((wave_id, language))
        if found is None:
            async with self._compiling:
                found = await asyncio.to_thread(letter_of, self._store, self._config, wave_id, language, clock.now())
                if len(self._letters) > 100:
                    self._letters.clear()
                self._letters[wave_id, language] = found
        return found

    async def _settle(self, job: Job, reply: Reply, basis: str, sha256: bytes | None) -> None:
        """Judge the reply and record what became of the try."""
        c, now = job.claimed, clock.now()
        because = classify(reply.phase, reply.code, reply.enhanced, reply.text)
        verdict = judge(
            because,
            attempts=c.attempts + 1,
            first_at=job.first_at,
            now=now,
            give_up=timedelta(days=self._config.sending.give_up_days),
            content_sent=reply.content_sent,
            hold=self._config.sending.uncertain == "hold",
        )
        if because is Class.BLOCK:
            pause = self._throttle.back_off(c.lane, clock.monotonic())
            log().warning("lane.slowed", wave=c.wave_id, delivery=c.id, code=reply.code, seconds=pause)
        elif because is Class.ACCEPTED:
            self._throttle.went_well(c.lane)
        await self.record.write(Outcome(job, self.worker, reply, verdict, basis, sha256, now))
        state = verdict.state.value
        if hasattr(self.tally, state):
            setattr(self.tally, state, getattr(self.tally, state) + 1)
        log().info(
            f"delivery.{state}", wave=c.wave_id, delivery=c.id, code=reply.code, enhanced=reply.enhanced, phase=reply.phase
        )

    async def _give_back(self, jobs: Sequence[Job]) -> None:
        """Keep nothing whose lane is closed for a while: it would be in the way of what may go."""
        for job in jobs:
            self._hand.jobs.remove(job)
        await asyncio.gather(*(self.record.write(Release(job.claimed, clock.now())) for job in jobs))
        for job in jobs:
            self._let_go(job)

    def _let_go(self, job: Job) -> None:
        if self._mine.get(job.claimed.id) == job.claimed.fence:
            del self._mine[job.claimed.id]

    async def _give_back_all(self) -> None:
        jobs = self._hand.empty_out()
        try:
            await asyncio.gather(*(self.record.write(Release(job.claimed, clock.now())) for job in jobs))
        except Exception as wrong:  # they are taken back at the next start
            log().warning("mailer.not_given_back", count=len(jobs), reason=str(wrong))
