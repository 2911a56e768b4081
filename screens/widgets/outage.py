"""How long port 25 has not answered."""

from __future__ import annotations

from textual.content import Content

from screens.run_view import RunView
from screens.text import say
from screens.words import Tone, duration


def outage_content(view: RunView, now: float) -> Content:
    """`outage was 19 ms`, or a running clock; nothing before the switch."""
    if view.outage is None:
        return say("")
    seconds = view.outage_seconds(now)
    if view.outage.over:
        return say("outage was ", (duration(seconds), Tone.GOOD.bold))
    return say(
        ("no answer on port 25 for ", Tone.BAD),
        (f" {duration(seconds)} ", "bold $badge-text on $live"),
    )
