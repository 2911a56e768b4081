"""What the entries of a re-owned tree were: on disk before any of them is changed.

A tree has one directory of records. Each file in it holds names of entries that had the same
owner, group and mode; its own name tells which: `PASS.KIND.UID.GID.MODE.WORKER`, such as
`0.f.0.108.0640.0`.

PASS    0 for the first walk of this run over the tree, one more for each walk that follows, a
        resumed one too. The first record of an entry is the one that counts: lower ones win.
KIND    `f` a regular file, `d` a directory.
MODE    four octal digits. WORKER: which of the processes that walked together wrote it.
Content names relative to the tree, each ended by NUL; `.` is the tree itself.

So a shell gives a tree back without us: directories first taken (chown root, chmod 700, outermost
first), then the files of the highest pass down to pass 0 with `xargs -0 chown -h UID:GID`, then
the directories. A last name without its NUL was torn: nothing was changed on its strength.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from wizard.host.private import demand_private_directory, open_private, sync_directory

FILE: Literal["f"] = "f"
DIRECTORY: Literal["d"] = "d"
NAME = re.compile(r"(\d+)\.([fd])\.(\d+)\.(\d+)\.([0-7]{4})\.(\d+)")
GIVEN = "given"
"A mark beside the records: the directories have been the account's, or may have been."
BACK = "back"
"Another one: all has been given back, and must not be a second time, as mail comes in since."
DIRECTORIES_BACK = "directories-back"
"Another one: the directories have been given back, and the entries are to be yet."
PIECE = 1 << 20
"Bytes read from a file of records at a time."


class Was(NamedTuple):
    """What entries were: those with the same share a file of records."""

    kind: Literal["f", "d"]
    uid: int
    gid: int
    mode: int


class Group(NamedTuple):
    """One file of records."""

    walk: int
    "0 for the first walk over the tree; its record of an entry counts before a later one's."
    was: Was
    path: Path

    def names(self) -> Iterator[bytes]:
        """Names relative to the tree, as recorded; a torn last one is left out."""
        with os.fdopen(open_private(self.path), "rb") as stream:
            rest = b""
            while piece := stream.read(PIECE):
                *whole, rest = (rest + piece).split(b"\0")
                yield from whole


class Recorder(Protocol):
    """Takes what the entries were that are about to be changed."""

    @property
    def first(self) -> bool:
        """Whether this is the first walk over the tree, which records what needs no change too."""

    def __call__(self, entries: Mapping[Was, Sequence[bytes]], /) -> None:
        """Have them on disk before it returns. Raises OSError."""

    def given(self) -> None:
        """Note on disk that the directories become another's now. Raises OSError."""

    def owners(self) -> set[int]:
        """Uids of the directories that were recorded so far, by all walks."""

    def of_worker(self, worker: int) -> Recorder:
        """The same for another process of this walk."""


class Records(Protocol):
    """What was recorded, as a rollback reads it."""

    def groups(self) -> Sequence[Group]:
        """Files of records, the first walk's first."""

    def was_given(self) -> bool:
        """Whether anybody else may have written into the tree since."""

    def are_back(self) -> bool:
        """Whether the tree was given back already."""

    def note_back(self) -> None:
        """Note on disk that it is. Raises OSError."""

    def directories_are_back(self) -> bool:
        """Whether its directories were, and what root must not run was set aside."""

    def note_directories_back(self) -> None:
        """Note on disk that they are. Raises OSError."""

    def note_not_back(self, *, directories: bool) -> None:
        """Note that entries, and directories too, were changed since. Raises OSError."""


def records_of(snapshot: Path, tree: str) -> Path:
    """Where a run's snapshot keeps the records of the tree at this absolute path."""
    return snapshot / f"tree-{sha256(os.fsencode(tree)).hexdigest()[:16]}"


class TreeRecords:
    """The records in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def groups(self) -> Sequence[Group]:
        """As Records.groups."""
        return groups(self._directory)

    def was_given(self) -> bool:
        """As Records.was_given."""
        return (self._directory / GIVEN).exists()

    def are_back(self) -> bool:
        """As Records.are_back."""
        return (self._directory / BACK).exists()

    def note_back(self) -> None:
        """As Records.note_back."""
        _mark(self._directory, BACK)

    def directories_are_back(self) -> bool:
        """As Records.directories_are_back."""
        return (self._directory / DIRECTORIES_BACK).exists()

    def note_directories_back(self) -> None:
        """As Records.note_directories_back."""
        _mark(self._directory, DIRECTORIES_BACK)

    def note_not_back(self, *, directories: bool) -> None:
        """As Records.note_not_back."""
        for mark in (BACK, DIRECTORIES_BACK) if directories else (BACK,):
            with suppress(FileNotFoundError):
                (self._directory / mark).unlink()


def groups(directory: Path) -> list[Group]:
    """All files of records, the first walk's first; none where no walk had begun."""
    if not directory.is_dir():
        return []
    found = []
    for path in directory.iterdir():
        if match := NAME.fullmatch(path.name):
            walk, kind, uid, gid, mode, _worker = match.groups()
            was = Was(FILE if kind == FILE else DIRECTORY, int(uid), int(gid), int(mode, 8))
            found.append(Group(int(walk), was, path))
    return sorted(found, key=lambda group: (group.walk, group.path.name))


class TreeRecorder:
    """Appends the records of one walk and has them on disk before it returns."""

    def __init__(self, directory: Path, *, worker: int = 0, walk: int | None = None) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        demand_private_directory(directory)
        for mark in (BACK, DIRECTORIES_BACK):
            with suppress(FileNotFoundError):
                (directory / mark).unlink()
        sync_directory(directory.parent)
        before = [group.walk for group in groups(directory)]
        self._directory = directory
        self._worker = worker
        self.walk = walk if walk is not None else max(before, default=-1) + 1
        "Which walk over the tree this is, from 0."

    @property
    def first(self) -> bool:
        """As Recorder.first."""
        return self.walk == 0

    def given(self) -> None:
        """As Recorder.given."""
        _mark(self._directory, GIVEN)

    def owners(self) -> set[int]:
        """As Recorder.owners."""
        return {one.was.uid for one in groups(self._directory) if one.was.kind == DIRECTORY}

    def of_worker(self, worker: int) -> TreeRecorder:
        """As Recorder.of_worker."""
        return TreeRecorder(self._directory, worker=worker, walk=self.walk)

    def __call__(self, entries: Mapping[Was, Sequence[bytes]]) -> None:
        """Raises OSError where the disk will not take them all."""
        created = False
        for was, names in entries.items():
            stem = f"{self.walk}.{was.kind}.{was.uid}.{was.gid}.{was.mode:04o}.{self._worker}"
            created |= self._append(stem, b"\0".join(names) + b"\0")
        if created:
            sync_directory(self._directory)

    def _append(self, name: str, data: bytes) -> bool:
        """Whether the file is new: its directory has to be on disk too."""
        path = self._directory / name
        new = not path.exists()
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        return new


def _mark(directory: Path, name: str) -> None:
    if directory.is_dir():
        os.close(open_private(directory / name, os.O_WRONLY | os.O_CREAT))
        sync_directory(directory)
