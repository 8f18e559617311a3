"""What a command works with: settings, store, keys and the person who acts, each made when it is first asked for."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import typer
    from sqlmodel import Session

    from distro.archive.vault import Keys
    from distro.config import Config
    from distro.db import Store
    from distro.staff import Actor

LARGEST = 2**63 - 1
"""The largest number that a store can look for; a command takes no larger one."""


class Context:
    """Passed to every command as `ctx.obj`. `actor_name` is what --as or DISTRO_ACTOR said."""

    def __init__(self, actor_name: str | None, config_path: Path | None) -> None:
        self.actor_name = actor_name
        self.config_path = config_path

    @cached_property
    def config(self) -> Config:
        from distro.config import load

        return load(self.config_path)

    @cached_property
    def store(self) -> Store:
        """The office's store, migrated. Raises Refused before `distro init`, Failed where it does not answer."""
        from distro.db import open_store

        return open_store(self.config.store_url)

    @cached_property
    def keys(self) -> Keys:
        from distro.archive.vault import Keys

        return Keys.load(self.config.storage.data_dir)

    @cached_property
    def now(self) -> datetime:
        """The instant of this command."""
        from distro import clock

        return clock.now()

    def when(self, text: str | None) -> datetime | None:
        """The instant that a WHEN names, None for none. Raises Refused."""
        from distro.editorial.when import parse_when

        return None if text is None else parse_when(text, now=self.now, office_zone=self.config.office.timezone).instant.utc

    def actor(self, session: Session) -> Actor:
        """The person who acts. Raises Refused when nobody was named or the name is not on the staff."""
        from distro.staff import find_actor

        return find_actor(session, self.actor_name)

    def reader(self, session: Session) -> str:
        """Who reads, as the record names them: the person, or where nobody was named, this machine's account. Raises Refused
        for a name that is not on the staff."""
        from getpass import getuser

        return self.actor(session).name if self.actor_name else f"account:{getuser()}"


def context(ctx: typer.Context) -> Context:
    return cast("Context", ctx.obj)
