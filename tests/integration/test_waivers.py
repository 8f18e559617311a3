"""Waivers in the store: given, taken back, kept over drafts, held against the record; and nothing of it changes the version."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from distro.config import Config
from distro.db import Store
from distro.dispatch import embargoes
from distro.editorial import desk, waivers
from distro.editorial.content import ReleaseContent
from distro.editorial.release import Release
from distro.errors import Refused
from distro.preflight.cases import for_approving, for_submitting
from distro.preflight.finding import Finding
from distro.preflight.run import waivable
from distro.severity import Preflight, Severity
from distro.staff import Actor, Role
from tests.auditing import audited, tamper
from tests.office import APPROVER, WRITER, Office, approve_checked, content, now, submit_checked

STRICT = Config(preflight=Preflight(severity={"form-doubled": Severity.STOPS}))
DOUBLED = content(text="They met in the the hall.")
BODIES = {
    "the the": "They met in the the hall.",
    "in in": "They met in in the hall.",
    "moved": "New.\n\nThey met in the the hall.",
}


def draft(session: Session, what: ReleaseContent = DOUBLED) -> Release:
    return desk.add(session, what, slug_given=True, actor=WRITER, at=now()).release


def doubled(session: Session, release: Release) -> list[Finding]:
    found = for_submitting(session, release, STRICT, now()).findings
    return [one for one in found if one.rule == "form-doubled"]


def waive(session: Session, release: Release, words: str | None = None, actor: Actor = WRITER) -> None:
    spots = waivable(doubled(session, release), "form-doubled", words)
    waivers.waive(session, release, "form-doubled", spots, reason="it is a title", actor=actor, at=now())


def test_a_rule_that_an_office_made_stop_stops_until_it_is_waived(office: Office) -> None:
    with office.write() as session:
        release = draft(session)
        before, at = release.draft_hash, now()
        looked = for_submitting(session, release, STRICT, at)
        with pytest.raises(Refused, match="stands twice"):
            desk.submit(session, release, checked=looked.checked, actor=WRITER, at=at)
        waive(session, release)
        (one,) = doubled(session, release)
        assert one.waived is not None
        assert (one.waived.by, one.waived.reason) == (WRITER.name, "it is a title")
        assert release.draft_hash == before
        looked = for_submitting(session, release, STRICT, at)
        assert desk.submit(session, release, checked=looked.checked, actor=WRITER, at=at).hash == before
        waivers.take_back(session, release, "form-doubled", actor=WRITER, at=now())
        (one,) = doubled(session, release)
        assert one.waived is None
        assert for_approving(session, release, STRICT, at, keys=None).checked.against
    assert [entry.kind for entry in (*office.entries("release.waive"), *office.entries("release.unwaive"))] == [
        "release.waive",
        "release.unwaive",
    ]
    assert "the the" not in office.entries("release.waive")[0].payload


@pytest.mark.altered
@pytest.mark.parametrize(
    "attack", ["UPDATE waiver SET at = 'x'", "UPDATE embargo_step SET release_id = 'x'"], ids=["waiver", "embargo"]
)
def test_a_value_of_another_kind_is_a_finding_and_no_fault(office: Office, attack: str) -> None:
    if office.store.dialect != "sqlite":
        pytest.skip("only SQLite keeps any value in any column")
    hour = now() + timedelta(hours=3)
    office.segment("All", 'email:"*"')
    office.send(content(embargo=hour))
    with office.write() as session:
        release = desk.find_release(session, "clinic")
        later = (hour + timedelta(hours=1)).isoformat()
        embargoes.move(session, release, later, reason="a test", office_zone="UTC", actor=WRITER, at=now())
        waive(session, draft(session, DOUBLED.model_copy(update={"slug": "other"})))
    assert audited(office) == []
    tamper(office.store, attack)
    assert audited(office)


@pytest.mark.parametrize(("body", "stands"), [("moved", True), ("in in", False)])
def test_it_holds_for_later_drafts_as_long_as_the_words_stay(office: Office, body: str, stands: bool) -> None:
    with office.write() as session:
        release = draft(session)
        waive(session, release)
        draft(session, content(text=BODIES[body]))
        (one,) = doubled(session, release)
        assert (one.waived is not None) is stands


def test_only_what_has_the_words_is_waived_and_taken_back(office: Office) -> None:
    with office.write() as session:
        release = draft(session, content(text="In in the hall, by by the door."))
        waive(session, release, "by by")
        assert [(one.place.words, one.waived is not None) for one in doubled(session, release)] == [
            ("In in", False),
            ("by by", True),
        ]
        with pytest.raises(Refused, match="Nothing with these words is waived"):
            waivers.take_back(session, release, "form-doubled", words="In in", actor=WRITER, at=now())
        waivers.take_back(session, release, "form-doubled", words="by", actor=WRITER, at=now())
        assert waivers.standing(session, release.id or 0) == []
        with pytest.raises(Refused, match="Nothing is waived under form-doubled"):
            waivers.take_back(session, release, "form-doubled", actor=WRITER, at=now())


def test_who_may_and_with_what_reason(office: Office) -> None:
    with office.write() as session:
        release = draft(session)
        with pytest.raises(Refused, match="may not waive"):
            waive(session, release, actor=Actor("Eva Example", Role.AUDITOR))
        for reason, says in (("", "needs a reason"), ("ask rosa@example.org", "holds an address")):
            with pytest.raises(Refused, match=says):
                waivers.waive(session, release, "form-doubled", [("en", "body", "x")], reason=reason, actor=WRITER, at=now())


def test_a_waiver_is_of_one_release(office: Office) -> None:
    with office.write() as session:
        waive(session, draft(session))
        (one,) = doubled(session, draft(session, content("another", text="They met in the the hall.")))
        assert one.waived is None


@pytest.mark.parametrize("attack", ["UPDATE waiver SET reason = 'x'", "DELETE FROM waiver"])
def test_rows_are_added_only(store: Store, office: Office, attack: str) -> None:
    with office.write() as session:
        waive(session, draft(session))
    with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
        session.connection().execute(text(attack))


ATTACKS = {
    "UPDATE waiver SET reason = 'another'": "Waiver 1 of release 1 is not the one of entry",
    "UPDATE waiver SET by = 'Eve Example'": "Waiver 1 of release 1 is not the one of entry",
    'UPDATE waiver SET about = \'[["en","body","x"]]\'': "Waiver 1 of release 1 is not the one of entry",
    "UPDATE waiver SET rule = 'form-eaten'": "Waiver 1 of release 1 is not the one of entry",
    "UPDATE waiver SET given = NOT given": "Waiver 1 of release 1 is not the one of entry",
    "DELETE FROM waiver": "Waiver 1 of release 1, of entry",
    "INSERT INTO waiver (release_id, rule, about, reason, given, by, at) "
    "SELECT release_id, rule, about, reason, given, by, at FROM waiver": "stands in no entry: nobody gave it",
}


@pytest.mark.altered
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_audit_finds_what_was_altered(office: Office, attack: str) -> None:
    with office.write() as session:
        waive(session, draft(session))
    assert audited(office) == []
    tamper(office.store, attack)
    (one,) = audited(office)
    assert ATTACKS[attack] in one.what


def test_no_step_goes_on_with_what_was_checked_for_another(office: Office) -> None:
    """Neither another text, nor another step, nor another instant."""
    with office.write() as session:
        release = draft(session, content())
        at = now()
        older = for_submitting(session, release, Config(), at).checked
        draft(session, content(text="Another text."))
        with pytest.raises(Refused, match="was changed while it was being checked"):
            desk.submit(session, release, checked=older, actor=WRITER, at=at)
        newer = for_submitting(session, release, Config(), at).checked
        with pytest.raises(Refused, match="was changed while it was being checked"):
            desk.submit(session, release, checked=newer, actor=WRITER, at=at + timedelta(seconds=1))
        wrong = for_approving(session, release, Config(), at, keys=None).checked
        with pytest.raises(Refused, match="was changed while it was being checked"):
            desk.submit(session, release, checked=wrong, actor=WRITER, at=at)
        desk.submit(session, release, checked=newer, actor=WRITER, at=at)


def test_an_embargo_that_lifted_does_not_stop_an_approval(office: Office) -> None:
    """Hours are the approval's own business; after the lift more people may get the release."""
    lift = now() + timedelta(hours=1)
    with office.write() as session:
        release = draft(session, content(embargo=lift))
        submit_checked(session, release, actor=WRITER, at=now())
        late = lift + timedelta(hours=1)
        assert for_submitting(session, release, Config(), late).checked.against
        assert for_approving(session, release, Config(), late, keys=None).checked.against == ()


def test_each_edition_has_the_instant_at_which_its_words_changed(office: Office) -> None:
    from distro.editorial.edited import edited

    first, second, third = (now() + timedelta(hours=n) for n in range(3))
    spanish = content(text="Two.").editions["es"].model_copy(update={"body": "La  clínica\nabre."})
    with office.write() as session:
        release = desk.add(session, content(text="One."), actor=WRITER, at=first).release
        desk.add(session, content(text="Two."), actor=WRITER, at=second)
        editions = {**content(text="Two.").editions, "es": spanish}
        desk.add(session, content(text="Two.").model_copy(update={"editions": editions}), actor=WRITER, at=third)
        assert edited(session, release.id or 0, release.content) == {"en": second, "es": first}
        assert edited(session, release.id or 0, content(text="One.")) == {"es": first}


def test_the_audience_is_counted_and_compared_with_what_was_approved(office: Office) -> None:
    from distro.preflight import reaching

    for number in range(4):
        office.contact(f"p{number}@daily.example.net", languages="en" if number else "fr", tier="1")
    office.suppress("p3@daily.example.net")
    office.segment("All", "tier:1")
    office.segment("First", "tier<=1")
    office.segment("Nobody", "tier:3")
    slug = office.release(content())
    office.schedule(slug, "All,First,Nobody")
    with office.write() as session:
        release = desk.find_release(session, slug)
        at = now()
        keys = office.vault.keys
        looked = for_approving(session, release, Config(), at, keys=keys)
        approve_checked(session, release, actor=APPROVER, at=at, keys=keys)
        rules = {one.rule for one in looked.findings if one.rule.startswith("audience-")}
        assert rules == {
            *("audience-empty", "audience-suppressed", "audience-language", "audience-fallback", "audience-overlap"),
        }
        assert '"reach":{"1":{"en":3}}' in office_entry(session)
    office.contact("p9@daily.example.net", languages="en", tier="1")
    office.contact("p8@daily.example.net", languages="es", tier="1")
    office.suppress("p2@daily.example.net")
    office.suppress("p1@daily.example.net")
    office.suppress("p0@daily.example.net")
    with office.store.read() as session:
        reach, _ = reaching.of_waves(session, desk.find_release(session, slug), office.vault.keys)
        assert reach is not None
        assert (reach.count, reach.joined, reach.left) == (2, 1, 2)
        assert {one.name: (one.count, one.suppressed) for one in reach.segments}["All"] == (6, 4)
        assert reach.overlap == {("All", "First"): 6}


def office_entry(session: Session) -> str:
    return str(session.connection().execute(text("SELECT payload FROM entry WHERE kind = 'release.approve'")).scalar())


def test_segments_that_were_named_are_counted_for_a_text_in_no_store(office: Office) -> None:
    from distro.preflight.cases import reach_of

    office.contact("ana@daily.example.net", languages="fr", tier="1")
    office.segment("All", "tier:1")
    with office.store.read() as session:
        reach = reach_of(session, content(), None, ["All"], office.vault.keys)
        assert reach is not None
        assert (reach.count, reach.fallbacks, reach.unread) == (1, 1, {"fr": 1})
        with pytest.raises(Refused, match="no segment"):
            reach_of(session, content(), None, ["Nope"], office.vault.keys)
        assert reach_of(session, content(), None, [], office.vault.keys) is None
