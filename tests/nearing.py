"""An embargo that ends soon, in tests that need its advance copies to have left before: were the hour a few seconds ahead from
the beginning, a slow machine would see the lift first."""

from __future__ import annotations

from datetime import datetime, timedelta

from distro.dispatch import embargoes
from distro.editorial.release import find_release
from tests.office import APPROVER, WRITER, Office, approve_checked, now
from tests.sink import Received

SOON = timedelta(seconds=2)


def bring_near(office: Office, slug: str = "clinic") -> datetime:
    """Move the lift to two seconds from now, which whoever holds a copy is told of. Returns the new hour.

    All of it is done as of one instant, so that the hour is never past.
    """
    at = now()
    with office.write() as session:
        release = find_release(session, slug)
        hour = (at + SOON).isoformat()
        embargoes.move(session, release, hour, reason="a test", office_zone="UTC", actor=WRITER, at=at)
    with office.write() as session:
        approve_checked(session, find_release(session, slug), actor=APPROVER, at=at, keys=office.vault.keys)
    return at + SOON


def texts(received: list[Received]) -> list[Received]:
    """Without the notices of the move, which are replies to a copy."""
    return [one for one in received if one.message["In-Reply-To"] is None]
