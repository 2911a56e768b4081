"""A run's events in plain words, a line each: for headless commands, logs and line mode."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from wizard.events import (
    Accepted,
    Armed,
    Certificate,
    Event,
    JournalRecord,
    OpState,
    Outage,
    Output,
    PhaseChanged,
    ProcessTable,
    Progress,
    Proof,
    Sessions,
    SmtpLine,
)
from wizard.model import Outcome, Phase
from wizard.plans import Plan

PHASES = {
    Phase.APPLYING: "Applying",
    Phase.VERIFYING: "Proving it with a real session",
    Phase.AWAITING_CONFIRMATION: "Proven. It undoes itself unless it is kept: stepdown confirm",
    Phase.DONE: "Done",
    Phase.ROLLING_BACK: "Rolling back",
    Phase.ROLLED_BACK: "Rolled back",
    Phase.NEEDS_ATTENTION: "NEEDS ATTENTION: a person must look at this host",
}
MARKS = {
    Outcome.PASS: "✔ proven",
    Outcome.FOUND: "✖ FAILED",
    Outcome.SKIPPED: "- skipped",
    Outcome.UNKNOWN: "? UNKNOWN",
    Outcome.CRASHED: "? CRASHED",
}


class Narrator:
    """Tells events; knows the plan's step titles and which step it spoke of last."""

    def __init__(self, plan: Plan | None = None) -> None:
        self._titles = {step.id: step.title for step in plan.steps} if plan else {}
        self._spoken: tuple[str, OpState] | None = None

    def tell(self, event: Event) -> list[str]:
        """The event's lines; none for what is only worth watching live."""
        if isinstance(event, JournalRecord):
            return self._operation(event)
        return _TOLD[type(event)](event)

    def _operation(self, event: JournalRecord) -> list[str]:
        if event.state is OpState.FAILED:
            return [f"  ✖ {self._title(event)}: {event.message}"]
        undoing = event.state in (OpState.UNDOING, OpState.UNDONE)
        shown = event.step, OpState.UNDOING if undoing else OpState.INTENT
        if shown == self._spoken:
            return []
        self._spoken = shown
        return [f"  {'↶ undo: ' if undoing else '▶ '}{self._title(event)}"]

    def _title(self, event: JournalRecord) -> str:
        return self._titles.get(event.step, event.step)


def _phase(event: PhaseChanged) -> list[str]:
    words = PHASES.get(event.phase, event.phase.value)
    return [f"{words}: {event.message}" if event.message else words]


def _armed(event: Armed) -> list[str]:
    if not event.deadline:
        return ["    the timer is taken away"]
    at = time.strftime("%H:%M:%S", time.localtime(event.deadline))
    return [f"    undoes itself at {at} unless it is confirmed: {event.how}"]


def _certificate(event: Certificate) -> list[str]:
    same = "is as it was" if event.before == event.after else "DIFFERS"
    lines = [f"    certificate: {event.paths:,} paths; the manifest {same}: {event.after}"]
    return lines + [f"      exception: {text}" for text in event.exceptions]


def _proof(event: Proof) -> list[str]:
    lines = [f"  {MARKS[event.outcome]}: {event.title}"]
    lines += [f"      {text}" for text in event.evidence]
    if event.meaning:
        lines.append(f"      {event.meaning}")
    return lines


def _table(event: ProcessTable) -> list[str]:
    serving = [p for p in event.rows if p.pid == event.serving]
    if not serving or not event.detail:
        return []
    row = serving[0]
    return [f"    {row.user} {row.pid} {row.title}  <- serves this connection"]


def _progress(event: Progress) -> list[str]:
    total = f" of {event.total:,}" if event.total else ""
    return [f"    {event.done:,}{total} entries"]


def _outage(event: Outage) -> list[str]:
    if event.over:
        return [f"    port 25 is open again; closed for {event.seconds:.2f} s in all"]
    return ["    port 25 is closed"]


def _sessions(event: Sessions) -> list[str]:
    return [f"    waits for {row.pid} {row.peer} {row.state}" for row in event.rows]


def _accepted(event: Accepted) -> list[str]:
    return [f"  accepted: {event.check_id}: {event.reason}"]


def _output(event: Output) -> list[str]:
    return [f"    {event.text}"]


def _smtp(event: SmtpLine) -> list[str]:
    return [f"    {'>' if event.sent else '<'} {event.text}"]


_TOLD: dict[type, Callable[[Any], list[str]]] = {
    PhaseChanged: _phase,
    Accepted: _accepted,
    Output: _output,
    SmtpLine: _smtp,
    Proof: _proof,
    Outage: _outage,
    ProcessTable: _table,
    Progress: _progress,
    Sessions: _sessions,
    Armed: _armed,
    Certificate: _certificate,
}
