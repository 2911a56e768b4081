"""The races of `make torture`, some of them, with the kernel's protections as they are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine.trees import needs_root
from tests.torture.links import Outcome, Room, races
from wizard.host.tree import reown
from wizard.host.tree.change import Job
from wizard.host.tree.looked import Looked

pytestmark = needs_root
HARD_LINKS = Path("/proc/sys/fs/protected_hardlinks")


@pytest.fixture
def room() -> Iterator[Room]:
    """Not below pytest's own directory, into which no account but ours comes."""
    with tempfile.TemporaryDirectory(prefix="stepdown-links-") as place:
        yield Room(Path(place))


def raced(room: Room, count: int) -> Outcome:
    return races(count, 1, room, kernel_protects=HARD_LINKS.read_text().strip() == "1")


def test_a_hostile_account_wins_no_race(room: Room) -> None:
    outcome = raced(room, 400)
    assert outcome.total >= 400
    assert set(outcome.races) == {"whole", "again", "give back", "ahead", "in parts"}
    assert outcome.changed == []
    assert outcome.taken_out == []
    assert outcome.left == []


def test_it_wins_where_nobody_asks_what_came(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Looked, "came", lambda _self: {})
    assert raced(room, 400).left


def test_it_wins_against_a_walk_that_goes_by_names(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is one: a walk as chown(1) without -h does it changes what lies outside."""

    def by_name(
        job: Job, directory: int, _path: bytes, names: Sequence[bytes], _owners: set[int]
    ) -> None:
        for name in names:
            with suppress(OSError):
                os.chown(b"/proc/self/fd/%d/%b" % (directory, name), job.uid, job.gid)

    monkeypatch.setattr(reown, "_foreign", by_name)
    assert raced(room, 100).changed
