"""A kill as the office hears of it: who waits to confirm it, and what stopped. The killing itself is `editorial.killing`'s."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from distro.dispatch.alerts import alert
from distro.editorial.plan import Wave
from distro.editorial.release import Release
from distro.staff import Actor


def tell_of_kill(session: Session, release: Release, wave: Wave | None, *, actor: Actor, people: int, at: datetime) -> None:
    """Mail the alert addresses, in the transaction of the kill."""
    slug = release.slug
    what = "Nobody holds a copy, so nobody is told." if wave is None else f"Wave {wave.id} tells everybody who holds a copy."
    command = f"distro --as NAME release confirm-kill {slug}"
    confirm = "" if wave is None or people == 1 else f"A second person confirms it: {command}\n"
    alert(
        session,
        f"Killed: {slug}",
        f"{actor.name} killed the release {slug}. Nothing more of it leaves. {what}\n\n{confirm}",
        at=at,
    )
