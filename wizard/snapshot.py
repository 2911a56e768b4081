"""What a run must be able to give back: file contents by digest, and owners of re-owned trees.

Everything is on disk, its directory too, before the act that it covers. Contents may be secrets
(shadow(5) is among them), so they lie here, readable by root alone, and in no plan or journal.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from wizard.errors import StepdownError
from wizard.events import Saved
from wizard.host.private import (
    demand_private_directory,
    open_private,
    read_private,
    sync_directory,
    write_whole,
)
from wizard.model import FileState

LONGEST = 64 * 1024
"Bytes; longer than any record of a tree, whose names the kernel bounds (PATH_MAX, a few times)."


class Snapshot:
    """The snapshot directory of one run."""

    def __init__(self, run: Path) -> None:
        self._directory = run / "snapshot"
        self._directory.mkdir(mode=0o700, exist_ok=True)
        demand_private_directory(self._directory)
        sync_directory(run)

    def save(self, state: FileState) -> Saved:
        """Put the state's content on disk. Raises OSError where the disk will not take it."""
        if state.content is None:
            return Saved(state)
        blob = sha256(state.content).hexdigest()
        self._keep(blob, state.content)
        return Saved(replace(state, content=None), blob)

    def load(self, saved: Saved) -> FileState:
        """The state with its content. Raises StepdownError where the snapshot is damaged."""
        if not saved.blob:
            return saved.state
        try:
            content = read_private(self._directory / saved.blob)
        except OSError as problem:
            raise StepdownError(f"snapshot {saved.blob[:12]}: {problem.strerror}") from problem
        if sha256(content).hexdigest() != saved.blob:
            raise StepdownError(f"snapshot {saved.blob[:12]} is damaged: its content was changed")
        return replace(saved.state, content=content)

    def keep_aside(self, name: str, content: bytes) -> str:
        """Keep a version that a rollback displaces; returns where."""
        blob = f"displaced-{name.strip('/').replace('/', '-')}-{sha256(content).hexdigest()[:12]}"
        self._keep(blob, content)
        return str(self._directory / blob)

    def _keep(self, blob: str, content: bytes) -> None:
        if (self._directory / blob).exists():
            sync_directory(self._directory)  # its name may not be on disk yet
        else:
            write_whole(self._directory / blob, content)

    def tree_recorder(self, step: str, op: int) -> TreeRecorder:
        """Where the owners of a re-owned tree are recorded."""
        return TreeRecorder(self._directory / f"tree-{step}-{op}")

    def tree_records(self, step: str, op: int) -> Iterator[bytes]:
        """The recorded lines, oldest first; none where the walk had not begun."""
        path = self._directory / f"tree-{step}-{op}"
        if path.exists():
            with os.fdopen(open_private(path), "rb") as stream:
                yield from stream


class TreeRecorder:
    """Appends records and has them on disk before it returns."""

    def __init__(self, path: Path) -> None:
        self._descriptor = open_private(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        _cut_torn_line(self._descriptor)
        sync_directory(path.parent)

    def __call__(self, records: bytes) -> None:
        """Raises OSError where the disk will not take them all."""
        if not records:
            return
        view = memoryview(records)
        while view:
            view = view[os.write(self._descriptor, view) :]
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _cut_torn_line(descriptor: int) -> None:
    """A record that a kill cut short covers nothing: what it would cover was not changed yet."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, LONGEST, max(0, size - LONGEST))
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(descriptor, size - len(tail) + tail.rfind(b"\n") + 1)
