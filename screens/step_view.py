"""One step of a run as its operations tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wizard.events import OpState
from wizard.plans import Await, Gate, Step


class StepState(StrEnum):
    """How far one step has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass
class StepView:
    """One step of the run."""

    id: str
    title: str
    step: Step | None = None
    "None where the run's plan is not known."
    ops: dict[int, OpState] = field(default_factory=dict)
    seconds: float = 0.0
    "Spent in finished operations."
    since: float = 0.0
    "When the operation under way began; 0 when none is."
    said: str = ""
    "The last line that it printed."
    problem: str = ""

    @property
    def half_done(self) -> tuple[int, ...]:
        """Operations that were begun and not ended, by their index."""
        begun = (OpState.INTENT, OpState.UNDOING)
        return tuple(index for index, state in self.ops.items() if state in begun)

    @property
    def state(self) -> StepState:
        """Told from its operations alone."""
        states = list(self.ops.values())
        if not states:
            return StepState.WAITING
        if OpState.UNDOING in states:
            return StepState.UNDOING
        if self._undone():
            return StepState.UNDONE
        if OpState.FAILED in states:
            return StepState.FAILED
        finished = sum(state is not OpState.INTENT for state in states)
        return StepState.DONE if finished >= self._planned() else StepState.RUNNING

    def _planned(self) -> int:
        """How many operations are carried out when applying: a wait may be for the undo alone."""
        if self.step is None:
            return len(self.ops)
        return sum(not (isinstance(op, Await) and op.on_undo) for op in self.step.ops)

    def _undone(self) -> bool:
        """Waits and gates change nothing, so nothing of them is ever undone."""
        if OpState.UNDONE not in self.ops.values():
            return False
        left = (OpState.DONE, OpState.INTENT, OpState.FAILED)
        return not any(state in left and self._changes(i) for i, state in self.ops.items())

    def _changes(self, index: int) -> bool:
        if self.step is None or index >= len(self.step.ops):
            return True
        return not isinstance(self.step.ops[index], Gate | Await)
