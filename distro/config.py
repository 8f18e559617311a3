"""The office's settings: config.toml, overridden by DISTRO_<SECTION>__<KEY>. Says what exists, its default, what is allowed.

How they are read is `settings`' business. Secrets never stand in the file: a setting names an environment variable or a
file that holds one. Relative paths are relative to the working directory, in the file as in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from distro.allowed import (
    VARIABLE,
    Address,
    Amount,
    AuthorityUrl,
    Count,
    Domain,
    Folder,
    Host,
    HostName,
    Hours,
    Line,
    Listen,
    People,
    Port,
    Processes,
    PublicUrl,
    Span,
    Switch,
    Tag,
    Whole,
    Zone,
    secret_in,
    split_listen,
)
from distro.dkimterms import Dkim
from distro.look import Look, Templates
from distro.section import Section
from distro.settings import read
from distro.severity import Preflight
from distro.terms import Retention

DEFAULT_FILE = Path("config.toml")


class Tls(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"  # use it where it is offered
    REQUIRED = "required"  # STARTTLS or nothing
    IMPLICIT = "implicit"


class Transport(StrEnum):
    SMTP = "smtp"
    OUTBOX = "outbox"  # a folder of .eml files


class Uncertain(StrEnum):
    RESEND = "resend"  # the identical bytes
    HOLD = "hold"  # for a person


class Office(Section):
    name: Annotated[Line, Field(min_length=1, description="the office's name, in one line")] = "Press office"
    languages: Annotated[
        tuple[Tag, ...],
        Field(min_length=1, description="a list of BCP 47 tags, the office's first language first, such as en, es"),
    ] = ("en", "es")
    timezone: Zone = "America/New_York"
    city: Line = ""
    """Printed beside hours that are given without a zone of their own; else the zone's last part."""
    mail_domain: Domain = "press.example.org"
    """The right side of Message-IDs and List-Ids."""
    from_address: Address = "press@press.example.org"
    from_name: Line = ""
    """Empty: the office's name."""
    bot_address: Address = "bot@press.example.org"
    """Where mailto: unsubscriptions go, as bot+u.TOKEN@…"""
    bounce_domain: Domain = "bounce.press.example.org"
    """The domain of MAIL FROM (VERP)."""
    postal_address: Line = ""


class Storage(Section):
    url: Annotated[str, Field(description="sqlite:///FILE or postgresql://HOST/NAME")] = ""
    """Empty: distro.db in the data folder."""
    data_dir: Folder = Path("var/office")

    @field_validator("url")
    @classmethod
    def _keep_secrets_out(cls, url: str, info: ValidationInfo) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError
        overridden = ("storage", "url") in (info.context or {}).get("overridden", ())
        if info.context and not overridden and urlsplit(url).password:
            raise ValueError("a password does not stand in the file; set DISTRO_STORAGE__URL, or use PGPASSFILE")
        return url


class Relay(Section):
    """A mail server that takes our copies. The password is named, never written: see `password`."""

    NOT_HERE: ClassVar[Mapping[str, str]] = {
        "password": "a password never stands among the settings; "
        "name the environment variable that holds it with password_env, or the file with password_file"
    }

    host: Host = "localhost"
    port: Port = 25
    tls: Annotated[Tls, Field(description="none, starttls (used where offered), required or implicit")] = Tls.STARTTLS
    username: Line = ""
    password_env: Annotated[str, Field(description="the name of an environment variable")] = ""
    password_file: Annotated[str, Field(description="the path of a file")] = ""
    ehlo: HostName = ""
    """How we greet the relay; empty: this machine's name."""
    timeout: Span = 300.0
    """Seconds for greeting, MAIL and RCPT (RFC 5321 4.5.3.2); the final dot waits at least 600."""
    weight: Whole = 1
    """Its share of the lines, beside the other relays' weights; 0: it gets lines only while all others fail."""
    connections: Whole = 0
    """Lines open to it at once; 0: as many as [limits] connections."""
    messages_per_connection: Whole = 0
    """After so many a line says QUIT and another is opened; 0: it stays."""
    messages_per_second: Amount = 0.0
    """0: as fast as it goes."""

    @field_validator("password_env")
    @classmethod
    def _is_set(cls, name: str, info: ValidationInfo) -> str:
        environ = (info.context or {}).get("environ", os.environ)
        if name and not VARIABLE.match(name):
            raise ValueError
        if name and not environ.get(name):
            raise ValueError("no such variable is set in the environment, or it is empty; set it to the password")
        return name

    @field_validator("password_file")
    @classmethod
    def _holds_a_secret(cls, path: str) -> str:
        if path:
            secret_in(Path(path))
        return path

    @model_validator(mode="after")
    def _belong_together(self) -> Relay:
        if self.password_env and self.password_file:
            raise ValueError("has both password_env and password_file; keep one")
        if self.username and not (self.password_env or self.password_file):
            raise ValueError("has a username and no password; name one with password_env or password_file")
        if not self.username and (self.password_env or self.password_file):
            raise ValueError("has a password and no username; write the username too")
        return self

    def password(self) -> str:
        """The secret itself, read now; "" where there is none. Raises ValueError where it has gone since start-up."""
        if self.password_env:
            return os.environ.get(self.password_env, "")
        return secret_in(Path(self.password_file)) if self.password_file else ""


class Sending(Section):
    transport: Annotated[Transport, Field(description="smtp or outbox")] = Transport.SMTP
    outbox: Annotated[
        Path | None, BeforeValidator(lambda path: path or None), Field(description="the path of a folder, or nothing")
    ] = None
    """Empty: outbox/ in the data folder."""
    uncertain: Annotated[Uncertain, Field(description="resend or hold")] = Uncertain.RESEND
    """"resend" the identical bytes after a crash, or "hold" for a person."""
    give_up_days: Span = 5.0
    sign_together: Switch = True
    """Make RSA signatures eight at a time where `make signing` was done and the processor can; else one by one."""


class Limits(Section):
    messages_per_second: Amount = 0.0
    """0: as fast as it goes."""
    connections: Count = 10
    per_domain_per_second: Amount = 0.0
    prepare_minutes: Amount = 10.0
    makers: Processes = 1
    """Processes beside a bot that signs, which make its copies ready. 0: nothing stands beside a bot, not even its clerk."""


class EmbargoSettings(Section):
    late_minutes: Span = 30.0


class ApprovalSettings(Section):
    people: People = 2


class Alerts(Section):
    to: Annotated[tuple[Address, ...], Field(description="a list of addresses such as editor@press.example.org")] = ()


class Anchors(Section):
    """Where the record's signed heads go, so that not only the office can say what it was."""

    to: Annotated[tuple[Address, ...], Field(description="a list of addresses such as witness@partner.example.org")] = ()
    every_hours: Hours = 24.0
    file: Annotated[str, Field(description="the path of a file, or nothing")] = ""
    publish: Switch = False
    tsa_url: AuthorityUrl = ""
    tsa_timeout: Span = 20.0


class Web(Section):
    public_url: PublicUrl = ""
    listen: Listen = "127.0.0.1:8025"

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port to listen on; None when the web is off."""
        return None if self.listen == "off" else split_listen(self.listen)


class Config(Section):
    office: Office = Field(default_factory=Office)
    storage: Storage = Field(default_factory=Storage)
    smtp: Relay = Field(default_factory=Relay)
    relay: tuple[Relay, ...] = ()
    dkim: tuple[Dkim, ...] = ()
    sending: Sending = Field(default_factory=Sending)
    limits: Limits = Field(default_factory=Limits)
    embargo: EmbargoSettings = Field(default_factory=EmbargoSettings)
    approval: ApprovalSettings = Field(default_factory=ApprovalSettings)
    retention: Retention = Field(default_factory=Retention)
    preflight: Preflight = Field(default_factory=Preflight)
    alerts: Alerts = Field(default_factory=Alerts)
    anchors: Anchors = Field(default_factory=Anchors)
    web: Web = Field(default_factory=Web)
    templates: Templates = Field(default_factory=Templates)
    look: Look = Field(default_factory=Look)

    @field_validator("dkim")
    @classmethod
    def _have_names_of_their_own(cls, tables: tuple[Dkim, ...], info: ValidationInfo) -> tuple[Dkim, ...]:
        office = info.data.get("office", Office())
        names = [f"{one.selector}._domainkey.{one.domain_for(office)}" for one in tables]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two keys have the record {name}; give each a selector of its own")
        return tables

    @property
    def store_url(self) -> str:
        return self.storage.url or f"sqlite:///{self.storage.data_dir / 'distro.db'}"

    @property
    def outbox(self) -> Path:
        return self.sending.outbox or self.storage.data_dir / "outbox"

    @property
    def relays(self) -> tuple[Relay, ...]:
        """[smtp] first, then each [[relay]]."""
        return (self.smtp, *self.relay)


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings: from `path`, which must exist; else ./config.toml if it is there; else the defaults. The environment's
    DISTRO_<SECTION>__<KEY> lie on top. Raises Refused with a sentence for each problem."""
    if path is None and DEFAULT_FILE.exists():
        path = DEFAULT_FILE
    return read(Config, path, environ)
