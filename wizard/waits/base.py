"""What every wait shares: whom it tells, who may end it, and how often it looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from wizard.errors import StepdownError
from wizard.events import MailSession

INTERVAL = 0.05
"Seconds between two looks."
GRACE = 10.0
"Seconds between SIGTERM and SIGKILL for a last process."


class Stopped(StepdownError):
    """The admin asked to stop; the current operation was finished, or was a wait."""


def never() -> bool:
    """What nobody asked for."""
    return False


def _nobody(_rows: tuple[MailSession, ...], _more: int, _left: float) -> None:
    """Nobody looks."""


@dataclass(frozen=True)
class Talk:
    """Whom a wait tells, and who may end it."""

    say: Callable[[str], None]
    "Takes a line in words."
    show: Callable[[tuple[MailSession, ...], int, float], None] = _nobody
    "Takes the sessions that are waited for, how many more there are, and the seconds left."
    go_on: Callable[[], bool] = never
    "Whether the admin wants to wait no longer."
    stop: Callable[[], bool] = never
    "Whether the admin wants all of it stopped: the wait then raises Stopped."


def until(timeout: float, happened: Callable[[], bool], talk: Talk | None = None) -> bool:
    """Look again and again; False where time ran out. Raises Stopped."""
    deadline = time.monotonic() + timeout
    while not happened():
        if talk is not None and talk.stop():
            raise Stopped("stopped on request")
        if time.monotonic() >= deadline:
            return False
        time.sleep(INTERVAL)
    return True
