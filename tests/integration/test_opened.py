"""Opening what is under embargo leaves a fact; opening anything else leaves none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from distro.editorial.content import ReleaseContent
from distro.editorial.opened import opened
from tests.office import Office, content, now

HOUR = timedelta(hours=1)


@pytest.mark.altered  # no release has this number
@pytest.mark.parametrize(
    ("what", "facts"),
    [(content(embargo=now() + HOUR), 1), (content(embargo=now() - HOUR), 0), (content(), 0)],
    ids=["under embargo", "lifted", "none"],
)
def test_only_what_is_under_embargo_leaves_a_fact(office: Office, what: ReleaseContent, facts: int) -> None:
    opened(office.store, 7, what, what="copy", language="es", by="account:press", at=now())
    entries = office.entries("release.read")
    assert [(e.actor, e.subject) for e in entries] == [("account:press", "release:7")] * facts
    for entry in entries:
        assert f'"language":"es","version":"{what.sha256()}","what":"copy"' in entry.payload
        assert "clinic" not in entry.payload.lower()
