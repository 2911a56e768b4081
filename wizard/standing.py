"""What earlier runs left on this host, as far as it stands in the way of anything new."""

from __future__ import annotations

import time
from collections.abc import Iterable

from wizard.errors import StepdownError
from wizard.model import Phase
from wizard.run_status import RunStatus, Standing
from wizard.runs import Runs

_UNTIL_KEPT = {
    Phase.APPLYING: "it was being applied, so the host is half-way",
    Phase.VERIFYING: "it was being proven: all is applied, nobody knows whether it works",
    Phase.AWAITING_CONFIRMATION: "all is applied and proven; it waited to be kept",
    Phase.ROLLING_BACK: "it was being undone, so the host is half-way",
}


def in_the_way(runs: Iterable[RunStatus]) -> RunStatus | None:
    """The run that nothing new may be begun before; None where there is none.

    One at work, one that was never finished, or the latest where it was not undone wholly.
    """
    latest: RunStatus | None = None
    for one in runs:
        if one.phase is not Phase.PLANNED:
            latest = one
        if one.alive or one.unfinished:
            return one
    return latest if latest is not None and latest.phase is Phase.NEEDS_ATTENTION else None


def ways_out(one: RunStatus) -> str:
    """What can be done with an unfinished run, as commands."""
    back = f"stepdown rollback {one.run}"
    return f"stepdown resume {one.run} (goes on), or {back} (undoes it)" if one.resumable else back


def standing(runs: Runs, euid: int) -> Standing:
    """As the user of this effective uid sees it; what cannot be seen is told as such."""
    place = str(runs.directory)
    try:
        runs.demand_own()
        found = in_the_way(runs.status(name) for name in runs.names())
    except (StepdownError, OSError) as problem:
        if euid != 0:  # root's records are nobody else's to see
            return Standing(place, unseen=f"{place}: only root can see what runs there are")
        remedy = problem.remedy if isinstance(problem, StepdownError) else ""
        return Standing(place, problem=str(problem), remedy=remedy)
    return Standing(place) if found is None else _of_run(place, found)


def _of_run(place: str, one: RunStatus) -> Standing:
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.started))
    evidence = f"{place}/runs/{one.run}  {one.phase}"
    if one.message:
        evidence += f": {one.message}"
    if one.alive:
        title = f"Run {one.run} of {since} is at work ({one.phase})"
        remedy = f"Wait for it: stepdown attach {one.run} follows it."
        if one.phase is Phase.AWAITING_CONFIRMATION:
            remedy = (
                f"Keep it, stepdown confirm {one.run}, or undo it, stepdown rollback {one.run}."
            )
        return Standing(place, title, (evidence, one.engine), "The host is changing now.", remedy)
    if one.phase is Phase.NEEDS_ATTENTION:
        title = f"Run {one.run} of {since} was not undone wholly ({one.phase})"
        why = "Part of it is still in place, so the host is half-way. "
    else:
        title = f"Run {one.run} of {since} is unfinished ({one.phase})"
        told = _UNTIL_KEPT.get(one.phase, "its engine is gone")
        why = f"When its engine ended {told}. "
    why += "What the other checks find may be this run's doing."
    kept = one.phase is Phase.AWAITING_CONFIRMATION
    ways = f"stepdown confirm {one.run} (keeps it), {ways_out(one)}" if kept else ways_out(one)
    return Standing(place, title, (evidence,), why, f"First: {ways}. Then check anew.")
