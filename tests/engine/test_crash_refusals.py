"""Commands that fail, hang or are missing, files that may not be changed: stopped, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.engine.crashing import assert_given_back
from tests.engine.relay import PLAN, Relay, Whole
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

CF = "/etc/mail/sendmail.cf"
GROUPADD = "/usr/sbin/groupadd"


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


Spoilt = Callable[[Relay], None]


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
        pytest.param("echo no room >&2; exit 10", "ended with code 10", id="fails"),
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
