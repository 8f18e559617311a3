"""The archive's questions, each asked many times with other arguments: how long the store's call takes for the first page."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from distro.archive.ledger import entries_about
from distro.archive.search import read_terms
from distro.archive.vault import Keys, Vault
from distro.db import Store
from distro.dispatch import history, questions, searching
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.finding import Wanted
from distro.dispatch.missing import later_of, never_got
from distro.editorial.plan import Purpose, Wave
from distro.editorial.release import Release, Version
from tests.bench.archivestore import BEGAN, SEGMENTS
from tests.bench.wording import Writer

PAGE = 100
TIMES = 200
BAR = 100.0
"""Milliseconds within which 95 of 100 calls must end."""

Ask = Callable[[Session, Vault], Iterable[object]]


@dataclass(frozen=True)
class Asked:
    """How long a question took, in ms, each time, and how much CPU of ours; and how many rows it came back with, on average.
    Where others are at work, time is what one waits, and CPU what it takes."""

    name: str
    times: tuple[float, ...]
    cpu: tuple[float, ...]
    rows: float

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return _p95(self.times)

    @property
    def cpu_p95(self) -> float:
        return _p95(self.cpu)

    @property
    def kept(self) -> bool:
        return self.p95 < BAR


def _p95(values: tuple[float, ...]) -> float:
    return sorted(values)[-(-len(values) * 95 // 100) - 1]


@dataclass
class Known:
    """What there is to ask for."""

    deliveries: int
    contacts: int
    slugs: list[str]
    embargoed: list[str]
    followed: list[str]
    waves: list[int]

    @classmethod
    def of(cls, store: Store) -> Known:
        with store.read() as session:
            slugs: dict[int, str] = {i: slug for i, slug in session.exec(select(Release.id, Release.slug)) if i is not None}
            waves = session.exec(select(Wave.id, Wave.release_id, Wave.purpose)).all()
            several = session.exec(select(Version.release_id).group_by(col(Version.release_id)).having(func.count() > 1)).all()
            return cls(
                session.exec(select(func.max(Delivery.id))).one() or 0,
                session.exec(select(func.max(Delivery.contact_id))).one() or 0,
                list(slugs.values()),
                [slugs[release] for _, release, purpose in waves if purpose == Purpose.ADVANCE],
                [slugs[r] for r in {*several, *(r for _, r, purpose in waves if purpose == Purpose.KILL)}],
                [wave for wave, _, _ in waves if wave is not None],
            )


def ask_all(store: Store, keys: Keys, tell: Callable[[Asked], None], times: int = TIMES, seed: int = 7) -> list[Asked]:
    """Every question, `times` times. The store's own call with the first page of 100 and no total."""
    chance, known, found = random.Random(seed), Known.of(store), list[Asked]()
    for name, ask in _questions(chance, known, Writer(1)).items():
        took, cpu, rows = [], [], 0
        for _ in range(times):
            question = ask()
            start, used = time.perf_counter(), time.process_time()
            with store.read() as session:
                rows += len(list(question(session, Vault(keys))))
            took.append((time.perf_counter() - start) * 1000)
            cpu.append((time.process_time() - used) * 1000)
        found.append(Asked(name, tuple(took), tuple(cpu), rows / times))
        tell(found[-1])
    return found


def _questions(chance: random.Random, known: Known, writer: Writer) -> dict[str, Callable[[], Ask]]:
    def name() -> str:
        return f"reportera nunez {chance.randrange(known.contacts)}"

    def outlet() -> str:
        return f"DAILY EXAMPLE {chance.randrange(900)}"

    def address() -> str:
        n = chance.randrange(known.contacts)
        return f"reporter{n}@desk{n % 40}.example.org"

    def delivery() -> int:
        return chance.randint(1, known.deliveries)

    def hours(length: timedelta) -> dict[str, datetime]:
        at = BEGAN.astimezone(UTC) + timedelta(days=1461 * chance.random())
        return {"since": at, "until": at + length}

    def listed(wanted: Callable[[], dict[str, Any]], *, deep: bool = False) -> Callable[[], Ask]:
        def ask() -> Ask:
            what, after = Wanted(**wanted()), delivery() if deep else 0
            return lambda session, vault: history.deliveries(session, vault, what, after=after, limit=PAGE)

        return ask

    def of_release(question: Callable[..., Iterable[object]], slugs: list[str]) -> Callable[[], Ask]:
        def ask() -> Ask:
            slug = chance.choice(slugs)
            return lambda session, vault: question(session, vault, slug)

        return ask

    def received(*, others: bool) -> Callable[[], Ask]:
        def ask() -> Ask:
            whom = address()

            def question(session: Session, vault: Vault) -> Iterable[object]:
                wanted = questions.received_by(session, vault.keys, whom, also_at_others=others)
                return history.deliveries(session, vault, wanted, limit=PAGE)

            return question

        return ask

    def search(words: Callable[[], str], language: str | None = None) -> Callable[[], Ask]:
        def ask() -> Ask:
            terms = read_terms(words())
            return lambda session, vault: searching.editions(session, terms, language=language, limit=PAGE)

        return ask

    def shown() -> Ask:
        number = delivery()
        return lambda session, vault: [
            history.delivery(session, vault, number),
            *entries_about(session, f"delivery:{number}"),
        ]

    def copied() -> Ask:
        number = delivery()

        def question(session: Session, vault: Vault) -> Iterable[object]:
            if session.get_one(Delivery, number).skeleton_id is None:
                return []
            return [history.copy_of(session, vault, number)]

        return question

    def phrase() -> str:
        return f'"{" ".join(writer.words("es", 2))}"'

    def slug() -> str:
        return chance.choice(known.slugs)

    def segment() -> str:
        return chance.choice(SEGMENTS)

    def in_state(state: State) -> Callable[[], Ask]:
        return listed(lambda: {"state": state.value}, deep=True)

    asked: dict[str, Callable[[], Ask]] = {
        "list": listed(dict),
        "list, from anywhere on (--after)": listed(dict, deep=True),
        "list --release": listed(lambda: {"release": slug()}),
        "list --wave": listed(lambda: {"wave": chance.choice(known.waves)}),
        "list --since --until, an hour": listed(lambda: hours(timedelta(hours=1))),
        "list --since --until, a day": listed(lambda: hours(timedelta(days=1))),
        "list --since --until, a month": listed(lambda: hours(timedelta(days=30))),
        "list --since --until, a year": listed(lambda: hours(timedelta(days=365))),
        "list --segment": listed(lambda: {"segment": segment()}),
        "list --segment, from anywhere on": listed(lambda: {"segment": segment()}, deep=True),
        "list --outlet": listed(lambda: {"outlet": outlet()}),
        "list --person": listed(lambda: {"person": name()}),
        "list --contact": listed(lambda: {"contacts": frozenset({chance.randint(1, known.contacts)})}),
        "list --language": listed(lambda: {"language": chance.choice(["en", "es", "en+es"])}, deep=True),
        "list --uncertain": listed(lambda: {"uncertain": True}),
        "list --uncertain --release": listed(lambda: {"uncertain": True, "release": slug()}),
    }
    for one in (State.ACCEPTED, State.REFUSED, State.EXPIRED, State.SUPPRESSED, State.CANCELLED, State.HELD, State.PENDING):
        asked[f"list --state {one}"] = in_state(one)
    asked |= {
        "list --state refused --release": listed(lambda: {"state": "refused", "release": slug()}),
        "list --state accepted, of a month": listed(lambda: {"state": "accepted", **hours(timedelta(days=30))}),
        "list --outlet, of a year": listed(lambda: {"outlet": outlet(), **hours(timedelta(days=365))}),
        "list --outlet --language --segment": listed(lambda: {"outlet": outlet(), "language": "es", "segment": segment()}),
        "list --segment --language --state refused": listed(
            lambda: {"segment": segment(), "language": "es", "state": "refused"}
        ),
        "list --person --release": listed(lambda: {"person": name(), "release": slug()}),
        "show": shown,
        "eml": copied,
        "search, one word": search(lambda: writer.asked(chance.choice(["en", "es"]))),
        "search, a frequent word": search(lambda: writer.words("en", 1)[0]),
        "search, two frequent words --language": search(lambda: " ".join(writer.words("es", 2)), "es"),
        "search, a phrase": search(phrase),
        "search, a prefix": search(lambda: writer.asked("es")[:4] + "*"),
        "held-before-lift": of_release(
            lambda s, v, which: questions.held_before_lift(s, v, which, limit=PAGE), known.embargoed
        ),
        "never-got": of_release(lambda s, v, which: never_got(s, v, later_of(s, which), limit=PAGE), known.followed),
        "received-by": received(others=False),
        "received-by --person": received(others=True),
        "approvals": of_release(lambda s, _, which: questions.approvals(s, which), known.slugs),
    }
    return asked
