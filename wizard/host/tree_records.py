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
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

FILE: Literal["f"] = "f"
DIRECTORY: Literal["d"] = "d"
NAME = re.compile(r"(\d+)\.([fd])\.(\d+)\.(\d+)\.([0-7]{4})\.(\d+)")
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
        with self.path.open("rb") as stream:
            rest = b""
            while piece := stream.read(PIECE):
                *whole, rest = (rest + piece).split(b"\0")
                yield from whole


def records_of(snapshot: Path, tree: str) -> Path:
    """Where a run's snapshot keeps the records of the tree at this absolute path."""
    return snapshot / f"tree-{sha256(os.fsencode(tree)).hexdigest()[:16]}"


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
        _sync(directory.parent)
        before = [group.walk for group in groups(directory)]
        self._directory = directory
        self._worker = worker
        self.walk = walk if walk is not None else max(before, default=-1) + 1
        "Which walk over the tree this is, from 0."

    def of_worker(self, worker: int) -> TreeRecorder:
        """For another process of the same walk."""
        return TreeRecorder(self._directory, worker=worker, walk=self.walk)

    def __call__(self, entries: Mapping[Was, Sequence[bytes]]) -> None:
        """Raises OSError where the disk will not take them all."""
        created = False
        for was, names in entries.items():
            stem = f"{self.walk}.{was.kind}.{was.uid}.{was.gid}.{was.mode:04o}.{self._worker}"
            created |= self._append(stem, b"\0".join(names) + b"\0")
        if created:
            _sync(self._directory)

    def _append(self, name: str, data: bytes) -> bool:
        """Whether the file is new: its directory has to be on disk too."""
        path = self._directory / name
        new = not path.exists()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        return new


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
