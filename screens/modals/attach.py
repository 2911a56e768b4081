"""Another engine is at work: who, since when, and whether to follow it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from screens.modals.confirm import Confirm
from screens.text import say
from screens.words import Tone, moment, phase_sign
from wizard.run_status import RunStatus


def holder(status: RunStatus) -> str:
    """`pid 4711 since 2026-11-22 07:29:00`, as the lock has it."""
    return status.engine.removeprefix(status.run).strip() or "by an engine that is at work"


class Attach(Confirm):
    """Attach follows the run; leaving it alone changes nothing."""

    YES_KEY = "a"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "yes", "Attach", tooltip="Follow that run", id="attach.yes"),
        Binding("y", "yes", show=False, tooltip="The same", id="attach.same"),
    ]

    def __init__(self, status: RunStatus, problem: str, now: float) -> None:
        sign = phase_sign(status.phase)
        text = say(
            ("run    ", Tone.QUIET),
            status.run,
            ("\nbegun  ", Tone.QUIET),
            moment(status.started, now),
            ("\nheld   ", Tone.QUIET),
            holder(status),
            ("\nnow    ", Tone.QUIET),
            (f"{sign.symbol} {sign.word}", sign.tone),
            ("\nsaid   ", Tone.QUIET),
            problem,
            "\n\nOne run at a time: nothing was started. Attach shows what that engine does; it"
            " neither stops nor hurries it.",
        )
        super().__init__("Another engine is at work", text, "Attach", "Leave it")
