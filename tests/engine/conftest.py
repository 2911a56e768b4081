"""A relay for a module whose tests leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.engine.relay import Relay
from tests.lab.opening import open_or_skip


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """A healthy relay under systemd, or the init script where systemd cannot boot."""
    with open_or_skip() as lab:
        yield Relay(lab)
