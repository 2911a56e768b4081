"""What a run costs and what stands behind it: the outage, the timer, the way back by hand."""

from __future__ import annotations

from textual.content import Content

from screens.run_view import RunView
from screens.text import lines, say
from screens.widgets.outage import outage_content
from screens.words import Tone, duration, moment

_NARROW = 78
"Columns up to which each line is dear."


def gauges_content(
    view: RunView, now: float, ahead: float | None, script: str, width: int
) -> Content:
    """A line each, those that there are; `ahead`: the predicted outage, None where not known."""
    told = [_outage(view, now, ahead), timer_content(view, now, width)]
    if view.started and script:
        call = say((f"sh {script}", Tone.QUIET))
        label = _label("by hand")
        fits = len(label) + call.cell_length <= width
        told.append(say((label, Tone.QUIET), "" if fits else "\n", call))
    return lines([one for one in told if one])


def timer_content(view: RunView, now: float, width: int) -> Content:
    """`undoes itself at 19:42:10 unless kept`, and what keeps the time; empty without a timer."""
    if not view.undoes_at:
        return say("")
    at = (moment(view.undoes_at, now), "bold $countdown")
    how = view.armed.how if view.armed is not None else ""
    told = [say((_label("timer"), Tone.QUIET), "undoes itself at ", at, " unless kept")]
    kept = f"{_label('')}kept by {how}, outlives this terminal"
    if how and len(kept) <= width and width > _NARROW:
        told.append(say((kept, Tone.QUIET)))
    return lines(told)


def _outage(view: RunView, now: float, ahead: float | None) -> Content:
    label = (_label("port 25"), Tone.QUIET)
    if view.outage is not None:
        return say(label, outage_content(view, now, ahead, ""))
    if ahead is None or not view.started:
        return say("")
    return say(label, "answers; at the switch not for about ", (duration(ahead), Tone.GOOD.bold))


def _label(text: str) -> str:
    return f" {text:<9}"
