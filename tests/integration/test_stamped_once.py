"""A copy is stamped once: a retry sends the same bytes, under the Date and the instant of their first stamping."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from contacts import people
from distro import config
from distro.archive.ledger import recorder
from distro.config import Config, Web
from distro.dispatch.delivery import Delivery
from tests.office import WRITER, Office, now
from tests.sink import Sink


def test_a_retry_keeps_the_instant_of_stamping(office: Office, sink: Sink) -> None:
    office.contact("ada@daily.example.com", languages="en", tier="1")
    office.segment("All", "tier<=9")
    sink.at_dot = lambda _to, _octets: "451 4.3.0 come again"
    office.send()
    office.run()
    first = office.delivery("ada@daily.example.com")
    sink.at_dot = lambda _to, _octets: None
    _bring_forward(office)
    office.run()
    again = office.delivery("ada@daily.example.com")
    assert (first.state, again.state) == ("deferred", "accepted")
    assert first.stamped_at is not None
    assert (again.stamped_at, again.sha256) == (first.stamped_at, first.sha256)
    (received,) = sink.received
    assert received.message["Date"].datetime == first.stamped_at.replace(microsecond=0)


class Renamed(Office):
    """The same office under other names, as its settings may say by the time of a retry."""

    @property
    def config(self) -> Config:
        other = config.Office(
            name="Another name",
            mail_domain="other.example.org",
            from_address="press@other.example.org",
            bot_address="robot@other.example.org",
            bounce_domain="bounce.other.example.org",
        )
        return super().config.model_copy(
            update={"office": other, "web": Web(listen="off", public_url="https://other.example.org")}
        )


def test_a_retry_carries_the_same_bytes_whatever_the_settings_and_the_contact_are_by_then(office: Office, sink: Sink) -> None:
    office.contact("ada@daily.example.com", languages="en", tier="1", name="Ada Example")
    office.segment("All", "tier<=9")
    seen: list[bytes] = []

    def come_again(_to: str, octets: bytes) -> str:
        seen.append(octets)
        return "451 4.3.0 come again"

    sink.at_dot = come_again
    office.send()
    office.run()
    with office.write() as session:
        told = {"name": "Ada Otherwise", "languages": "es"}
        record = recorder(session, WRITER.name, now())
        new = "ada@wire.example.org"
        people.edit(session, "ada@daily.example.com", told, new_address=new, by=WRITER.name, at=now(), record=record)
    sink.at_dot = lambda _to, _octets: None
    _bring_forward(office)
    _renamed(office).run()

    (received,) = sink.received
    assert [received.octets] == seen
    assert received.to == "ada@daily.example.com"
    assert received.mail_from.endswith("@bounce.other.example.org")


def _renamed(office: Office) -> Renamed:
    renamed = object.__new__(Renamed)  # the staff and the key are there already
    renamed.__dict__.update(office.__dict__)
    return renamed


def _bring_forward(office: Office) -> None:
    """As if the minute of the first retry had passed."""
    with office.write() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.due_at = now() - timedelta(seconds=1)
        session.add(delivery)
