"""A rollback whose engine is gone half-way is ended by itself, though no deadline was ever set."""

from __future__ import annotations

import time
from collections.abc import Iterator
from subprocess import DEVNULL
from typing import Any

import pytest

from tests.engine.crashing import assert_given_back
from tests.engine.deadman import Run, until
from tests.engine.relay import Relay
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Init

pytestmark = pytest.mark.lab
SCRIPT = "unless-confirme[d]$"
"Of its command line, as pgrep takes it without finding itself."
BOTH = f"wizard.engine_proces[s]|{SCRIPT}"
LISTENS = "cat /proc/net/tcp /proc/net/tcp6 | grep ':0019 [0-9A-F:]* 0A ' | grep -qv ' 0200007F:'"
"On port 25, but for the next hop."
SYSTEMD_FIRST = [pytest.param("systemd", marks=pytest.mark.long), "script"]


@pytest.fixture(scope="module", params=SYSTEMD_FIRST)
def relay(request: pytest.FixtureRequest) -> Iterator[Relay]:
    """A relay of each kind of host."""
    init: Init = request.param
    with open_or_skip(init=init) as lab:
        yield Relay(lab)


def changed(relay: Relay, minutes: float = 0) -> Run:
    """A change that was kept; no timer is left of it."""
    run = Run(relay, minutes)
    run.start()
    run.come_to("awaiting-confirmation" if minutes else "done")
    if minutes:
        relay.expect(0, "confirm", run.run)
    assert run.front.wait(30) == 0
    assert run.kept() == []
    return run


def begin_rollback(run: Run) -> None:
    """`stepdown rollback`, until port 25 is closed: nobody starts the relay but what undoes it."""
    known = len(run.journal())
    words = ["stepdown", "rollback", run.run, "--yes"]
    run.front = run.relay.lab.popen(words, stdout=DEVNULL, stderr=DEVNULL)
    until(lambda: any(one["type"] == "outage" for one in run.journal()[known:]), 60)


def listens(relay: Relay) -> bool:
    return relay.lab.run(["/bin/sh", "-c", LISTENS]).returncode == 0


def assert_ended(run: Run, relay: Relay) -> None:
    """By itself: nobody gave a command since."""
    run.undone()
    last: dict[str, Any] = run.phases()[-1]
    assert last["phase"] == "rolled-back", last
    assert "engine was gone" in last["message"]
    assert_given_back(relay, run.before)
    assert relay.relays(f"after {run.run}")
    until(lambda: not relay.said("pgrep", "-f", SCRIPT, code=None))


def engines(run: Run) -> list[float]:
    """When each of those that undid it began."""
    return [one["time"] for one in run.phases() if one["phase"] == "rolling-back"]


def test_a_rollback_that_was_killed_while_port_25_is_closed(relay: Relay) -> None:
    assert listens(relay)
    run = changed(relay)
    begin_rollback(run)
    run.signal_engine("KILL")
    assert not listens(relay)
    assert_ended(run, relay)
    first, second = engines(run)
    print(f"{relay.lab.init}: goes on {second - run.killed:.2f} s after the kill")
    assert first < run.killed < second


@pytest.mark.long
def test_one_that_was_confirmed_before(relay: Relay) -> None:
    run = changed(relay, 5)
    begin_rollback(run)
    run.signal_engine("KILL")
    assert_ended(run, relay)


@pytest.mark.long
def test_one_whose_deadline_was_still_ahead(relay: Relay) -> None:
    """It is not waited for: the change was not kept, and is undone already."""
    run = Run(relay, 30)
    run.start()
    run.come_to("awaiting-confirmation")
    begin_rollback(run)
    run.signal_engine("KILL")
    assert_ended(run, relay)
    assert time.time() < run.deadline - 60


@pytest.mark.long
def test_the_timers_script_is_killed_too(relay: Relay) -> None:
    """systemd starts it again after a second, cron within a minute."""
    run = changed(relay)
    begin_rollback(run)
    relay.said("pkill", "-KILL", "-f", BOTH)
    run.killed = time.time()
    assert not listens(relay)
    assert_ended(run, relay)
    print(f"{relay.lab.init}: goes on {engines(run)[-1] - run.killed:.2f} s after the kill of both")


@pytest.mark.long
@pytest.mark.parametrize("killed", [True, False], ids=["killed", "told-to-end"])
def test_a_reboot_in_between(relay: Relay, killed: bool) -> None:
    run = changed(relay)
    begin_rollback(run)
    if killed:
        relay.said("pkill", "-KILL", "-f", BOTH)
    run.kill_front()
    relay.lab.reboot()
    assert_ended(run, relay)


@pytest.mark.long
def test_one_that_nobody_kills_leaves_nothing(relay: Relay) -> None:
    run = changed(relay)
    told = relay.rollback()
    assert "should this engine be killed, the rest is undone by" in told
    assert "no exception" in told
    assert run.kept() == []
    assert relay.whole() == run.before
    assert len(engines(run)) == 1


@pytest.mark.long
def test_where_it_cannot_be_arranged_it_is_told_and_the_rollback_goes_on(relay: Relay) -> None:
    run = changed(relay)
    place = "/etc/systemd/system" if relay.lab.init == "systemd" else "/etc/cron.d"
    relay.said("mount", "--bind", place, place)
    relay.said("mount", "-o", "remount,bind,ro", place)
    try:
        told = relay.rollback(6)
    finally:
        relay.said("umount", place)
    assert "should this engine be killed, stepdown rollback is to be given again" in told
    assert "NEEDS ATTENTION" in told, "the guard's files lie there too"
    relay.rollback()
    assert_given_back(relay, run.before)
    assert run.kept() == []
