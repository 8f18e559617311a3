"""Is the office in order? Looks at settings, store, key, clock and what goes out with a mail; changes nothing.

Each check says what it found and, where it is not well, what to do. Relays are `relaycheck`'s, keys of DKIM `signingcheck`'s,
the record outside `anchorcheck`'s, its sealing `sealingcheck`'s, the store's schema `keepingcheck`'s.
"""

from __future__ import annotations

import ctypes
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from distro.archive import ledger
from distro.archive.scrubbing import unscrubbed
from distro.archive.vault import KEY_FILE, Keys, PersonKey
from distro.config import Config
from distro.db import Store
from distro.errors import Failed, Refused
from distro.migrations import is_current
from distro.staff import RIGHTS, Right, Role, Staff
from distro.unfinished import left_behind, sentence

_LITTLE_SPACE, _NO_SPACE = 1_000_000_000, 100_000_000  # octets
_CLOCK_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_BEHIND = timedelta(seconds=1)
_EXAMPLE = re.compile(r"(?:^|\.)example(?:\.(?:com|net|org))?$")  # RFC 2606


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Check:
    """One thing looked at. `remedy` is "" where there is nothing to do."""

    name: str
    verdict: Verdict
    sentence: str
    remedy: str = ""


def ok(name: str, sentence: str) -> Check:
    return Check(name, Verdict.OK, sentence)


def warning(name: str, sentence: str, remedy: str) -> Check:
    return Check(name, Verdict.WARNING, sentence, remedy)


def bad(name: str, sentence: str, remedy: str) -> Check:
    return Check(name, Verdict.BAD, sentence, remedy)


def look(config: Config, now: datetime) -> Iterator[Check]:
    """Every check but the relays'."""
    yield from data_folder(config.storage.data_dir)
    keys = None
    try:
        keys = Keys.load(config.storage.data_dir)
    except Refused as refused:
        yield bad("key", " ".join(refused.sentences), "Run `distro init` for a new office; else put the key back.")
    yield from store_and_what_it_holds(config, keys, now)
    yield from system_clock()
    yield time_zones()
    yield from what_mails_carry(config)


def data_folder(folder: Path) -> Iterator[Check]:
    if not folder.is_dir():
        yield bad("data folder", f"There is no folder {folder}.", "Run `distro init`.")
        return
    free = shutil.disk_usage(folder).free
    said = f"{folder} has {free / 1e9:.1f} GB free."
    remedy = "Make room: a full disk stops sending, for nothing is sent that cannot be recorded."
    if free < _NO_SPACE:
        yield bad("disk", said, remedy)
    elif free < _LITTLE_SPACE:
        yield warning("disk", said, remedy)
    else:
        yield ok("disk", said)
    key = folder / KEY_FILE
    if key.exists() and key.stat().st_mode & 0o077:
        yield warning("key", f"Others on this machine may read {key}.", f"chmod 600 {key}")


def store_and_what_it_holds(config: Config, keys: Keys | None, now: datetime) -> Iterator[Check]:
    from distro.anchorcheck import look_at_anchors
    from distro.keepingcheck import look_at_schema
    from distro.sealingcheck import look_at_sealing

    store = None
    try:
        store = Store(config.store_url, must_exist=True)
        where = store.url.render_as_string(hide_password=True)
        if not is_current(store):
            yield bad("store", f"{where} answers, but its tables are missing or old.", "Run `distro init`.")
            return
        _try_to_write(store)
        yield ok("store", f"{where} answers, is up to date and takes writes.")
        with store.read() as session:
            yield look_at_schema(session)
            yield from _key_fits(session, keys)
            yield _clock_goes_forward(session, now)
            yield from _people(session, config)
            yield from look_at_anchors(session, config, now)
            yield from _traces(session)
        if keys is not None:
            yield look_at_sealing(store, config, keys)
        yield from _half_written(config, store, now)
    except Refused as refused:
        yield bad("store", " ".join(refused.sentences), "Run `distro init`, or mend [storage] url.")
    except Failed as failed:
        yield bad("store", " ".join(failed.sentences), "Start the database, or mend [storage] url.")
    except DBAPIError as wrong:
        reason = str(wrong.orig).strip().splitlines()[0]
        yield bad("store", f"The store takes no writes: {reason}.", "Mend the file's rights, or the disk.")
    finally:
        if store is not None:
            store.close()


def _traces(session: Session) -> Iterator[Check]:
    waiting = len(unscrubbed(session))
    if waiting:
        yield warning(
            "erasure",
            f"The store's files may still hold traces of what was erased or disposed of ({waiting} times).",
            "Run `distro --as NAME contacts erase --finish`.",
        )


def _half_written(config: Config, store: Store, now: datetime) -> Iterator[Check]:
    if found := left_behind(config, store, now):
        yield warning("half-written files", sentence(found), "See that nothing is at work on them, and remove them.")


def _try_to_write(store: Store) -> None:
    with store.engine.execution_options(writes=True).connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        connection.rollback()


def _key_fits(session: Session, keys: Keys | None) -> Iterator[Check]:
    if keys is None:
        return
    sealed = session.exec(select(PersonKey).where(col(PersonKey.wrapped).is_not(None)).limit(1)).first()
    if sealed is not None and sealed.wrapped is not None:
        try:
            keys.unwrap(sealed.wrapped, sealed.contact_id)
        except Failed as failed:
            yield bad("key", " ".join(failed.sentences), "Put the key of this store back from your backup.")
            return
    yield ok("key", "The office's key is there and opens what the store holds.")


def _clock_goes_forward(session: Session, now: datetime) -> Check:
    last = ledger.last_instant(session)
    if last is not None and now + _BEHIND < last:
        return bad(
            "clock",
            f"It says {now:%Y-%m-%d %H:%M:%S} UTC, before the last entry of the record ({last:%Y-%m-%d %H:%M:%S} UTC).",
            "Set the clock (NTP). Embargoed waves are held until it is right, or a person confirms.",
        )
    return ok("clock", f"It says {now:%Y-%m-%d %H:%M:%S} UTC, after the last entry of the record.")


def _people(session: Session, config: Config) -> Iterator[Check]:
    roles = [Role(role) for role in session.exec(select(Staff.role))]
    writers = sum(Right.WRITE in RIGHTS[role] for role in roles)
    approvers = sum(Right.APPROVE in RIGHTS[role] for role in roles)
    if not approvers or (config.approval.people == 2 and writers < 2):
        yield warning(
            "staff",
            f"{writers} may write and {approvers} may approve; with [approval] people = {config.approval.people} "
            "nothing can be approved.",
            "`distro staff add NAME --email ADDRESS --role approver`",
        )
    else:
        yield ok("staff", f"{writers} may write and {approvers} may approve.")


def system_clock() -> Iterator[Check]:
    """Whether the kernel says that something keeps its clock (adjtimex(2)); says nothing where there is no such call."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        return
    if state == _CLOCK_UNSYNCHRONISED:
        yield warning(
            "time service",
            "The system does not say that its clock is synchronised.",
            "Run an NTP service (chrony, systemd-timesyncd): an embargo is only as exact as this clock.",
        )
    elif state >= 0:
        yield ok("time service", "The system's clock is synchronised.")


def time_zones() -> Check:
    return ok("time zones", f"The time zone database is {_tzdata_version()}.")


def _tzdata_version() -> str:
    """The edition of the data that zoneinfo reads: the system's, else the wheel's."""
    from zoneinfo import TZPATH

    for folder in TZPATH:
        listing = Path(folder, "tzdata.zi")
        if listing.exists():
            with listing.open(errors="replace") as file:
                return file.readline().removeprefix("# version").strip() or "the system's, of unknown edition"
        if Path(folder).is_dir():
            return "the system's, of unknown edition"
    from importlib.metadata import version

    return version("tzdata")


def what_mails_carry(config: Config) -> Iterator[Check]:
    """What journalists and their mail servers will make of our mails."""
    office, web = config.office, config.web
    sender = office.from_address.rpartition("@")[2]
    invented = sorted({d for d in (sender, office.mail_domain, office.bounce_domain) if _EXAMPLE.search(d)})
    if invented:
        yield warning(
            "sender",
            f"Mails go out in the name of {', '.join(invented)}, which is an example and belongs to nobody.",
            "Set from_address, mail_domain, bot_address and bounce_domain in [office].",
        )
    if not aligned(sender, office.bounce_domain):
        yield warning(
            "alignment",
            f"From is at {sender} and MAIL FROM at {office.bounce_domain}; SPF then counts for nothing (RFC 7489, 3.1.2).",
            "Put bounce_domain under From's domain, or rely on the relay's DKIM signature alone.",
        )
    else:
        yield ok("alignment", f"From ({sender}) and MAIL FROM ({office.bounce_domain}) are aligned.")
    if not web.public_url:
        yield warning(
            "unsubscribe",
            "[web] public_url is empty, so mails carry only the mailto: form of List-Unsubscribe, and no one-click.",
            "Set it to the https address under which [web] listen is reached from outside.",
        )
    elif web.public_url.startswith("http:"):
        yield warning(
            "unsubscribe",
            f"[web] public_url is {web.public_url}; one-click needs https (RFC 8058, 3.1).",
            "Put a web server with a certificate in front, and write its https address.",
        )
    elif web.listen == "off":
        yield warning("unsubscribe", "[web] public_url is set and listen is off.", "Set [web] listen to host:port.")
    else:
        yield ok("unsubscribe", f"One click works through {web.public_url}.")
    if config.alerts.to:
        yield ok("alerts", f"Alerts go to {', '.join(config.alerts.to)}.")
    else:
        yield warning("alerts", "Nobody is told when a wave is held.", "Set [alerts] to.")


def aligned(one: str, other: str) -> bool:
    """Relaxed alignment, without the public suffix list: one lies under the other, or both under one name of two labels."""
    ones, others = one.split(".")[::-1], other.split(".")[::-1]
    shared = 0
    while shared < min(len(ones), len(others)) and ones[shared] == others[shared]:
        shared += 1
    return shared >= 2 or shared == min(len(ones), len(others))
