"""What the bot does again and again. Each tick asks the store what is due now, does it, and remembers nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from distro import clock
from distro.archive.ledger import Fact, last_instant, record
from distro.archive.sealing import MOST, Signer, seal
from distro.archive.vault import Vault
from distro.config import Config
from distro.db import Store
from distro.dispatch.alerts import Alert, alert, due_alerts, notice
from distro.dispatch.anchoring import Anchoring
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.doubts import tell_held, untold_held
from distro.dispatch.groupcommit import said_by
from distro.dispatch.holding import hold_embargoed, span
from distro.dispatch.mailer import Mailer
from distro.dispatch.makers import Makers
from distro.dispatch.retry import delay
from distro.dispatch.staffmail import Post
from distro.dispatch.verbs import sweep_cancelled
from distro.dispatch.wave import finish_done, launch_due, prepare_step
from distro.dispatch.workers import Snapshot, report
from distro.editorial.plan import Wave, WaveState
from distro.errors import Failed
from distro.log import log
from distro.mail.transport import Envelope, Transport
from distro.staff import ROBOT

BREATH = 0.01
"""Seconds between two pages of freezing, in which the mailer gets at the store."""


class Ticks:
    """The bot's work, piece by piece. Every method may be called at any time and any number of times."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        config: Config,
        mailer: Mailer,
        watch: clock.ClockWatch,
        transports: Sequence[Transport],
        makers: Makers | None = None,
    ) -> None:
        self._store, self._vault, self._config = store, vault, config
        self._mailer, self._watch = mailer, watch
        self._post = Post(tuple(transports), mailer.signing)
        self._makers = Makers() if makers is None else makers
        self._signer = Signer.of(vault.keys.ledger, config.office.mail_domain, config.storage.data_dir)
        self._anchoring = Anchoring(store, self._signer, config, self._post)
        self._looked = False  # for entries that were missed ever
        self._damaged = False  # and told
        self._sealing = threading.Lock()
        self._stopping = False
        self._alerting = asyncio.Lock()

    def stop(self) -> None:
        self._stopping = True

    def check_clock_at_start(self) -> None:
        """A clock that stands behind the newest entry is wrong now, or was wrong then: embargoed waves wait for a person."""
        now = clock.now()
        with self._store.read() as session:
            last = last_instant(session)
        if last is not None and last - now > clock.STEADY_WITHIN:
            behind = span(last - now)
            log().error("clock.behind_the_record", behind=behind)
            hold_embargoed(self._store, f"The clock stands {behind} behind the last entry of the record.", now)

    def watch_clock(self) -> None:
        """Where the wall clock has jumped, hold what an embargo protects, then take the clock as it is."""
        jump = self._watch.look()
        if jump is None:
            return
        now = clock.now()
        way = f"{span(abs(jump))} {'forward' if jump > timedelta() else 'back'}"
        log().error("clock.jumped", by=way)
        with self._store.write() as session:
            record(session, Fact(now, ROBOT, "clock.jumped", "clock", {"by": way}))
        held = hold_embargoed(self._store, f"The clock jumped {way} while the bot was running.", now)
        log().error("waves.held", waves=held)
        self._watch.accept()

    async def prepare(self) -> None:
        """Freeze the audiences of the waves whose hour is near, and let go at once what was only waiting for that."""
        loop = asyncio.get_running_loop()

        def compile_aside(wave_id: int) -> None:
            asyncio.run_coroutine_threadsafe(self._makers.compile(wave_id), loop).result()

        did_some = False
        while not self._stopping and self._watch.look() is None:
            if not await asyncio.to_thread(self._prepare_one, compile_aside):
                break
            did_some = True
            await asyncio.sleep(BREATH)
        if did_some and not self._stopping:
            await asyncio.to_thread(self.launch)

    def _prepare_one(self, compile_aside: Callable[[int], None]) -> bool:
        return prepare_step(
            self._store,
            self._vault,
            self._config,
            clock.now(),
            clock_steady=self._watch.look() is None,
            compile_elsewhere=compile_aside,
        )

    def launch(self) -> None:
        """Let go what is due."""
        now = clock.now()  # read before the clock is asked for a jump
        for wave_id in launch_due(self._store, self._config, now, clock_steady=self._watch.look() is None):
            log().info("wave.launched", wave=wave_id)

    def finish(self) -> None:
        """Tell of what waits for a person, end what has nothing left to send, and sweep up after cancelled waves."""
        tell_held(self._store, clock.now())
        finish_done(self._store, clock.now())
        sweep_cancelled(self._store, actor=ROBOT, at=clock.now())

    def recover(self) -> None:
        """Take back what other workers held and did not renew (several bots on one PostgreSQL). A clock that has just
        jumped would call every lease expired."""
        if self._watch.look() is None:
            self._mailer.recover(all_of_them=False)

    async def seal(self) -> None:
        """Put what was recorded since the last time under a signed head. The first time in a run, with what was ever missed."""
        while True:
            sealed = await self._makers.seal() if self._looked else None
            if sealed is None:
                sealed = await asyncio.to_thread(self.seal_some)
            if sealed:
                self._damaged = False  # what goes wrong after this is to be told anew
            if sealed < MOST:
                return

    def seal_some(self) -> int:
        """In this process. Returns how many entries were sealed. Raises Failed where nothing may be signed on top of what is
        there, and tells staff once."""
        with self._sealing:  # when a run ends, a tick's may still be under way in its thread
            return self._seal_some()

    def _seal_some(self) -> int:
        now = clock.now()
        try:
            sealed = seal(self._store, self._signer, now, thorough=not self._looked)
        except Failed as wrong:
            if not self._damaged:
                with self._store.write() as session:
                    said = f"What is sent is recorded as ever, but sealing the record needs a person. {wrong}"
                    alert(session, "The record cannot be sealed", said, at=now)
                self._damaged = True
            raise
        self._looked = sealed < MOST or self._looked
        return sealed

    async def anchor(self) -> None:
        """Give the newest head to those outside whose time has come."""
        await self._anchoring.look(clock.now())

    async def alerts(self) -> None:
        """Mail what is to be shouted about."""
        async with self._alerting:  # each once, whoever asks for it meanwhile
            await self._send_alerts()

    async def _send_alerts(self) -> None:
        now = clock.now()
        with self._store.read() as session:
            due = due_alerts(session, now)
        for one in due:
            sent = await self._shout(one)
            with self._store.write() as session:
                row = session.get_one(Alert, one.id)
                row.attempts += 1
                row.sent_at = clock.now() if sent else None
                row.due_at = None if sent or not self._config.alerts.to else clock.now() + delay(row.attempts)
                session.add(row)

    async def report(self) -> None:
        """Say in the store how it goes. Where nothing can be written the row grows old, and that says it too."""
        said = self.snapshot()
        try:
            await asyncio.to_thread(self._report, said)
        except DBAPIError as wrong:
            log().warning("worker.not_told", reason=said_by(wrong))

    def snapshot(self) -> Snapshot:
        """How it goes with this bot, now; called from the event loop."""
        return self._mailer.snapshot()

    def _report(self, said: Snapshot) -> None:
        with self._store.write() as session:
            if not self._stopping:  # or the row would be written again after a clean end removed it
                report(session, said)

    async def _shout(self, alert: Alert) -> bool:
        log().error("alert", subject=alert.subject, to=len(self._config.alerts.to))
        reached = False
        for to in self._config.alerts.to:
            envelope = Envelope(self._config.office.bot_address, to, f"alert-{alert.id}")
            now = clock.now()
            octets = notice(self._config.office, alert, to, now)
            reached = await self._post(envelope, octets, now) or reached
        return reached

    async def nothing_due(self) -> bool:
        """Whether all that is due now has been done; what has nothing left to send is ended. While the store does not answer
        nobody knows, so it is not."""
        try:
            if not self._mailer.idle:
                return False
            await asyncio.to_thread(self.finish)
            await self.alerts()
            return not await asyncio.to_thread(self._something_due)
        except DBAPIError as wrong:
            log().warning("store.unreadable", reason=said_by(wrong))
            return False

    def _something_due(self) -> bool:
        now = clock.now()
        with self._store.read() as session:
            waiting = [WaveState.ARMED.value, WaveState.PREPARING.value]
            due = (col(Wave.state).in_(waiting) & (col(Wave.at) <= now)) | (
                col(Wave.freezing) & col(Wave.state).in_([*waiting, WaveState.SENDING.value])
            )
            if session.exec(select(Wave.id).where(due).limit(1)).first() is not None:
                return True
            if _to_send(session) or _to_finish(session) or due_alerts(session, now) or untold_held(session, now):
                return True
            return bool(self._anchoring.due(session, now))


def _to_send(session: Session) -> bool:
    """Whether some wave that is sending has deliveries due or in hand."""
    waves = select(Wave.id).where(Wave.state == WaveState.SENDING.value)
    active = (col(Delivery.due_at) <= clock.now()) | col(Delivery.state).in_([State.CLAIMED.value, State.IN_FLIGHT.value])
    return session.exec(select(Delivery.id).where(col(Delivery.wave_id).in_(waves), active).limit(1)).first() is not None


def _to_finish(session: Session) -> bool:
    """Whether some wave that is sending has only to be ended."""
    waiting = [State.DEFERRED.value, State.UNCERTAIN.value, State.PENDING.value]
    left = select(Delivery.id).where(Delivery.wave_id == Wave.id, col(Delivery.state).in_(waiting)).exists()
    return session.exec(select(Wave.id).where(Wave.state == WaveState.SENDING.value, ~left).limit(1)).first() is not None
