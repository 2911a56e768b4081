"""What holds for the tests of the screens."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from wizard.runs import VARIABLE


@pytest.fixture(scope="session", autouse=True)
def one_place_and_one_zone() -> Iterator[None]:
    """Times of day and the state directory are shown: the same on every machine."""
    patch = pytest.MonkeyPatch()
    patch.setenv("TZ", "UTC")
    patch.delenv(VARIABLE, raising=False)
    time.tzset()
    yield
    patch.undo()
    time.tzset()
