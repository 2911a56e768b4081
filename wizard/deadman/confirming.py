"""`stepdown confirm`: keeping a proven change, and saying truly whether it was kept."""

from __future__ import annotations

import time

from wizard.deadman.unless_confirmed import UnlessConfirmed
from wizard.errors import StepdownError
from wizard.events import PhaseChanged
from wizard.host.local import LocalHost
from wizard.journal import Journal
from wizard.model import Phase
from wizard.run_status import RunStatus
from wizard.runs import Busy, Runs

CONFIRM = "confirm"
"The mark that the engine looks for."
ANSWER = 10.0
"Seconds for the engine to answer."
SEEN = 1.0
"Seconds for an engine that saw the mark just before it was taken back."
POLL = 0.05
"Seconds between two looks at what it answered."


def waiting(runs: Runs) -> str:
    """Id of the run that waits to be confirmed. Raises StepdownError where none does."""
    statuses = [runs.status(name) for name in runs.names()]
    found = [one.run for one in statuses if one.phase is Phase.AWAITING_CONFIRMATION]
    if found:
        return found[-1]
    latest = f"The latest, {statuses[-1].run}, is {statuses[-1].phase}." if statuses else ""
    raise StepdownError("no run waits to be confirmed", latest)


def keep(runs: Runs, run: str) -> None:
    """Keep a proven change. Raises StepdownError where it was not kept, and says why.

    Its engine may have ended, with the host or by a kill: then the run is ended from here.
    """
    status = runs.status(run)
    if status.phase is not Phase.AWAITING_CONFIRMATION:
        raise _not_kept(status)
    if status.alive:
        status = _answered(runs, run)
    if status.phase is Phase.AWAITING_CONFIRMATION and not status.alive:
        status = _kept_from_here(runs, run)
    if status.phase is not Phase.DONE:
        raise _not_kept(status)


def _answered(runs: Runs, run: str) -> RunStatus:
    """What became of the run once its engine was asked. Raises StepdownError for no answer."""
    runs.ask(run, CONFIRM)
    end = time.monotonic() + ANSWER
    while (status := runs.status(run)).phase is Phase.AWAITING_CONFIRMATION and status.alive:
        if time.monotonic() > end:
            (runs.path(run) / CONFIRM).unlink(missing_ok=True)
            time.sleep(SEEN)
            status = runs.status(run)
            if status.phase is not Phase.AWAITING_CONFIRMATION:
                return status
            raise StepdownError(
                f"the engine of run {run} does not answer; it is NOT confirmed",
                f"Try again. It undoes itself at {_clock(status.deadline)} all the same.",
            )
        time.sleep(POLL)
    return status


def _kept_from_here(runs: Runs, run: str) -> RunStatus:
    """Where no engine is left. Under the lock nobody else can end the run."""
    try:
        with runs.lock(run):
            status = runs.status(run)
            late = status.deadline and time.time() >= status.deadline
            if status.phase is not Phase.AWAITING_CONFIRMATION or late:
                return status
            journal = Journal(runs.path(run))
            said = "proven; kept after its engine had ended"
            journal.add(PhaseChanged(0, 0.0, Phase.DONE, said))
            UnlessConfirmed(LocalHost(), runs, run, journal).take_away()
            journal.close()
    except Busy:
        pass  # the timer's engine was quicker
    return runs.status(run)


def _not_kept(status: RunStatus) -> StepdownError:
    """Why not, in words."""
    if status.phase is Phase.AWAITING_CONFIRMATION:
        was = f"it was to be confirmed by {_clock(status.deadline)}, and is undone now"
        return StepdownError(f"run {status.run}: too late: {was}")
    if status.phase in (Phase.ROLLING_BACK, Phase.ROLLED_BACK):
        told = f"run {status.run}: too late: it is {status.phase}. {status.message}".rstrip()
        return StepdownError(told, "Apply the plan again.")
    return StepdownError(f"run {status.run} waits for no confirmation: it is {status.phase}")


def _clock(deadline: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(deadline))
