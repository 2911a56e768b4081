"""How long port 25 has not answered."""

from __future__ import annotations

from textual.content import Content

from screens.run_view import RunView
from screens.text import say
from screens.words import Tone, duration


def outage_content(
    view: RunView, now: float, ahead: float | None = None, on_port: str = " on port 25"
) -> Content:
    """`outage was 19 ms`, or a running clock; nothing before the switch.

    With what was predicted, where `ahead` tells it.
    """
    if view.outage is None:
        return say("")
    seconds = view.outage_seconds(now)
    foreseen = (f"  {duration(ahead)} predicted" if ahead is not None else "", Tone.QUIET)
    if view.outage.over:
        return say("outage was ", (duration(seconds), Tone.GOOD.bold), foreseen)
    chip = (f" {duration(seconds)} ", "bold $badge-text on $live")
    return say((f"no answer{on_port} for ", Tone.BAD), chip, foreseen)
