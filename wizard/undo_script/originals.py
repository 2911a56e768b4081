"""Every file that a run may change, kept as it was: content, owner, mode, xattrs, mtime.

They lie below `original/` in the run's directory under their own paths, so that `cp -a` puts one
back. Secrets are among them (shadow(5), keys): the directory is root's alone, as the run's is.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wizard.errors import StepdownError
from wizard.host.base import HostReader
from wizard.host.paths import opened_parent
from wizard.host.private import sync_directory
from wizard.plans import Op, Plan, RunCommand, SetMeta, WriteFile

NAME = "original"
"The directory, in the run's."
LOST = "original.incomplete"
"What could not be kept with a file, a line each: xattrs that the state's file system refuses."
CHUNK = 1024 * 1024
"Bytes that are copied at a time."


def keep_originals(place: Path, plan: Plan, host: HostReader) -> None:
    """Keep them in the run's directory, on disk before this returns. Raises OSError.

    May run again for a run that was killed before its first change; it then begins anew.
    """
    top = place / NAME
    if top.exists():
        shutil.rmtree(top)
    top.mkdir(mode=0o700)
    lost: list[str] = []
    for path in paths_of(plan):
        with suppress(FileNotFoundError, NotADirectoryError):
            with opened_parent(path) as (parent, name):
                lost += _keep(parent, name, top, path)
    (place / LOST).write_text("".join(f"{line}\n" for line in lost), errors="replace")
    for directory, _below, _files in os.walk(top):
        sync_directory(Path(directory))
    sync_directory(place)


def paths_of(plan: Plan) -> tuple[str, ...]:
    """Every path that an operation may change, sorted; queues and what is in them left out."""
    return tuple(sorted({path for step in plan.steps for op in step.ops for path in _of(op)}))


def _of(op: Op) -> Iterator[str]:
    if isinstance(op, WriteFile | SetMeta):
        yield op.path
    elif isinstance(op, RunCommand):
        yield from op.touches


def _keep(parent: int, name: str, top: Path, path: str) -> list[str]:
    """Keep one entry. Returns what of it could not be kept."""
    found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    copy = top / path.lstrip("/")
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_ISLNK(found.st_mode):
        copy.symlink_to(os.readlink(name, dir_fd=parent))
        os.chown(copy, found.st_uid, found.st_gid, follow_symlinks=False)
        return []
    if not stat.S_ISREG(found.st_mode):
        return []  # of directories and sockets the script itself tells owner and mode
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    with os.fdopen(source, "rb") as stream:
        return _copy(stream.fileno(), copy, path)


def _copy(source: int, copy: Path, path: str) -> list[str]:
    found = os.fstat(source)
    if not stat.S_ISREG(found.st_mode):
        raise StepdownError(f"{path}: changed while it was kept; nothing was changed by us")
    target = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        while data := os.read(source, CHUNK):
            view = memoryview(data)
            while view:
                view = view[os.write(target, view) :]
        os.fchown(target, found.st_uid, found.st_gid)
        os.fchmod(target, stat.S_IMODE(found.st_mode))
        lost = _copy_xattrs(source, target, path)
        os.utime(target, ns=(found.st_mtime_ns, found.st_mtime_ns))
        os.fsync(target)
    finally:
        os.close(target)
    return lost


def _copy_xattrs(source: int, target: int, path: str) -> list[str]:
    try:
        names = os.listxattr(source)
    except OSError:
        return []  # a file system without any
    lost: list[str] = []
    for name in names:
        try:
            os.setxattr(target, name, os.getxattr(source, name))
        except OSError as problem:
            lost.append(f"{path}: {name}: {problem.strerror}")
    return lost
