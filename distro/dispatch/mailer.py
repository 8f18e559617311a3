"""The mailer: claims what is due, and carries each copy over a kept line to the next server.

    claim -> commit -> MAIL, RCPT -> mark -> commit -> content -> record -> commit

Never SMTP inside a transaction. What is durable when: see `marks`, `outcomes` and `groupcommit`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from distro import clock
from distro.archive.columns import from_microseconds
from distro.archive.vault import Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch.account import Account
from distro.dispatch.claims import Claim, Claimed, Release, Renewal, claim, release, renew, take_back
from distro.dispatch.classify import enhanced_in
from distro.dispatch.delivery import Verb
from distro.dispatch.groupcommit import PATIENCE, GroupCommit
from distro.dispatch.hand import Hand
from distro.dispatch.job import Job
from distro.dispatch.makers import Makers
from distro.dispatch.making import Making
from distro.dispatch.marks import Mark, Marking
from distro.dispatch.outcomes import Outcome, Outcomes
from distro.dispatch.preparing import Preparing
from distro.dispatch.relays import Relays
from distro.dispatch.retry import Class, Verdict, classify, comes_again, judge
from distro.dispatch.throttle import Throttle
from distro.dispatch.workers import Snapshot
from distro.editorial.embargo import Permit
from distro.log import log
from distro.mail.dkim import Signing
from distro.mail.transport import Line, Reply, Transport

IDLE_LINE = 10.0
"""Seconds after which a line that has nothing to carry is closed."""
RENEW_EVERY = 5.0

_ACCEPTED, _HELD = Verdict(Verb.ACCEPT, None, Class.ACCEPTED), Verdict(Verb.HOLD, None, Class.SILENT)


class Mailer:
    """One worker. `run` goes on until `stop`; `idle` tells whether there was nothing due at the last look, `tally` what was
    done so far."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        config: Config,
        transports: Sequence[Transport],
        watch: clock.ClockWatch,
        makers: Makers | None = None,
    ) -> None:
        self.idle, self.worker = False, uuid4().hex[:12]
        self._store, self._vault, self._config = store, vault, config
        self._account = Account(self.worker)
        self.tally = self._account.tally
        self.signing = Signing.of(config)
        self._throttle = Throttle.of(config.limits.messages_per_second, config.limits.per_domain_per_second)
        self._watch, self._stopping = watch, asyncio.Event()
        self._hand = Hand(self._throttle, self._stopping, lines=config.limits.connections)
        self._preparing = Preparing(Making(store, vault, config, self.signing), makers, self._hand, self._stopping)
        self.record = GroupCommit(
            store,
            {
                Outcome: Outcomes(vault).outcome,
                Mark: Marking(vault).mark,
                Release: release,
                Renewal: renew,
                Claim: lambda session, items: [claim(session, wanted) for wanted in items],
            },
            self._account.recorded,
            self._preparing.make_ahead,
        )
        self._mine: dict[int, int] = {}  # fences of what is in hand, by delivery
        self.relays = Relays(transports, self._stopping)

    def recover(self, *, all_of_them: bool) -> None:
        """Take back what a dead worker held."""
        with self._store.write() as session:
            hold, mine = self._config.sending.uncertain == "hold", frozenset(self._mine)
            freed, doubtful = take_back(session, clock.now(), me=self.worker, all_of_them=all_of_them, hold=hold, mine=mine)
        if freed or doubtful:
            log().warning("mailer.recovered", freed=freed, uncertain=doubtful)

    async def run(self) -> None:
        """Send until stopped. Raises what made going on impossible; what was claimed is then taken back at the next start."""
        self.record.start()
        await self._preparing.start()
        aside = [
            asyncio.create_task(self._renew(), name="renew"),
            asyncio.create_task(self._account.keep_telling(), name="tell"),
        ]
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._claim(tasks), name="claim")
                for n in range(self._config.limits.connections):
                    tasks.create_task(self._carry(), name=f"line {n}")
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        finally:
            for task in aside:
                task.cancel()
            await self._give_back_all()
            await self.record.stop()
            self._account.tell()
            self._preparing.close()

    def stop(self) -> None:
        """Finish what is on the wire, give back the rest; for a store that refuses to hear of it we do not wait long."""
        self._stopping.set()
        self.record.give_up_after(PATIENCE)
        self._hand.look_again()

    def nudge(self) -> None:
        """Something may be due."""
        self._hand.look_again()

    def _over(self, me: asyncio.Task[None] | None) -> bool:
        """Time to stop, or another task has failed: a line takes its cancellation for a silence, and a wait may swallow it."""
        return self._stopping.is_set() or (me is not None and me.cancelling() > 0)

    # --- claiming

    async def _claim(self, tasks: asyncio.TaskGroup) -> None:
        low: set[int] | None = None
        me = asyncio.current_task()
        while not self._over(me):
            self._hand.hungry.clear()
            if self.relays.unreachable is None:
                closed = tuple(self._throttle.blocked(clock.monotonic(), 2.0))
                if closed:
                    await self._give_back([job for job in self._hand.jobs if job.claimed.lane in closed])
                held = self._hand.held() + self._preparing.under_way
                depth = self._hand.depth_for(len(held))
                if low is None or any(held[wave] <= depth // 2 for wave in low):
                    wanted = Claim(self.worker, depth, clock.now(), held, closed, frozenset(self._mine))
                    claimed: list[Claimed] = await self.record.write(wanted)
                    self._hand.forget({c.id for c in claimed} & self._mine.keys())
                    self._mine |= {c.id: c.fence for c in claimed}
                    if claimed:
                        self._preparing.begin(claimed, tasks)
                    self.idle = not claimed and self._hand.empty and not self._preparing.under_way
            low = await self._hand.until_hungry()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            if self._mine:
                await self.record.write(Renewal(self.worker, clock.now(), tuple(self._mine)))

    # --- carrying

    async def _carry(self) -> None:
        """Keep one line, and carry one copy after the other over it. While one is on the wire the next is chosen already, so
        that its envelope can travel behind the content of the first."""
        line: Line | None = None
        job: Job | None = None
        following: Job | None = None
        me = asyncio.current_task()
        try:
            while not self._over(me):
                if job is None:
                    job = await self._hand.next(None if line is None else IDLE_LINE)
                    if job is None:
                        if line is not None:
                            await line.close()
                            line = None
                        continue
                    self._work(1)
                self._preparing.make(job)
                if job.copy is None:
                    await self._without_copy(job)
                    self._finished(job)
                    job = None
                    continue
                if line is None or not line.alive:
                    line = await self.relays.open()
                if line is None:
                    self._hand.put_back(job)
                    self._work(-1)
                    job = None
                    continue
                if self.relays.paced:
                    await self.relays.turn(line)
                if self._stopping.is_set():
                    break
                following = self._hand.next_now()
                if following is not None:
                    self._work(1)
                    self._preparing.make(following)
                await self._deliver(line, job, following)
                self._finished(job)
                job, following = following, None
        finally:
            for one in (following, job):  # so that the job is the next again, and the other comes after it
                if one is not None:
                    self._hand.put_back(one)
                    self._work(-1)
            if line is not None:
                await line.close()

    def _work(self, change: int) -> None:
        self._hand.working += change
        self.record.expected = self._hand.working

    def _finished(self, job: Job) -> None:
        self._let_go(job)
        self._work(-1)

    async def _without_copy(self, job: Job) -> None:
        """The gate says what becomes of one that has no recipient any more; one that could not be made waits for a person."""
        if job.fault:
            await self._hold(job, job.fault)
        else:
            await self.record.write(Mark(job, self.worker, clock.now(), True))

    async def _deliver(self, line: Line, job: Job, following: Job | None) -> None:
        assert job.copy is not None
        assert job.envelope is not None
        marked: list[asyncio.Future[Permit | None]] = []

        def gate() -> asyncio.Future[Permit | None]:
            now = clock.now()
            steady = self._watch.look(now) is None
            marked.append(self.record.write(Mark(job, self.worker, now, steady)))
            return marked[0]

        reply = await line.send(job.envelope, job.copy.octets, gate, following.envelope if following else None)
        if reply.stopped:
            self.tally.stopped += 1
            log().info("delivery.stopped", wave=job.claimed.wave_id, delivery=job.claimed.id)
            return
        permit = marked[0].result() if marked else None
        self._settle(job, reply, permit.basis if permit is not None else "")

    async def _hold(self, job: Job, sentence: str) -> None:
        """This delivery cannot be made into a copy: a person must look."""
        c = job.claimed
        log().error("delivery.not_made", wave=c.wave_id, delivery=c.id)  # the sentence may name a person: it is sealed
        reply = Reply("mail", 0, f"(not sent: {sentence})")
        await self.record.write(Outcome(job, self.worker, reply, _HELD, "", clock.now()))

    def _settle(self, job: Job, reply: Reply, basis: str) -> None:
        """Judge the reply and have what became of the try recorded: with the next mark on the same line at the latest, so
        that a crash leaves one uncertain delivery a line."""
        c, now = job.claimed, clock.now()
        if reply.accepted:
            self._throttle.went_well(c.lane, clock.monotonic())
            self.record.post(Outcome(job, self.worker, reply, _ACCEPTED, basis, now))
            return
        because = classify(reply.phase, reply.code, enhanced_in(reply.text), reply.text)
        verdict = judge(
            because,
            attempts=c.attempts + 1,
            first_at=from_microseconds(job.first_us),
            now=now,
            give_up=timedelta(days=self._config.sending.give_up_days),
            content_sent=reply.content_sent,
            hold=self._config.sending.uncertain == "hold",
            comes_again=comes_again(reply.phase, reply.code),
        )
        if because is Class.BLOCK:
            said = " ".join(filter(None, (str(reply.code), enhanced_in(reply.text), f"at {reply.phase}")))
            pause = self._throttle.back_off(c.lane, clock.monotonic(), said)
            if job.recipient is not None:
                self._account.slowed(c.lane, job.recipient.canonical.rpartition("@")[2])
            log().warning("lane.slowed", wave=c.wave_id, delivery=c.id, code=reply.code, seconds=pause)
        self.record.post(Outcome(job, self.worker, reply, verdict, basis, now))

    def snapshot(self) -> Snapshot:
        """How it goes, now; called from the event loop."""
        return self._account.snapshot(self._throttle, self.relays.ways, self.record.blocked)

    # --- giving back

    async def _give_back(self, jobs: Sequence[Job]) -> None:
        """Keep nothing whose lane is closed for a while: it would be in the way of what may go."""
        self._hand.remove(jobs)
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
