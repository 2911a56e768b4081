"""Starting an engine, following its journal, keeping what it proved.

The engine is another process: all that is done here is to start it, to leave marks for it and to
read what it writes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event as Flag

from wizard import engine_process, journal
from wizard.errors import Refused, StepdownError
from wizard.events import Event, PhaseChanged
from wizard.model import Phase
from wizard.run_status import RunStatus
from wizard.runs import Busy, Runs
from wizard.standing import in_the_way, ways_out

POLL = 0.1
"Seconds between two looks at a journal."
START = 20.0
"Seconds in which an engine must have begun."
GRACE = 2.0
"Seconds for an engine to take the lock of a run that was just made."


def refuse_while_unfinished(runs: Iterable[RunStatus]) -> None:
    """One thing after the other. Raises Refused, naming the run that stands in the way."""
    one = in_the_way(runs)
    if one is None:
        return
    if one.alive:
        raise Refused(f"run {one.run} is at work: {one.engine}", "stepdown attach follows it.")
    what = "was never finished" if one.unfinished else "was not undone wholly"
    raise Refused(f"run {one.run} {what}", f"First: {ways_out(one)}")


def start_and_see(runs: Runs, run: str, what: str, *, systemd: bool) -> None:
    """Start an engine and see it begin. Raises StepdownError where it does not."""
    path = runs.path(run)
    before = _journal_size(path)
    engine_process.start(runs, run, what, systemd=systemd)
    deadline = time.monotonic() + START
    while _journal_size(path) == before:
        if (held := runs.held()) and held.split(" ", 1)[0] != run:
            raise Busy(f"another run is at work: {held}", "stepdown attach follows it.")
        if time.monotonic() > deadline:
            raise StepdownError(
                f"the engine did not begin to {what} within {START:g} s",
                f"Look at {path}/engine.log, the journal of systemd, and for room on disk.",
            )
        time.sleep(POLL / 2)


def follow_run(runs: Runs, run: str, stop: Flag | None) -> Iterator[Event]:
    """A run's events from its beginning, until it has ended, its engine is gone, or stop is set."""
    reader = journal.Reader(runs.path(run))
    last = Phase.PLANNED
    while not (stop and stop.is_set()):
        alive = runs.holder() == run
        events = reader.new_events()
        for event in events:
            if isinstance(event, PhaseChanged):
                last = event.phase
            yield event
        if not alive and not events and (last.finished or not _begins(runs.path(run))):
            return
        time.sleep(POLL)


def _begins(path: Path) -> bool:
    return abs(time.time() - path.stat().st_mtime) < GRACE  # a clock may be set back


def _journal_size(path: Path) -> int:
    try:
        return (path / journal.NAME).stat().st_size
    except FileNotFoundError:
        return 0
