"""Shouting: mail to the office's alert addresses when a wave or a delivery is held. Kept until sent."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from distro.config import Office
from distro.dispatch.staffmail import letter_to_staff


class Alert(SQLModel, table=True):
    """A notice to staff. It names the wave and the release's slug, never content. `due_at` is None once it was sent."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    subject: str
    body: str
    due_at: datetime | None = Field(default=None, index=True)
    attempts: int = 0
    sent_at: datetime | None = None


def alert(session: Session, subject: str, body: str, *, at: datetime) -> None:
    """Put a notice by, in the transaction of what it tells."""
    session.add(Alert(at=at, subject=subject, body=body, due_at=at))
    session.flush()


def due_alerts(session: Session, now: datetime) -> list[Alert]:
    return list(session.exec(select(Alert).where(col(Alert.due_at) <= now).order_by(col(Alert.id)).limit(20)))


def notice(office: Office, alert: Alert, to: str, now: datetime) -> bytes:
    """The mail of an alert."""
    name = f"alert-{alert.id}.{int(alert.at.timestamp())}"
    return letter_to_staff(office, to, name=name, subject=alert.subject, body=alert.body, now=now)
