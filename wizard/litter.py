"""What a command or a write leaves where it is killed: locks, half-written copies.

The operation names it by patterns (RunCommand.litter). What was there before the command is
somebody else's, and so is a lock whose holder lives.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from posixpath import dirname, split

from wizard.errors import StepdownError
from wizard.host import scratch
from wizard.host.base import HostReader, HostWriter
from wizard.model import FileState, Kind
from wizard.plans import Op, Plan, RunCommand, SetMeta, WriteFile

LOCK = 64
"Bytes; a lock that names its holder is no longer."


def matching(host: HostReader, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Every path that one of the patterns names. Raises Unreadable."""
    found: set[str] = set()
    for directory, pattern in map(split, patterns):
        names = (name for name in host.listdir(directory) if fnmatchcase(name, pattern))
        found.update(f"{directory}/{name}" for name in names)
    return tuple(sorted(found))


def remove(
    host: HostWriter, patterns: tuple[str, ...], keep: set[str], say: Callable[[str], None]
) -> None:
    """Remove what came since. Nothing at all while one of them is a lock whose holder lives."""
    new = [path for path in matching(host, patterns) if path not in keep]
    files = [path for path in new if _is_litter(host, path)]
    held = [path for path in files if _is_held(host, path)]
    if held:
        say(f"{held[0]} is held by a process that lives; it is left alone")
        return
    for path in files:
        host.restore(path, FileState(Kind.ABSENT))
        say(f"removed, as the command was killed that left it: {path}")


def _is_litter(host: HostReader, path: str) -> bool:
    """A plain file; where anybody may make files, one of root's."""
    now = host.state(path)
    shared = bool(host.state(dirname(path)).mode & 0o002)
    return now.kind is Kind.FILE and (not shared or now.uid == 0)


def _is_held(host: HostReader, path: str) -> bool:
    if host.state(path).size > LOCK:
        return False
    word = (host.state(path, content=True).content or b"").strip(b"\0 \n")
    return word.isdigit() and any(process.pid == int(word) for process in host.processes())


def sweep_temporaries(host: HostWriter, plan: Plan, run: str) -> list[str]:
    """Remove what a write that was killed left beside its file; returns failures, a line each."""
    scratch.sweep(run)
    failures = []
    for path in dict.fromkeys(p for s in plan.steps for op in s.ops for p in _written(op)):
        try:
            host.sweep(path)
        except StepdownError as problem:
            failures.append(str(problem))
    return failures


def _written(op: Op) -> tuple[str, ...]:
    """The files that an operation, or its undo, may write."""
    if isinstance(op, RunCommand):
        return op.touches
    return (op.path,) if isinstance(op, WriteFile | SetMeta) else ()
