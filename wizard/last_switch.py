"""The switch that made this host what it is: when it was, and what the relay did before it.

The engine and `stepdown verify` ask here, so that both compare with the same.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from wizard import journal
from wizard.errors import StepdownError
from wizard.events import Event, JournalRecord, OpState, PhaseChanged
from wizard.host.private import read_private, write_whole
from wizard.model import Phase
from wizard.plans import Plan
from wizard.probes.session.baseline import Baseline
from wizard.runs import Runs

BASELINE = "baseline.json"
"In the run's directory."
START_STEP = "service-start"
"The step that brings the new daemon up."
KEPT = (Phase.DONE, Phase.AWAITING_CONFIRMATION)


class Switched(Struct, frozen=True):
    """What is known of it."""

    run: str = ""
    "Empty where no run of stepdown made this host what it is."
    since: float = 0.0
    "When the new daemon was started, seconds since the epoch; 0: not known."
    baseline: Baseline | None = None
    unrecorded: str = "not recorded"
    "Why there is no baseline."
    plan: Plan | None = None


def latest(runs: Runs) -> Switched:
    """Of the newest run that is done and was not rolled back."""
    try:
        run = next((one for one in reversed(runs.names()) if _kept(runs, one)), "")
        return of_run(runs, run) if run else Switched(unrecorded=_no_run(runs))
    except StepdownError as problem:
        return Switched(unrecorded=f"not known: {problem}")


def of_run(runs: Runs, run: str) -> Switched:
    """Of this run. Raises StepdownError where it cannot be read."""
    place, plan = runs.path(run), runs.plan(run)
    baseline = _own(place)
    if plan.choices.purpose == "repair":
        baseline = _before_it_broke(runs, run, baseline)
    why = "not recorded" if baseline else f"run {run} holds no {BASELINE} that can be read"
    return Switched(run, moment(journal.read(place)), baseline, why, plan)


def moment(events: list[Event]) -> float:
    """When the new daemon was started; where none was, when all else was done."""
    started = (
        event.time
        for event in events
        if isinstance(event, JournalRecord)
        and event.step == START_STEP
        and event.state is OpState.INTENT
    )
    verified = (
        event.time
        for event in events
        if isinstance(event, PhaseChanged) and event.phase is Phase.VERIFYING
    )
    return next(started, next(verified, time.time()))


def keep(place: Path, baseline: Baseline) -> None:
    """Write it into the run's directory, whole and on disk. Raises OSError."""
    write_whole(place / BASELINE, msgspec.json.encode(baseline))


def _own(place: Path) -> Baseline | None:
    try:
        return msgspec.json.decode(read_private(place / BASELINE), type=Baseline)
    except (OSError, StepdownError, msgspec.DecodeError):
        return None


def _before_it_broke(runs: Runs, repair: str, own: Baseline | None) -> Baseline | None:
    """A repair is measured by what the relay did before it was migrated, not when it was broken."""
    for run in reversed(runs.names()):
        if run < repair and _kept(runs, run) and runs.plan(run).choices.purpose == "migrate":
            found = _own(runs.path(run))
            if found is not None and found.doors:
                return replace(found, waiting=own.waiting if own else ())
    return own


def _kept(runs: Runs, run: str) -> bool:
    return runs.status(run).phase in KEPT


def _no_run(runs: Runs) -> str:
    return f"no run that is done and was not rolled back in {runs.directory}"
