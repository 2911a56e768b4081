"""An engine that was killed: the run goes on where it was, or goes back; nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE, STDOUT

import pytest

from tests.engine.crashing import assert_given_back, killed, story, until
from tests.engine.relay import PLAN, PROBE, Relay, Whole
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


GO = "/root/go"


@contextmanager
def waiting(relay: Relay, path: str) -> Iterator[None]:
    """A command that does its work once it is told to."""
    script = f'#!/bin/sh\nuntil [ -e {GO} ]; do sleep 0.1; done\n{path}.real "$@"\n'
    relay.said("cp", "--archive", path, f"{path}.real")
    relay.lab.write(path, script.encode(), 0o755)
    try:
        yield
    finally:
        relay.said("mv", f"{path}.real", path)
        relay.said("rm", "-f", GO)


def waited_for(relay: Relay, *words: str) -> str:
    """What `stepdown WORDS` tells, which comes upon an orphan and waits until that has ended."""
    with relay.lab.popen(["stepdown", *words], stdout=PIPE, stderr=STDOUT) as front:
        until(lambda: "by an engine that was killed" in str(story(relay)[-5:]), 60)
        assert not [row for row in story(relay) if row.get("state") == "undoing"]
        relay.said("touch", GO)
        told = front.communicate(timeout=120)[0].decode()
        assert front.returncode == 0, told
        return told


def test_a_command_of_a_killed_engine_is_waited_for(relay: Relay, before: Whole) -> None:
    """Nobody undoes groupadd while groupadd is still to come."""
    with waiting(relay, "/usr/sbin/groupadd"):
        run = killed(relay, "account-group")
        told = waited_for(relay, "rollback", run, "--yes")
    assert "/usr/sbin/groupadd -g" in told
    assert_given_back(relay, before)


def assert_went_on(relay: Relay, told: str, step: str) -> None:
    """What was cut short was undone alone and done again, and nothing else was."""
    assert f"cut short, so undone and done again: {step}" in told
    assert "Done: proven" in told
    done = [row["step"] for row in story(relay) if row["type"] == "op" and row["state"] == "done"]
    assert done.count("account-group") == 1


def both_ways_told(relay: Relay, run: str) -> None:
    """By status, and to who would begin another run."""
    for told in (relay.expect(0, "status"), relay.expect(3, "apply", PLAN, "--yes")):
        assert f"stepdown resume {run}" in told
        assert f"stepdown rollback {run}" in told


def named_first(relay: Relay, run: str) -> None:
    """The checks and the plan blame the run, before anything that it has left half-way."""
    told = relay.expect(3, "check")
    assert told.startswith(f"✖ Run {run} of 20")
    assert "is unfinished (applying)" in told.splitlines()[0]
    document = relay.document(3, "check")
    assert document["results"][0]["id"] == "host.records"
    planned = relay.expect(3, "plan", "-o", "/root/other.json")
    for text in (document["results"][0]["remedy"], planned):
        assert f"stepdown resume {run}" in text
        assert f"stepdown rollback {run}" in text
    assert f"Run {run} of 20" in planned
    assert "The checks block" not in planned


def test_a_killed_run_goes_on_though_its_terminal_closes(relay: Relay, before: Whole) -> None:
    """Ctrl-C and SIGHUP to all that the terminal runs: the engine is none of it."""
    run = killed(relay, '"service-start"')
    both_ways_told(relay, run)
    named_first(relay, run)
    words = ["setsid", "--wait", "stepdown", "resume", run, "--yes"]
    with relay.lab.popen(words, stdout=DEVNULL, stderr=DEVNULL) as front:
        until(lambda: relay.runs()[-1]["alive"])
        second = relay.expect(3, "resume", run, "--yes")
        assert f"{run} pid " in second
        assert " since 20" in second
        newest = f"ps -o sid= -p $(pgrep -nf 'resum[e] {run}')"
        session = relay.said("sh", "-c", newest).strip()
        for signal in ("-INT", "-HUP"):
            relay.said("pkill", signal, "-s", session, code=None)
        assert front.wait(30) != 0
    assert_went_on(relay, relay.expect(0, "attach", run), "service-start")
    assert relay.document(0, "verify", *PROBE)["verdict"] == "proven"
    relay.rollback()
    assert_given_back(relay, before)
    assert relay.relays("after a run that was killed in its start and went on")


@pytest.mark.long
def test_a_run_that_was_killed_while_the_relay_stopped_goes_on(relay: Relay, before: Whole) -> None:
    run = killed(relay, '"service-stop"')
    assert_went_on(relay, relay.expect(0, "resume", run, "--yes"), "service-stop")
    relay.rollback()
    assert_given_back(relay, before)


@pytest.mark.long
def test_a_run_that_was_killed_in_useradd_goes_on(relay: Relay, before: Whole) -> None:
    """The account that the orphan makes after all is removed, and made again."""
    with waiting(relay, "/usr/sbin/useradd"):
        run = killed(relay, '"account-user"')
        told = waited_for(relay, "resume", run, "--yes")
    assert_went_on(relay, told, "account-user")
    relay.rollback()
    assert_given_back(relay, before)


@pytest.mark.long
def test_a_command_that_outlives_its_engine_is_ended_at_its_time(
    relay: Relay, before: Whole
) -> None:
    with waiting(relay, "/usr/sbin/groupadd"):
        run = killed(relay, '"account-group"')
        told = relay.expect(0, "rollback", run, "--yes")
        assert not relay.said("pgrep", "-f", "sbin/groupad[d]", code=None)
    assert "its time is up; asks to end" in told
    assert_given_back(relay, before)
