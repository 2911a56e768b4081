"""A run's events in plain words, a line each: for headless commands, logs and line mode.

Peers, titles and evidence are host text: what is told is fit to print.
"""

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
    MailSession,
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
from wizard.printable import printable

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
        self._open: dict[int, str] = {}
        "Sessions that a drain was last told to wait for: pid to peer."

    def tell(self, event: Event) -> list[str]:
        """The event's lines, fit to print; none for what is only worth watching live."""
        return [printable(line) for line in self._told(event)]

    def _told(self, event: Event) -> list[str]:
        if isinstance(event, JournalRecord):
            return self._operation(event)
        if isinstance(event, Sessions):
            return self._sessions(event)
        return _TOLD[type(event)](event)

    def _sessions(self, event: Sessions) -> list[str]:
        """All of them once, then only who came, who went, and how many are left."""
        was, self._open = self._open, {row.pid: _peer(row) for row in event.rows}
        if not event.rows:
            return ["    no session is open any more"] if was else []
        number = f"{len(event.rows)} session{'' if len(event.rows) == 1 else 's'}"
        first = (
            f"    waits for {number} to end, {_seconds(event.left)} at most;"
            " stepdown go-on waits no longer"
        )
        told = [] if was else [first]
        told += [f"      ended: {peer}" for pid, peer in was.items() if pid not in self._open]
        told += [f"      open: {_session(row)}" for row in event.rows if row.pid not in was]
        if was and told:
            told.append(f"    {number} left, {_seconds(event.left)} at most")
        return told

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
    how = f", by {event.how}" if event.how else ""
    return [
        f"    undoes itself at {_moment(event.deadline, event.time)} unless it is confirmed{how}:"
        " leaving, a kill or a reboot does not stop that"
    ]


def _certificate(event: Certificate) -> list[str]:
    same = event.before == event.after
    verdict = "the manifest is as it was" if same else "the manifest DIFFERS"
    lines = [f"    certificate: {event.paths:,} paths; {verdict}"]
    lines += [f"      before: {event.before}", f"      after:  {event.after}"]
    lines += [f"      exception: {text}" for text in event.exceptions]
    if same and not event.exceptions:
        lines.append("      no exception")
    return [*lines, f"      in {event.file}"] if event.file else lines


def _moment(at: float, now: float) -> str:
    """`19:42:10`, with its date where that is another day."""
    there, here = time.localtime(at), time.localtime(now)
    same_day = there[:3] == here[:3]
    return time.strftime("%H:%M:%S" if same_day else "%Y-%m-%d %H:%M:%S", there)


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s"


def _session(row: MailSession) -> str:
    return f"{_peer(row)}, {row.state or 'in a state not known'}, for {_seconds(row.seconds)}"


def _peer(row: MailSession) -> str:
    return f"{row.peer or 'a peer that is not known'} (pid {row.pid})"


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
    Armed: _armed,
    Certificate: _certificate,
}
