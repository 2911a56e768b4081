"""Directories of a tree: opened by descriptor, links never followed, taken and given.

A taken directory is root's and closed to all others (0700): from then on nobody else can add,
remove or swap its entries, and a name in it means the same thing twice.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from wizard.host.tree_records import DIRECTORY, Recorder, Was

DEEP = 32
"Levels below the top that are entered; a queue has three."
TOP = b"."
OPENING = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
SHOWN = 1000
"Lines told about one tree; an account that plants more is not worth more memory."


class Told:
    """What was left alone and why, a line each, and how many more."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}
        self._more = 0

    def add(self, path: bytes, why: str) -> None:
        """An entry, by its path below the top, and what is the matter with it."""
        self.line(f"{os.fsdecode(path)}: {why}")

    def line(self, text: str) -> None:
        """The same as one text; a line that was told before is not told again."""
        if len(self._lines) < SHOWN:
            self._lines[text] = None
        elif text not in self._lines:
            self._more += 1

    def lines(self) -> list[str]:
        """All of it."""
        return [*self._lines, *([f"and {self._more:,} more"] if self._more else [])]


@contextmanager
def opened_below(top: int, path: bytes) -> Iterator[int | None]:
    """Descriptor of a directory of the tree; None where it is gone or no directory any more."""
    descriptor: int | None = os.dup(top)
    try:
        for part in () if path == TOP else path.split(b"/"):
            assert descriptor is not None
            outer, descriptor = descriptor, None
            try:
                descriptor = os.open(part, OPENING, dir_fd=outer)
            except OSError:
                break
            finally:
                os.close(outer)
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def entries_in(directory: int) -> Iterator[os.DirEntry[bytes]]:
    """Entries of an opened directory, one after the other, however many.

    By its link in /proc: names come as the bytes that they are, and are never told from text.
    """
    with os.scandir(b"/proc/self/fd/%d" % directory) as entries:
        yield from entries


def chunks(
    directory: int, size: int, *, share: int = 0, shares: int = 1
) -> Iterator[Sequence[bytes]]:
    """Names of entries that are no directories, at most so many at a time, in inodes' order.

    In that order inodes that lie together on the disk are changed together. Of several shares
    each holds other names, and all of them hold all.
    """
    entries = (
        (entry.inode(), entry.name)
        for entry in entries_in(directory)
        if shares == 1 or hash(entry.name) % shares == share
        if not entry.is_dir(follow_symlinks=False)
    )
    while found := sorted(islice(entries, size)):
        yield [name for _inode, name in found]


def look(directory: int, name: bytes) -> os.stat_result | None:
    """The entry itself; None where it is gone: a queue lives."""
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


def below(path: bytes, name: bytes) -> bytes:
    """The path of an entry of the directory at this path."""
    return name if path == TOP else path + b"/" + name


def subdirectories(directory: int, path: bytes, told: Told) -> list[bytes]:
    """Paths of the directories in an opened one; what lies too deep is told and left out."""
    found = [
        below(path, entry.name)
        for entry in entries_in(directory)
        if entry.is_dir(follow_symlinks=False)
    ]
    if found and path.count(b"/") + 1 >= DEEP:
        told.add(path, f"directories more than {DEEP} deep; left alone")
        return []
    return sorted(found)


def was_of(found: os.stat_result) -> Was:
    """What a directory is now."""
    return Was(DIRECTORY, found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))


def take_all(
    top: int,
    record: Recorder | None,
    told: Told,
    *,
    start: bytes = TOP,
    ours: Callable[[bytes, os.stat_result], bool] = lambda _path, _found: True,
    taken: Callable[[int, bytes], None] = lambda _directory, _path: None,
) -> list[bytes]:
    """Take every directory, outermost first, each recorded before; returns their paths so.

    ours: whether a directory is one to take; below one that is not nothing is looked at.
    taken: called with each as soon as nobody else can change it, before its entries are read.
    """
    done: list[bytes] = []
    level = [start]
    while level:
        level = _recorded(top, level, record, ours)
        inner: list[bytes] = []
        for path in level:
            with opened_below(top, path) as directory:
                if directory is None:
                    continue
                take(directory)
                taken(directory, path)
                done.append(path)
                inner += subdirectories(directory, path, told)
        level = inner
    return done


def _recorded(
    top: int,
    level: Sequence[bytes],
    record: Recorder | None,
    ours: Callable[[bytes, os.stat_result], bool],
) -> list[bytes]:
    """Those of the same depth that are to be taken, what they were on disk."""
    found: dict[Was, list[bytes]] = {}
    for path in level:
        with opened_below(top, path) as directory:
            if directory is not None and ours(path, now := os.fstat(directory)):
                found.setdefault(was_of(now), []).append(path)
    if record is not None and found:
        record(found)
    return sorted(path for paths in found.values() for path in paths)


def take(directory: int) -> None:
    """Nobody but root may add, remove or swap entries from here on."""
    os.fchown(directory, 0, 0)
    os.fchmod(directory, 0o700)


def give(directory: int, uid: int, gid: int, mode: int) -> None:
    """The directory is another's from here on."""
    os.fchown(directory, uid, gid)
    os.fchmod(directory, mode)


def give_all(top: int, paths: Sequence[bytes], uid: int, gid: int, mode: int) -> None:
    """Give directories that were taken outermost first: innermost first."""
    for path in reversed(paths):
        with opened_below(top, path) as directory:
            if directory is not None:
                give(directory, uid, gid, mode)


def oddity(found: os.stat_result) -> str:
    """Why an entry is none whose owner is changed."""
    if stat.S_ISLNK(found.st_mode):
        return "a symbolic link; not followed, left alone"
    if stat.S_ISREG(found.st_mode):
        return f"a file with {found.st_nlink} links; left alone"
    return "neither a file nor a directory; left alone"


def count(top: int, enough: int = 0) -> int:
    """Files below the opened directory, at any depth; about so many at least where that will do.

    enough: from which number on nobody cares how many more there are; 0: all are counted.
    """
    found, pending = 0, [TOP]
    while pending and not (enough and found >= enough):
        path = pending.pop()
        with opened_below(top, path) as directory:
            if directory is None or path.count(b"/") >= DEEP:
                continue
            for entry in islice(entries_in(directory), enough or None):
                if entry.is_dir(follow_symlinks=False):
                    pending.append(below(path, entry.name))
                else:
                    found += 1
    return found
