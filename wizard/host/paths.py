"""Opening paths as root without being led astray.

Every component is opened by descriptor with O_NOFOLLOW. A link on the way is followed only where
nobody but root could have put it there: the link and the directory that holds it belong to root
and no one else may write that directory. The last component is never followed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from wizard.host.base import Unreadable

MAX_LINKS = 40
"As the kernel's own limit, path_resolution(7)."


class Unsafe(Unreadable):
    """A path leads through a link that someone other than root could have placed."""


@contextmanager
def opened_parent(path: str, root: str = "/") -> Iterator[tuple[int, str]]:
    """Descriptor of the directory that holds the path, and the last component's name.

    Raises FileNotFoundError where a directory on the way is absent, Unsafe, or Unreadable.
    """
    parts = _split(path)
    if not parts:
        raise Unreadable(f"{path}: not a path to an entry")
    descriptor = _walk(parts[:-1], root, path)
    try:
        yield descriptor, parts[-1]
    finally:
        os.close(descriptor)


@contextmanager
def opened_directory(path: str, root: str = "/") -> Iterator[int]:
    """Descriptor of the directory itself; a link as the last component is refused too."""
    with opened_parent(path, root) as (parent, name):
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _split(path: str) -> list[str]:
    if not path.startswith("/"):
        raise Unreadable(f"{path}: not an absolute path")
    return [part for part in path.split("/") if part not in ("", ".")]


def _walk(parts: list[str], root: str, path: str) -> int:
    """Open one directory after the other. `..` is refused but in links that root made."""
    trail = [os.open(root, os.O_RDONLY | os.O_DIRECTORY)]
    pending = list(reversed(parts))
    links = 0
    try:
        while pending:
            name = pending.pop()
            if name == "..":
                if len(trail) > 1:
                    os.close(trail.pop())
                continue
            target = _trusted_link(trail[-1], name, path)
            if target is None:
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                trail.append(os.open(name, flags, dir_fd=trail[-1]))
                continue
            links += 1
            if links > MAX_LINKS:
                raise Unreadable(f"{path}: too many links on the way")
            if target.startswith("/"):
                while len(trail) > 1:
                    os.close(trail.pop())
            pending.extend(reversed([p for p in target.split("/") if p not in ("", ".")]))
        return os.dup(trail[-1])
    except NotADirectoryError as problem:
        raise Unreadable(f"{path}: a component on the way is not a directory") from problem
    finally:
        for descriptor in trail:
            os.close(descriptor)


def _trusted_link(directory: int, name: str, path: str) -> str | None:
    """Target of a link that root placed; None where the name is no link. Raises Unsafe."""
    found = os.stat(name, dir_fd=directory, follow_symlinks=False)
    if not stat.S_ISLNK(found.st_mode):
        return None
    holder = os.fstat(directory)
    if found.st_uid != 0 or holder.st_uid != 0 or holder.st_mode & 0o022:
        raise Unsafe(
            f"{path}: the link {name} on the way could have been placed by someone other than root",
            "Replace the link by the directory itself, owned by root.",
        )
    return os.readlink(name, dir_fd=directory)
