"""What becomes of a run whose screen is left: the same words for Quit, Ctrl+C and line mode.

Nothing here loads Textual.
"""

from __future__ import annotations

from screens.run_view import RunView
from screens.words import moment
from wizard.model import Phase


def leaving_told(view: RunView, now: float) -> list[str]:
    """Sentences that are true in this phase, with this timer."""
    return ["The engine is a process of its own: it goes on without this screen.", _then(view, now)]


def _then(view: RunView, now: float) -> str:
    if view.phase is Phase.ROLLING_BACK:
        return "The rollback goes on to its end."
    at = moment(view.undoes_at, now) if view.undoes_at else ""
    if view.phase is Phase.AWAITING_CONFIRMATION:
        if at:
            return f"The change undoes itself at {at} unless somebody keeps it: stepdown confirm"
        return "The change waits, without a timer, until it is kept: stepdown confirm"
    if at:
        return (
            "If a proof fails, all is rolled back. If all is proven, it undoes itself at"
            f" {at} unless somebody keeps it: stepdown confirm"
        )
    return "If a step or a proof fails, all is rolled back."
