"""Does the record's head get outside, as the settings ask for? Looks at settings and the record; asks nobody outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import Session

from distro.archive.anchors import How, last_of, unanchored_since, ways_of
from distro.checkup import Check, ok, warning
from distro.config import Config

PERIODS = 2
"""So many of [anchors] every_hours may go by without success before it is said."""

_WAYS = {
    How.MAIL: (
        "mail",
        "[anchors] to",
        "See whether the relays answer, and what distro.log in the data folder says of anchor.failed.",
    ),
    How.FILE: ("file", "[anchors] file", "See whether its folder is there and may be written to."),
    How.TSA: (
        "time-stamp",
        "[anchors] tsa_url",
        "See what distro.log in the data folder says of anchor.failed; perhaps name another authority.",
    ),
}


def look_at_anchors(session: Session, config: Config, now: datetime) -> Iterator[Check]:
    """A check for each way that is asked for, and one where there is none."""
    settings = config.anchors
    asked = ways_of(mail=settings.to, file=settings.file, tsa=settings.tsa_url)
    if not asked and not settings.publish:
        yield warning(
            "anchors",
            "Nobody outside holds a checkpoint, so whoever has the store and the office's key could rewrite the record unseen.",
            "Set [anchors] to, file, tsa_url or publish.",
        )
    for how in asked:
        yield _check(session, how, timedelta(hours=settings.every_hours), now)
    if settings.publish and config.web.address is None:
        yield warning("anchors", "[anchors] publish is true and [web] listen is off.", "Set [web] listen to host:port.")


def _check(session: Session, how: How, every: timedelta, now: datetime) -> Check:
    word, setting, remedy = _WAYS[how]
    last = last_of(session, how)
    since = unanchored_since(session, last)
    said = f"The last anchor by {word} is of {last.at:%Y-%m-%d %H:%M} UTC." if last else f"There is no anchor by {word} yet."
    if since is not None:
        waits_from = max(since, last.at) if last else since
        if now - waits_from > PERIODS * every:
            return warning(
                f"anchor {word}", f"{said} What was recorded since waits for over {PERIODS} periods ({setting}).", remedy
            )
    return ok(f"anchor {word}", said)
