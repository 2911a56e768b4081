"""The lines of an undo script: one for each operation of the plan, the last operation first."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from posixpath import split
from shlex import join, quote

from wizard.host.paths import opened_parent
from wizard.host.tree_records import records_of
from wizard.made import made_for
from wizard.model import Kind
from wizard.plans import (
    Await,
    Command,
    Condition,
    Op,
    Plan,
    RunCommand,
    SetMeta,
    SetMetaTree,
    Step,
    WriteFile,
)
from wizard.probes.outage import sockets_of
from wizard.rollback import GROUP_STEP
from wizard.undo_script.originals import NAME

ABSENT = "absent"
LATER = "later"
"In place of a digest: an operation that is undone further down gives the file back."


class Lines:
    """Lines of sh(1) for one plan. The run's originals are there already."""

    def __init__(self, place: Path, plan: Plan, restart: tuple[Command, ...]) -> None:
        self._original = place / NAME
        self._snapshot = place / "snapshot"
        self._plan = plan
        self._restart = restart

    def functions(self) -> Iterator[str]:
        """Lists of files that a command rewrote, and how the service is brought back."""
        for step in self._plan.steps:
            for index, op in enumerate(step.ops):
                if isinstance(op, RunCommand) and self._lists_files(op):
                    yield f"{_function(step, index)}() {{\n"
                    yield from (f"\t{line}\n" for line in self._files(step, index, op))
                    yield "}\n\n"
        yield "stop_and_start() {\n\t:\n"
        for command in self._restart:
            codes = _codes(command.ok_codes)
            yield f"\tcommand_ends {_seconds(command)} {codes} {join(command.argv)}\n"
        yield "}\n\n"
        yield from self._commands()

    def _files(self, step: Step, index: int, op: RunCommand) -> Iterator[str]:
        kind = "derived" if op.derived else "own"
        for path in op.touches:
            yield f"touches {kind} {quote(path)} {self._before(step, index, op, path)}"
        for directory, pattern in map(split, op.litter):
            yield f"leaves {quote(directory)} {quote(pattern)}"
        for path in self._ended(op):
            yield f"ends {quote(path)}"

    def _commands(self) -> Iterator[str]:
        """How an engine's own commands are told from what they start: by the end of their title."""
        ops = [op for step in self._plan.steps for op in step.ops if isinstance(op, RunCommand)]
        commands = [one for op in ops for one in (op.command, op.undo) if one is not None]
        commands += self._restart
        yield "is_command() {\n\tcase $1 in\n"
        for title in sorted({" ".join(command.argv) for command in commands}):
            yield f"\t*{quote(title)}) return 0 ;;\n"
        yield "\tesac\n\treturn 1\n}\n\n"

    def of(self, step: Step) -> Iterator[str]:
        """The step's lines, its last operation first."""
        for op in step.ops:
            if isinstance(op, Await) and op.on_undo and op.condition is Condition.DAEMON_ANEW:
                yield f"remember_daemon {quote(op.subject)}"
        for index, op in reversed(list(enumerate(step.ops))):
            line = self._line(step, index, op)
            if line:
                yield line

    def at_the_end(self) -> Iterator[str]:
        """What follows, whatever was undone."""
        yield "bring_back"
        for step in self._plan.steps:
            for op in step.ops:
                if isinstance(op, RunCommand) and op.derived:
                    yield from (f"made_anew {quote(step.id)} {quote(path)}" for path in op.touches)
        if not any(step.id == GROUP_STEP for step in self._plan.steps):
            return
        for op in (op for step in self._plan.steps for op in step.ops):
            if isinstance(op, SetMeta) and op.expect.kind is Kind.DIRECTORY:
                yield f"regroup {quote(op.path)} {self._plan.gid} {op.expect.gid}"

    def _line(self, step: Step, index: int, op: Op) -> str:
        which = f"{quote(step.id)} {index}"
        if isinstance(op, WriteFile):
            written = sha256(op.content).hexdigest()
            kept = self._digest(op.path)
            return f"undo_file {which} {quote(op.path)} {kept} {written} {_links(op.path)}"
        if isinstance(op, SetMeta):
            return _meta(which, op)
        if isinstance(op, SetMetaTree):
            records = "-" if op.again else records_of(self._snapshot, op.path).name
            of = f"{op.uid} {quote(records)} {op.expect.uid}"
            return f"undo_tree {which} {quote(op.path)} {of} {self._within(op)}".rstrip()
        if isinstance(op, RunCommand):
            return self._command(step, index, op)
        if isinstance(op, Await) and op.on_undo:
            return _await(step, op)
        return f"nothing_to_undo {which}"

    def _within(self, outer: SetMetaTree) -> str:
        """Records of the trees within it, which are file systems of their own; none where again."""
        if outer.again:
            return ""
        ops = (op for step in self._plan.steps for op in step.ops if isinstance(op, SetMetaTree))
        inner = sorted({op.path for op in ops if op.path.startswith(f"{outer.path}/")})
        return " ".join(quote(records_of(self._snapshot, path).name) for path in inner)

    def _command(self, step: Step, index: int, op: RunCommand) -> str:
        if op.undo is None:
            return f"cannot_be_undone {quote(step.id)} {index} {join(op.command.argv)}"
        files = _function(step, index) if self._lists_files(op) else "-"
        words = f"{_seconds(op.undo)} {_codes(op.undo.ok_codes)} {files} {join(op.undo.argv)}"
        return f"undo_command {quote(step.id)} {index} {words}"

    def _ended(self, op: RunCommand) -> tuple[str, ...]:
        """What this very plan makes and the undo ends: an earlier undo may have removed it."""
        return made_for(self._plan, op.undo) if op.undo else ()

    def _lists_files(self, op: RunCommand) -> bool:
        return bool(op.touches or op.litter or self._ended(op))

    def _before(self, step: Step, index: int, op: RunCommand, path: str) -> str:
        """Digest of what a command rewrites; LATER where an earlier command rewrites it too."""
        for one in self._plan.steps:
            for position, earlier in enumerate(one.ops):
                if (one.id, position) == (step.id, index):
                    return self._digest(path)
                if not op.derived and _rewrites(earlier, path):
                    return LATER
        return self._digest(path)

    def _digest(self, path: str) -> str:
        """SHA-256 of what was kept of a file; what `digest_of` in the script calls all else."""
        kept = self._original / path.lstrip("/")
        if kept.is_symlink():
            return "link"
        if not kept.is_file():
            return ABSENT
        with kept.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()


def _rewrites(op: Op, path: str) -> bool:
    return isinstance(op, RunCommand) and not op.derived and path in op.touches


def _meta(which: str, op: SetMeta) -> str:
    """Owner and mode as they are now; nothing for what this very run makes."""
    found = _found(op.path)
    if found is None:
        return ""
    mode = stat.S_IMODE(found.st_mode)
    return f"undo_meta {which} {quote(op.path)} {found.st_uid}:{found.st_gid} {mode:05o}"


def _links(path: str) -> int:
    found = _found(path)
    return found.st_nlink if found is not None and stat.S_ISREG(found.st_mode) else 1


def _found(path: str) -> os.stat_result | None:
    try:
        with opened_parent(path) as (parent, name):
            return os.stat(name, dir_fd=parent, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _await(step: Step, op: Await) -> str:
    if op.condition is Condition.ACCOUNT_IDLE:
        return f"await_account_idle {quote(step.id)} {quote(op.subject)}"
    if op.condition is Condition.DAEMON_ANEW:
        return f"await_anew {quote(step.id)} {quote(op.subject)} {op.timeout:.0f}"
    verb = {Condition.SMTP_ANSWERS: "await_answer", Condition.PORT_CLOSED: "await_closed"}
    if op.condition not in verb:
        return ""
    at = f"{quote(op.subject)} {sockets(op.subject)} {op.timeout:.0f}"
    return f"{verb[op.condition]} {quote(step.id)} {at}"


def _function(step: Step, index: int) -> str:
    return f"files_of_{re.sub(r'[^a-zA-Z0-9]', '_', step.id)}_{index}"


def _seconds(command: Command) -> str:
    return f"{command.timeout:.0f}"


def _codes(codes: tuple[int, ...]) -> str:
    return quote(" ".join(map(str, codes)))


def sockets(address: str) -> str:
    """A regular expression for the address as /proc/net writes it, proc(5)."""
    return quote("|".join(sockets_of(address)))
