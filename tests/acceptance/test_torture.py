"""A short part of `make torture`, always the same schedule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.rig.clockwork import LIBRARY
from tests.acceptance.torture import torture

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed (Debian: faketime)")


def test_killed_in_the_midst_of_everything_it_loses_and_doubles_nothing(store_url: str, tmp_path: Path) -> None:
    database = store_url.partition(":")[0]
    result = torture(tmp_path / "office", store_url, database, 20261201, 4, lambda _kills: None, size=120)
    assert result.violations == []
    assert result.kills >= 4
