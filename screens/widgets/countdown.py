"""The time that is left to keep the change."""

from __future__ import annotations

from textual.content import Content

from screens.run_view import RunView
from screens.text import say
from screens.words import Tone, clock
from wizard.model import Phase


def countdown_content(view: RunView, now: float) -> Content:
    """`undoes itself in 9:12 unless you keep it`; nothing where nobody waits."""
    if view.phase is not Phase.AWAITING_CONFIRMATION:
        return say("")
    if not view.deadline:
        return say(("k keeps it, u undoes it", Tone.WARN))
    left = clock(view.deadline - now)
    return say(
        "undoes itself in ", (f" {left} ", "bold $chip-text on $countdown"), " unless you keep it"
    )
