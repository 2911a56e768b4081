"""Commands that fail, hang or are missing, files that may not be changed: stopped, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.engine.crashing import assert_given_back
from tests.engine.relay import PLAN, Relay, Whole
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

CF = "/etc/mail/sendmail.cf"
GROUPADD = "/usr/sbin/groupadd"
STATE = "/root/state"


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """By the init script: its commands are the engine's own children."""
    with open_or_skip(init="script") as lab:
        yield Relay(lab)


@pytest.fixture
def before(relay: Relay) -> Whole:
    """A plan is made; everything as it is just before the apply."""
    relay.make_plan()
    return relay.whole()


@contextmanager
def instead(relay: Relay, path: str, script: str) -> Iterator[None]:
    """Something else in a command's place; empty: nothing at all."""
    relay.said("mv", path, f"{path}.real")
    if script:
        relay.lab.write(path, f"#!/bin/sh\n{script}\n".encode(), 0o755)
    try:
        yield
    finally:
        relay.said("mv", f"{path}.real", path)


@pytest.mark.parametrize(
    ("script", "named"),
    [
        pytest.param("", "cannot be run: No such file", id="missing"),
        pytest.param(
            "echo no room >&2; exit 10", "ended with code 10", id="fails", marks=pytest.mark.long
        ),
        pytest.param(f'{GROUPADD}.real "$@"; kill -9 $$', "ended with code -9", id="killed"),
        pytest.param(
            "sleep 3600",
            "did not end within 60 s and was ended",
            id="hangs",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_command_that_does_not_do_its_work(
    relay: Relay, before: Whole, script: str, named: str
) -> None:
    with instead(relay, GROUPADD, script):
        told = relay.apply(1)
    assert named in told
    assert "Rolled back" in told
    assert_given_back(relay, before)
    assert relay.runs()[-1]["phase"] == "rolled-back"
    assert not relay.said("pgrep", "-f", "slee[p] 3600", code=None)


def test_a_cf_that_may_not_be_changed(relay: Relay, before: Whole) -> None:
    """chattr +i: seen before anything is changed; and in the run where it comes later."""
    relay.said("chattr", "+i", CF)
    assert "immutable" in relay.expect(3, "apply", PLAN, "--yes")
    relay.said("chattr", "-i", CF)
    assert relay.whole() == before
    with instead(relay, GROUPADD, f'chattr +i {CF}; {GROUPADD}.real "$@"'):
        try:
            told = relay.apply(1)
        finally:
            relay.said("chattr", "-i", CF)
    assert f"{CF}: Operation not permitted" in told
    assert_given_back(relay, before)


@pytest.mark.long
def test_a_cf_that_may_not_be_given_back(relay: Relay, before: Whole) -> None:
    """What cannot be undone is named, code 6; a second rollback finishes it."""
    relay.apply()
    relay.said("chattr", "+i", CF)
    try:
        told = relay.rollback(6)
    finally:
        relay.said("chattr", "-i", CF)
    assert f"NOT undone: {CF}: Operation not permitted" in told
    assert relay.runs()[-1]["phase"] == "needs-attention"
    relay.rollback()
    assert_given_back(relay, before)
    assert relay.relays("after a cf that was immutable")


@contextmanager
def own_state(relay: Relay) -> Iterator[dict[str, str]]:
    """A state directory on a file system of its own; yields what names it to stepdown."""
    relay.said("mkdir", "-p", "-m", "0700", STATE)
    relay.said("mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "state", STATE)
    try:
        yield {"STEPDOWN_STATE_DIR": STATE}
    finally:
        relay.said("umount", STATE)


def test_a_state_directory_that_fills_up_in_the_run(relay: Relay, before: Whole) -> None:
    """The next operation is not begun; the reserve has room for the story of the way back."""
    fills = f'cat /dev/zero > {STATE}/fill 2>/dev/null; {GROUPADD}.real "$@"'
    with own_state(relay) as env, instead(relay, GROUPADD, fills):
        told = relay.expect(1, "apply", PLAN, "--yes", env=env)
        assert "No space left on device" in told
        assert "Rolled back" in told
        assert '"phase": "rolled-back"' in relay.expect(0, "status", "--json", env=env)
    assert_given_back(relay, before)


def test_a_state_directory_that_is_read_only(relay: Relay, before: Whole) -> None:
    with own_state(relay) as env:
        relay.said("mount", "-o", "remount,ro", STATE)
        told = relay.expect(1, "apply", PLAN, "--yes", env=env)
        assert "Read-only file system; nothing was changed" in told
    assert relay.whole() == before


READ_ONLY = "mount --bind {0} {0} && mount -o remount,bind,ro {0}"


@pytest.mark.parametrize("place", [pytest.param("/etc/mail", marks=pytest.mark.long), "/etc"])
def test_a_place_that_is_read_only_is_seen_before_anything_changes(
    relay: Relay, before: Whole, place: str
) -> None:
    """As on a host whose root is read-only: no run is made."""
    known = relay.runs()
    relay.said("/bin/sh", "-c", READ_ONLY.format(place))
    try:
        refused = [
            relay.expect(3, *words)
            for words in (("check",), ("plan", "-o", "/root/other.json"), ("apply", PLAN, "--yes"))
        ]
        assert relay.whole() == before
    finally:
        relay.said("umount", place)
    for told in refused:
        assert "host.mail-directory" in told
        assert "/etc/mail" in told
        assert "mounted read-only" in told
    assert f"{place}  " in refused[0]
    assert relay.runs() == known


@pytest.mark.parametrize("place", ["/etc/mail", "/etc"])
def test_a_place_that_turns_read_only_in_the_run(relay: Relay, before: Whole, place: str) -> None:
    """What was changed before is given back; what cannot be written was not changed."""
    turns = f'{READ_ONLY.format(place)}; {GROUPADD}.real "$@"'
    with instead(relay, GROUPADD, turns):
        try:
            told = relay.apply(1)
        finally:
            relay.said("umount", place)
    assert "Read-only file system" in told or "cannot lock /etc/group" in told
    assert "Rolled back" in told
    assert relay.runs()[-1]["phase"] == "rolled-back"
    assert_given_back(relay, before)


@pytest.mark.long
def test_a_plan_that_another_may_have_written_is_not_carried_back(
    relay: Relay, before: Whole
) -> None:
    """Nobody knows what a plan.json says that others could write."""
    with instead(relay, GROUPADD, "exit 10"):
        relay.apply(1)
    run = relay.runs()[-1]["run"]
    plan = f"/var/lib/stepdown/runs/{run}/plan.json"
    for words in (("chmod", "0620", plan), ("chown", "smmsp", plan)):
        relay.said(*words)
        told = relay.expect(1, "attach", run)
        assert f"{plan} is open to others" in told or f"{plan} belongs to uid" in told
        relay.said("chmod", "0600", plan)
    relay.said("chown", "root", plan)
    journal = plan.replace("plan.json", "journal.jsonl")
    relay.said("chmod", "0622", journal)
    asked: tuple[tuple[str, ...], ...] = (("status",), ("apply", PLAN, "--yes"))
    for command in (*asked, ("rollback", run, "--yes")):
        assert f"{journal} is open to others" in relay.expect(1, *command)
    relay.said("chmod", "0600", journal)
    assert relay.whole() == before
