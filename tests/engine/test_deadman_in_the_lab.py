"""Unless confirmed, on a real relay: whatever is killed, the host is given back by itself.

How late is printed (pytest -s, or `python -m tests.torture timer`) and asserted nowhere: a busy
machine would make a liar of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.engine import deadman
from tests.engine.deadman import Lateness, Run
from tests.engine.relay import Relay
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Init

pytestmark = pytest.mark.lab
LONG = [case for case in deadman.CASES if case is not deadman.kill_early]


@pytest.fixture(scope="module", params=["systemd", "script"])
def relay(request: pytest.FixtureRequest) -> Iterator[Relay]:
    """A relay of each kind of host."""
    init: Init = request.param
    with open_or_skip(init=init) as lab:
        yield Relay(lab)


def assert_undone(found: Lateness) -> None:
    print(found.line())
    assert found.undone, found
    assert found.fired >= 0, "never before its time"


def test_an_engine_that_was_killed_is_undone_by_the_timer(relay: Relay) -> None:
    found = deadman.kill_early(relay)
    assert_undone(found)
    assert found.code == 5
    assert "not finished" in found.message.lower()


@pytest.mark.long
@pytest.mark.parametrize("case", LONG, ids=lambda case: str(case.__name__))
def test_the_timer_fires(relay: Relay, case: Callable[[Relay], Lateness]) -> None:
    assert_undone(case(relay))


@pytest.mark.long
def test_confirmed_after_the_engine_was_killed(relay: Relay) -> None:
    run = Run(relay, 5)
    run.start()
    run.come_to("awaiting-confirmation")
    run.kill_both()
    assert "Kept." in relay.expect(0, "confirm")
    assert run.phase() == "done"
    assert run.kept() == []
    relay.rollback()
    assert relay.whole() == run.before


@pytest.mark.long
def test_confirmed_in_time(relay: Relay) -> None:
    run = Run(relay, 5)
    run.start()
    run.come_to("awaiting-confirmation")
    run.signal_engine("STOP")
    assert "does not answer" in relay.expect(1, "confirm")
    run.signal_engine("CONT")
    assert "Kept." in relay.expect(0, "confirm")
    assert run.front.wait(30) == 0
    assert run.kept() == []
    assert "no run waits" in relay.expect(1, "confirm")
    relay.rollback()
    assert relay.whole() == run.before
