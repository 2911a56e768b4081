"""Re-owning a directory tree that a hostile account may own, and giving it back.

The directory is taken first (root, 0700), so that nobody but root can swap its entries while we
walk; then every entry is opened by descriptor or changed by name within an opened directory,
links never followed. Each entry's owner is recorded before it is changed.

A record is `PATH NUL UID NUL GID NUL MODE NUL INODE LF`, PATH relative to the tree, LF and
backslash in names escaped. "." is the tree itself.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from msgspec import Struct

from wizard.host.base import Recorder
from wizard.host.queue_entry import distrusted

BATCH = 1000
"Entries that are recorded, and on disk, before any of them is changed; one progress report each."


class TreeRecord(Struct, frozen=True):
    """What one entry was before it was re-owned."""

    path: str
    uid: int
    gid: int
    mode: int
    inode: int

    def encode(self) -> bytes:
        """One line of the record file."""
        name = os.fsencode(self.path).replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
        return b"%b\0%d\0%d\0%o\0%d\n" % (name, self.uid, self.gid, self.mode, self.inode)


def decode(line: bytes) -> TreeRecord:
    """A record from its line. Raises ValueError for a torn one."""
    name, uid, gid, mode, inode = line.removesuffix(b"\n").split(b"\0")
    plain = re.sub(rb"\\(.)", lambda found: b"\n" if found[1] == b"n" else found[1], name)
    return TreeRecord(os.fsdecode(plain), int(uid), int(gid), int(mode, 8), int(inode))


def reown(
    top: int,
    *,
    uid: int,
    gid: int,
    dir_mode: int,
    record: Recorder,
    progress: Callable[[int], None],
) -> list[str]:
    """Re-own the opened directory and all below it. Returns what was left alone, and why."""
    left_alone: list[str] = []
    done = 0
    record(_record_of(".", os.fstat(top)))
    _take(top)
    for prefix, directory in _directories(top):
        if prefix != ".":
            record(_record_of(prefix, os.fstat(directory)))
            _take(directory)
        for names in batched(os.listdir(directory), BATCH):
            plain = _plain_entries(directory, prefix, names, left_alone)
            record(b"".join(_record_of(_join(prefix, n), found) for n, found in plain))
            for name, _found in plain:
                with suppress(FileNotFoundError):  # a queue lives: delivered meanwhile
                    os.chown(name, uid, gid, dir_fd=directory, follow_symlinks=False)
            done += len(plain)
            progress(done)
        if prefix != ".":
            _give(directory, uid, gid, dir_mode)
    _give(top, uid, gid, dir_mode)
    return left_alone


def _plain_entries(
    directory: int, prefix: str, names: Sequence[str], left_alone: list[str]
) -> list[tuple[str, os.stat_result]]:
    """Regular files with one link, with what lstat says; oddities are told, not touched."""
    plain: list[tuple[str, os.stat_result]] = []
    for name in names:
        found = _entry(directory, name)
        if found is None or stat.S_ISDIR(found.st_mode):
            continue
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
            plain.append((name, found))
        else:
            left_alone.append(f"{_join(prefix, name)}: {_oddity(found)}")
    return plain


def batched(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The names in runs of at most size; itertools.batched came with Python 3.12."""
    return (names[start : start + size] for start in range(0, len(names), size))


def give_back(
    top: int, records: Iterator[bytes], *, taken_uid: int, progress: Callable[[int], None]
) -> list[str]:
    """Give each recorded entry that still is there its owner back; return the exceptions.

    What arrived since belongs to taken_uid; it becomes root's, with its directory's group,
    because root's Sendmail runs its own entries and loses those of a third account (fact 3).
    Directories that the walk had not come to are neither recorded nor taken_uid's: they stay.
    """
    known: dict[str, TreeRecord] = {}
    for line in records:
        try:
            found = decode(line)
        except ValueError:
            continue  # the last line of a run that was killed while writing it
        known.setdefault(found.path, found)
    exceptions: list[str] = []
    before = known.get(".")
    if before is None:
        return []  # killed before the walk began: nothing is changed before it is recorded
    _take(top)
    done = 0
    for prefix, directory in _directories(top):
        ours = prefix in known or os.fstat(directory).st_uid == taken_uid
        if prefix != "." and ours:
            _take(directory)
        holder = known.get(prefix) or before
        for name in os.listdir(directory):
            path = _join(prefix, name)
            problem = _give_back_entry(directory, name, path, known.get(path), taken_uid, holder)
            if problem:
                exceptions.append(problem)
            done += 1
            if done % BATCH == 0:
                progress(done)
        if prefix != "." and ours:
            _give(directory, holder.uid, holder.gid, holder.mode)
    _give(top, before.uid, before.gid, before.mode)
    progress(done)
    return exceptions


def _give_back_entry(
    directory: int,
    name: str,
    path: str,
    record: TreeRecord | None,
    taken_uid: int,
    holder: TreeRecord,
) -> str:
    found = _entry(directory, name)
    if found is None or stat.S_ISDIR(found.st_mode):
        return ""
    if found.st_uid == taken_uid and name.startswith("qf"):
        problem = distrusted(directory, name)
        if problem:
            return f"{path}: {problem}; renamed to Qf, which Sendmail does not run"
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        return "" if record is None and found.st_uid != taken_uid else f"{path}: {_oddity(found)}"
    if record is None:
        if found.st_uid == taken_uid:
            os.chown(name, 0, holder.gid, dir_fd=directory, follow_symlinks=False)
        return ""
    os.chown(name, record.uid, record.gid, dir_fd=directory, follow_symlinks=False)
    if found.st_ino == record.inode and stat.S_IMODE(found.st_mode) != record.mode:
        os.chmod(name, record.mode, dir_fd=directory)
    return ""


def count(top: int) -> int:
    """Files below the opened directory."""
    return sum(
        1
        for _prefix, directory in _directories(top)
        for name in os.listdir(directory)
        if (found := _entry(directory, name)) is not None and not stat.S_ISDIR(found.st_mode)
    )


def _directories(top: int) -> Iterator[tuple[str, int]]:
    """Every directory of the tree with its path, the top first; links not followed."""
    pending = ["."]
    while pending:
        prefix = pending.pop()
        descriptor = _open_below(top, prefix)
        if descriptor is None:
            continue
        try:
            yield prefix, descriptor
            for name in os.listdir(descriptor):
                found = _entry(descriptor, name)
                if found is not None and stat.S_ISDIR(found.st_mode):
                    pending.append(_join(prefix, name))
        finally:
            os.close(descriptor)


def _open_below(top: int, path: str) -> int | None:
    descriptor = os.dup(top)
    for part in [] if path == "." else path.split("/"):
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            below = os.open(part, flags, dir_fd=descriptor)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        descriptor = below
    return descriptor


def _entry(directory: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None  # a queue lives: the entry was delivered meanwhile


def _take(directory: int) -> None:
    """Nobody but root may add, remove or swap entries from here on."""
    os.fchown(directory, 0, 0)
    os.fchmod(directory, 0o700)


def _give(directory: int, uid: int, gid: int, mode: int) -> None:
    os.fchown(directory, uid, gid)
    os.fchmod(directory, mode)


def _record_of(path: str, found: os.stat_result) -> bytes:
    mode = stat.S_IMODE(found.st_mode)
    return TreeRecord(path, found.st_uid, found.st_gid, mode, found.st_ino).encode()


def _join(prefix: str, name: str) -> str:
    return name if prefix == "." else f"{prefix}/{name}"


def _oddity(found: os.stat_result) -> str:
    if stat.S_ISLNK(found.st_mode):
        return "a symbolic link; not followed, left alone"
    if stat.S_ISREG(found.st_mode):
        return f"a file with {found.st_nlink} links; left alone"
    return "neither a file nor a directory; left alone"
