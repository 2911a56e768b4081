"""A manifest: one line of text for each path, so that two of them tell what differs.

    KIND MODE UID GID LINKS SIZE MTIME CONTENT XATTRS PATH

KIND     file, directory, link, socket, other, absent; `name`, of which only the name counts;
         `queue`, a directory of a mail queue; `entries`, how many files of one owner, group and
         mode it holds (in SIZE's place).
MODE     octal. LINKS, SIZE (bytes), MTIME (ns since the epoch): of files alone.
CONTENT  SHA-256 of a file's content or a link's target; XATTRS: of names and values of all xattrs.
PATH     newline and backslash in it escaped. `-` stands for what a kind does not have.

A directory's time is not in it: any name that comes or goes changes it. Read with one directory and
one file open at a time, links never followed.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256

from wizard.host.paths import opened_directory, opened_parent

PIECE = 1 << 20
"Bytes of a file that are read at a time."
_LINE = "{} {} {} {} {} {} {} {} {} "
GONE = (FileNotFoundError, NotADirectoryError)


def lines_of_paths(paths: Iterable[str], trees: Iterable[str]) -> Iterator[bytes]:
    """Each path itself, and of each tree all that is below it; sorted. Raises OSError."""
    tops = sorted(set(trees), key=_order)
    tops = [one for one in tops if not any(_below(one, other) for other in tops)]
    lone = [one for one in set(paths) if not any(_below(one, top) for top in tops)]
    for path in sorted({*lone, *tops}, key=_order):
        try:
            with opened_parent(path) as (parent, name):
                yield from _entry(parent, name, path, deep=path in tops)
        except GONE:
            yield _line("absent", path)


def lines_of_names(directories: Iterable[str], known: Iterable[str]) -> Iterator[bytes]:
    """What there is in the directories, by name only; known paths are left out. Raises OSError."""
    known = set(known)
    for directory in sorted(set(directories), key=_order):
        with suppress(*GONE):
            for name in _names(directory):
                path = f"{directory.rstrip('/')}/{name}"
                if path not in known:
                    yield _line("name", path)


def lines_of_queues(queues: Iterable[str]) -> Iterator[bytes]:
    """Each queue's directories, and counts in place of the entries. Raises OSError."""
    for queue in sorted(set(queues), key=_order):
        try:
            with opened_parent(queue) as (parent, name):
                yield from _queue(parent, name, queue)
        except GONE:
            yield _line("queue", queue)


def _order(path: str) -> list[bytes]:
    """A directory comes before what is in it, and that before the directory's next neighbour."""
    return os.fsencode(path).split(b"/")


def _below(path: str, top: str) -> bool:
    return path.startswith(f"{top.rstrip('/')}/")


def _names(directory: str) -> list[str]:
    if directory == "/":
        return sorted(os.listdir("/"), key=os.fsencode)
    with opened_directory(directory) as descriptor:
        return sorted(os.listdir(descriptor), key=os.fsencode)


def _entry(parent: int, name: str, path: str, *, deep: bool) -> Iterator[bytes]:
    found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if stat.S_ISREG(found.st_mode):
        yield _file(parent, name, path)
    elif stat.S_ISDIR(found.st_mode):
        with _Opened(parent, name) as directory:
            yield _directory(directory.descriptor, path)
            at = directory.descriptor
            for below in sorted(os.listdir(at), key=os.fsencode) if deep else ():
                with suppress(*GONE):
                    yield from _entry(at, below, f"{path}/{below}", deep=True)
    elif stat.S_ISLNK(found.st_mode):
        target = sha256(os.fsencode(os.readlink(name, dir_fd=parent))).hexdigest()
        yield _line("link", path, found, content=target)
    else:
        kind = "socket" if stat.S_ISSOCK(found.st_mode) else "other"
        yield _line(kind, path, found)


def _queue(parent: int, name: str, path: str) -> Iterator[bytes]:
    below: list[str] = []
    kinds: Counter[tuple[str, int, int]] = Counter()
    with _Opened(parent, name) as directory:
        yield _line("queue", path, os.fstat(directory.descriptor))
        with os.scandir(directory.descriptor) as entries:
            for entry in entries:
                with suppress(*GONE):
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(found.st_mode):
                        below.append(entry.name)
                    else:
                        mode = f"{stat.S_IMODE(found.st_mode):04o}"
                        kinds[mode, found.st_uid, found.st_gid] += 1
        for (mode, uid, gid), count in sorted(kinds.items()):
            head = _LINE.format("entries", mode, uid, gid, "-", count, "-", "-", "-")
            yield head.encode() + escaped(path)
        for one in sorted(below, key=os.fsencode):
            with suppress(*GONE):
                yield from _queue(directory.descriptor, one, f"{path}/{one}")


class _Opened:
    """A directory below an opened one, never by way of a link."""

    def __init__(self, parent: int, name: str) -> None:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        self.descriptor = os.open(name, flags, dir_fd=parent)

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_problem: object) -> None:
        os.close(self.descriptor)


def _file(parent: int, name: str, path: str) -> bytes:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=parent)
    try:
        digest = sha256()
        while piece := os.read(descriptor, PIECE):
            digest.update(piece)
        found = os.fstat(descriptor)
        return _line("file", path, found, content=digest.hexdigest(), xattrs=_xattrs(descriptor))
    finally:
        os.close(descriptor)


def _directory(descriptor: int, path: str) -> bytes:
    return _line("directory", path, os.fstat(descriptor), xattrs=_xattrs(descriptor))


def _xattrs(descriptor: int) -> str:
    """Digest over the xattrs; `-` where there are none, or the file system knows none."""
    digest = sha256()
    try:
        names = sorted(os.listxattr(descriptor))
    except OSError:
        return "-"
    for name in names:
        value = os.getxattr(descriptor, name)
        digest.update(b"%b\0%d\0%b" % (os.fsencode(name), len(value), value))
    return digest.hexdigest() if names else "-"


def _line(
    kind: str,
    path: str,
    found: os.stat_result | None = None,
    *,
    content: str = "-",
    xattrs: str = "-",
) -> bytes:
    mode = uid = gid = links = size = mtime = "-"
    if found is not None:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        uid, gid = str(found.st_uid), str(found.st_gid)
    if found is not None and kind == "file":
        links, size, mtime = (str(n) for n in (found.st_nlink, found.st_size, found.st_mtime_ns))
    head = _LINE.format(kind, mode, uid, gid, links, size, mtime, content, xattrs)
    return head.encode() + escaped(path)


def escaped(path: str) -> bytes:
    """A path as it ends a line, its own newlines told apart from that end."""
    return os.fsencode(path).replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"
