"""Mail that waited when the account took over: that it is tried, and by the account.

Exactly some entries are tried once more, never the whole queue. Sent, or put off by the next hop:
both prove that the account could open the entry. What the log does not tell, Sendmail's own notes
in the entry do: how often it was tried, and when last.
"""

from __future__ import annotations

import re
import time

import psutil

from wizard.host.base import Unreadable
from wizard.model import FileState, Kind, Outcome
from wizard.probes.log.lines import TROUBLE, LogLine, parts
from wizard.probes.log.watch import LogWatch
from wizard.probes.proof import UNDO, Proving
from wizard.probes.queue.entries import (
    OTHERS_WRITE,
    Notes,
    lost,
    notes,
    queue_id,
    queue_run,
    waiting_entries,
)

TITLE = "Mail that waited is tried by the account"
PATIENCE = 20.0
"Seconds for what was asked for to be logged; a slow next hop may take longer."
INTERVAL = 0.1
UNREAD = re.compile(r"SYSERR\([^)]*\): readqf: ")
"The run came to this entry and could not open it: it will not be tried."
LOGGED = 1.5
"Seconds in which what Sendmail noted in the entry should stand in the log too, and more fully."
TRIED = re.compile(r"to=.*\bstat=(?!queued\b)")

UNROUTED = re.compile(rf"\bmap: lookup|{TROUBLE.pattern}")
"Why an entry still waits, where the account could not find out whereto it goes."


class Waiting:
    """The entries that waited, and what became of each."""

    def __init__(self, proving: Proving, log: LogWatch) -> None:
        """log: a watch that began before the queue run that is to be made."""
        self._p = proving
        self._log = log
        self._results: dict[str, tuple[Outcome, str]] = {}
        self._before: dict[str, Notes] = {}
        self._noted: dict[str, float] = {}
        self.tried: tuple[str, ...] = ()
        "Queue ids that a run was asked for."
        self.said: list[str] = []
        "What went wrong with that run, in words."
        self.rewritten: dict[str, FileState] = {}
        "Entries that the run wrote anew, as they are since."

    def run(self) -> None:
        """Have them tried, wait, and tell `queue.waiting`. Raises Unreadable."""
        target = self._p.target
        before = target.baseline if not target.later else None
        chosen = before.waiting if before else waiting_entries(self._p.host, self._p.cf())
        if not chosen:
            reason = (f"no entry waits {'since before the switch' if before else 'now'}",)
            self._p.prove("queue.waiting", Outcome.SKIPPED, f"Unproven: {TITLE}", reason)
            return
        for path in chosen:
            self._look_first(path)
        self._have_tried([path for path in chosen if path not in self._results])
        self._tell(chosen)

    def _look_first(self, path: str) -> None:
        """What can be told without a run: gone since, set aside, or not the account's."""
        state = self._p.host.state(path)
        if state.kind is Kind.FILE:
            owned = f"{path}  owner {state.uid}:{state.gid}, mode {state.mode:04o}"
            if state.uid != self._p.target.uid or state.mode & OTHERS_WRITE:
                told = f"{owned}: it is never run, and nothing is logged"
                self._results[path] = (Outcome.FOUND, told)
            else:
                self._before[path] = notes(self._p.host, path)
            return
        self._results[path] = self._gone(path)

    def _gone(self, path: str) -> tuple[Outcome, str]:
        if lost(self._p.host, path):
            return Outcome.FOUND, f"{path}: Sendmail set it aside as Qf; it is never run again"
        line = _last(self._p.since_switch, queue_id(path))
        if line:
            return Outcome.PASS, f"{queue_id(path)}: {line.said}"
        told = "it left the queue, and the log since the switch does not say how"
        return Outcome.SKIPPED, f"{path}: {told}"

    def _have_tried(self, paths: list[str]) -> None:
        if not paths:
            return
        self.tried = tuple(queue_id(path) for path in paths)
        command = queue_run(self._p.platform.sendmail, self.tried)
        done = self._p.host.probe(command)
        if done.code:
            said = next(iter(done.output.splitlines()), "")
            why = f"{command} ended with code {done.code}: {said}".rstrip(": ")
            self.said.append(why)
            self._results |= dict.fromkeys(paths, (Outcome.FOUND, why))
            return
        end = time.monotonic() + PATIENCE
        while (open_ := [x for x in paths if x not in self._results]) and time.monotonic() < end:
            for path in open_:
                if outcome := self._after(path):
                    self._results[path] = outcome
            time.sleep(INTERVAL)
        for path in open_:
            self._results.setdefault(path, self._not_tried(path))

    def _after(self, path: str) -> tuple[Outcome, str] | None:
        """What became of an entry that was to be tried; None while that is not known."""
        line = _last(self._log, queue_id(path))
        try:
            now = notes(self._p.host, path)
        except Unreadable:
            return None
        state = self._p.host.state(path)
        if state.kind is Kind.FILE and now != self._before[path]:
            self.rewritten[path] = state
        if line:
            return Outcome.PASS, f"{queue_id(path)}: {line.said}"
        if refused := _last(self._log, queue_id(path), UNREAD):
            return Outcome.FOUND, f"{path}: {refused.said}"
        if state.kind is not Kind.FILE:
            return self._gone(path) if lost(self._p.host, path) else None
        if now == self._before[path]:
            return None
        noted = self._noted.setdefault(path, time.monotonic())
        return _by_notes(path, now) if time.monotonic() - noted > LOGGED else None

    def _not_tried(self, path: str) -> tuple[Outcome, str]:
        name = queue_id(path)
        busy = next((v for v in reversed(self._p.sampler.views()) if name in v.title), None)
        if busy and self._p.host.state(f"/proc/{busy.pid}").exists:
            if busy.ids.unprivileged(self._p.target.uid, self._p.target.gid):
                return Outcome.PASS, f"being tried: {busy.title}; {busy.ids.summary()}"
            return Outcome.FOUND, f"being tried by another: {busy.title}; {busy.ids.summary()}"
        if load := self._loaded():
            return Outcome.SKIPPED, f"{path}: {load}"
        if self._p.host.state(path).kind is not Kind.FILE:
            return self._gone(path)
        return Outcome.FOUND, f"{path}: a queue run passed it by; {PATIENCE:.0f} s without a try"

    def _loaded(self) -> str:
        """Sendmail runs no queue under load (QueueLA); empty where that is not why."""
        level = self._p.cf().option("QueueLA", str(8 * (psutil.cpu_count() or 1)))
        load = self._p.host.state("/proc/loadavg", content=True).text().split()
        if load and level.isdigit() and float(load[0]) >= int(level):
            return f"load average {load[0]}, QueueLA={level}: Sendmail runs no queue meanwhile"
        return ""

    def _tell(self, chosen: tuple[str, ...]) -> None:
        results = [self._results[path] for path in chosen]
        outcome = next(
            (o for o in (Outcome.FOUND, Outcome.PASS) if any(r[0] is o for r in results)),
            Outcome.SKIPPED,
        )
        title = f"Unproven: {TITLE}" if outcome is Outcome.SKIPPED else TITLE
        told = tuple(text for found, text in results if found is outcome)
        meaning = f"It waits for ever, and nobody is told. {UNDO}"
        self._p.prove("queue.waiting", outcome, title, told, meaning)


def _last(log: LogWatch, name: str, says: re.Pattern[str] = TRIED) -> LogLine | None:
    """The last line that tells of a try, or of what else is looked for."""
    lines = [parts(line) for line in log.of_queue_id(name)]
    return next((line for line in reversed(lines) if says.match(line.said)), None)


def _by_notes(path: str, found: Notes) -> tuple[Outcome, str]:
    when = time.strftime("%H:%M:%S", time.localtime(found.last))
    told = f"{path}: tried {found.tries} times, last at {when}: {found.why}".rstrip(": ")
    return (Outcome.FOUND if UNROUTED.search(found.why) else Outcome.PASS), told
