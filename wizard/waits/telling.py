"""A wait's talk as the journal keeps it."""

from __future__ import annotations

from collections.abc import Callable

from wizard.events import MailSession, Output, Sessions
from wizard.journal import Journal
from wizard.waits.base import Talk, never


def journaled(
    journal: Journal,
    step: str,
    *,
    go_on: Callable[[], bool] = never,
    stop: Callable[[], bool] = never,
) -> Talk:
    """What a wait of this step says and shows, as events of the run."""

    def say(text: str) -> None:
        journal.add(Output(0, 0.0, step, text))

    def show(rows: tuple[MailSession, ...], more: int, left: float) -> None:
        journal.add(Sessions(0, 0.0, step, rows, round(left, 1), more))

    return Talk(say, show, go_on, stop)
