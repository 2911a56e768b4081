"""A choice of the kill matrix: strace kills or refuses, and the host is what it was afterwards.

All of it: `make torture`.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.torture.calls import OPENS, WRITES, Call, changing
from tests.torture.model import Outcome, Point
from tests.torture.rooms import Room
from tests.torture.selection import Looks
from wizard.lab.practice import LabUnavailable

pytestmark = pytest.mark.lab

SEED = 20
GROUPADD = "apply@/usr/sbin/groupadd#1"
KILLS = [("apply", 0.05), ("apply", 0.3), ("apply", 0.6), ("apply", 0.8), ("rollback", 0.2),
         ("rollback", 0.5), ("rollback", 0.9), (GROUPADD, 0.6)]  # fmt: skip
"Which engine, or command of its, and how far it has come, from 0 to 1, before the proofs."
ERRORS = [("apply", 0.2, "ENOSPC"), ("apply", 0.55, "EIO"), ("apply", 0.75, "EROFS+"),
          ("rollback", 0.5, "EIO"), ("rollback", 0.7, "ENOSPC+")]  # fmt: skip


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    try:
        found = Room("reload")
    except LabUnavailable as reason:
        pytest.skip(f"no practice relay on this machine: {reason.problem}")
    with found:
        yield found


@pytest.fixture(scope="module")
def looks(room: Room) -> Looks:
    """What the engines call, seen by strace without anything going wrong."""
    return Looks(room)


def hit(room: Room, calls: list[Call], part: str, place: float, kind: str) -> Outcome:
    """The call that is so far on, or the next that is there this time."""
    at = int(len(calls) * place)
    for one in calls[at:]:
        found = room.point(Point(part, one.name, one.index, kind, "engine"))
        if found.reached:
            return found
    raise AssertionError(f"no call of {part} from {at} on was reached")


def assert_whole(found: Outcome) -> None:
    assert not found.differing, f"{found.point} at {found.hit}: {found.told}"
    assert not found.troubles, f"{found.point} at {found.hit}: {found.told}"


@pytest.mark.parametrize(("part", "place"), KILLS)
def test_killed(room: Room, looks: Looks, part: str, place: float) -> None:
    calls = [one for one in changing(looks.calls[part]) if not one.late]
    found = hit(room, calls, part, place, "BOTH" if "@" in part else "SIGKILL")
    assert found.told.startswith("-9 "), "strace did kill it"
    assert_whole(found)


@pytest.mark.parametrize(("part", "place", "kind"), ERRORS)
def test_refused(room: Room, looks: Looks, part: str, place: float, kind: str) -> None:
    """A disk that fails once, or from then on (`+`) until the next rollback."""
    named = WRITES if kind.endswith("+") else WRITES | OPENS
    calls = [one for one in changing(looks.calls[part]) if not one.late and one.name in named]
    assert_whole(hit(room, calls, part, place, kind))


@pytest.mark.long
@pytest.mark.parametrize("part", ["apply", "rollback"])
def test_a_seeded_choice(room: Room, looks: Looks, part: str) -> None:
    """Forty kills, each brought back in one of the ways there are; then it still relays."""
    rng = Random(f"{SEED} {part}")  # noqa: S311
    for one in rng.sample(changing(looks.calls[part]), 40):
        way = rng.choice(("engine", "undo", "resume" if part == "apply" else "cli"))
        found = room.point(Point(part, one.name, one.index, "SIGKILL", way))
        assert_whole(found)
    assert room.relays(f"after forty kills of {part}")


@pytest.mark.long
def test_several_queue_groups() -> None:
    """Queues in directories of their own, elsewhere and behind links, with entries in each."""
    with Room("many") as room:
        looks = Looks(room, commands=False)
        for part in ("apply", "rollback"):
            rng = Random(f"{SEED} many {part}")  # noqa: S311
            calls = [one for one in changing(looks.calls[part]) if not one.late]
            for one in rng.sample(calls, 12):
                way = rng.choice(("engine", "undo"))
                assert_whole(room.point(Point(part, one.name, one.index, "SIGKILL", way)))
        assert room.relays("after the kills on several queue groups")
