"""Carrying out a sealed plan, one journaled operation after another.

Before each act the host is compared with what the plan expects; the INTENT, with what was there
before, is on disk before the act, and DONE after it. The first failure stops everything: the
engine then rolls back.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Container
from hashlib import sha256

from msgspec.structs import replace

from wizard.errors import Drift, StepdownError
from wizard.events import JournalRecord, OpState, Output, Progress, Saved
from wizard.facts.queues import in_one_queue
from wizard.host.base import HostReader, HostWriter, Walk
from wizard.host.scratch import Scratch
from wizard.journal import Journal
from wizard.litter import matching
from wizard.model import FileState
from wizard.plans import (
    CANDIDATE,
    SCRATCH,
    Await,
    Command,
    Expected,
    Gate,
    Op,
    Plan,
    RunCommand,
    SetMeta,
    SetMetaTree,
    Step,
    WriteFile,
)
from wizard.snapshot import Snapshot
from wizard.waiting import Stopped, wait_for
from wizard.waits.base import never
from wizard.waits.telling import journaled


class Executor:
    """Applies one plan to one host, once."""

    def __init__(
        self,
        host: HostWriter,
        plan: Plan,
        journal: Journal,
        snapshot: Snapshot,
        stop_asked: Callable[[], bool],
        going_on: Callable[[], Callable[[], bool]] = lambda: never,
    ) -> None:
        self._host = host
        self._plan = plan
        self._journal = journal
        self._snapshot = snapshot
        self._stop_asked = stop_asked
        self._going_on = going_on

    def apply(self, done: Container[tuple[str, int]] = ()) -> None:
        """Carry out every operation but those that are done: step and index.

        Raises StepdownError or OSError at the first that fails.
        """
        for step in self._plan.steps:
            for index, op in enumerate(step.ops):
                if (step.id, index) in done:
                    continue
                if self._stop_asked():
                    raise Stopped("stopped on request")
                self._one(step, index, op)

    def _one(self, step: Step, index: int, op: Op) -> None:
        if isinstance(op, Await) and op.on_undo:
            return
        started = time.monotonic()
        record = JournalRecord(0, 0.0, self._plan.digest, step.id, index, OpState.INTENT)
        try:
            self._expect(op)
            self._journal.add(self._with_before(record, op))
            left = self._act(step, index, op)
        except (StepdownError, OSError) as problem:
            failed = replace(record, state=OpState.FAILED, message=str(problem))
            self._journal.add(replace(failed, seconds=time.monotonic() - started))
            raise
        done = replace(record, state=OpState.DONE, left=left)
        self._journal.add(replace(done, seconds=time.monotonic() - started))

    def _expect(self, op: Op) -> None:
        if isinstance(op, WriteFile | SetMeta | SetMetaTree):
            expect_unchanged(self._host, op.path, op.expect)

    def _with_before(self, record: JournalRecord, op: Op) -> JournalRecord:
        if isinstance(op, WriteFile):
            before = self._host.state(op.path, content=True)
            return replace(record, before=self._snapshot.save(before))
        if isinstance(op, SetMeta | SetMetaTree):
            return replace(record, before=Saved(self._host.meta(op.path)))
        if isinstance(op, RunCommand):
            touched = {
                path: self._snapshot.save(self._host.state(path, content=True))
                for path in op.touches
            }
            return replace(record, touched=touched, there=matching(self._host, op.litter))
        return record

    def _act(self, step: Step, index: int, op: Op) -> dict[str, str]:
        """Do it. Returns the digests of what a command left behind, for RunCommand."""
        if isinstance(op, WriteFile):
            self._host.put(op.path, op.content, uid=op.uid, gid=op.gid, mode=op.mode)
        elif isinstance(op, SetMeta):
            self._host.set_meta(op.path, uid=op.uid, gid=op.gid, mode=op.mode)
        elif isinstance(op, SetMetaTree):
            self._reown(step, op)
        elif isinstance(op, Gate):
            self._gate(step, op)
        elif isinstance(op, Await):
            self._await(step, op)
        else:
            return self._run(step, index, op)
        return {}

    def _reown(self, step: Step, op: SetMetaTree) -> None:
        left_alone = self._host.set_meta_tree(
            op.path,
            uid=op.uid,
            gid=op.gid,
            dir_mode=op.dir_mode,
            record=self._snapshot.tree_recorder(op.path),
            progress=lambda n, of: self._journal.add(Progress(0, 0.0, step.id, n, of)),
            walk=Walk.AHEAD if op.ahead else Walk.AGAIN if op.again else Walk.WHOLE,
        )
        for line in left_alone:
            self._say(step, f"left alone: {op.path}/{line}")

    def _run(self, step: Step, index: int, op: RunCommand) -> dict[str, str]:
        if op.only_undo:
            return {}
        mark = f"{self._journal.run}/{step.id}/{index}"
        done = self._host.run(op.command, lambda text: self._say(step, text), mark=mark)
        if done.code not in op.command.ok_codes:
            raise StepdownError(f"{op.command} ended with code {done.code}")
        return {path: digest_of(self._host, path) for path in op.touches}

    def _gate(self, step: Step, op: Gate) -> None:
        command, scratch = self._placed(op)
        try:
            done = self._host.probe(command)
        finally:
            if scratch is not None:
                scratch.close()
        said = done.output.splitlines()
        for text in said:
            self._say(step, text)
        rejected = [text for text in said if re.search(op.reject, text)]
        if rejected:
            raise StepdownError(f"{op.meaning} No: {rejected[0]}")
        if op.demand and not any(re.search(op.demand, text) for text in said):
            raise StepdownError(f"{op.meaning} No: nothing it said matches {op.demand}")
        if done.code not in command.ok_codes:
            raise StepdownError(f"{op.meaning} No: it ended with code {done.code}")

    def _placed(self, op: Gate) -> tuple[Command, Scratch | None]:
        """The command with its candidate in a directory that root alone may write."""
        apart = any(SCRATCH in word for word in op.command.argv)
        if not op.candidate and not apart:
            return op.command, None
        scratch = Scratch(self._journal.run)
        content = self._planned_content(op.candidate) if op.candidate else b""
        content = in_one_queue(content) if apart else content
        path = scratch.put("candidate.cf", content)
        argv = tuple(
            word.replace(CANDIDATE, path).replace(SCRATCH, scratch.path) for word in op.command.argv
        )
        return replace(op.command, argv=argv), scratch

    def _planned_content(self, path: str) -> bytes:
        """What the path holds when all is done: the last content planned for it, or what it has."""
        writes = (op for step in self._plan.steps for op in step.ops if isinstance(op, WriteFile))
        planned = [op.content for op in writes if op.path == path]
        return planned[-1] if planned else self._host.state(path, content=True).content or b""

    def _await(self, step: Step, op: Await) -> None:
        talk = journaled(self._journal, step.id, go_on=self._going_on(), stop=self._stop_asked)
        if wait_for(op, self._host, talk):
            return
        if op.fatal:
            raise StepdownError(f"waited {op.timeout:g} s in vain for {op.subject}: {op.condition}")

    def _say(self, step: Step, text: str) -> None:
        self._journal.add(Output(0, 0.0, step.id, text))


def expect_unchanged(host: HostReader, path: str, expect: Expected) -> None:
    """Compare the host with what the plan expects. Raises Drift, naming what changed."""
    found = host.state(path, content=bool(expect.sha256))
    now = Expected.of(found)
    if not expect.sha256:
        now = replace(now, sha256="")
    if now == expect:
        return
    for name in ("kind", "uid", "gid", "mode", "sha256"):
        then, today = getattr(expect, name), getattr(now, name)
        if then != today:
            what = "content" if name == "sha256" else name
            raise Drift(f"{path} changed since the plan was made: {_told(what, then, today)}")


def _told(what: str, then: object, today: object) -> str:
    if what == "content":
        return "its content differs"
    if what == "mode" and isinstance(then, int) and isinstance(today, int):
        return f"mode {then:04o} is now {today:04o}"
    return f"{what} {then} is now {today}"


def digest_of(host: HostReader, path: str) -> str:
    """SHA-256 of a file's content; empty where it is absent or no file."""
    state: FileState = host.state(path, content=True)
    return sha256(state.content).hexdigest() if state.content is not None else ""
