"""The steps of a run as rows: how far each came, how long it took, what it said last."""

from __future__ import annotations

from screens.run_view import RunView
from screens.step_view import StepState, StepView
from screens.text import mark, say
from screens.widgets.rows import Row
from screens.words import DONE, FAILED, RUNNING, UNDOING, UNDONE, WAITING, Sign, Tone, duration

SIGNS: dict[StepState, Sign] = {
    StepState.WAITING: WAITING,
    StepState.RUNNING: RUNNING,
    StepState.DONE: DONE,
    StepState.FAILED: FAILED,
    StepState.UNDOING: UNDOING,
    StepState.UNDONE: UNDONE,
}


_INTERRUPTED = Sign("⚠", "interrupted", Tone.WARN)


def run_rows(
    view: RunView, now: float, *, backwards: bool = False, dead: bool = False
) -> list[Row]:
    """A row a step; backwards as a rollback goes through them; dead: no engine works on it."""
    steps = list(view.steps.values())
    if backwards:
        steps = [step for step in reversed(steps) if step.state is not StepState.WAITING]
    return [_row(step, now, dead) for step in steps]


def _row(step: StepView, now: float, dead: bool) -> Row:
    stopped = dead and step.state in (StepState.RUNNING, StepState.UNDOING)
    sign = _INTERRUPTED if stopped else SIGNS[step.state]
    waiting = step.state is StepState.WAITING
    style = Tone.QUIET.style if waiting else ("bold" if step.since else "")
    spent = step.seconds + (max(0.0, now - step.since) if step.since else 0.0)
    took = "" if waiting or stopped else duration(spent)
    said = step.problem or step.said
    tone = Tone.BAD if step.problem else Tone.QUIET
    left = say(" ", mark(sign), " ", (step.title, style))
    if stopped:
        return Row(step.id, left, say((sign.word, sign.tone), "  ", (said, tone)))
    return Row(step.id, left, say((took.rjust(10), Tone.SHOWN), "   ", (said, tone)))
