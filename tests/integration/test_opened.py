"""Opening what is under embargo leaves a fact, by whichever way it is opened; opening anything else leaves none."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from distro.dispatch import history
from distro.dispatch.evidence import Archive, export
from distro.dispatch.testcopy import send_test
from distro.editorial import desk
from distro.editorial.content import ReleaseContent
from distro.editorial.lift import UNKNOWN, latest_lift
from distro.editorial.opened import opened
from distro.editorial.release import Release, Version
from distro.errors import Refused
from tests.auditing import tamper
from tests.office import WRITER, Office, content, now, submit_checked

HOUR = timedelta(hours=1)
ADA = "ada@daily.example.com"


def numbered(office: Office, slug: str = "clinic") -> int:
    with office.store.read() as session:
        return session.exec(select(Release.id).where(Release.slug == slug)).one() or 0


def open_(office: Office, what: ReleaseContent) -> None:
    number = numbered(office)
    opened(office.store, number, what.sha256(), what="copy", language="es", by="account:press", at=now())


def read(office: Office) -> list[dict[str, Any]]:
    return [json.loads(entry.payload) for entry in office.entries("release.read")]


def add(office: Office, what: ReleaseContent, *, submit: bool = True) -> None:
    with office.write() as session:
        added = desk.add(session, what, actor=WRITER, at=now() - 2 * HOUR)
        if submit:
            submit_checked(session, added.release, public_url="", actor=WRITER, at=now() - 2 * HOUR)


@pytest.mark.parametrize(("ahead", "facts"), [(HOUR, 1), (-HOUR, 0), (None, 0)], ids=["under embargo", "lifted", "none"])
def test_only_what_is_under_embargo_leaves_a_fact(office: Office, ahead: timedelta | None, facts: int) -> None:
    what = content(embargo=None if ahead is None else now() + ahead)
    add(office, what)
    open_(office, what)
    entries = office.entries("release.read")
    assert [(e.actor, e.subject) for e in entries] == [("account:press", f"release:{numbered(office)}")] * facts
    for entry in entries:
        assert f'"language":"es","version":"{what.sha256()}","what":"copy"' in entry.payload
        assert "clinic" not in entry.payload.lower()


def test_a_moved_embargo_holds_for_the_older_text_too(office: Office) -> None:
    """Its own hour has passed; the release's has not."""
    older = content(embargo=now() - HOUR)
    add(office, older)
    add(office, content(embargo=now() + 5 * HOUR, text="The clinic opens on Monday."))
    open_(office, older)
    assert [told["version"] for told in read(office)] == [older.sha256()]


def test_a_draft_counts_and_a_draft_without_embargo_takes_none_away(office: Office) -> None:
    first = content(embargo=now() - HOUR)
    add(office, first)
    add(office, content(embargo=now() + HOUR, text="Later."), submit=False)
    open_(office, first)
    assert len(read(office)) == 1
    add(office, content(embargo=now() + 2 * HOUR, text="Later still."))
    add(office, content(text="No embargo."), submit=False)
    open_(office, first)
    assert len(read(office)) == 2


def test_a_test_copy_asks_the_same(office: Office) -> None:
    """The draft's own hour has come; what was submitted lifts later."""
    add(office, content(embargo=now() + HOUR))
    draft = content(embargo=now() - HOUR, text="The clinic opens on Monday.")
    add(office, draft, submit=False)
    sending = send_test(
        [], office.config, office.store, office.vault.keys, draft, to="x@example.org", language="en", actor=WRITER, now=now()
    )
    with pytest.raises(Refused, match="only to the office's own staff"):
        asyncio.run(sending)


@pytest.mark.altered
def test_what_cannot_be_read_has_not_lifted(office: Office) -> None:
    add(office, content())
    number = numbered(office)
    with office.store.read() as session:
        assert latest_lift(session, number) is None
        assert latest_lift(session, number + 1) == UNKNOWN
    tamper(office.store, "UPDATE version SET content = '{}'")
    with office.store.read() as session:
        assert latest_lift(session, number) == UNKNOWN
    open_(office, content())
    assert len(read(office)) == 1


def early(office: Office) -> ReleaseContent:
    office.contact(ADA, tier="1", languages="en", agrees=True)
    office.segment("All", "tier<=9")
    what = content(embargo=now() + HOUR)
    office.send(what, advance=["All"], advance_at="now")
    office.run()
    return what


def test_taking_evidence_before_the_lift_is_opening_it(office: Office, tmp_path: Path) -> None:
    what = early(office)
    archive = Archive(office.store, office.vault, office.config)
    export(archive, "clinic", tmp_path / "x.zip", actor=WRITER, at=now())
    assert read(office) == [{"what": "evidence", "version": what.sha256(), "language": "*"}]
    assert [e.actor for e in office.entries("release.read")] == [WRITER.name]
    (exported,) = office.entries("archive.exported")
    assert json.loads(exported.payload)["versions"] == [what.sha256()]


def test_taking_evidence_after_the_lift_is_not(office: Office, tmp_path: Path) -> None:
    add(office, content())
    export(Archive(office.store, office.vault, office.config), "clinic", tmp_path / "x.zip", actor=WRITER, at=now())
    assert read(office) == []


def test_a_delivery_says_what_it_carries(office: Office) -> None:
    what = early(office)
    with office.store.read() as session:
        number = session.exec(select(Version.release_id)).one()
        assert history.carried_by(session, office.delivery(ADA).id or 0) == (number, what.sha256(), "en")
