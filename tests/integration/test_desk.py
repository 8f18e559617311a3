"""The way of a release over the desk: who may do what, what an approval binds, what a change undoes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from contacts.folding import fold
from contacts.models import Segment
from distro.archive.ledger import Entry
from distro.db import Store
from distro.editorial import desk
from distro.editorial.content import ReleaseContent
from distro.editorial.folder import read_folder
from distro.editorial.plan import Wave, WaveState, WaveVerb, advance_wave
from distro.editorial.release import Approval, Release, Status, Verb, Version, advance
from distro.errors import Refused
from distro.staff import Actor, Role
from tests.office import approve_checked, submit_checked

NOW = datetime(2026, 11, 24, 15, 0, 0, 123456, tzinfo=UTC)
LIFT = datetime(2026, 12, 1, 17, tzinfo=UTC)
ROSA, LUIS = Actor("Rosa", Role.AUTHOR), Actor("Luis", Role.AUTHOR)
ANA, EVA = Actor("Ana", Role.APPROVER), Actor("Eva", Role.AUDITOR)
ZONE = "America/New_York"
LATE = timedelta(minutes=30)

REPORT = read_folder(Path(__file__).parents[1] / "samples" / "clinic-report")
AT_ONCE = REPORT.model_copy(update={"embargo": None, "slug": "at-once"})


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    with store.write() as session:
        save(session, "Health", "beat:health")
        save(session, "Labor", "beat:labor")
        save(session, "Wires", "outlet:Wire")
        yield session


def save(session: Session, name: str, rule: str) -> None:
    segment = session.exec(select(Segment).where(Segment.key == fold(name))).first()
    if segment is None:
        segment = Segment(name=name, key=fold(name), rule=rule, changed_at=NOW, changed_by="Rosa")
    segment.rule = rule
    session.add(segment)
    session.flush()


def reworded(content: ReleaseContent, headline: str = "Another headline") -> ReleaseContent:
    edition = content.editions["en"].model_copy(update={"headline": headline})
    return content.model_copy(update={"editions": {**content.editions, "en": edition}})


def submitted(session: Session, content: ReleaseContent = REPORT, at: datetime = NOW) -> Release:
    release = desk.add(session, content, actor=ROSA, at=at).release
    submit_checked(session, release, public_url="", actor=ROSA, at=at)
    return release


def plan(
    session: Session,
    release: Release,
    *,
    audience: Sequence[str] = ("Health", "Labor"),
    exclude: Sequence[str] = (),
    advance: Sequence[str] = (),
    advance_at: str | None = None,
    at: str | None = None,
    now: datetime = NOW,
) -> list[Wave]:
    return desk.schedule(
        session,
        release,
        audience=audience,
        exclude=exclude,
        advance=advance,
        advance_at=advance_at,
        at=at,
        office_zone=ZONE,
        actor=ROSA,
        at_now=now,
    )


def approve(session: Session, release: Release, actor: Actor = ANA, people: int = 2, at: datetime = NOW) -> Approval:
    return approve_checked(session, release, actor=actor, people=people, late_limit=LATE, at=at)


def move(session: Session, release: Release, at: str | None = None, advance_at: str | None = None) -> desk.Rescheduled:
    return desk.reschedule(session, release, at=at, advance_at=advance_at, office_zone=ZONE, actor=ROSA, at_now=NOW)


def launch(session: Session, wave: Wave, at: datetime = NOW) -> None:
    """As the bot does it."""
    advance_wave(session, wave, WaveVerb.PREPARE, actor="robot:scheduler", at=at)
    wave.prepared_at = wave.launched_at = at
    advance_wave(session, wave, WaveVerb.LAUNCH, actor="robot:scheduler", at=at)


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(Entry.kind).order_by(col(Entry.id))).all())


def test_the_whole_way(session: Session) -> None:
    release = submitted(session)
    early, general = plan(session, release, exclude=["wires"], advance=["Wires"], advance_at="now")
    assert (early.purpose, early.asap, early.state) == ("advance", True, "proposed")
    assert (general.purpose, general.at, general.wall, general.zone) == (
        "general",
        LIFT,
        "2026-12-01 09:00",
        "America/Los_Angeles",
    )
    assert [rule.rule for rule in general.rules.segments] == ["beat:health", "beat:labor"]
    assert [rule.name for rule in general.rules.exclude] == ["Wires"]
    approval = approve(session, release, at=NOW + LATE * 3)
    assert release.status == Status.APPROVED
    assert early.at == approval.at, "as soon as approved"
    assert {early.state, general.state} == {WaveState.ARMED}
    assert desk.holds(session, early) is None
    assert desk.holds(session, general) is None
    assert kinds(session) == [
        *("release.add", "release.submit", "wave.propose", "wave.propose", "release.schedule"),
        *("wave.arm", "wave.arm", "release.approve"),
    ]


def test_the_same_content_again_is_nothing_and_other_content_a_new_draft(session: Session) -> None:
    first = desk.add(session, REPORT, actor=ROSA, at=NOW)
    again = desk.add(session, REPORT, actor=LUIS, at=NOW)
    assert (first.changed, again.changed, again.version) == (True, False, REPORT.sha256())
    assert again.release.authors == "Rosa"
    other = desk.add(session, reworded(REPORT), actor=LUIS, at=NOW)
    assert other.changed
    assert other.release.id == first.release.id
    assert other.release.authors == "Rosa\nLuis"


def test_a_new_time_zone_database_that_moves_nothing_is_no_change(session: Session) -> None:
    desk.add(session, REPORT, actor=ROSA, at=NOW)
    assert REPORT.embargo is not None
    newer = REPORT.model_copy(update={"embargo": REPORT.embargo.model_copy(update={"tzdata": "2031a"})})
    assert not desk.add(session, newer, actor=ROSA, at=NOW).changed


def test_a_slug_made_from_a_headline_belongs_to_one_announcement(session: Session) -> None:
    first = desk.add(session, REPORT, slug_given=False, actor=ROSA, at=NOW).release
    later = REPORT.model_copy(update={"date": REPORT.date + timedelta(days=7)})
    other = desk.add(session, later, slug_given=False, actor=ROSA, at=NOW)
    assert other.release.slug == f"{first.slug}-2"
    assert "is another release under this headline" in other.notes[0]
    assert not desk.add(session, later, slug_given=False, actor=ROSA, at=NOW).changed
    assert desk.add(session, later, slug_given=True, actor=ROSA, at=NOW).release.id == first.id


def test_the_same_content_submitted_again_is_the_same_version(session: Session) -> None:
    release = submitted(session)
    first = release.version_id
    desk.add(session, reworded(REPORT), actor=ROSA, at=NOW)
    desk.add(session, REPORT, actor=ROSA, at=NOW)
    version = submit_checked(session, release, public_url="", actor=LUIS, at=NOW)
    assert version.id == first
    assert version.hash == REPORT.sha256()
    assert "Luis" in release.authors, "who submits it again answers for it too"


def test_everything_that_stops_a_submission_is_said(session: Session) -> None:
    bad = REPORT.model_copy(update={"contacts": (), "editions": {"es": REPORT.editions["es"]}})
    release = desk.add(session, bad, actor=ROSA, at=NOW).release
    with pytest.raises(Refused) as refused:
        submit_checked(session, release, public_url="", actor=ROSA, at=LIFT)
    assert len(refused.value.sentences) == 3
    assert release.status == Status.DRAFT
    assert session.exec(select(Version)).all() == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"audience": ["Nope", "Health", "Neither"]}, ["no segment 'Nope'", "no segment 'Neither'"]),
        ({"audience": []}, ["Name at least one segment"]),
        (
            {"at": "2026-12-01 08:59 America/Los_Angeles"},
            ["before the lift of the embargo, 2026-12-01 09:00 America/Los_Angeles"],
        ),
        ({"at": "now"}, ["before the lift"]),
        ({"at": "2020-01-01 09:00 America/New_York", "audience": ["Nope"]}, ["no segment 'Nope'", "is past"]),
        ({"advance": ["Wires"], "advance_at": "2026-12-01T17:00:00Z"}, ["is not before the lift"]),
        ({"advance": ["Wires"], "advance_at": "2026-11-24 09:58 America/New_York"}, ["advance hour", "is past"]),
        ({"advance_at": "now"}, ["needs an advance audience"]),
        ({"at": "2027-03-14 02:30 America/New_York"}, ["does not exist"]),
    ],
)
def test_a_plan_that_cannot_be(session: Session, options: dict[str, list[str]], says: list[str]) -> None:
    release = submitted(session)
    with pytest.raises(Refused) as refused:
        plan(session, release, **options)  # type: ignore[arg-type]
    for part in says:
        assert part in str(refused.value)
    assert session.exec(select(Wave)).all() == []
    assert release.status == Status.SUBMITTED


def test_an_advance_wave_needs_an_embargo(session: Session) -> None:
    with pytest.raises(Refused, match="needs an embargo"):
        plan(session, submitted(session, AT_ONCE), advance=["Wires"])


def test_an_immediate_release_leaves_when_it_is_approved_or_at_its_hour(session: Session) -> None:
    (wave,) = plan(session, submitted(session, AT_ONCE))
    assert wave.asap
    later = AT_ONCE.model_copy(update={"slug": "later"})
    (wave,) = plan(session, submitted(session, later), at="2026-11-25 09:00 America/New_York")
    assert (wave.asap, wave.at) == (False, datetime(2026, 11, 25, 14, tzinfo=UTC))


def test_the_minute_that_is_running_is_not_past(session: Session) -> None:
    (wave,) = plan(session, submitted(session, AT_ONCE), at="2026-11-24 10:00 America/New_York")
    assert wave.at < NOW


def test_who_wrote_it_does_not_approve_it(session: Session) -> None:
    boss = Actor("Berta", Role.ADMIN)
    release = desk.add(session, REPORT, actor=boss, at=NOW).release
    desk.add(session, reworded(REPORT), actor=ROSA, at=NOW)
    submit_checked(session, release, public_url="", actor=ROSA, at=NOW)
    plan(session, release)
    with pytest.raises(Refused, match="Rosa is author and may not approve"):
        approve(session, release, ROSA)
    with pytest.raises(Refused, match="who wrote it does not approve it"):
        approve(session, release, boss)
    assert not approve(session, release, ANA).alone


def test_who_submitted_it_does_not_approve_it(session: Session) -> None:
    release = desk.add(session, REPORT, actor=ROSA, at=NOW).release
    submit_checked(session, release, public_url="", actor=ANA, at=NOW)
    plan(session, release)
    with pytest.raises(Refused, match="another person must"):
        approve(session, release, ANA)


def test_an_office_of_one_approves_alone_and_the_record_says_so(session: Session) -> None:
    release = desk.add(session, REPORT, actor=ANA, at=NOW).release
    submit_checked(session, release, public_url="", actor=ANA, at=NOW)
    plan(session, release)
    assert approve(session, release, ANA, people=1).alone
    entry = session.exec(select(Entry).where(Entry.kind == "release.approve")).one()
    assert '"alone":true' in entry.payload


def test_readers_write_nothing(session: Session) -> None:
    with pytest.raises(Refused, match="Eva is auditor and may not write"):
        desk.add(session, REPORT, actor=EVA, at=NOW)


def test_an_hour_that_passed_by_more_than_the_limit_is_not_approved(session: Session) -> None:
    release = submitted(session)
    plan(session, release)
    with pytest.raises(Refused, match="release reschedule"):
        approve(session, release, at=LIFT + LATE + timedelta(microseconds=1))
    assert approve(session, release, at=LIFT + LATE)


def test_an_advance_wave_is_not_approved_after_the_lift(session: Session) -> None:
    release = submitted(session)
    plan(session, release, advance=["Wires"])
    with pytest.raises(Refused, match="comes too late"):
        approve(session, release, at=LIFT)


def test_an_approval_binds_the_rules_of_the_segments(session: Session) -> None:
    release = submitted(session)
    (wave,) = plan(session, release)
    save(session, "Health", "beat:*")
    with pytest.raises(Refused, match="The rule of segment 'Health' was changed after it was scheduled"):
        approve(session, release)
    move(session, release)
    approve(session, release)
    save(session, "Health", "beat:health")
    said = desk.holds(session, wave)
    assert said is not None
    assert said.startswith("The rule of segment 'Health' was changed after it was approved.")
    session.delete(session.exec(select(Segment).where(Segment.name == "Health")).one())
    session.flush()
    assert "no longer there" in (desk.holds(session, wave) or "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", LIFT + timedelta(seconds=1)),
        ("purpose", "advance"),
        ("ordinal", 2),
        ("asap", True),
        ("audience", '{"exclude":[],"segments":[["Wires","outlet:Wire"]]}'),
        ("approval_id", None),
    ],
)
def test_a_wave_that_is_not_as_approved_does_not_hold(session: Session, field: str, value: object) -> None:
    release = submitted(session)
    (wave,) = plan(session, release)
    approve(session, release)
    assert desk.holds(session, wave) is None
    setattr(wave, field, value)
    session.flush()
    assert desk.holds(session, wave) is not None


def test_a_wave_as_soon_as_approved_holds_for_that_instant_only(session: Session) -> None:
    release = submitted(session, AT_ONCE)
    (wave,) = plan(session, release)
    approve(session, release, at=NOW + LATE)
    assert wave.at == NOW + LATE
    assert desk.holds(session, wave) is None
    wave.at += timedelta(days=1)
    session.flush()
    assert "Its hour is not what was approved" in (desk.holds(session, wave) or "")


def test_another_version_under_the_wave_does_not_hold(session: Session) -> None:
    release = submitted(session)
    (wave,) = plan(session, release)
    approve(session, release)
    other = submitted(session, reworded(REPORT.model_copy(update={"slug": "other"})))
    wave.version_id = other.version_id or 0
    session.flush()
    assert desk.holds(session, wave) == "The text is not the version that was approved."


def test_the_terms_say_no_rule_in_the_clear(session: Session) -> None:
    """They are kept for ever, and a rule may hold an address."""
    save(session, "Health", "email:rosa@paper.example.net")
    release = submitted(session)
    plan(session, release)
    terms, sha256 = desk.binding(session, release, NOW)
    approval = approve(session, release)
    assert (approval.terms, approval.binding) == (terms, sha256)
    assert "paper.example.net" not in terms
    assert all("paper.example.net" not in entry.payload for entry in session.exec(select(Entry)))


def test_a_new_hour_voids_the_word_and_not_the_work(session: Session) -> None:
    release = submitted(session)
    early, general = plan(session, release, advance=["Wires"], advance_at="2026-11-25 09:00 America/New_York")
    approve(session, release)
    moved = move(session, release, at="2026-12-01 12:00 America/Los_Angeles")
    assert [wave.id for wave in moved.waves] == [early.id, general.id]
    assert release.status == Status.SCHEDULED
    assert (general.at, general.state, general.approval_id) == (LIFT + timedelta(hours=3), "proposed", None)
    assert (early.at, early.wall, early.zone) == (
        datetime(2026, 11, 25, 14, tzinfo=UTC),
        "2026-11-25 09:00",
        "America/New_York",
    )
    assert desk.holds(session, general) == "It is not approved."
    approve(session, release)
    assert desk.holds(session, general) is None


def test_a_launched_wave_is_not_moved(session: Session) -> None:
    release = submitted(session)
    early, general = plan(session, release, advance=["Wires"])
    approve(session, release)
    launch(session, early)
    with pytest.raises(Refused, match="no advance wave left"):
        move(session, release, advance_at="2026-11-26 09:00 America/New_York")
    assert [wave.id for wave in move(session, release, at="2026-12-02T09:00:00Z").waves] == [general.id]
    assert early.state == WaveState.SENDING
    assert desk.holds(session, early) is None


@pytest.mark.parametrize("verb", [WaveVerb.HOLD, WaveVerb.PAUSE, WaveVerb.PREPARE])
def test_a_wave_that_waits_in_any_way_takes_a_new_hour(session: Session, verb: WaveVerb) -> None:
    release = submitted(session)
    (wave,) = plan(session, release)
    approve(session, release)
    advance_wave(session, wave, verb, actor="robot:scheduler", at=NOW)
    wave.confirmed_at, wave.confirmed_by = NOW, "Ana"
    move(session, release, at="2026-12-02T09:00:00Z")
    assert wave.state == WaveState.PROPOSED.value
    assert tuple(session.exec(select(Wave.confirmed_at, Wave.confirmed_by)).one()) == (None, None)


def test_a_new_hour_keeps_the_rules_of_hours(session: Session) -> None:
    release = submitted(session)
    plan(session, release)
    with pytest.raises(Refused, match="before the lift"):
        move(session, release, at="2026-12-01 08:00 America/Los_Angeles")
    with pytest.raises(Refused, match="is past"):
        desk.reschedule(session, release, office_zone=ZONE, actor=ROSA, at_now=LIFT + timedelta(hours=1))


def test_people_frozen_by_an_older_rule_are_left_with_a_cancelled_wave(session: Session) -> None:
    release = submitted(session)
    (wave,) = plan(session, release)
    approve(session, release)
    advance_wave(session, wave, WaveVerb.PREPARE, actor="robot:scheduler", at=NOW)
    wave.prepared_at = NOW
    save(session, "Health", "beat:medicine")
    moved = move(session, release)
    assert moved.replaced == (wave.id,)
    assert wave.state == WaveState.CANCELLED
    (other,) = moved.waves
    assert (other.at, other.wall, other.rules.segments[0].rule) == (LIFT, wave.wall, "beat:medicine")


def test_a_change_cancels_what_has_not_left_and_nothing_else(session: Session) -> None:
    release = submitted(session)
    early, general = plan(session, release, advance=["Wires"])
    approve(session, release)
    launch(session, early)
    added = desk.add(session, reworded(REPORT), actor=LUIS, at=NOW)
    assert added.cancelled == (general.id,)
    assert "It was approved; that is void now" in added.notes[0]
    assert (release.status, general.state, early.state) == (Status.DRAFT, WaveState.CANCELLED, WaveState.SENDING)


def test_a_recall_cancels_every_wave_that_is_not_over(session: Session) -> None:
    release = submitted(session)
    early, general = plan(session, release, advance=["Wires"])
    approve(session, release)
    launch(session, early)
    recalled = desk.recall(session, release, reason="wrong figures", actor=ROSA, at=NOW)
    assert (recalled.waves, recalled.launched) == ((early.id, general.id), (early.id,))
    assert {early.state, general.state} == {WaveState.CANCELLED}
    assert release.status == Status.RECALLED
    assert desk.add(session, reworded(REPORT), actor=ROSA, at=NOW).release.status == Status.DRAFT


def test_what_is_released_may_go_to_others(session: Session) -> None:
    release = submitted(session)
    plan(session, release)
    approve(session, release)
    advance(session, release, Verb.LAUNCH, actor="robot:scheduler", at=LIFT)
    (wave,) = plan(session, release, audience=["Wires"], now=LIFT + timedelta(hours=1))
    assert (wave.asap, wave.ordinal, release.status) == (True, 1, Status.SCHEDULED)


def test_an_unknown_slug_names_a_near_one(session: Session) -> None:
    desk.add(session, AT_ONCE, actor=ROSA, at=NOW)
    with pytest.raises(Refused, match="did you mean 'at-once'"):
        desk.find_release(session, "at-onse")
