"""Changing the owner of entries, each recorded before."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence

from msgspec import Struct, field

from wizard.host.tree.in_use import InUse
from wizard.host.tree.kernel import only_root_links, protects_hardlinks
from wizard.host.tree.walk import Told, below, oddity
from wizard.host.tree_records import FILE, Recorder, Was

LINKED = "a link to it was made meanwhile; its owner is as before"


class Job(Struct):
    """To whom a tree goes, and who is told."""

    uid: int
    gid: int
    record: Recorder
    told: Told
    progress: Callable[[int], None]
    "Takes how many entries were looked at so far."
    in_use: InUse | None = None
    "Where given: what it holds is left alone."
    left: Callable[[bytes, bytes], None] = lambda _path, _name: None
    "Told of what is left alone as in use: directory's path and name."
    done: int = 0
    protected: bool = field(default_factory=protects_hardlinks)
    "Whether the kernel lets nobody link what is not his."


def change(job: Job, directory: int, path: bytes, names: Sequence[bytes]) -> None:
    """Re-own these entries of a taken directory as far as they are plain. Raises OSError.

    Only what is a file with one link is changed, and changed back where it had another link by
    then: who has it open may link it elsewhere, however closed the directory is. It is not looked
    at again where the kernel lets nobody but root make such a link.
    """
    if job.in_use is not None:
        job.in_use.refresh()
    plain = _plain(job, directory, path, names)
    if path == b".":
        job.record(plain)
    else:
        job.record({was: [below(path, name) for name in found] for was, found in plain.items()})
    uid, gid = job.uid, job.gid
    for was, found in plain.items():
        if (was.uid, was.gid) == (uid, gid):
            continue
        sure = job.protected and only_root_links(was)
        for name in found:
            try:
                os.chown(name, uid, gid, dir_fd=directory, follow_symlinks=False)
                if sure:
                    continue
                now = os.stat(name, dir_fd=directory, follow_symlinks=False)
                if now.st_nlink != 1:
                    os.chown(name, was.uid, was.gid, dir_fd=directory, follow_symlinks=False)
                    job.told.add(below(path, name), LINKED)
            except FileNotFoundError:
                continue  # a queue lives: delivered meanwhile
    job.done += len(names)
    job.progress(job.done)


def _plain(job: Job, directory: int, path: bytes, names: Sequence[bytes]) -> dict[Was, list[bytes]]:
    """Regular files with one link by what they are; oddities are told, not touched.

    The first walk has what is the account's already too, so that a rollback leaves it so.
    """
    uid, gid, every = job.uid, job.gid, job.record.first
    plain: dict[tuple[int, int, int], list[bytes]] = {}
    for name in names:
        try:
            found = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            continue
        mode = found.st_mode
        if not stat.S_ISREG(mode) or found.st_nlink != 1:
            if not stat.S_ISDIR(mode):
                job.told.add(below(path, name), oddity(found))
            continue
        was = (found.st_uid, found.st_gid, mode & 0o7777)
        if not every and was[0] == uid and was[1] == gid:
            continue
        if job.in_use is not None and job.in_use.holds(name, found.st_ino):
            job.left(path, name)
            continue
        try:
            plain[was].append(name)
        except KeyError:
            plain[was] = [name]
    return {Was(FILE, *was): found_names for was, found_names in plain.items()}


def change_where_it_is(
    job: Job, directory: int, path: bytes, names: Sequence[bytes], owners: set[int]
) -> None:
    """The same in a directory that is the account's, who may swap its entries at any moment.

    Each entry is held by a descriptor, looked at, and changed through that very descriptor (its
    link in /proc leads to it wherever its name leads meanwhile), and only where one of these
    owners has it: what is another's has been brought here, and stays another's.
    """
    held: list[tuple[bytes, int, os.stat_result]] = []
    try:
        groups: dict[Was, list[bytes]] = {}
        for name in names:
            descriptor = _held(directory, name)
            if descriptor is None:
                continue
            found = os.fstat(descriptor)
            held.append((name, descriptor, found))
            if _movable(job, found, owners, below(path, name)):
                was = Was(FILE, found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))
                groups.setdefault(was, []).append(below(path, name))
            else:
                os.close(held.pop()[1])
        if groups:
            job.record(groups)
        for name, descriptor, found in held:
            _through(job, descriptor, found, below(path, name))
    finally:
        for _name, descriptor, _found in held:
            os.close(descriptor)


def _held(directory: int, name: bytes) -> int | None:
    try:
        return os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    except OSError:
        return None  # gone


def _movable(job: Job, found: os.stat_result, owners: set[int], path: bytes) -> bool:
    if (found.st_uid, found.st_gid) == (job.uid, job.gid) or stat.S_ISDIR(found.st_mode):
        return False
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        job.told.add(path, oddity(found))
        return False
    if found.st_uid not in owners:
        job.told.add(path, f"belongs to uid {found.st_uid}; left alone")
        return False
    return True


def _through(job: Job, descriptor: int, found: os.stat_result, path: bytes) -> None:
    itself = f"/proc/self/fd/{descriptor}"
    os.chown(itself, job.uid, job.gid)
    if os.fstat(descriptor).st_nlink > 1:
        os.chown(itself, found.st_uid, found.st_gid)
        job.told.add(path, LINKED)
