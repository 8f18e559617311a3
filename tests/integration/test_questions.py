"""The archive's questions, on both databases: whatever the way to the answer, it is that of looking at every delivery."""

from __future__ import annotations

import hashlib
import itertools
import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlmodel import Session, col, select

from contacts import agreements, people
from distro.archive.ledger import recorder
from distro.archive.names import KnownAs, forget
from distro.dispatch import finding, history, missing, naming, questions
from distro.dispatch.delivery import Delivery, State
from distro.dispatch.finding import Finder, Wanted
from distro.editorial import desk
from distro.editorial.plan import Purpose, Wave, WaveState
from distro.editorial.release import Approval, Version
from distro.errors import Failed, Refused
from tests.auditing import tamper
from tests.office import APPROVER, WRITER, Office, content, now
from tests.sink import Sink

pytestmark = pytest.mark.altered
"""Hours and states are set by hand."""

HOUR = timedelta(hours=1)
ADA, BEA, CAL, DOT = "ada@daily.example.com", "bea@diario.example.net", "cal@radio.example.org", "dot@daily.example.com"


@pytest.fixture
def house(office: Office) -> Office:
    """Four readers: two of one outlet, one who reads Spanish, two who agreed to hold what is embargoed."""
    office.contact(ADA, languages="en", tier="1", outlet="El Diario Ñandú", agrees=True)
    office.contact(BEA, languages="es", tier="1", outlet="Radio Uno", agrees=True)
    office.contact(CAL, languages="en", tier="2", outlet="EL DIARIO NANDU")
    office.contact(DOT, languages="es", tier="2", outlet="Radio Dos")
    office.segment("All", "tier<=9")
    office.segment("First", "tier<=1")
    return office


def sent_before(office: Office) -> tuple[list[int], Any]:
    """An embargoed release, of which the advance wave has left. Returns its waves, and its content."""
    what = content(embargo=now() + HOUR)
    waves = office.send(what, advance=["First"], advance_at="now")
    office.run()
    return waves, what


def asked(office: Office, question: Any, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
    with office.store.read() as session:
        return list(question(session, office.vault, *arguments, **options))


def to(rows: list[dict[str, Any]]) -> list[str]:
    return [row["recipient"]["address"] for row in rows]


# --- lists


def test_a_list_takes_every_condition_and_all_of_them_together(house: Office, sink: Sink) -> None:
    sink.at_rcpt = lambda to, _: "550 5.1.1 No such user" if to == DOT else None
    house.send(content("one"))
    house.send(content("two"), audience="First")
    house.run()

    def found(**wanted: Any) -> list[tuple[str, str]]:
        return [(r["release"], r["recipient"]["address"].partition("@")[0]) for r in house.records(**wanted)]

    assert found(release="two") == [("two", "ada"), ("two", "bea")]
    assert found(release="none") == []
    assert found(outlet="el diario nandu") == [("one", "ada"), ("one", "cal"), ("two", "ada")]
    assert found(outlet="Radio") == []
    assert found(person="ÁDA") == [("one", "ada"), ("two", "ada")]
    assert found(segment="first") == [("two", "ada"), ("two", "bea")]
    assert found(segment="Fir") == []
    assert found(language="es", release="one") == [("one", "bea"), ("one", "dot")]
    assert found(state="refused") == [("one", "dot")]
    assert found(state="refused", language="en") == []
    assert found(outlet="radio uno", release="two", state="accepted", segment="First") == [("two", "bea")]
    accepted = house.records(state="accepted")
    first = min(r["accepted_at"] for r in accepted)
    assert found(since=first, until=first + timedelta(microseconds=1))
    assert len(found(since=first)) == len(accepted) == 5
    assert found(until=first) == []
    assert len(found()) == 6


def test_those_in_doubt_are_found(house: Office, sink: Sink) -> None:
    sink.at_dot = lambda to, _: "drop" if to == BEA else None
    house.send()
    house.run()
    doubtful = house.records(uncertain=True)
    assert to(doubtful) == [BEA]
    sink.at_dot = lambda _to, _octets: None
    with house.write() as session:  # the next try, which it would wait for
        session.connection().execute(update(Delivery).where(col(Delivery.doubt)).values(due_at=now()))
    house.run()
    with house.store.read() as session:
        assert session.exec(select(Delivery.doubt).where(Delivery.id == doubtful[0]["delivery"])).one()
    assert house.records(uncertain=True) == []  # it arrived in the end


def test_a_name_is_the_one_of_then(house: Office) -> None:
    house.send(content("one"))
    house.run()
    with house.write() as session:
        pen = recorder(session, WRITER.name, now())
        people.edit(session, ADA, {"name": "Ada Ñuñez", "outlet": "The Weekly"}, by=WRITER.name, at=now(), record=pen)
    house.send(content("two"))
    house.run()
    assert [r["release"] for r in house.records(person="ada")] == ["one"]
    assert [r["release"] for r in house.records(person="ada nunez")] == ["two"]
    assert [r["release"] for r in house.records(outlet="the weekly")] == ["two"]
    assert [(r["release"], r["recipient"]["address"]) for r in house.records(outlet="El diario ñandú")] == [
        ("one", ADA),
        ("one", CAL),
        ("two", CAL),
    ]


def test_no_name_stands_in_the_clear_and_none_leads_to_who_was_erased(house: Office) -> None:
    house.send()
    house.run()
    with house.store.read() as session:
        rows = session.exec(select(KnownAs)).all()
        assert len(rows) == 8
        assert {len(row.hash) for row in rows} == {16}
    ada = house.delivery(ADA).contact_id
    with house.write() as session:
        forget(session, ada)
    assert house.records(person="ada") == []
    assert to(house.records(outlet="el diario ñandú")) == [CAL]


def test_what_was_frozen_before_names_were_kept_is_found_after_init(house: Office) -> None:
    house.send()
    house.run()
    with house.write() as session:  # as the migration leaves a wave that has deliveries
        session.connection().execute(text("DELETE FROM known_as"))
        session.connection().execute(update(Wave).values(findable=False))
    with pytest.raises(Refused, match="distro init"):
        house.records(person="ada")
    assert naming.make_findable(house.store, house.vault) == 1
    assert naming.make_findable(house.store, house.vault) == 0
    assert to(house.records(person="ada")) == [ADA]
    assert len(house.records(outlet="EL DIARIO NANDU")) == 2


CASES: list[dict[str, Any]] = [
    {},
    {"release": "r1"},
    {"wave": 3},
    {"state": "accepted"},
    {"state": "refused"},
    {"state": "cancelled"},
    {"language": "es"},
    {"segment": "B"},
    {"segment": "B", "language": "en", "state": "deferred"},
    {"contacts": frozenset({1, 4, 7})},
    {"contacts": frozenset({2}), "state": "cancelled"},
    {"contacts": frozenset()},
    {"uncertain": True},
    {"uncertain": True, "release": "r0"},
    {"release": "r2", "contacts": frozenset({3, 5})},
    {"address_hash": b"\x03" * 16},
    {"address_hash": b"\x03" * 16, "release": "r0"},
]


@pytest.mark.parametrize("size", [1, 3, 50])
def test_every_way_leads_to_the_same_deliveries(office: Office, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_FIRST", 1)
    monkeypatch.setattr(finding, "_NEAR", 0)
    _scatter(office, random.Random(7))
    with office.store.read() as session:
        everything = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        slugs = {1: "r0", 2: "r0", 3: "r1", 4: "r2", 5: "r2", 6: "r1"}
        hours = sorted(d.accepted_at for d in everything if d.accepted_at is not None)
        since, until = hours[len(hours) // 3], hours[len(hours) // 2]
        times: list[dict[str, Any]] = [
            {"since": since},
            {"until": until, "state": "accepted"},
            {"since": since, "until": until, "language": "es"},
        ]
        few = [finding.FEW, 0]
        for case, most in itertools.product([*CASES, *times], few):
            monkeypatch.setattr(finding, "FEW", most)
            right = [d.id for d in everything if _holds(d, case, slugs)]
            assert _paged(session, office, Wanted(**case), size) == right, case
            assert right or case.get("contacts") == frozenset() or case.get("state") in ("cancelled", "deferred")


def _paged(session: Session, office: Office, wanted: Wanted, size: int) -> list[int]:
    finder, found, after = Finder(session, office.vault.keys, wanted), list[int](), 0
    while page := finder.page(after, size):
        assert len(page) <= size
        found += page
        after = page[-1]
        if len(page) < size:
            break
    return found


def _holds(d: Delivery, case: dict[str, Any], slugs: dict[int, str]) -> bool:
    at = d.accepted_at
    return (
        ("release" not in case or slugs[d.wave_id] == case["release"])
        and ("wave" not in case or d.wave_id == case["wave"])
        and ("state" not in case or d.state == case["state"])
        and ("language" not in case or d.language == case["language"])
        and ("segment" not in case or case["segment"] in d.segments.split("\n"))
        and ("contacts" not in case or d.contact_id in case["contacts"])
        and ("address_hash" not in case or d.address_hash == case["address_hash"])
        and (not case.get("uncertain") or (d.doubt and at is None))
        and ("since" not in case or (at is not None and at >= case["since"]))
        and ("until" not in case or (at is not None and at < case["until"]))
    )


def _scatter(office: Office, chance: random.Random) -> None:
    """Waves of three releases, some of whose deliveries lie among another's; in all states."""
    audience = '{"exclude":[],"segments":[["A","tier<=1"],["B","tier<=2"]]}'
    for slug in ("r0", "r1", "r2"):
        office.release(content(slug))
    with office.write() as session:
        versions = session.exec(select(Version).order_by(col(Version.id))).all()
        for which in (0, 0, 1, 2, 2, 1):
            version = versions[which]
            session.add(
                Wave(
                    release_id=version.release_id, version_id=version.id or 0, purpose="general", ordinal=1, at=now(),
                    audience=audience, scheduled_by="Rosa", scheduled_at=now(), state=WaveState.DONE.value,
                )
            )  # fmt: skip
            session.flush()
        orders = [1] * 20 + chance.sample([2] * 15 + [3] * 15, 30) + [4] * 10 + chance.sample([5, 6] * 12, 24)
        at, numbers = now() - HOUR, itertools.count(1)
        contacts = {wave: itertools.count(1) for wave in range(1, 7)}
        for wave in orders:
            n = next(numbers)
            state = chance.choice(list(State))
            accepted = state is State.ACCEPTED or (state is State.PENDING and n % 3 == 0)
            session.add(
                Delivery(
                    wave_id=wave,
                    contact_id=next(contacts[wave]),
                    once=n.to_bytes(16, "big"),
                    address_hash=bytes([n % 9]) * 16,
                    lane=1,
                    language=chance.choice(["en", "es"]),
                    segments=chance.choice(["A", "B", "A\nB", "AB"]),
                    state=state.value,
                    live=state not in (State.CANCELLED, State.SUPPRESSED),
                    doubt=n % 4 == 0,
                    accepted_at=at + timedelta(seconds=chance.randrange(600)) if accepted else None,
                )
            )
        session.flush()
        for end in ("first_delivery = (SELECT min(id)", "last_delivery = (SELECT max(id)"):
            session.connection().execute(text(f"UPDATE wave SET {end} FROM delivery WHERE wave_id = wave.id)"))


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"state": "refused"}, "delivery_state"),
        ({"contacts": frozenset({1, 2})}, "delivery_once_in_wave"),
        ({"uncertain": True}, "delivery_doubt"),
        ({"address_hash": b"1" * 16}, "delivery_address"),
    ],
)
def test_sqlite_goes_by_the_index_that_was_meant(office: Office, wanted: dict[str, Any], index: str) -> None:
    if office.store.dialect != "sqlite":
        pytest.skip("PostgreSQL decides by its statistics")
    _scatter(office, random.Random(7))
    said: list[str] = []

    def explain(statement: Any, parameters: Any) -> None:
        rows = session.connection().connection.cursor().execute("EXPLAIN QUERY PLAN " + statement, parameters).fetchall()
        said.extend(str(row[3]) for row in rows)

    with office.store.read() as session:
        finder = Finder(session, office.vault.keys, Wanted(**wanted))
        from sqlalchemy import event

        statements: list[tuple[Any, Any]] = []
        event.listen(
            office.store.engine, "before_cursor_execute", lambda _c, _k, s, p, _x, _m: statements.append((s, p)), named=False
        )
        finder.page(0, 10)
        for statement, parameters in list(statements):
            if "FROM delivery" in statement:
                explain(statement, parameters)
    assert any(f"INDEX {index}" in line for line in said), said
    assert not [line for line in said if line.startswith("SCAN delivery") and "INDEX" not in line], said


# --- before the lift


def test_who_held_it_before_the_lift_by_which_permit_on_which_agreement(house: Office) -> None:
    waves, what = sent_before(house)
    with house.write() as session:  # to other terms since: what counts is what they had agreed to then
        person = people.find(session, ADA)
        at = now()
        pen = recorder(session, WRITER.name, at)
        agreements.agree(session, person, terms="terms of 2030", by=WRITER.name, at=at, record=pen)
    held = asked(house, questions.held_before_lift, "clinic")
    assert to(held) == [ADA, BEA]
    for row in held:
        assert row["version"] == what.sha256()
        assert row["lift"] == what.embargo.utc
        assert row["accepted_at"] < row["lift"]
        assert row["held"] == "accepted"
        assert row["permit"] == f"agreement:{row['agreement']['id']}"
        assert (row["agreement"]["terms"], row["agreement"]["by"]) == ("standing terms 1", WRITER.name)
        assert row["wave"] == waves[0]
    assert asked(house, questions.held_before_lift, "clinic", version=what.sha256()[:8]) == held
    assert asked(house, questions.held_before_lift, "clinic", after=held[0]["delivery"]) == held[1:]
    assert asked(house, questions.held_before_lift, "clinic", limit=1) == held[:1]


def test_whoever_may_have_held_it_is_told_as_in_doubt(house: Office, sink: Sink) -> None:
    sink.at_dot = lambda to, _: "drop" if to == BEA else None
    sent_before(house)
    assert [(r["recipient"]["address"], r["held"]) for r in asked(house, questions.held_before_lift, "clinic")] == [
        (ADA, "accepted"),
        (BEA, "in doubt"),
    ]


def test_after_the_lift_is_not_before_it(house: Office) -> None:
    """The lift itself is after: an embargo binds before its instant, not at it."""
    waves, what = sent_before(house)
    with house.write() as session:
        session.connection().execute(
            update(Delivery).where(col(Delivery.wave_id) == waves[0]).values(accepted_at=what.embargo.utc)
        )
    assert asked(house, questions.held_before_lift, "clinic") == []


def test_what_cannot_be_asked_is_refused_with_a_sentence(house: Office) -> None:
    house.release(content("clinic"))
    with pytest.raises(Refused, match="There is no release 'clinc'"):
        asked(house, questions.held_before_lift, "clinc")
    with pytest.raises(Refused, match="has no embargo"):
        asked(house, questions.held_before_lift, "clinic")
    with pytest.raises(Refused, match="no version whose name begins with 'ffff'"):
        asked(house, questions.held_before_lift, "clinic", version="ffff")
    house.release(content("clinic", text="Another."))
    with pytest.raises(Refused, match="more than one version"):
        asked(house, questions.held_before_lift, "clinic", version="")
    with house.write() as session:
        desk.add(session, content("draft"), actor=WRITER, at=now())
    with pytest.raises(Refused, match="never submitted"):
        asked(house, questions.held_before_lift, "draft")


# --- never got it


def never(office: Office, slug: str = "clinic", **options: Any) -> list[dict[str, Any]]:
    with office.store.read() as session:
        return list(missing.never_got(session, office.vault, missing.later_of(session, slug, **options)))


def test_who_never_got_the_second_version(house: Office, sink: Sink) -> None:
    house.send()
    house.run()
    house.suppress(CAL)
    sink.at_rcpt = lambda to, _: "550 5.1.1 No such user" if to == DOT else None
    (second,) = house.send(content(text="The clinic opens on Tuesday."), audience="All")
    house.run()
    with house.store.read() as session:
        first = session.exec(select(Version.hash).order_by(col(Version.id))).first()
    rows = never(house)
    assert [(r["recipient"]["address"], r["holds"]["version"], r["later"] and r["later"]["state"]) for r in rows] == [
        (CAL, first, None),
        (DOT, first, "refused"),
    ]
    assert rows[1]["later"]["wave"] == second
    assert never(house, wave=second) == rows
    with pytest.raises(Refused, match="left before that"):
        never(house, version=first)


def test_the_newest_copy_that_one_holds_is_told_once(house: Office) -> None:
    for body in ("One.", "Two."):
        house.send(content(text=body))
        house.run()
    house.release(content(text="Three."))
    rows = never(house, version=content(text="Three.").sha256())
    assert to(rows) == [ADA, BEA, CAL, DOT]
    assert {r["holds"]["version"] for r in rows} == {content(text="Two.").sha256()}
    assert {r["later"] for r in rows} == {None}


def test_whoever_was_made_a_contact_anew_has_got_it(house: Office) -> None:
    house.send()
    house.run()
    with house.write() as session:
        people.remove(session, ADA, record=recorder(session, WRITER.name, now()))
    house.contact(ADA, languages="en", tier="1")
    house.send(content(text="The clinic opens on Tuesday."))
    house.run()
    assert never(house) == []


def test_who_never_got_a_notice(house: Office) -> None:
    """A kill says something of the same version; whoever has that version only has not got it."""
    (general,) = house.send()
    house.run()
    with house.write() as session:
        told = session.get_one(Wave, general)
        kill = Wave(
            **told.model_dump(exclude={"id", "purpose", "parent_id", "first_delivery", "last_delivery"}),
            purpose=Purpose.KILL.value,
            parent_id=general,
        )
        kill.launched_at = now()
        session.add(kill)
        session.flush()
        ada = session.exec(select(Delivery).where(Delivery.wave_id == general).order_by(col(Delivery.id))).first()
        assert ada is not None
        session.add(
            Delivery(
                **ada.model_dump(exclude={"id", "wave_id", "once", "accepted_at"}),
                wave_id=kill.id or 0,
                once=b"k" * 16,
                accepted_at=now(),
            )
        )
    rows = never(house)
    assert to(rows) == [BEA, CAL, DOT]
    assert {r["holds"]["wave"] for r in rows} == {general}
    with pytest.raises(Refused, match="none of 'clinic'"):
        never(house, wave=99)


def test_with_one_version_there_is_nothing_to_miss(house: Office) -> None:
    house.send()
    house.run()
    with pytest.raises(Refused, match="second version or a notice"):
        never(house)


# --- an address, and a word


def test_what_an_address_received_now_and_then(house: Office) -> None:
    house.send(content("one"))
    house.run()
    with house.write() as session:
        pen = recorder(session, WRITER.name, now())
        people.edit(session, ADA, {}, new_address="ada@new.example.com", by=WRITER.name, at=now(), record=pen)
    house.send(content("two"), audience="First")
    house.run()

    def received(address: str, *, also: bool = False) -> list[tuple[str, str, list[str], str]]:
        with house.store.read() as session:
            wanted = questions.received_by(session, house.vault.keys, address, also_at_others=also)
            found = list(history.deliveries(session, house.vault, wanted))
        return [(r["release"], r["recipient"]["address"], r["segments"], r["permit"]) for r in found]  # type: ignore[index, misc]

    one, two = ("one", ADA, ["All"], "immediate"), ("two", "ada@new.example.com", ["First"], "immediate")
    assert received(ADA) == [one]
    assert received("ada@new.example.com") == [two]
    assert received(ADA, also=True) == received("ada@new.example.com", also=True) == [one, two]
    assert received("nobody@example.com") == received("nobody@example.com", also=True) == []


def test_who_approved_when_and_what_exactly(house: Office) -> None:
    (wave,) = house.send()
    with house.store.read() as session:
        told: dict[str, Any] = questions.approvals(session, "clinic")[0]
        approval = session.exec(select(Approval)).one()
    assert (told["by"], told["at"], told["alone"], told["intact"]) == (APPROVER.name, approval.at, False, True)
    assert told["version"] == content().sha256()
    assert told["binding"] == hashlib.sha256(approval.terms.encode()).hexdigest()
    (bound,) = told["waves"]
    assert bound["wave"] == wave
    assert bound["segments"] == [{"name": "All", "rule": "tier<=9", "rule_sha256": hashlib.sha256(b"tier<=9").hexdigest()}]
    assert (bound["at"], bound["void"]) == ("now", None)
    assert told["entry"] in [entry.id for entry in house.entries("release.approve")]
    house.segment("All", "tier<=8")
    with house.store.read() as session:
        (changed,) = questions.approvals(session, "clinic")
    assert "rule of segment 'All' was changed" in str(changed["waves"])


@pytest.mark.altered
def test_what_was_approved_is_the_text_that_the_terms_name(house: Office) -> None:
    """To which row an approval points, somebody may have altered; nobody gave a word for that."""
    house.send()
    house.release(content("other", text="Another text."))
    with house.store.read() as session:
        (before,) = questions.approvals(session, "clinic")
    tamper(house.store, "UPDATE approval SET version_id = 2")
    with house.store.read() as session:
        assert questions.approvals(session, "clinic") == [before]
    forged = hashlib.sha256(b"{}").hexdigest()
    tamper(house.store, "UPDATE approval SET terms = replace(terms, 'general', 'kill')")
    with house.store.read() as session:
        terms = session.exec(select(Approval.terms)).one()
    tamper(house.store, f"UPDATE approval SET binding = '{hashlib.sha256(terms.encode()).hexdigest()}'")
    with house.store.read() as session:
        assert not questions.approvals(session, "clinic")[0]["intact"], "terms and hash fit, but not what the record has"
    tamper(house.store, f"UPDATE approval SET terms = 'gone', binding = '{forged}'")
    with house.store.read() as session, pytest.raises(Failed, match="cannot be read as it was recorded"):
        questions.approvals(session, "clinic")


def test_a_release_without_approval_says_so(house: Office) -> None:
    house.release()
    with house.store.read() as session:
        assert questions.approvals(session, "clinic") == []
