"""An engine that was killed: the run goes on where it was, or goes back; nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.engine.crashing import assert_given_back, killed, story
from tests.engine.relay import PROBE, Relay, Whole
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """By the init script: its commands are the engine's own children."""
    with open_or_skip(init="script") as lab:
        yield Relay(lab)


@pytest.fixture
def before(relay: Relay) -> Iterator[Whole]:
    """A plan is made; everything as it is just before the apply. A failure is cleaned up after."""
    relay.make_plan()
    yield relay.whole()
    if relay.said("getent", "passwd", "sendmail", code=None):
        relay.stepdown("rollback", "--yes")


@contextmanager
def slow(relay: Relay, path: str, seconds: float) -> Iterator[None]:
    """A command that takes its time when it is called first."""
    script = f"#!/bin/sh\n[ -e /root/slept ] || {{ >/root/slept; sleep {seconds}; }}\n"
    relay.said("cp", "--archive", path, f"{path}.real")
    relay.lab.write(path, f'{script}{path}.real "$@"\n'.encode(), 0o755)
    try:
        yield
    finally:
        relay.said("mv", f"{path}.real", path)
        relay.said("rm", "-f", "/root/slept")


def test_a_command_of_a_killed_engine_is_waited_for(relay: Relay, before: Whole) -> None:
    """Nobody undoes groupadd while groupadd is still to come."""
    with slow(relay, "/usr/sbin/groupadd", 6):
        run = killed(relay, "account-group")
        told = relay.expect(0, "rollback", run, "--yes")
    assert "by an engine that was killed" in told
    assert "/usr/sbin/groupadd -g" in told
    assert_given_back(relay, before)


def goes_on(relay: Relay, step: str) -> str:
    """What `resume` tells of a run that was killed in the step."""
    run = killed(relay, f'"{step}"')
    told = relay.expect(0, "status")
    assert f"stepdown resume {run}" in told
    assert f"stepdown rollback {run}" in told
    told = relay.expect(0, "resume", run, "--yes")
    assert f"cut short, so undone and done again: {step}" in told
    assert "Done: proven" in told
    done = [row["step"] for row in story(relay) if row["type"] == "op" and row["state"] == "done"]
    assert done.count("account-group") == 1, "what was done is not done again"
    return told


def test_a_killed_run_goes_on(relay: Relay, before: Whole) -> None:
    """What was cut short is undone alone, and done again: here the start of the new daemon."""
    goes_on(relay, "service-start")
    assert relay.document(0, "verify", *PROBE)["verdict"] == "proven"
    relay.rollback()
    assert_given_back(relay, before)
    assert relay.relays("after a run that was killed in its start and went on")


@pytest.mark.long
def test_a_run_that_was_killed_while_the_relay_stopped_goes_on(relay: Relay, before: Whole) -> None:
    goes_on(relay, "service-stop")
    relay.rollback()
    assert_given_back(relay, before)


@pytest.mark.long
def test_a_run_that_was_killed_in_useradd_goes_on(relay: Relay, before: Whole) -> None:
    """The account that the orphan makes after all is removed, and made again."""
    with slow(relay, "/usr/sbin/useradd", 12):
        assert "by an engine that was killed" in goes_on(relay, "account-user")
    relay.rollback()
    assert_given_back(relay, before)
