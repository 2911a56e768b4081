"""The order of the screens, in one place. A new screen is its own file and a line here."""

from __future__ import annotations

from screens.apply import ApplyScreen
from screens.base import StepScreen
from screens.checks import ChecksScreen
from screens.choices import ChoicesScreen
from screens.host import HostScreen
from screens.preview import PreviewScreen
from screens.rollback import RollbackScreen
from screens.verify import VerifyScreen

FLOW: tuple[type[StepScreen], ...] = (
    HostScreen,
    ChecksScreen,
    ChoicesScreen,
    PreviewScreen,
    ApplyScreen,
    VerifyScreen,
)
"""What Next and Back walk through."""

ASIDE: tuple[type[StepScreen], ...] = (RollbackScreen,)
"""Reached when something is undone or was left unfinished."""


def screen_class(step: str) -> type[StepScreen]:
    """The screen of that name."""
    return next(one for one in (*FLOW, *ASIDE) if one.step == step)


def neighbour(step: str, by: int) -> str:
    """The step before or after; the same one at either end and off the path."""
    names = [one.step for one in FLOW]
    if step not in names:
        return step
    return names[max(0, min(len(names) - 1, names.index(step) + by))]
