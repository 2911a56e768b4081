"""Where a plan speaks SMTP to its relay."""

from __future__ import annotations

from wizard.plans import Await, Condition, Plan


def smtp_address(plan: Plan) -> str:
    """Where the plan waits for port 25 to answer."""
    for step in plan.steps:
        for op in step.ops:
            if isinstance(op, Await) and op.condition is Condition.SMTP_ANSWERS:
                return op.subject
    return "127.0.0.1:25"
