"""Which kept files may be handed to anybody: those of a version whose general wave has left, under a Permit asked anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlmodel import col, select

from distro.db import Store
from distro.editorial.embargo import Permit, ask
from distro.editorial.lift import lift_of
from distro.editorial.plan import Purpose, Wave
from distro.editorial.release import Version
from distro.editorial.waves import recalled_since
from distro.web.app import Assets, LetOut


def from_store(store: Store, data_dir: Path, now: Callable[[], datetime], clock_steady: Callable[[], bool]) -> Assets:
    """Answers by the asset's SHA-256 in hex."""

    def let_out(sha256: str) -> LetOut | None:
        with store.read() as session:
            gone = session.exec(
                select(Version, Wave)
                .join(Wave, col(Wave.version_id) == col(Version.id))
                .where(
                    Wave.purpose == Purpose.GENERAL.value,
                    col(Wave.launched_at).isnot(None),
                    col(Version.content).contains(f'"{sha256}"', autoescape=True),
                )
            ).all()
            standing = [(version, lift_of(session, version)) for version, wave in gone if not recalled_since(session, wave)]
        at = now()  # read before the clock is asked for a jump
        for version, lift in standing:
            content = version.release_content
            if not any(r.sha256 == sha256 for r in content.resources):
                continue
            permit = ask(
                purpose=Purpose.GENERAL,
                lift=lift,
                approved=True,  # a wave of this very version was launched, and that asks for the approval
                agreement=None,
                clock_steady=clock_steady(),
                now=at,
            )
            path = data_dir / "assets" / sha256
            if isinstance(permit, Permit) and path.is_file():
                return LetOut(path, permit)
        return None

    return let_out
