"""The ways back that do not need this wizard: the script in the run's directory, and the timer.

Told by the preview, by a rollback that needs a person and by line mode. Nothing here loads Textual.
"""

from __future__ import annotations

from wizard.plans import Plan
from wizard.runs import state_directory
from wizard.undo_script.script import NAME

SOME_RUN = "RUN"
"Stands for a run that is not there yet."


def undo_script(run: str = "") -> str:
    """Path of the script that undoes this run, or of a run that is not there yet."""
    return f"{state_directory()}/runs/{run or SOME_RUN}/{NAME}"


def script_told() -> tuple[str, ...]:
    """What the script is and how to run it, before there is a run."""
    return (
        "Before the first change every file that will change is kept, and a script is written"
        " that gives all of them back. It is plain sh: it needs neither Python nor stepdown.",
        f"sh {undo_script()}",
        "RUN is the run's name, which Apply tells: its time and its plan, such as"
        " 20261122T073001Z-7f3a9c1e. Run it as root.",
        "It is the last resort. stepdown rollback does the same and proves it: take the script"
        " where that cannot be run.",
    )


def predicted(plan: Plan | None) -> dict[str, float]:
    """Seconds without an answer by switch, the plan's own first; none where nobody knows."""
    if plan is None:
        return {}
    own = plan.choices.switch
    return dict(sorted(plan.outage.items(), key=lambda item: item[0] != own))


def ahead(plan: Plan | None) -> float | None:
    """The same of the switch that the plan makes; None where nobody knows."""
    return plan.outage.get(plan.choices.switch) if plan is not None else None
