"""What is said where the store does not hold what was recorded: rows were altered by hand, or taken out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import NoResultFound, OperationalError

from distro.bulk import is_no_text
from distro.errors import Failed

UNREADABLE = (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError, NoResultFound)
"""What reading such rows raises: no type, no value and no row is certain. A text that no parser takes is a ValueError."""


def damaged(what: str) -> Failed:
    """Of what cannot be read. `what` begins a sentence: "The copy of delivery 12"."""
    return Failed(f"{what} cannot be read as it was recorded; `distro archive verify` says what was altered.")


@contextmanager
def as_recorded(what: str) -> Iterator[None]:
    """Raise Failed, with the way to find out more, where rows that the block reads are not what they were."""
    try:
        yield
    except OperationalError as wrong:
        if not is_no_text(wrong):
            raise
        raise damaged(what) from wrong
    except UNREADABLE as wrong:
        raise damaged(what) from wrong
