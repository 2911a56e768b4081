"""The scenes that snapshots and pictures show: a session, and the keys that lead there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from screens.gallery import Walk, keys
from tests.screens import canned, canned_plan, canned_run
from tests.screens.rehearsal import Rehearsal
from wizard.events import Event
from wizard.model import Phase
from wizard.session import RunStatus

CLOCK = lambda: canned_run.NOW  # noqa: E731
_TO_PREVIEW = ("n", "n", "n")
UNFINISHED = RunStatus(
    "20261122T073001Z-7f3a9c1e",
    Phase.APPLYING,
    False,
    True,
    canned_run.START,
    "7f3a9c1e" * 8,
    message="the engine was killed in maps.group",
)


RESUMABLE = replace(UNFINISHED, resumable=True)
WAITING = replace(
    UNFINISHED, phase=Phase.AWAITING_CONFIRMATION, message="", deadline=canned_run.DEADLINE
)
OTHER = RunStatus(
    "20261122T072900Z-1b2c3d4e",
    Phase.APPLYING,
    True,
    False,
    canned_run.START - 61,
    "1b2c3d4e" * 8,
    engine="20261122T072900Z-1b2c3d4e pid 4711 since 2026-11-22 07:29:00",
)


def recovering(status: RunStatus) -> Rehearsal:
    """A run that was killed in the middle of a step."""
    session = Rehearsal(events=canned_run.applying("maps.group"), earlier=(status,))
    session.plan = canned_plan.plan()
    return session


def held_by_another() -> Rehearsal:
    """Somebody else starts a run while this one looks at the plan."""
    session = Rehearsal()
    session.busy = OTHER
    return session


def held_at(events: Iterable[Event]) -> Rehearsal:
    """A run that stands still after these events."""
    session = Rehearsal(events=events)
    session.hold.set()
    return session


def held(*, until: str = "") -> Rehearsal:
    """The same within a step, or where it waits to be kept."""
    return held_at(canned_run.applying(until) if until else canned_run.good())


def attached(events: Iterable[Event]) -> Rehearsal:
    """A run that was alive when the app started: it is followed at once, without a walk."""
    session = held_at(events)
    session.plan = canned_plan.plan()
    session.run = UNFINISHED.run
    session.earlier = (replace(UNFINISHED, alive=True, unfinished=False),)
    return session


def stopped(*at: str) -> Callable[[], Rehearsal]:
    """A host with many checks where looking stands still at these facts."""

    def make() -> Rehearsal:
        session = Rehearsal(results=canned.many())
        session.stops = set(at)
        return session

    return make


SCENES: dict[str, tuple[Callable[[], Rehearsal], Walk]] = {
    "host": (Rehearsal, keys()),
    "checks": (lambda: Rehearsal(results=canned.blocked()), keys("n")),
    "host-looking": (stopped("tables"), keys()),
    "checks-streaming": (stopped("resolutions"), keys("n")),
    "checks-folded": (stopped(), keys("n")),
    "checks-all": (stopped(), keys("n", "f")),
    "checks-again": (stopped("relay.alias-programs"), keys("n", "r")),
    "checks-evidence": (stopped(), keys("n", "e")),
    "checks-mend": (stopped(), keys("n", "m")),
    "checks-mended": (stopped(), keys("n", "m", "enter")),
    "checks-override": (lambda: Rehearsal(results=canned.acceptable()), keys("n", "o")),
    "choices": (Rehearsal, keys("n", "n", *["down"] * 6)),
    "preview": (Rehearsal, keys(*_TO_PREVIEW, *["down"] * 6)),
    "preview-owner": (Rehearsal, keys(*_TO_PREVIEW, *["down"] * 7)),
    "preview-confirm": (Rehearsal, keys(*_TO_PREVIEW, "a")),
    "apply": (lambda: attached(canned_run.applying("queue.first-pass")), keys()),
    "apply-drain": (lambda: attached(canned_run.draining()), keys()),
    "verify": (lambda: attached(canned_run.good()), keys()),
    "verify-ps": (lambda: attached(canned_run.good()), keys("tab")),
    "verify-failed": (lambda: attached(canned_run.proven(failed=True)), keys()),
    "rolled-back": (lambda: attached(canned_run.undone()), keys()),
    "needs-attention": (lambda: attached(canned_run.stuck()), keys()),
    "exceptions": (lambda: attached(canned_run.undone(canned_run.LEFT)), keys()),
    "recovery": (lambda: recovering(RESUMABLE), keys()),
}
