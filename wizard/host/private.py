"""Files that decide what root does later: plan, journal, snapshot, marks.

They are ours alone (0600 in directories 0700), plain files with one link, and looked at for that
each time before they are used. What is written is whole and on disk, its name too, or not there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from wizard.errors import StepdownError

NEW = ".new"
"Ends the name of what is still being written; begins with a dot."


class NotPrivate(StepdownError):
    """Somebody else could have written it: it is not used."""


def demand_private_directory(directory: Path) -> None:
    """Refuse a directory that someone else could have prepared. Raises NotPrivate, OSError."""
    found = directory.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise NotPrivate(
            f"{directory} is a symbolic link; it is not used",
            f"Name what it is: {directory.resolve()}",
        )
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise NotPrivate(
            f"{directory} is not a directory that only uid {os.geteuid()} can open "
            f"(owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o})",
            f"Look at what it holds, then: chown root {directory} && chmod 0700 {directory}",
        )


def open_private(path: Path, flags: int = os.O_RDONLY) -> int:
    """A descriptor of the very file that was looked at. Raises NotPrivate, OSError."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        if path.is_symlink():
            raise NotPrivate(f"{path} is a symbolic link; it is not used", _LOOK) from problem
        raise
    found = os.fstat(descriptor)
    why = _why_not(found)
    if why:
        os.close(descriptor)
        raise NotPrivate(f"{path} {why}; it is not used", _LOOK)
    return descriptor


_LOOK = "Somebody else may have written it: look at what it holds before you trust it."


def _why_not(found: os.stat_result) -> str:
    if not stat.S_ISREG(found.st_mode):
        return "is no plain file"
    if found.st_uid != os.geteuid():
        return f"belongs to uid {found.st_uid}, not {os.geteuid()}"
    if found.st_mode & 0o077:
        return f"is open to others (mode {stat.S_IMODE(found.st_mode):04o}, not 0600)"
    return f"has {found.st_nlink} links" if found.st_nlink > 1 else ""


def read_private(path: Path) -> bytes:
    """What it holds. Raises NotPrivate, OSError."""
    with os.fdopen(open_private(path), "rb") as stream:
        return stream.read()


def write_whole(path: Path, content: bytes) -> None:
    """Write a private file that is on disk, its name too, before this returns. Raises OSError.

    A kill leaves at most `.NAME.new`, which the next one of that name removes.
    """
    write_lines(path, (content,))


def write_lines(path: Path, lines: Iterable[bytes]) -> tuple[str, int]:
    """The same of lines that are never all in memory. Returns SHA-256 over them, and how many."""
    coming = path.with_name(f".{path.name}{NEW}")
    with suppress(FileNotFoundError):
        coming.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    digest, count = sha256(), 0
    try:
        with os.fdopen(os.open(coming, flags, 0o600), "wb") as stream:
            for line in lines:
                count += 1
                digest.update(line)
                stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        coming.rename(path)
    except BaseException:
        with suppress(OSError):
            coming.unlink()
        raise
    sync_directory(path.parent)
    return digest.hexdigest(), count


def digest_of_lines(path: Path) -> tuple[str, int]:
    """SHA-256 over a private file, and its lines. Raises NotPrivate, OSError."""
    digest, count = sha256(), 0
    with os.fdopen(open_private(path), "rb") as stream:
        for line in stream:
            digest.update(line)
            count += 1
    return digest.hexdigest(), count


def sync_directory(directory: Path) -> None:
    """A new name is only on disk once its directory is. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
