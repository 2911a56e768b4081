"""What of a run that was killed is done, and needs not be done again when it goes on."""

from __future__ import annotations

from wizard.engine.address import smtp_address
from wizard.last_switch import START_STEP
from wizard.plans import Await, Condition, Plan
from wizard.undo.commands import SERVICE_STOP
from wizard.waiting import smtp_answers

Keys = frozenset[tuple[str, int]]
"Operations, by step and index."


def without_signal(plan: Plan, done: Keys) -> Keys:
    """A daemon that was told to start itself anew, and was not waited for, is told so again.

    Its wait counts from the signal: that of the engine that was killed is over long since.
    """
    again = {
        (step.id, index - 1)
        for step in plan.steps
        for index, op in enumerate(step.ops)
        if isinstance(op, Await)
        and op.condition is Condition.DAEMON_ANEW
        and not op.on_undo
        and (step.id, index) not in done
    }
    return done - again


def stopped_again(plan: Plan, done: Keys) -> bool:
    """Whether a boot may have started the relay that the plan had stopped: it answers."""
    steps = {step for step, _op in done}
    up = SERVICE_STOP in steps and smtp_answers(smtp_address(plan))
    return up and START_STEP not in steps


def without_stop(done: Keys) -> Keys:
    """So that it is stopped once more."""
    return frozenset(key for key in done if key[0] != SERVICE_STOP)
