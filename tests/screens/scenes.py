"""The scenes that snapshots and pictures show: a session, and the keys that lead there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from screens.gallery import Walk, keys
from tests.screens import canned, canned_run
from tests.screens.rehearsal import HOST, Rehearsal
from wizard.model import Event, Phase
from wizard.session import RunStatus

CLOCK = lambda: canned_run.NOW  # noqa: E731
_TO_PREVIEW = ("n", "n", "n")
_APPLY = (*_TO_PREVIEW, "a", f"{HOST} ", "enter")
UNFINISHED = RunStatus(
    "20261122T073001Z-7f3a9c1e",
    Phase.APPLYING,
    False,
    True,
    canned_run.START,
    "7f3a9c1e" * 8,
    message="the engine was killed in maps.group",
)


def held_at(events: Iterable[Event]) -> Rehearsal:
    """A run that stands still after these events."""
    session = Rehearsal(events=events)
    session.hold.set()
    return session


def held(*, until: str = "") -> Rehearsal:
    """The same within a step, or where it waits to be kept."""
    return held_at(canned_run.applying(until) if until else canned_run.good())


SCENES: dict[str, tuple[Callable[[], Rehearsal], Walk]] = {
    "host": (Rehearsal, keys()),
    "checks": (lambda: Rehearsal(results=canned.blocked()), keys("n")),
    "checks-override": (lambda: Rehearsal(results=canned.acceptable()), keys("n", "o")),
    "choices": (Rehearsal, keys("n", "n", "down", "down", "down")),
    "preview": (Rehearsal, keys(*_TO_PREVIEW, *["down"] * 5)),
    "preview-owner": (Rehearsal, keys(*_TO_PREVIEW, *["down"] * 6)),
    "preview-confirm": (Rehearsal, keys(*_TO_PREVIEW, "a")),
    "apply": (lambda: held(until="queue.first-pass"), keys(*_APPLY)),
    "verify": (held, keys(*_APPLY)),
    "verify-ps": (held, keys(*_APPLY, "tab")),
    "verify-failed": (
        lambda: held_at(canned_run.proven(failed=True)),
        keys(*_APPLY),
    ),
    "rolled-back": (lambda: Rehearsal(events=canned_run.undone()), keys(*_APPLY)),
    "needs-attention": (lambda: Rehearsal(events=canned_run.stuck()), keys(*_APPLY)),
    "recovery": (
        lambda: Rehearsal(events=canned_run.applying("maps.group"), earlier=(UNFINISHED,)),
        keys(),
    ),
}
