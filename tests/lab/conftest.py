"""Labs to test with: opened once a module where a test does not change them for good."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.opening import open_or_skip
from wizard.lab.practice import Lab


@pytest.fixture(scope="module", params=["systemd", "script"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A relay, once under systemd and once under the init script."""
    with open_or_skip(init=request.param, binds={Path(__file__).parent: "/opt/extra"}) as opened:
        yield opened
