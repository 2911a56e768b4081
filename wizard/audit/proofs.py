"""The proofs of `stepdown verify` that need no message, within a time that a monitor waits."""

from __future__ import annotations

import time
from queue import Empty, Queue
from threading import Thread

from wizard.audit.model import Row
from wizard.errors import StepdownError
from wizard.events import Event, Proof
from wizard.host.base import HostReader
from wizard.model import Outcome
from wizard.platforms.base import Platform
from wizard.probes.proof import Target
from wizard.probes.verify import Verifier

DEADLINE = 120.0
"Seconds for all of them."
LOG = 3600.0
"Seconds back to which the log is searched for trouble, or to the switch where that is nearer."


def proven(host: HostReader, platform: Platform, target: Target) -> tuple[Row, ...]:
    """Each proof as a row; what was not told in time is one that failed."""
    told: Queue[Event | None] = Queue()

    def work() -> None:
        try:
            Verifier(host, platform, target, told.put).run()
        except Exception as problem:  # whatever it is: an audit that breaks off proves nothing
            words = str(problem) if isinstance(problem, StepdownError) else repr(problem)
            told.put(Proof(0, 0.0, "audit.made", Outcome.UNKNOWN, "The proofs were made", (words,)))
        told.put(None)

    Thread(target=work, daemon=True).start()
    rows: list[Row] = []
    end = time.monotonic() + DEADLINE
    while True:
        try:
            event = told.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            late = (f"not all of them within {DEADLINE:g} s",)
            rows.append(Row("audit.time", Outcome.UNKNOWN, "The proofs were made in time", late))
            return tuple(rows)
        if event is None:
            return tuple(rows)
        if isinstance(event, Proof):
            rows.append(Row(event.id, event.outcome, event.title, event.evidence, event.meaning))


def since(switched: float) -> float:
    """From when on the log counts."""
    return max(switched, time.time() - LOG)
