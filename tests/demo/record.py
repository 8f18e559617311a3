"""What the office's own record says after the run: every delivery with its rebuilt copy, and what happened when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select

from distro.archive.ledger import Entry
from distro.archive.vault import Keys, Vault
from distro.config import load
from distro.db import open_store
from distro.dispatch.history import copy_of
from distro.editorial.plan import Wave
from distro.editorial.release import Release
from distro.errors import Failed, Refused
from tests.demo.office import Office
from tests.demo.proof import Archived
from tests.demo.server import Mail

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TOLD = {
    "release.submit": "submitted",
    "release.approve": "approved",
    "wave.launch": "wave leaves",
    "wave.finish": "wave done",
}


@dataclass(frozen=True)
class Moment:
    """Something that happened. `who` is as the record has it: a person, or robot:scheduler."""

    at: datetime
    release: str
    what: str
    who: str


def archived(office: Office) -> list[Archived]:
    """`distro archive list`, each with the octets that `distro archive eml` would print (rebuilt here, for all at once)."""
    told = office.json("archive", "list")
    config = load(office.config)
    vault = Vault(Keys.load(config.storage.data_dir))
    store = open_store(config.store_url)
    found = []
    try:
        with store.read() as session:
            for one in told:
                try:
                    octets = copy_of(session, vault, one["delivery"])
                except (Refused, Failed):
                    octets = b""  # a copy that cannot be rebuilt equals none that was received
                found.append(
                    Archived(
                        delivery=one["delivery"],
                        wave=one["wave"],
                        state=one["state"],
                        message_id=one["message_id"] or "",
                        address=one["recipient"]["address"],
                        language=one["language"],
                        sha256=one["sha256"] or "",
                        octets=octets,
                    )
                )
    finally:
        store.close()
    return found


def differs_from_command(office: Office, mails: Sequence[Mail], archive: Sequence[Archived]) -> list[str]:
    """The same through the command itself, for some: the first, one in two languages, and one that needs SMTPUTF8."""
    by_id = {one.message_id: one.delivery for one in archive}
    chosen = [
        next(iter(mails), None),
        next((mail for mail in mails if len(mail.header.languages) > 1), None),
        next((mail for mail in mails if not mail.to.isascii()), None),
    ]
    wrong = []
    for mail in dict.fromkeys(one for one in chosen if one is not None):
        delivery = by_id.get(mail.header.message_id)
        if delivery is None or office.run("archive", "eml", str(delivery)) != mail.octets:
            wrong.append(f"`distro archive eml {delivery}` does not print the octets of {mail.path.name}")
    return wrong


def timeline(office: Office, lift: datetime, embargoed: str) -> list[Moment]:
    """The ledger's entries about releases and waves, with the lift among them, oldest first."""
    store = open_store(load(office.config).store_url)
    try:
        with store.read() as session:
            slugs = {f"release:{one.id}": one.slug for one in session.exec(select(Release))}
            waves = {f"wave:{one.id}": (slugs[f"release:{one.release_id}"], one.purpose) for one in session.exec(select(Wave))}
            entries = session.exec(select(Entry).where(col(Entry.kind).in_(list(_TOLD))).order_by(col(Entry.id))).all()
            moments = [Moment(lift, embargoed, "the embargo lifts", "")]
            for entry in entries:
                slug, purpose = waves.get(entry.subject) or (slugs[entry.subject], "")
                counts = json.loads(entry.payload).get("counts", {})
                done = f": {', '.join(f'{n} {state}' for state, n in counts.items())}" if counts else ""
                what = f"{purpose} {_TOLD[entry.kind]}{done}".strip()
                moments.append(Moment(_EPOCH + timedelta(microseconds=entry.at_us), slug, what, entry.actor))
    finally:
        store.close()
    return sorted(moments, key=lambda moment: moment.at)
