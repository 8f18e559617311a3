"""The hour of an embargo by people's word: when a change has force, what follows it, and what a forged step comes to."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from distro.editorial import desk, moving
from distro.editorial.content import Instant, Resource
from distro.editorial.embargo import has_lifted
from distro.editorial.embargo_steps import What
from distro.editorial.lift import UNKNOWN, latest_lift, lift_of, standing_hour
from distro.editorial.plan import Wave
from distro.editorial.release import Release, Version
from distro.errors import Refused
from distro.web.files import from_store
from tests.auditing import audited
from tests.office import APPROVER, WRITER, Office, approve_checked, content, now, submit_checked

SOON = timedelta(hours=2)


@pytest.fixture
def lift(office: Office) -> datetime:
    """The release `clinic` under embargo until then, approved, with an advance and a general wave."""
    office.contact("vera@paper.example.net", agrees=True)
    office.contact("gil@wire.example.net")
    office.segment("All", 'email:"*"')
    office.segment("Agreed", "agreed:clinic or agreed:yes")
    at = (now() + timedelta(hours=6)).replace(microsecond=0)
    office.send(content(embargo=at), advance=["All"], advance_at=(at - timedelta(hours=1)).isoformat())
    return at


def move(office: Office, to: datetime | None, *, what: What = What.MOVE) -> moving.Moved:
    with office.write() as session:
        release = desk.find_release(session, "clinic")
        standing = moving.begin(session, release, actor=WRITER, at=now())
        hour = None if to is None else Instant(utc=to, wall=to.isoformat())
        return moving.propose(session, release, standing, what, hour, notice=None, reason="a test", actor=WRITER, at=now())


def hours(session: Session) -> tuple[datetime | None, datetime | None]:
    """What has force, and before what nothing leaves."""
    release = session.exec(select(Release).where(Release.slug == "clinic")).one()
    version = session.get_one(Version, release.version_id)
    standing = standing_hour(session, version)
    return (None if standing is None else standing.utc), lift_of(session, version)


def waves(office: Office) -> dict[str, tuple[str, datetime, bool]]:
    """By purpose: state and hour of the newest wave."""
    with office.store.read() as session:
        return {w.purpose: (w.state, w.at, w.asap) for w in session.exec(select(Wave).order_by(text("id")))}


def test_from_the_proposal_of_a_later_hour_nothing_leaves_before_it(office: Office, lift: datetime) -> None:
    move(office, lift + SOON)
    with office.store.read() as session:
        assert hours(session) == (lift, lift + SOON)
    assert waves(office)["general"][:2] == ("proposed", lift + SOON)
    office.approve("clinic")
    with office.store.read() as session:
        assert hours(session) == (lift + SOON, lift + SOON)
    assert waves(office)["general"][:2] == ("armed", lift + SOON)


def test_an_earlier_hour_has_no_force_before_it_is_approved(office: Office, lift: datetime) -> None:
    move(office, lift - SOON / 4)
    with office.store.read() as session:
        assert hours(session) == (lift, lift)
    assert waves(office)["general"][0] == "proposed"
    office.approve("clinic")
    with office.store.read() as session:
        assert hours(session) == (lift - SOON / 4, lift - SOON / 4)
    assert waves(office)["general"][:2] == ("armed", lift - SOON / 4)


def test_a_lift_is_the_instant_of_the_second_persons_word(office: Office, lift: datetime) -> None:
    move(office, None, what=What.LIFT)
    with office.store.read() as session:
        assert hours(session) == (lift, lift)
    office.approve("clinic")
    with office.store.read() as session:
        standing, bound = hours(session)
        assert standing == bound
        assert has_lifted(bound, now())
        assert session.exec(select(Wave.state).where(Wave.purpose == "advance")).one() == "expired"
        release = desk.find_release(session, "clinic")
        assert latest_lift(session, release.id or 0) == standing
    state, at, asap = waves(office)["general"]
    assert (state, at, asap) == ("armed", standing, True)


def test_whoever_proposes_a_change_does_not_approve_it(office: Office, lift: datetime) -> None:
    with office.write() as session:
        release = desk.find_release(session, "clinic")
        standing = moving.begin(session, release, actor=APPROVER, at=now())
        hour = Instant(utc=lift + SOON, wall="later")
        moving.propose(session, release, standing, What.MOVE, hour, notice=None, reason="x", actor=APPROVER, at=now())
    with pytest.raises(Refused, match="another person must"):
        office.approve("clinic")


def test_what_is_withdrawn_leaves_all_as_it_was_but_for_the_approval(office: Office, lift: datetime) -> None:
    for to, what in ((lift + SOON, What.MOVE), (lift - SOON / 4, What.MOVE), (None, What.LIFT)):
        move(office, to, what=what)
        with office.write() as session:
            release = desk.find_release(session, "clinic")
            moving.withdraw(session, release, reason="no", actor=WRITER, at=now())
            assert hours(session) == (lift, lift)
        assert waves(office)["general"] == ("proposed", lift, False)
    office.approve("clinic")
    assert waves(office)["general"][:2] == ("armed", lift)


def test_a_second_proposal_takes_the_place_of_the_first(office: Office, lift: datetime) -> None:
    move(office, lift + 2 * SOON)
    move(office, lift + SOON)
    with office.store.read() as session:
        assert hours(session) == (lift, lift + SOON)
    office.approve("clinic")
    move(office, lift + SOON / 2)
    office.approve("clinic")
    with office.store.read() as session:
        assert hours(session) == (lift + SOON / 2, lift + SOON / 2)
    assert waves(office)["general"][:2] == ("armed", lift + SOON / 2)


def again(office: Office, embargo: datetime | None, text: str = "It opens on Monday.") -> None:
    """Another text of the same release, submitted."""
    with office.write() as session:
        added = desk.add(session, content(embargo=embargo, text=text), actor=WRITER, at=now())
        submit_checked(session, added.release, public_url="", actor=WRITER, at=now())


@pytest.fixture
def held(office: Office) -> datetime:
    """Vera holds an advance copy of `clinic` until then; the general wave is armed."""
    office.contact("vera@paper.example.net", agrees=True)
    office.segment("All", 'email:"*"')
    at = (now() + timedelta(hours=6)).replace(microsecond=0)
    office.send(content(embargo=at), advance=["All"])
    office.run()
    return at


@pytest.mark.parametrize("earlier", [None, timedelta(hours=3)])
def test_a_newer_text_is_no_way_around_the_promise(office: Office, held: datetime, earlier: timedelta | None) -> None:
    """Without an embargo, or with an earlier one: who holds the older text was promised silence until its hour."""
    again(office, None if earlier is None else held - earlier)
    with office.store.read() as session:
        assert hours(session)[1] == held
    with pytest.raises(Refused, match="is before the lift of the embargo"):
        office.schedule("clinic", "All", at="now")
    office.schedule("clinic", "All")
    office.approve("clinic")
    assert waves(office)["general"][:2] == ("armed", held)


def test_a_newer_text_that_names_the_old_hour_is_moved_along(office: Office, held: datetime) -> None:
    """The folder is only behind."""
    move(office, held + SOON)
    office.approve("clinic")
    again(office, held)
    with office.store.read() as session:
        assert hours(session) == (held + SOON, held + SOON)
    office.schedule("clinic", "All")
    office.approve("clinic")
    assert waves(office)["general"][:2] == ("armed", held + SOON)


def test_a_newer_text_withdraws_what_is_proposed(office: Office, held: datetime) -> None:
    move(office, held + SOON)
    again(office, held)
    with office.store.read() as session:
        assert hours(session) == (held, held)
    assert len(office.entries("embargo.withdrawn")) == 1


def test_a_kill_withdraws_what_is_proposed(office: Office, held: datetime) -> None:
    move(office, held + SOON)
    with office.write() as session:
        desk.kill(session, desk.find_release(session, "clinic"), reason="wrong", said={}, actor=WRITER, people=2, at=now())
    office.run()
    with office.write() as session:
        desk.confirm_kill(session, desk.find_release(session, "clinic"), actor=APPROVER, at=now())
    assert len(office.entries("embargo.withdrawn")) == 1


def test_what_is_out_cannot_be_moved(office: Office, held: datetime) -> None:
    move(office, None, what=What.LIFT)
    office.approve("clinic")
    office.run()
    with pytest.raises(Refused, match=r"cannot take the step 'reschedule'|it is over"):
        move(office, held + SOON)


def test_a_general_wave_that_was_to_leave_later_is_pulled_along_and_no_further(office: Office, held: datetime) -> None:
    with office.write() as session:
        release = desk.find_release(session, "clinic")
        at = (held + SOON).isoformat()
        desk.reschedule(session, release, at=at, office_zone="America/New_York", actor=WRITER, at_now=now())
    office.approve("clinic")
    move(office, held + SOON / 2)
    assert waves(office)["general"][1] == held + SOON, "an hour of its own, and not too early"
    move(office, held + 2 * SOON)
    assert waves(office)["general"][1] == held + 2 * SOON
    office.approve("clinic")


FORGED = (
    "INSERT INTO embargo_step (release_id, change, said, what, version_id, written, was, utc, wall, zone, tzdata, wave_id, "
    "approval_id, breach, evidence, reason, by, at) SELECT release_id, 9, 'approved', 'move', id, submitted_at, submitted_at, "
    "submitted_at, '', '', '', 0, 1, '', '', '', 'Ana Example', submitted_at FROM version"
)


@pytest.mark.altered
def test_a_forged_step_ends_no_embargo(office: Office, lift: datetime) -> None:
    with office.write() as session:
        session.connection().execute(text(FORGED))
    with office.store.read() as session:
        assert hours(session) == (UNKNOWN, UNKNOWN)
    assert any("of the embargo on release 1 (move, approved) is not as any entry has it" in str(one) for one in audited(office))


@pytest.mark.altered
@pytest.mark.parametrize("attack", ["DELETE FROM embargo_step WHERE said = 'approved'", "UPDATE embargo_step SET utc = was"])
def test_a_step_that_is_taken_out_or_altered_ends_no_embargo(office: Office, lift: datetime, attack: str) -> None:
    """An embargo that was moved to later, back to the hour before: by hand, past the triggers."""
    move(office, lift + SOON)
    office.approve("clinic")
    with office.write() as session:
        if office.store.dialect == "sqlite":
            for name in ("embargo_step_no_update", "embargo_step_no_delete"):
                session.connection().execute(text(f"DROP TRIGGER {name}"))
        else:
            session.connection().execute(text("ALTER TABLE embargo_step DISABLE TRIGGER embargo_step_append_only"))
        session.connection().execute(text(attack))
    with office.store.read() as session:
        assert hours(session) == (UNKNOWN, UNKNOWN)
    found = audited(office)
    assert any("approved in entry" in str(one) and "is not there, or not as it was" in str(one) for one in found)


def test_an_hour_that_passed_meanwhile_is_not_approved(office: Office, held: datetime) -> None:
    """An embargo ends by a person's word, and not before it."""
    soon = now() + timedelta(minutes=2)
    with office.write() as session:
        release = desk.find_release(session, "clinic")
        standing = moving.begin(session, release, actor=WRITER, at=now())
        hour = Instant(utc=soon, wall=soon.isoformat())
        moving.propose(session, release, standing, What.MOVE, hour, notice=None, reason="a test", actor=WRITER, at=now())
        later = soon + timedelta(minutes=1)
        with pytest.raises(Refused, match="has passed; lift it, or move it again"):
            approve_checked(session, release, actor=APPROVER, people=2, late_limit=SOON, at=later)


@pytest.mark.parametrize("people", [1, 2])
def test_in_an_office_of_one_the_record_says_alone(office: Office, held: datetime, people: int) -> None:
    """Ana wrote nothing of it, but proposed the change."""
    with office.write() as session:
        release = desk.find_release(session, "clinic")
        standing = moving.begin(session, release, actor=APPROVER, at=now())
        moving.propose(session, release, standing, What.LIFT, None, notice=None, reason="x", actor=APPROVER, at=now())
        if people == 2:
            with pytest.raises(Refused, match="another person must"):
                approve_checked(session, release, actor=APPROVER, people=2, late_limit=SOON, at=now())
        else:
            assert approve_checked(session, release, actor=APPROVER, people=1, late_limit=SOON, at=now()).alone


def test_a_file_is_let_out_at_the_hour_that_has_force_and_once_it_is_out(office: Office, held: datetime) -> None:
    """A second before it, and a second after; what the text itself names counts no more."""
    name = hashlib.sha256(b"the letter").hexdigest()
    (office.folder / "assets").mkdir(exist_ok=True)
    (office.folder / "assets" / name).write_bytes(b"the letter")
    letter = Resource(title={"*": "The letter"}, file="assets/letter.pdf", sha256=name, size=10)
    with office.write() as session:
        added = desk.add(session, content(embargo=held).model_copy(update={"resources": (letter,)}), actor=WRITER, at=now())
        submit_checked(session, added.release, public_url="https://press.example.org", actor=WRITER, at=now())
    office.schedule("clinic", "All")
    office.approve("clinic")
    move(office, held + SOON)
    office.approve("clinic")
    instants = [held + timedelta(seconds=1), held + SOON - timedelta(seconds=1), held + SOON + timedelta(seconds=1)]

    def let_out() -> list[bool]:
        found = []
        for at in instants:
            out = from_store(office.store, office.folder, lambda at=at: at, lambda: True)(name)  # type: ignore[misc]
            found.append(out is not None)
        return found

    assert let_out() == [False, False, False], "nothing of it is out yet"
    with office.write() as session:
        general = session.exec(select(Wave).where(Wave.purpose == "general", Wave.state == "armed")).one()
        number = general.id or 0
    with office.write() as session:
        session.get_one(Wave, number).launched_at = now()  # as the small switch does
    assert let_out() == [False, False, True]
    with office.write() as session:
        session.get_one(Wave, number).launched_at = None
