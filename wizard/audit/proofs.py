"""The proofs of `stepdown verify` that need no message, within a time that a monitor waits."""

from __future__ import annotations

import time
from queue import Empty, Queue
from threading import Thread

from msgspec.structs import replace

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
LOG = "log.clean"
"""The log counts from the moment on at which the audit begins: what its own sessions meet. Older
trouble may have been mended since."""


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
            rows.append(_row(event))


def _row(proof: Proof) -> Row:
    row = Row(proof.id, proof.outcome, proof.title, proof.evidence, proof.meaning)
    if proof.id == LOG and proof.outcome is Outcome.UNKNOWN:
        return replace(row, outcome=Outcome.SKIPPED)  # nothing was logged: no trouble either
    return row
