"""Hosts that were migrated by hand, whole and half, as an audit sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.audit.by_hand import (
    ACCOUNT,
    BUILD,
    DEAD_LETTER,
    DEFINE,
    DIRECTORIES,
    ONE_EDIT,
    START,
    STOP,
    TO_THE_LETTER,
)
from tests.engine.relay import Relay
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A relay that nobody has changed yet."""
    with open_or_skip(init="script") as lab:
        yield Relay(lab)


def rows(told: dict[str, Any]) -> dict[str, Any]:
    """The failed rows by id."""
    return {r["id"]: r for r in told["results"] if r["outcome"] not in ("pass", "skipped")}


def shell(relay: Relay, script: str) -> None:
    relay.said("/bin/sh", "-c", script)


def test_nothing_was_done(relay: Relay) -> None:
    told = relay.document(4, "audit")
    assert (told["schema"], told["state"]) == ("stepdown.audit/1", "not-migrated")
    assert told["results"] == []


def test_to_the_letter_whole_then_half_after_one_edit(relay: Relay) -> None:
    """The article's own test passes both times; every message waits forever the second time."""
    shell(relay, TO_THE_LETTER + DEAD_LETTER)
    assert relay.relays("by hand")
    told = relay.document(0, "audit")
    assert told["state"] == "by-hand-whole", told["summary"]
    guard = next(r for r in told["results"] if r["id"] == "guard.in-place")
    assert guard["outcome"] == "skipped"
    assert "--repair" in guard["remedy"]
    shell(relay, ONE_EDIT)
    relay.send("stuck")
    assert not relay.relayed("stuck", within=2)
    told = relay.document(4, "audit")
    assert told["state"] == "by-hand-half"
    failed = rows(told)
    assert "mailertable.db" in " ".join(failed["maps.open"]["evidence"])
    assert "--repair" in failed["maps.open"]["remedy"]
    assert any("--restore" in way for way in told["remedies"])


def test_to_the_letter_lacks_the_dead_letter_drop(relay: Relay) -> None:
    shell(relay, TO_THE_LETTER)
    told = relay.document(4, "audit")
    assert told["state"] == "by-hand-half"
    assert list(rows(told)) == ["status.files"]


@pytest.mark.parametrize(
    ("script", "row", "says"),
    [
        (ACCOUNT + STOP + DIRECTORIES + START, "by-hand.config", "no active RunAsUser"),
        (ACCOUNT + DEFINE, "by-hand.queue", "/var/spool/mqueue"),
        (
            ACCOUNT + STOP + DIRECTORIES + DEFINE.replace("`", "'") + BUILD + START,
            "by-hand.config",
            "an apostrophe where m4 wants a backtick",
        ),
        (
            "echo \"define(\\`confRUN_AS_USER', \\`sendmail')\" >> /etc/mail/submit.mc",
            "by-hand.config",
            "/etc/mail/submit.mc",
        ),
    ],
    ids=["no RunAsUser", "define alone", "apostrophes", "submit.mc"],
)
def test_half_is_told_with_what_lacks(relay: Relay, script: str, row: str, says: str) -> None:
    shell(relay, script)
    told = relay.document(4, "audit")
    assert told["state"] == "by-hand-half", told["summary"]
    assert says in " ".join(rows(told)[row]["evidence"])


def test_without_root_it_says_what_it_cannot_see(relay: Relay) -> None:
    done = relay.stepdown("audit", user="daemon")
    assert done.returncode == 4
    assert b"root only" in done.stdout
