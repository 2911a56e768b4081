"""Undoing a run from its journal, latest operation first. Needs no working Sendmail.

What was delivered since must not come back and what arrived since must not be lost, so queue
contents are never touched: entries that still exist get their owner, group and mode back. A file
that someone edited since is given back too where the relay needs it, and the newer version is
kept aside and named.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec.structs import replace

from wizard.errors import StepdownError
from wizard.events import JournalRecord, OpState, Progress, Saved
from wizard.host.base import Give, HostWriter, Unreadable, Unwritable
from wizard.journal import Journal
from wizard.litter import sweep_temporaries
from wizard.model import FileState, Kind
from wizard.plans import (
    Await,
    Command,
    Condition,
    Op,
    Plan,
    RunCommand,
    SetMeta,
    SetMetaTree,
    WriteFile,
)
from wizard.snapshot import Snapshot
from wizard.undo.commands import SERVICE_STOP, Commands, run_marked
from wizard.undo.regroup import regroup
from wizard.undo.telling import Telling
from wizard.waiting import smtp_answers, wait_for
from wizard.waits.base import never
from wizard.waits.telling import journaled

GROUP_STEP = "account-group"
"The step that makes the group. Where it is not planned, the group was there before and stays."
BACK = 30.0
"Seconds for the relay to answer at the end of a rollback."


class Rollback:
    """Undoes one run on one host. `ending`: the host shuts down, so that no wait is worth it."""

    def __init__(
        self,
        host: HostWriter,
        plan: Plan,
        journal: Journal,
        snapshot: Snapshot,
        going_on: Callable[[], Callable[[], bool]] = lambda: never,
        ending: Callable[[], bool] = never,
    ) -> None:
        self._host = host
        self._plan = plan
        self._journal = journal
        self._snapshot = snapshot
        self._going_on = going_on
        self._ending = ending
        self._telling = Telling(journal)
        self._commands = Commands(host, plan, snapshot, self._telling)
        self._ahead: set[str] = set()
        "Trees of which the undo of a walk ahead gives the entries back."

    def undo(self, records: list[JournalRecord]) -> tuple[list[str], list[str]]:
        """Undo each record's operation. Returns exceptions (told, fine) and failures (not fine).

        A failure does not keep the rest from being undone.
        """
        begun = (self._op(record.step, record.op) for record in records)
        self._ahead = {op.path for op in begun if isinstance(op, SetMetaTree) and op.ahead}
        for step_id, index in self._every_op(records):
            record = next((r for r in records if (r.step, r.op) == (step_id, index)), None)
            op = self._op(step_id, index)
            if record is None and not (isinstance(op, Await) and op.on_undo):
                continue
            self._one(step_id, index, op, record)
        if records and any(step.id == GROUP_STEP for step in self._plan.steps):
            regroup(self._host, self._plan, self._telling)
        self._telling.failures += sweep_temporaries(self._host, self._plan, self._journal.run)
        return self._telling.exceptions, self._telling.failures

    def undo_alone(self, record: JournalRecord) -> list[str]:
        """Undo one operation that was cut short, so that it can be done again; returns failures.

        A walk over a tree can be walked again as it is, but for the tree's top.
        """
        cut = self._op(record.step, record.op)
        if isinstance(cut, SetMetaTree):
            was = cut.expect
            self._host.set_meta(cut.path, uid=was.uid, gid=was.gid, mode=was.mode)
            return []
        for step_id, index in self._every_op([record]):
            op = self._op(step_id, index)
            self._one(
                step_id, index, op, record if (step_id, index) == (record.step, record.op) else None
            )
        self._telling.failures += sweep_temporaries(self._host, self._plan, self._journal.run)
        return self._telling.failures

    def give_made_anew(self, original: Callable[[str], FileState]) -> list[str]:
        """The last of all: files that a start of the relay's made anew; returns failures.

        original: takes a path; what it was before the run.
        """
        failures = []
        for step in self._plan.steps:
            for op in step.ops:
                if isinstance(op, RunCommand) and op.derived:
                    failures += self._made_anew(step.id, op, original)
        return failures

    def _made_anew(
        self, step_id: str, op: RunCommand, original: Callable[[str], FileState]
    ) -> list[str]:
        try:
            for path in op.touches:
                self._commands.give_made_anew(step_id, path, original(path))
        except (StepdownError, OSError) as problem:
            return [f"{step_id}: {problem}"]
        return []

    def bring_back(self, address: str, restart: tuple[Command, ...]) -> list[str]:
        """See that the relay answers, whatever the service manager says; returns failures.

        A daemon that did not come up the first time is stopped and started once more: systemd
        may believe that it runs.
        """
        if smtp_answers(address):
            return []
        told = ", ".join(map(str, restart))
        self._telling.say(SERVICE_STOP, f"{address} does not answer: once more {told}")
        for command in restart:
            try:
                run_marked(self._host, self._telling, SERVICE_STOP, 0, command)
            except StepdownError as problem:
                self._telling.say(SERVICE_STOP, str(problem))
        wait = Await(Condition.SMTP_ANSWERS, address, BACK)
        if wait_for(wait, self._host, journaled(self._journal, SERVICE_STOP)):
            return []
        return [f"{address} does not answer: Sendmail is not running"]

    def _every_op(self, records: list[JournalRecord]) -> list[tuple[str, int]]:
        """Operations from the last one begun backwards, waits of the undo included."""
        order = [(step.id, i) for step in self._plan.steps for i in range(len(step.ops))]
        begun = [order.index((r.step, r.op)) for r in records if (r.step, r.op) in order]
        if not begun:
            return []
        first, last = min(begun), max(begun)
        while first > 0 and self._waits_on_undo(order[first - 1]):
            first -= 1
        return order[first : last + 1][::-1]

    def _waits_on_undo(self, key: tuple[str, int]) -> bool:
        op = self._op(*key)
        return isinstance(op, Await) and op.on_undo

    def _op(self, step_id: str, index: int) -> Op:
        step = next(s for s in self._plan.steps if s.id == step_id)
        return step.ops[index]

    def _one(self, step_id: str, index: int, op: Op, record: JournalRecord | None) -> None:
        started = time.monotonic()
        note = JournalRecord(0, 0.0, self._plan.digest, step_id, index, OpState.UNDOING)
        self._journal.add(note)
        try:
            self._act_twice(step_id, index, op, record)
        except (StepdownError, OSError) as problem:
            self._telling.failures.append(f"{step_id}: {problem}")
            self._telling.say(step_id, f"NOT undone: {problem}")
            self._journal.add(replace(note, state=OpState.FAILED, message=str(problem)))
            return
        seconds = time.monotonic() - started
        self._journal.add(replace(note, state=OpState.UNDONE, seconds=seconds))

    def _act_twice(self, step_id: str, index: int, op: Op, record: JournalRecord | None) -> None:
        """A disk that refused once may take it now; a command or a wait had its time."""
        try:
            self._act(step_id, index, op, record)
        except (Unreadable, Unwritable, OSError) as problem:
            self._telling.say(step_id, f"once more: {problem}")
            self._act(step_id, index, op, record)

    def _act(self, step_id: str, index: int, op: Op, record: JournalRecord | None) -> None:
        if isinstance(op, WriteFile) and record and record.before:
            self._restore_file(step_id, op, record.before)
        elif isinstance(op, SetMeta) and record and record.before:
            self._restore_meta(step_id, op.path, record.before.state)
        elif isinstance(op, SetMetaTree) and record and op.again:
            self._look_over(step_id, op)
        elif isinstance(op, SetMetaTree) and record:
            self._restore_tree(step_id, op)
        elif isinstance(op, RunCommand) and record:
            self._commands.undo(step_id, index, op, record)
        elif isinstance(op, Await) and op.on_undo:
            self._await(step_id, op)

    def _await(self, step_id: str, op: Await) -> None:
        talk = journaled(self._journal, step_id, go_on=self._going_on(), stop=self._ending)
        if wait_for(op, self._host, talk) or not op.fatal:
            return
        restart = self._restart()
        answers = op.condition is Condition.SMTP_ANSWERS and bool(restart)
        if answers and not self.bring_back(op.subject, restart):
            return
        raise StepdownError(f"waited {op.timeout:g} s in vain for {op.subject}: {op.condition}")

    def _restart(self) -> tuple[Command, ...]:
        """Stop and start as the plan has them; nothing where it switches by reload."""
        ops = (op for step in self._plan.steps if step.id == SERVICE_STOP for op in step.ops)
        pairs = (op for op in ops if isinstance(op, RunCommand) and op.undo is not None)
        return next(((op.command, op.undo) for op in pairs if op.undo is not None), ())

    def _restore_file(self, step_id: str, op: WriteFile, saved: Saved) -> None:
        now = self._host.state(op.path, content=True)
        before = self._snapshot.load(saved)
        if before.nlink > 1 and before.kind is Kind.FILE:
            told = (
                f"{op.path} had {before.nlink} links; it has its content back, and is a file alone"
            )
            self._telling.note(step_id, told)
        if now.content is not None and now.content not in (op.content, before.content):
            kept = self._snapshot.keep_aside(op.path, now.content)
            self._telling.note(
                step_id, f"{op.path} was edited since; that version is kept in {kept}"
            )
        self._host.restore(op.path, before)

    def _restore_meta(self, step_id: str, path: str, before: FileState) -> None:
        now = self._host.state(path)
        if not now.exists:
            self._telling.note(step_id, f"{path} is not there any more")
            return
        self._host.restore(path, replace(before, content=None))

    def _restore_tree(self, step_id: str, op: SetMetaTree) -> None:
        now = self._host.state(op.path)
        if not now.exists:
            self._telling.note(step_id, f"{op.path} is not there any more")
            return
        records = self._snapshot.tree_records(op.path)
        if records.are_back() and now.uid != op.uid:
            return  # by the undo of a later walk over the same tree
        part = Give.ALL
        if op.ahead and records.directories_are_back() and now.uid != op.uid:
            part = Give.ENTRIES
        elif not op.ahead and op.path in self._ahead:
            part = Give.DIRECTORIES
        self._not_back_within(op.path, directories=part is not Give.ENTRIES)
        problems = self._host.restore_tree(
            op.path,
            records,
            taken_uid=op.uid,
            progress=lambda n: self._journal.add(Progress(0, 0.0, step_id, n, 0)),
            part=part,
        )
        for problem in problems:
            self._telling.note(step_id, f"{op.path}/{problem}")
        if part is Give.DIRECTORIES:
            records.note_directories_back()
        else:
            records.note_back()

    def _not_back_within(self, path: str, *, directories: bool) -> None:
        """A walk goes through file systems mounted below, which have walks of their own before it.

        Its undo gives them what that walk had made of them; theirs comes after it, and is whole.
        """
        ops = (op for step in self._plan.steps for op in step.ops if isinstance(op, SetMetaTree))
        for inner in {op.path for op in ops if op.path.startswith(f"{path}/")}:
            self._snapshot.tree_records(inner).note_not_back(directories=directories)

    def _look_over(self, step_id: str, op: SetMetaTree) -> None:
        """What is not read now is read while the relay stands still: slower, and no less safe."""
        if op.path not in self._ahead:
            return
        try:
            self._host.look_over_tree(op.path, op.uid)
        except (StepdownError, OSError) as problem:
            self._telling.say(step_id, str(problem))
