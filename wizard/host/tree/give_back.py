"""Giving a tree back that a hostile account may have had.

All directories are taken first, outermost first, so that nobody but root can swap an entry while
we look at it. Then every entry of the account becomes root's, whatever it was, and what root's
Sendmail must not run is set aside; then what was recorded gets its owner, group and mode back.
The directories are given last, innermost first.

Killed anywhere on the way it is begun again; root's daemon can use the tree at every moment.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import groupby

from wizard.host.queue_entry import CONTROL, distrusted
from wizard.host.tree.walk import (
    TOP,
    Told,
    below,
    chunks,
    give,
    look,
    oddity,
    opened_below,
    take_all,
)
from wizard.host.tree_records import DIRECTORY, FILE, Group, Records, Was

BATCH = 10_000
SPLIT = (b"qf", b"df", b"xf")
"Names by which Sendmail takes a directory, or a link to one, for a part of its queue."
LINKED = "a link to it was made meanwhile; it stays the account's"


def give_back(
    top: int, records: Records, *, taken_uid: int, progress: Callable[[int], None]
) -> list[str]:
    """Give each recorded entry that still is there its owner back; return the exceptions.

    What arrived since belongs to taken_uid; it becomes root's, with its directory's group,
    because root's Sendmail runs its own entries and loses those of a third account (fact 3).
    Directories that no walk had come to are neither recorded nor taken_uid's: they stay.
    """
    groups = records.groups()
    known: dict[bytes, Was] = {}
    for group in groups:
        if group.was.kind == DIRECTORY:
            for path in group.names():
                known.setdefault(path, group.was)
    if TOP not in known:
        return []  # killed before the walk began: nothing is changed before it is recorded
    back = _Back(taken_uid, records.was_given(), progress)
    directories = take_all(
        *(top, None, back.told),
        ours=lambda path, found: path in known or found.st_uid == taken_uid,
    )
    for path in directories:
        with opened_below(top, path) as directory:
            if directory is not None:
                back.sweep(directory, path, known.get(path, known[TOP]))
    for group in reversed(groups):
        if group.was.kind == FILE:
            back.recorded(top, group, set(directories))
    for path in reversed(directories):
        _return(top, path, known, back.told)
    progress(back.done)
    return back.told.lines()


def _return(top: int, path: bytes, known: dict[bytes, Was], told: Told) -> None:
    """One directory to whom it belongs; one that Sendmail would take for its own is set aside."""
    was = known.get(path, known[TOP])
    with opened_below(top, path) as directory:
        if directory is not None:
            give(directory, was.uid, was.gid, was.mode)
    parent, _slash, name = path.rpartition(b"/")
    if path not in known and name in SPLIT:
        with opened_below(top, parent or TOP) as holder:
            if holder is not None:
                aside = _set_aside(holder, name)
                told.add(path, f"a directory that was made since; renamed to {aside}")


def _set_aside(directory: int, name: bytes) -> str:
    aside = name + b".set-aside"
    while look(directory, aside) is not None:
        aside += b"+"
    os.rename(name, aside, src_dir_fd=directory, dst_dir_fd=directory)
    return os.fsdecode(aside)


class _Back:
    """One giving back: whose the entries were, and what was found."""

    def __init__(self, taken_uid: int, given: bool, progress: Callable[[int], None]) -> None:
        self._uid = taken_uid
        self._given = given
        self._progress = progress
        self.told = Told()
        self.done = 0

    def sweep(self, directory: int, path: bytes, holder: Was) -> None:
        """Whatever is the account's becomes root's; what root must not run is set aside."""
        for names in chunks(directory, BATCH):
            for name in names:
                with suppress(FileNotFoundError):  # root's daemon delivered it meanwhile
                    self._stray(directory, name, below(path, name), holder)
            self.done += len(names)
            self._progress(self.done)

    def _stray(self, directory: int, name: bytes, path: bytes, holder: Was) -> None:
        found = os.stat(name, dir_fd=directory, follow_symlinks=False)
        ours = found.st_uid == self._uid
        if name[:2] in CONTROL and (ours or self._given):
            problem = distrusted(directory, name)
            if problem:
                self.told.add(path, f"{problem}; renamed to Qf, which Sendmail does not run")
                return
        if not ours:
            return
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
            self._chown(directory, name, path, found, (0, holder.gid))
        elif stat.S_ISLNK(found.st_mode) and name in SPLIT:
            aside = _set_aside(directory, name)
            self.told.add(path, f"a symbolic link that was made since; renamed to {aside}")
        else:
            self.told.add(path, oddity(found))

    def recorded(self, top: int, group: Group, taken: set[bytes]) -> None:
        """What a file of records names gets the owner, group and mode that it had."""
        for path, names in groupby(group.names(), key=_holder):
            if path in taken:
                with opened_below(top, path) as directory:
                    if directory is not None:
                        self._all_of(directory, names, group.was)

    def _all_of(self, directory: int, names: Iterator[bytes], was: Was) -> None:
        owner, mode = (was.uid, was.gid), was.mode & ~(stat.S_ISUID | stat.S_ISGID)
        for path in names:
            name = path.rpartition(b"/")[2]
            with suppress(FileNotFoundError):
                found = os.stat(name, dir_fd=directory, follow_symlinks=False)
                if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                    if not stat.S_ISDIR(found.st_mode):
                        self.told.add(path, oddity(found))
                    continue
                if (found.st_uid, found.st_gid) != owner:
                    self._chown(directory, name, path, found, owner)
                if stat.S_IMODE(found.st_mode) != mode:
                    os.chmod(name, mode, dir_fd=directory)

    def _chown(
        self,
        directory: int,
        name: bytes,
        path: bytes,
        found: os.stat_result,
        owner: tuple[int, int],
    ) -> None:
        """Changed back where it has another link by then: whoever has it open can make one."""
        os.chown(name, *owner, dir_fd=directory, follow_symlinks=False)
        if os.stat(name, dir_fd=directory, follow_symlinks=False).st_nlink != 1:
            os.chown(name, found.st_uid, found.st_gid, dir_fd=directory, follow_symlinks=False)
            self.told.add(path, LINKED)


def _holder(path: bytes) -> bytes:
    return path.rpartition(b"/")[0] or TOP
