"""A host with what is planned already written on top, in memory only.

The planner runs each step over it, so that a later step sees an earlier one's edits and nothing
on the real host moves.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from wizard.host.base import HostReader
from wizard.host.lookup import LookedUp
from wizard.host.spool import Spool
from wizard.host.table import Sifted, TableQuestion
from wizard.model import FileState, Identity, Kind, LogScan, Process
from wizard.plans import Command, Completed, Op, SetMeta, SetMetaTree, WriteFile

TAKEN = 0o700
"Mode of a directory while it is taken: root's and closed to others."


class OverlayHost:
    """Reads through to another host, except where an operation was laid over it."""

    def __init__(self, below: HostReader) -> None:
        self._below = below
        self._written: dict[str, FileState] = {}

    def lay(self, op: Op) -> None:
        """Lay one planned operation over the host. Commands leave no trace that is known."""
        if isinstance(op, WriteFile):
            self._written[op.path] = FileState(
                Kind.FILE, op.mode, op.uid, op.gid, len(op.content), content=op.content
            )
        elif isinstance(op, SetMeta):
            now = self.state(op.path, content=op.path in self._written)
            self._written[op.path] = replace(now, uid=op.uid, gid=op.gid, mode=op.mode)
        elif isinstance(op, SetMetaTree):
            now = self.state(op.path)
            owner = (0, 0, TAKEN) if op.ahead else (op.uid, op.gid, op.dir_mode)
            self._written[op.path] = replace(now, uid=owner[0], gid=owner[1], mode=owner[2])

    def written(self) -> dict[str, bytes]:
        """Content of every file that was laid over with content."""
        return {p: s.content for p, s in self._written.items() if s.content is not None}

    def identity(self) -> Identity:
        """As HostReader.identity."""
        return self._below.identity()

    def state(self, path: str, *, content: bool = False) -> FileState:
        """As HostReader.state; what was laid over wins."""
        laid = self._written.get(path)
        if laid is None:
            return self._below.state(path, content=content)
        if content and laid.kind is Kind.FILE and laid.content is None:
            below = self._below.state(path, content=True)
            return replace(laid, content=below.content, xattrs=below.xattrs)
        return laid

    def resolve(self, path: str) -> str:
        """As HostReader.resolve."""
        return self._below.resolve(path)

    def listdir(self, path: str) -> tuple[str, ...]:
        """As HostReader.listdir, with files that were laid over."""
        prefix = path.rstrip("/") + "/"
        laid = {p[len(prefix) :] for p in self._written if p.startswith(prefix)}
        return tuple(sorted({*self._below.listdir(path), *(n for n in laid if "/" not in n)}))

    def scan_log(self, source: str | Command, local_mailers: tuple[str, ...]) -> LogScan:
        """As HostReader.scan_log."""
        return self._below.scan_log(source, local_mailers)

    def spool(self, path: str) -> Spool:
        """As HostReader.spool."""
        return self._below.spool(path)

    def read_from(self, path: str, offset: int) -> bytes:
        """As HostReader.read_from."""
        return self._below.read_from(path, offset)

    def table(self, question: TableQuestion) -> Sifted:
        """As HostReader.table: no step writes a table."""
        return self._below.table(question)

    def look_up(self, paths: Sequence[str]) -> LookedUp:
        """As HostReader.look_up: no step writes into a home."""
        return self._below.look_up(paths)

    def probe(self, command: Command) -> Completed:
        """As HostReader.probe: commands see the host below, so hand them edits on stdin."""
        return self._below.probe(command)

    def processes(self, **_only: object) -> tuple[Process, ...]:
        """As HostReader.processes."""
        return self._below.processes()

    def free_bytes(self, path: str) -> int:
        """As HostReader.free_bytes."""
        return self._below.free_bytes(path)

    def count(self, path: str) -> int:
        """As HostReader.count."""
        return self._below.count(path)
