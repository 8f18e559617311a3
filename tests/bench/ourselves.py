"""This project as a participant: an office on one database with people to write to, and the real `distro run` in a process.

People are put in by bulk statements, for importing is another measurement's business. Everything from the release's folder to
the last outcome is the project's own commands.
"""

from __future__ import annotations

import email
import email.message
import email.policy
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import ColumnElement, String, case, cast, func, insert, literal
from sqlmodel import col, select

from contacts.models import Journalist, Outlet
from distro.archive.vault import Keys, Vault
from distro.config import Config, Limits
from distro.config import Sending as SendingSettings
from distro.db import Store
from distro.dispatch import history
from distro.dispatch.delivery import Delivery
from tests.acceptance.process import Office
from tests.acceptance.ready import DISTRO
from tests.bench.office import store_of, write_release

PARAGRAPHS = 15
"""Of the release: a copy then has some 29,000 octets on average, over the four ways in which people read."""
LANGUAGES = ("en", "es", "en;es", "en+es")
_OF_THEIR_OWN = {
    *("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
}
"""Header fields that a peer writes by itself or for each reader; all others are in "fields"."""
_numbers = count(1)


@dataclass
class House:
    """An office on one database. `Everybody` names `people`, `Tenth` every tenth of them."""

    office: Office
    people: int
    octets: float = 0.0
    """Of a copy, on average; known after the first wave."""
    extra: dict[str, str] = field(default_factory=dict)

    @classmethod
    def built(cls, folder: Path, port: int, url: str, people: int) -> House:
        folder.mkdir()
        office = Office.at(folder, port, url=url)
        office.people()
        store = store_of(office)
        seed(store, people)
        store.close()
        segments = [["segments", "save", name, rule] for name, rule in (("Everybody", "tier<=2"), ("Tenth", "tier<=1"))]
        office.several(*(["--as", "Rosa", *segment] for segment in segments))
        return cls(office, people)

    def wave(self, audience: str = "Everybody") -> None:
        """A release of its own from its folder to approved, due now."""
        slug = f"letter-{next(_numbers)}"
        folder = write_release(self.office, slug, PARAGRAPHS)
        rosa, ana = ["--as", "Rosa", "release"], ["--as", "Ana", "release"]
        self.office.several(
            [*rosa, "add", str(folder)],
            [*rosa, "submit", slug],
            [*rosa, "schedule", slug, "--audience", audience],
            [*ana, "approve", slug],
        )

    def run(self, port: int, settings: Mapping[str, str], processes: int = 1) -> list[subprocess.Popen[bytes]]:
        """`distro run --until-idle`, so many times at once."""
        environment = {**self.office.environment, **settings, "DISTRO_SMTP__PORT": str(port)}
        log = (self.office.folder / "run.log").open("ab")
        command = [*DISTRO, "run", "--until-idle"]
        with log:
            return [
                subprocess.Popen(command, env=environment, cwd=self.office.folder, stdout=log, stderr=log)
                for _ in range(processes)
            ]

    def clear(self, port: int) -> None:
        """Send what a failed run left behind, or it would be counted in the next one."""
        (process,) = self.run(port, {})
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def look_at_copies(self, copies: int = 400) -> dict[str, object]:
        """Take the average length of the newest copies, as the archive rebuilds them, and return the English one of them as
        templates for the peers: "text" and "html" with {{slots}}, and MORE before the end mark, where "more_text" and
        "more_html" lengthen it; "subject", "from", and "fields", what else stands in the header of every copy."""
        store, vault = store_of(self.office), Vault(Keys.load(self.office.folder / "data"))
        with store.read() as session:
            newest = select(Delivery.id, Delivery.language).order_by(col(Delivery.id).desc()).limit(copies)
            made = [(history.copy_of(session, vault, one or 0), language) for one, language in session.exec(newest)]
        store.close()
        self.octets = sum(len(octets) for octets, _ in made) / len(made)
        english = next(octets for octets, language in made if language == "en")
        return _templates(english)

    def states(self) -> dict[str, int]:
        """How many deliveries of the newest wave are in which state."""
        store = store_of(self.office)
        with store.read() as session:
            newest = select(Delivery.wave_id).order_by(col(Delivery.id).desc()).limit(1).scalar_subquery()
            states = select(Delivery.state, func.count()).where(col(Delivery.wave_id) == newest)
            counted = dict(session.exec(states.group_by(col(Delivery.state))).all())
        store.close()
        return counted

    def said(self) -> str:
        """The last sentences of the bot to people, in one line."""
        lines = (self.office.folder / "run.log").read_text(errors="replace").splitlines()
        return " ".join(line for line in lines[-8:] if not line.startswith("{"))


def _templates(octets: bytes) -> dict[str, object]:
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    told: dict[str, object] = {"subject": str(message["Subject"]), "from": str(message["From"])}
    told["fields"] = {name: str(value) for name, value in message.items() if name not in _OF_THEIR_OWN}
    for kind, form in (("plain", "text"), ("html", "html")):
        part = message.get_body((kind,))
        assert part is not None
        written = re.sub(r"bot\+u\.[a-z2-7]+@", "bot+u.{{token}}@", part.get_content())
        written = re.sub(r"Reference: [\w-]+", "Reference: {{reference}}", written)
        paragraph = re.findall(r"^.*The clinic opens its doors.*$", written, re.MULTILINE)[-1]
        before, _, after = written.rpartition(paragraph)
        told |= {form: f"{before}MORE{after}", f"more_{form}": paragraph}
    return told


def seed(store: Store, people: int) -> None:
    """Invented people on 40 domains and at 900 outlets; every tenth in tier 1, the others in tier 2. The database makes the
    rows by itself: a million that go through the driver take two and a half times as long."""
    at = datetime.now(UTC) - timedelta(days=1)
    counted = select(literal(0).label("n")).cte("counted", recursive=True)
    counted = counted.union_all(select(counted.c.n + 1).where(counted.c.n < people - 1))
    n = counted.c.n
    domain = literal("desk").concat(cast(n % 40, String)).concat(".example.org")
    address = literal("reporter").concat(cast(n, String)).concat("@").concat(domain)
    with store.write() as session:
        names = [f"Daily Example {number}" for number in range(900)]
        session.connection().execute(insert(Outlet), [{"name": name, "key": name.lower()} for name in names])
        first = session.exec(select(func.min(Outlet.id))).one()
        columns = {
            "name": literal("Reportera Núñez ").concat(cast(n, String)), "address": address, "canonical": address,
            "domain": domain, "outlet_id": n % 900 + first, "tier": case((n % 10 == 0, 1), else_=2),
            "languages": case(dict(enumerate(LANGUAGES)), value=n // 10 % 4),
            "beats": "courts;health", "beat_keys": ";courts;health;", "region": "Chicago", "region_key": "chicago",
            "timezone": "America/Chicago", "phone": "", "source": "", "source_key": "", "basis": "", "notes": "",
            "created_at": at, "changed_at": at,
        }  # fmt: skip
        values = [value if isinstance(value, ColumnElement) else literal(value) for value in columns.values()]
        session.connection().execute(insert(Journalist).from_select(list(columns), select(*values)))


def signing(key_file: Path, makers: int) -> dict[str, str]:
    """Settings that sign with RSA-2048. Writes the key where there is none yet."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    if not key_file.exists():
        key = rsa.generate_private_key(65537, 2048)
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        key_file.write_bytes(key.private_bytes(*form))
        key_file.chmod(0o600)
    return {
        "DISTRO_DKIM__0__DOMAIN": "press.example.org",
        "DISTRO_DKIM__0__SELECTOR": "bench",
        "DISTRO_DKIM__0__KEY_FILE": str(key_file),
        "DISTRO_LIMITS__MAKERS": str(makers),
    }


def why_no_signing() -> str:
    """Why copies cannot be signed here; "" where they can."""
    known = "dkim" in Config.model_fields and "makers" in Limits.model_fields
    return "" if known else "The settings know no [[dkim]] with [limits] makers."


def why_no_nowhere() -> str:
    """Why the outbox cannot lead to nowhere; "" where it can."""
    return "" if "outbox" in SendingSettings.model_fields else "The settings know no outbox."
