"""A run that no engine works on: what happened, what is half done, and which ways there are.

The same words for the full screen and for line mode. Nothing here loads Textual.
"""

from __future__ import annotations

from msgspec import Struct

from screens.run_view import RunView
from screens.step_view import StepState, StepView
from screens.words import count, moment, phase_sign
from wizard.model import Phase
from wizard.plans import Await, Gate, Op, RunCommand, SetMeta, SetMetaTree, WriteFile
from wizard.run_status import RunStatus


class Way(Struct, frozen=True):
    """One thing that the admin can do now."""

    key: str
    called: str
    told: str
    "What it will do, in a sentence or two."


def happened(status: RunStatus, view: RunView, now: float) -> list[tuple[str, str]]:
    """What is known of it, as label and text."""
    told = [
        ("run", f"{status.run}, begun {moment(status.started, now)}"),
        ("stopped", _stopped(status, view, now)),
    ]
    told += [("half done", text) for text in half_done(view)]
    if status.message:
        told.append(("said", status.message))
    if view.armed is not None and view.armed.deadline:
        told.append(("timer", _timer(view.armed.deadline, view.armed.how, now)))
    return told


def _stopped(status: RunStatus, view: RunView, now: float) -> str:
    """`07:31:09, while it was applying`: the journal's last word."""
    when = f"{moment(view.latest, now)}, " if view.latest else ""
    while_ = {
        Phase.ROLLING_BACK: "while it was rolling back",
        Phase.VERIFYING: "while it was proving what is applied",
        Phase.AWAITING_CONFIRMATION: "while it waited to be kept; all is applied and proven",
    }
    return when + while_.get(status.phase, f"while it was {phase_sign(status.phase).word}")


def _timer(deadline: float, how: str, now: float) -> str:
    kept = f" ({how})" if how else ""
    if deadline <= now:
        return f"was due at {moment(deadline, now)}{kept}"
    return f"rolls it back by itself at {moment(deadline, now)}{kept}"


def half_done(view: RunView) -> list[str]:
    """The operations that were begun and of which nobody knows how far they came."""
    return [_half(step, index) for step in view.steps.values() for index in step.half_done]


def _half(step: StepView, index: int) -> str:
    ops = step.step.ops if step.step is not None else ()
    if index >= len(ops):
        return step.title
    if isinstance(ops[index], Gate | Await):
        return f"nothing: {step.title} only asks or waits, which changes nothing"
    of = f"operation {index + 1} of {len(ops)}" if len(ops) > 1 else "its operation"
    return f"{step.title}, {of}: {op_told(ops[index])}"


def _to_undo(view: RunView) -> bool:
    """Whether something that was begun may have changed the host."""
    begun = [(s.step.ops if s.step else (), i) for s in view.steps.values() for i in s.half_done]
    return any(i >= len(ops) or not isinstance(ops[i], Gate | Await) for ops, i in begun)


def op_told(op: Op) -> str:
    """One operation in a few words."""
    match op:
        case WriteFile():
            return f"write {op.path}"
        case SetMeta():
            return f"owner and mode of {op.path}"
        case SetMetaTree():
            return f"owners of {op.path} and all below it"
        case RunCommand():
            return str(op.command)
        case Gate():
            return f"ask {op.command}"
        case Await():
            return f"wait for {op.condition.value.replace('-', ' ')}"


def ways(status: RunStatus, view: RunView, now: float) -> tuple[Way, ...]:
    """What can be done, the safest first."""
    out = [Way("u", "Roll back", _back(status, view))]
    if status.resumable:
        out.append(Way("r", "Resume", _forth(view)))
    if waits_to_be_kept(status):
        told = (
            "Its engine ended while it waited; what was proven stays, and its timer is taken away."
        )
        out.append(Way("k", "Keep", told))
    timed = view.armed is not None and view.armed.deadline > now
    until = ", until the timer" if timed else ""
    return (*out, Way("b", "Leave it", f"Nothing is done now; the host stays as it is{until}."))


def waits_to_be_kept(status: RunStatus) -> bool:
    """All is proven, and only the admin's word is missing."""
    return status.phase is Phase.AWAITING_CONFIRMATION


def _back(status: RunStatus, view: RunView) -> str:
    left = sum(step.state in _TOUCHED for step in view.steps.values())
    if status.phase is Phase.ROLLING_BACK:
        return (
            f"Goes on with the rollback: {count(left, 'step')} left. What is undone already is"
            " not undone twice."
        )
    return (
        f"Gives back all that {count(left, 'step')} changed, the newest first, half done or not."
        " The host is as it was before the run."
    )


_TOUCHED = (StepState.RUNNING, StepState.DONE, StepState.FAILED, StepState.UNDOING)


def _forth(view: RunView) -> str:
    left = [step for step in view.steps.values() if step.state is not StepState.DONE]
    to_do = f"goes on with {count(len(left), 'step')} and the proof" if left else "makes the proof"
    if _to_undo(view):
        return f"Undoes what is half done, and only that, does it again, then {to_do}."
    return f"{to_do[0].upper()}{to_do[1:]}."
