"""The time that is left to keep the change."""

from __future__ import annotations

from textual.content import Content

from screens.run_view import RunView
from screens.text import say
from screens.words import Tone, clock
from wizard.model import Phase


def countdown_content(view: RunView, now: float, wide: bool = True) -> Content:
    """`undoes itself in 9:12 unless you keep it`, shorter where room is dear; empty elsewhere."""
    if view.phase is not Phase.AWAITING_CONFIRMATION:
        return say("")
    if not view.undoes_at:
        return say(("k keeps it, u undoes it", Tone.WARN))
    left = clock(view.undoes_at - now)
    chip = (f" {left} ", "bold $chip-text on $countdown")
    return say("undoes itself in ", chip, " unless you keep it" if wide else " unless kept")
