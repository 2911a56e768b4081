"""What a run must be able to give back: file contents by digest, and owners of re-owned trees.

Everything is on disk, its directory too, before the act that it covers. Contents may be secrets
(shadow(5) is among them), so they lie here, readable by root alone, and in no plan or journal.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from wizard.errors import StepdownError
from wizard.events import Saved
from wizard.host.private import (
    demand_private_directory,
    read_private,
    sync_directory,
    write_whole,
)
from wizard.host.tree_records import TreeRecorder, TreeRecords, records_of
from wizard.model import FileState


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

    def tree_recorder(self, tree: str) -> TreeRecorder:
        """For one walk that re-owns the tree at this path."""
        return TreeRecorder(records_of(self._directory, tree))

    def tree_records(self, tree: str) -> TreeRecords:
        """What all walks over it recorded; nothing where none had begun."""
        return TreeRecords(records_of(self._directory, tree))
