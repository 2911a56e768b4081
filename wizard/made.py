"""What a plan makes where nothing was before, and the commands that are about it."""

from __future__ import annotations

from posixpath import basename

from wizard.model import Kind
from wizard.plans import Command, Plan, WriteFile


def made_for(plan: Plan, command: Command) -> tuple[str, ...]:
    """Files that the plan makes and the command runs, or of which it names the unit.

    Once an undo has removed them all there is nothing left for the command to do.
    """
    ops = (op for step in plan.steps for op in step.ops)
    new = (op.path for op in ops if isinstance(op, WriteFile) and op.expect.kind is Kind.ABSENT)
    return tuple(p for p in new if p in command.argv or basename(p) in command.argv)
