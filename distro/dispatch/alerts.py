"""Shouting: mail to the office's alert addresses when a wave is held or evidence cannot be written. Kept until sent."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel


class Alert(SQLModel, table=True):
    """A notice to staff. It names the wave and the release's slug, never content. `due_at` is None once it was sent."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    subject: str
    body: str
    due_at: datetime | None = Field(default=None, index=True)
    attempts: int = 0
    sent_at: datetime | None = None
