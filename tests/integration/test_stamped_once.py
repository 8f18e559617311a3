"""A copy is stamped once: a retry sends the same bytes, under the Date and the instant of their first stamping."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from distro.dispatch.delivery import Delivery
from tests.office import Office, now
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


def _bring_forward(office: Office) -> None:
    """As if the minute of the first retry had passed."""
    with office.write() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.due_at = now() - timedelta(seconds=1)
        session.add(delivery)
