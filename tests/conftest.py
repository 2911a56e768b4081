"""What holds for all tests."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def hang_up_means_hang_up() -> Iterator[None]:
    """Under nohup(1) SIGHUP is ignored by us and by all that we start: here it has to arrive."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
