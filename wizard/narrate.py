"""A run's events in plain words, a line each: for headless commands, logs and line mode."""

from __future__ import annotations

from wizard.events import (
    Accepted,
    Event,
    JournalRecord,
    OpState,
    Outage,
    Output,
    PhaseChanged,
    ProcessTable,
    Progress,
    Proof,
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
        if isinstance(event, PhaseChanged):
            return _phase(event)
        if isinstance(event, JournalRecord):
            return self._operation(event)
        if isinstance(event, Accepted):
            return [f"  accepted: {event.check_id}: {event.reason}"]
        if isinstance(event, Output):
            return [f"    {event.text}"]
        if isinstance(event, SmtpLine):
            return [f"    {'>' if event.sent else '<'} {event.text}"]
        if isinstance(event, Proof):
            return _proof(event)
        if isinstance(event, Outage):
            if event.over:
                return [f"    port 25 is open again; closed for {event.seconds:.2f} s in all"]
            return ["    port 25 is closed"]
        return _table(event) if isinstance(event, ProcessTable) else _progress(event)

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
