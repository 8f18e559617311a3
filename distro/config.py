"""The office's settings: config.toml, overridden by DISTRO_<SECTION>__<KEY>. Reads them, checks them, says what is wrong.

Secrets never stand in the file: a setting names an environment variable or a file that holds one.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tls(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"  # use it where it is offered
    REQUIRED = "required"  # STARTTLS or nothing
    IMPLICIT = "implicit"


class Office(_Section):
    name: str = "Press office"
    languages: tuple[str, ...] = ("en", "es")
    timezone: str = "America/New_York"
    city: str = ""
    """Printed beside hours that are given without a zone of their own; else the zone's last part."""
    mail_domain: str = "press.example.org"
    """The right side of Message-IDs and List-Ids."""
    from_address: str = "press@press.example.org"
    from_name: str = ""
    bot_address: str = "bot@press.example.org"
    """Where mailto: unsubscriptions go, as bot+u.TOKEN@…"""
    bounce_domain: str = "bounce.press.example.org"
    """The domain of MAIL FROM (VERP)."""
    postal_address: str = ""


class Storage(_Section):
    url: str = ""
    """Empty: distro.db in the data folder."""
    data_dir: Path = Path("var/office")


class Relay(_Section):
    host: str = "localhost"
    port: int = 25
    tls: Tls = Tls.STARTTLS
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    ehlo: str = ""
    timeout: float = 300.0
    """Seconds for greeting, MAIL and RCPT (RFC 5321 4.5.3.2); the final dot waits at least 600."""


class Sending(_Section):
    transport: str = "smtp"
    """"smtp", or "outbox": a folder of .eml files."""
    outbox: Path | None = None
    """Empty: outbox/ in the data folder."""
    uncertain: str = "resend"
    """"resend" the identical bytes after a crash, or "hold" for a person."""
    give_up_days: float = 5.0


class Limits(_Section):
    messages_per_second: float = 0.0
    """0: as fast as it goes."""
    connections: int = 10
    per_domain_per_second: float = 0.0
    prepare_minutes: float = 10.0


class EmbargoSettings(_Section):
    late_minutes: float = 30.0


class ApprovalSettings(_Section):
    people: int = 2


class Alerts(_Section):
    to: tuple[str, ...] = ()


class Web(_Section):
    public_url: str = ""
    listen: str = "127.0.0.1:8025"


class Config(_Section):
    office: Office = Field(default_factory=Office)
    storage: Storage = Field(default_factory=Storage)
    smtp: Relay = Field(default_factory=Relay)
    relay: tuple[Relay, ...] = ()
    sending: Sending = Field(default_factory=Sending)
    limits: Limits = Field(default_factory=Limits)
    embargo: EmbargoSettings = Field(default_factory=EmbargoSettings)
    approval: ApprovalSettings = Field(default_factory=ApprovalSettings)
    alerts: Alerts = Field(default_factory=Alerts)
    web: Web = Field(default_factory=Web)

    @property
    def store_url(self) -> str:
        return self.storage.url or f"sqlite:///{self.storage.data_dir / 'distro.db'}"
