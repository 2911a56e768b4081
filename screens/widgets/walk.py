"""A bar for a long walk: how far, how many, how fast."""

from __future__ import annotations

from textual.content import Content

from screens.run_view import RunView
from screens.step_view import StepState
from screens.text import say
from screens.words import Tone

_BAR = 32


def walk_content(view: RunView) -> Content:
    """The walk of the step under way, or the last one that there was."""
    if not view.progress:
        return say("")
    current = view.current
    step = current.id if current and current.id in view.progress else next(reversed(view.progress))
    if view.steps[step].state is not StepState.RUNNING:
        return say("")
    _, latest = view.progress[step]
    rate = view.rate(step)
    speed = f"   {rate:,.0f}/s" if rate else ""
    if not latest.total:
        return say((f"{latest.done:,} entries", "bold"), (speed, Tone.QUIET))
    filled = min(_BAR, _BAR * latest.done // latest.total)
    percent = 100 * latest.done // latest.total
    return say(
        ("━" * filled, Tone.GOOD),
        ("─" * (_BAR - filled), "$rule"),
        (f" {percent:3d} %", "bold"),
        f"   {latest.done:,} of {latest.total:,} entries",
        (speed, Tone.QUIET),
    )
