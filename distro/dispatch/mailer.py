"""The mailer: claims what is due, and carries each copy over a kept line to the next server.

    claim -> commit -> MAIL, RCPT -> mark -> commit -> content -> record -> commit

Never SMTP inside a transaction. What is durable when: see `record` (marks and outcomes) and `groupcommit`.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from uuid import uuid4

from distro import clock
from distro.archive.copies import Skeleton
from distro.archive.vault import Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch.claims import Claim, Claimed, Release, Renewal, claim, release, renew, take_back
from distro.dispatch.classify import enhanced_in
from distro.dispatch.delivery import Verb
from distro.dispatch.groupcommit import GroupCommit
from distro.dispatch.hand import POLL, Hand
from distro.dispatch.job import Job, load, make_ready
from distro.dispatch.letters import letter_by_id, letter_of
from distro.dispatch.marks import Mark, Marking
from distro.dispatch.outcomes import Outcome, Outcomes
from distro.dispatch.relays import Relays
from distro.dispatch.retry import Class, Verdict, classify, comes_again, judge
from distro.dispatch.telling import Telling
from distro.dispatch.throttle import LaneTold as ThrottledLane
from distro.dispatch.throttle import Throttle
from distro.dispatch.workers import LaneTold, RelayTold, Snapshot
from distro.editorial.embargo import Permit
from distro.log import log
from distro.mail.dkim import Signing
from distro.mail.transport import Line, Reply, Transport

IDLE_LINE = 10.0
"""Seconds after which a line that has nothing to carry is closed."""
RENEW_EVERY = 5.0
TELL_EVERY = 0.25
"""Seconds for which accepted copies are gathered into one line of the log."""

_DEEP = 4
"""Jobs in hand of a wave, for each connection: enough that no line waits for a claim."""
_LETTERS_KEPT = 100
_SIGNED_AT_ONCE = 16
"""Copies that a thread signs before it hands them over."""


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
                Outcome: Outcomes(vault).outcome,
                Mark: Marking(vault).mark,
                Release: release,
                Renewal: renew,
                Claim: lambda session, items: [claim(session, wanted) for wanted in items],
            },
            self._recorded,
        )
        self._stopping = asyncio.Event()
        self._depth = _DEEP * config.limits.connections
        self._hand = Hand(self._throttle, self._stopping, low=self._depth // 2)
        self._mine: dict[int, int] = {}  # fences of what is in hand, by delivery
        self._preparing: Counter[int] = Counter()  # claimed and not ready yet, by wave
        self._letters: dict[object, tuple[int, Skeleton]] = {}
        self._accepted: defaultdict[int, list[int]] = defaultdict(list)  # durable, and not in the log yet, by wave
        threads = config.limits.signing_threads if self.signing is not None else 1
        self._pool = ThreadPoolExecutor(threads, "prepare")
        self._compiling = Lock()
        self._slowed: dict[int, str] = {}  # domains of the lanes that were told to slow down
        self._telling = Telling(self.worker, clock.now())
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
        aside = [asyncio.create_task(work, name=name) for name, work in (("renew", self._renew()), ("tell", self._tell()))]
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
            self._tell_accepted()
            self._pool.shutdown()

    def stop(self) -> None:
        """Finish what is on the wire, give back the rest."""
        self._stopping.set()
        self._hand.changed.set()

    def nudge(self) -> None:
        """Something may be due."""
        self._hand.changed.set()

    # --- claiming

    async def _claim(self, tasks: asyncio.TaskGroup) -> None:
        while not self._stopping.is_set():
            if self.relays.unreachable is None:
                closed = tuple(self._throttle.blocked(clock.monotonic(), 2.0))
                if closed:
                    await self._give_back([job for job in self._hand.jobs if job.claimed.lane in closed])
                held = self._hand.held() + self._preparing
                wanted = Claim(self.worker, self._depth_for(len(held)), clock.now(), held, closed, frozenset(self._mine))
                claimed: list[Claimed] = await self.record.write(wanted)
                self._mine |= {c.id: c.fence for c in claimed}
                if claimed:
                    self._preparing.update(c.wave_id for c in claimed)
                    tasks.create_task(self._prepare(claimed), name="prepare")
                self.idle = not claimed and self._hand.empty and not self._preparing
            await self._hand.pause(POLL)

    def _depth_for(self, waves: int) -> int:
        """Many waves at once hold less each, so that memory does not grow with them."""
        return max(self._config.limits.connections, 2 * self._depth // max(2, waves))

    async def _prepare(self, claimed: list[Claimed]) -> None:
        """Open, stamp, sign and hash in threads; what is ready goes into the hand. Signing takes several times as long as all
        the rest, and lets other threads run: it goes in small parts, so that lines and threads are busy side by side."""
        size = len(claimed) if self.signing is None else _SIGNED_AT_ONCE
        parts = [claimed[start : start + size] for start in range(0, len(claimed), size)]
        await asyncio.gather(*(self._prepare_part(part) for part in parts))

    async def _prepare_part(self, claimed: list[Claimed]) -> None:
        jobs = await asyncio.get_running_loop().run_in_executor(self._pool, self._make_ready, claimed)
        self._hand.take_in(jobs)
        self._preparing.subtract(c.wave_id for c in claimed)
        self._preparing += Counter()  # without the zeros

    def _make_ready(self, claimed: list[Claimed]) -> list[Job]:
        with self._store.read() as session:
            jobs, kept = load(session, self._vault, claimed)
        make_ready(jobs, kept, self._letter, self._config.office, self._vault.keys, self.signing, clock.now)
        return jobs

    def _letter(self, c: Claimed) -> tuple[int, Skeleton]:
        """In a preparing thread: compiling is done by one of them, and the others wait."""
        key = c.skeleton_id or (c.wave_id, c.language, c.list_name)
        with self._compiling:
            found = self._letters.get(key)
            if found is None:
                if c.skeleton_id is not None:
                    found = letter_by_id(self._store, c.skeleton_id)
                else:
                    found = letter_of(self._store, self._config, c.wave_id, c.language, c.list_name, clock.now())
                if len(self._letters) > _LETTERS_KEPT:
                    self._letters.clear()
                self._letters[key] = found
        return found

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
        try:
            while True:
                if self._stopping.is_set():
                    break
                if job is None:
                    job = await self._hand.next(None if line is None else IDLE_LINE)
                    if job is None:
                        if line is not None:
                            await line.close()
                            line = None
                        continue
                    self._work(1)
                if not await self._ready(job):
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
                following = self._hand.next_now()
                if following is not None:
                    self._work(1)
                await self._deliver(line, job, following)
                self._finished(job)
                job = following
        finally:
            if job is not None:
                self._hand.put_back(job)
                self._work(-1)
            if line is not None:
                await line.close()

    def _work(self, change: int) -> None:
        self._hand.working += change
        self.record.expected = self._hand.working

    def _finished(self, job: Job) -> None:
        self._let_go(job)
        self._work(-1)

    async def _ready(self, job: Job) -> bool:
        """Whether there is a copy to carry. Where there is no recipient any more the gate is asked, and says so; a copy that
        could not be made waits for a person."""
        if job.copy is not None:
            return True
        if job.fault:
            await self._hold(job, job.fault)
        else:
            await self.record.write(Mark(job, self.worker, clock.now(), True))
        return False

    async def _deliver(self, line: Line, job: Job, following: Job | None) -> None:
        assert job.copy is not None
        assert job.envelope is not None
        basis = ""

        async def gate() -> Permit | None:
            nonlocal basis
            now = clock.now()  # read before the clock is asked for a jump
            steady = self._watch.look() is None
            permit: Permit | None = await self.record.write(Mark(job, self.worker, now, steady))
            if permit is not None:
                basis = permit.basis
            return permit

        reply = await line.send(job.envelope, job.copy.octets, gate, following.envelope if following else None)
        if reply.stopped:
            self.tally.stopped += 1
            log().info("delivery.stopped", wave=job.claimed.wave_id, delivery=job.claimed.id)
            return
        self._settle(job, reply, basis)

    async def _hold(self, job: Job, sentence: str) -> None:
        """This delivery cannot be made into a copy: a person must look."""
        c = job.claimed
        log().error("delivery.not_made", wave=c.wave_id, delivery=c.id)  # the sentence may name a person: it is sealed
        reply = Reply("mail", 0, f"(not sent: {sentence})")
        verdict = Verdict(Verb.HOLD, None, Class.SILENT)
        await self.record.write(Outcome(job, self.worker, reply, verdict, "", clock.now()))

    def _settle(self, job: Job, reply: Reply, basis: str) -> None:
        """Judge the reply and have what became of the try recorded: with the next mark on the same line at the latest, so
        that a crash leaves one uncertain delivery a line."""
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
            comes_again=comes_again(reply.phase, reply.code),
        )
        if because is Class.ACCEPTED:
            self._throttle.went_well(c.lane, clock.monotonic())
        elif because is Class.BLOCK:
            said = " ".join(filter(None, (str(reply.code), enhanced_in(reply.text), f"at {reply.phase}")))
            pause = self._throttle.back_off(c.lane, clock.monotonic(), said)
            if job.recipient is not None:
                self._slowed[c.lane] = job.recipient.canonical.rpartition("@")[2]
            log().warning("lane.slowed", wave=c.wave_id, delivery=c.id, code=reply.code, seconds=pause)
        self.record.post(Outcome(job, self.worker, reply, verdict, basis, now))

    # --- telling

    def snapshot(self) -> Snapshot:
        """How it goes, now; called from the event loop."""
        now, mono = clock.now(), clock.monotonic()
        told = self._throttle.lanes_told(mono)
        self._slowed = {lane.lane: self._slowed[lane.lane] for lane in told if lane.lane in self._slowed}
        lanes = [_lane_told(lane, self._slowed.get(lane.lane, "?"), now, mono) for lane in told]
        relays = [
            RelayTold(
                way.transport.name,
                way.reason or None,
                None if way.since is None else now - timedelta(seconds=mono - way.since),
                now + timedelta(seconds=max(0.0, way.due - mono)) if way.failures else None,
                len(way.lines),
            )
            for way in self.relays.ways
        ]
        return self._telling.snapshot(now, mono, lanes=lanes, relays=relays, blocked=self.record.blocked)

    def _recorded(self, items: list[object]) -> None:
        """Count and log what has become durable."""
        mono = clock.monotonic()
        for o in items:
            if type(o) is not Outcome:
                continue
            c, state = o.job.claimed, o.verdict.state.value
            self._telling.went(c.wave_id, state, mono)
            if hasattr(self.tally, state):
                setattr(self.tally, state, getattr(self.tally, state) + 1)
            if o.verdict.because is Class.ACCEPTED:
                self._accepted[c.wave_id].append(c.id)
                continue
            told = {"wave": c.wave_id, "delivery": c.id, "code": o.reply.code, "enhanced": enhanced_in(o.reply.text)}
            log().info(f"delivery.{state}", **told, phase=o.reply.phase)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY)
            self._tell_accepted()

    def _tell_accepted(self) -> None:
        """One line a wave: a line for each copy would cost as much as sending it."""
        gathered, self._accepted = self._accepted, defaultdict(list)
        for wave, deliveries in gathered.items():
            log().info("delivery.accepted", wave=wave, count=len(deliveries), deliveries=deliveries)

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


def _lane_told(lane: ThrottledLane, domain: str, now: datetime, mono: float) -> LaneTold:
    """From the throttle's monotonic seconds to instants. It closes lanes, and lets those that are open again go slowly."""
    until = now + timedelta(seconds=lane.closed_for) if lane.closed_for > 0 else None
    return LaneTold(domain, lane.reason, now - timedelta(seconds=mono - lane.since), until, round(lane.rate, 2))
