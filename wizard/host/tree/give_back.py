"""Giving a tree back that a hostile account may have had.

All directories are taken first, outermost first, so that nobody but root can swap an entry while
we look at it. Then every entry of the account becomes root's, whatever it was, and what root's
Sendmail must not run is set aside; then what was recorded gets its owner, group and mode back.
The directories are given last, innermost first.

For a long queue that is done in three parts, so that the relay need not stand still for all of it:

look         The relay runs as the account: the control files are read (`looked`).
directories  It stands still, the account has no process: the directories are taken, what root's
             Sendmail must not run or follow is set aside, the directories are given. Entries are
             looked at, and only those read that were not before, or were changed since.
entries      Root's daemon runs, and runs entries that are the account's as its own: each is read
             once more, and given. Nobody but root and the directories' owner can swap one.

Killed anywhere on the way it is begun again; root's daemon can use the tree at every moment.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import groupby

from wizard.host.queue_entry import CONTROL, distrusted
from wizard.host.tree.looked import Looked
from wizard.host.tree.message_files import leads_elsewhere, of_a_message
from wizard.host.tree.walk import (
    TOP,
    Told,
    below,
    chunks,
    give,
    look,
    oddity,
    opened_below,
    subdirectories,
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
    known = _known(records)
    if TOP not in known:
        return []  # killed before the walk began: nothing is changed before it is recorded
    back = _Back(taken_uid, records.was_given(), progress)
    directories = _take(top, known, back)
    back.entries(top, directories, known, records)
    for path in reversed(directories):
        _return(top, path, known, back.told)
    progress(back.done)
    return back.told.lines()


def give_directories(
    top: int, records: Records, looked: Looked, *, taken_uid: int, progress: Callable[[int], None]
) -> list[str]:
    """The part for which the relay stands still; returns the exceptions.

    Entries stay the account's, but for those that root's Sendmail must not run or follow.
    """
    known = _known(records)
    if TOP not in known:
        return []
    back = _Back(taken_uid, records.was_given(), progress, looked)
    looked.go_on()
    directories = _take(top, known, back)
    for path in directories:
        with opened_below(top, path) as directory:
            if directory is not None:
                back.guard(directory, path)
    for path in reversed(directories):
        _return(top, path, known, back.told)
    progress(back.done)
    return back.told.lines()


def give_entries(
    top: int, records: Records, looked: Looked, *, taken_uid: int, progress: Callable[[int], None]
) -> list[str]:
    """The rest, after give_directories, while root's daemon runs; returns the exceptions."""
    known = _known(records)
    back = _Back(taken_uid, records.was_given(), progress)
    back.theirs = looked.theirs
    owners = {0} | {was.uid for was in known.values()}
    directories: list[bytes] = []
    level = [TOP]
    while level:
        path = level.pop()
        with opened_below(top, path) as directory:
            if directory is not None and os.fstat(directory).st_uid in owners - {taken_uid}:
                directories.append(path)
                level += subdirectories(directory, path, back.told)
    back.entries(top, directories, known, records)
    progress(back.done)
    return back.told.lines()


def _known(records: Records) -> dict[bytes, Was]:
    """What each recorded directory was."""
    known: dict[bytes, Was] = {}
    for group in records.groups():
        if group.was.kind == DIRECTORY:
            for path in group.names():
                known.setdefault(path, group.was)
    return known


def _take(top: int, known: dict[bytes, Was], back: _Back) -> list[bytes]:
    return take_all(
        *(top, None, back.told),
        ours=lambda path, found: path in known or found.st_uid == back.uid,
    )


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


def _set_aside(directory: int, name: bytes, aside: bytes = b"") -> str:
    aside = aside or name + b".set-aside"
    while look(directory, aside) is not None:
        aside += b"+"
    os.rename(name, aside, src_dir_fd=directory, dst_dir_fd=directory)
    return os.fsdecode(aside)


class _Back:
    """One giving back: whose the entries were, and what was found."""

    def __init__(
        self,
        taken_uid: int,
        given: bool,
        progress: Callable[[int], None],
        looked: Looked | None = None,
    ) -> None:
        self.uid = taken_uid
        self._given = given
        self._progress = progress
        self._looked = looked
        self.theirs: set[bytes] | None = None
        "Where known: of control files that are not the account's any more only these are read."
        self.told = Told()
        self.done = 0

    def entries(
        self, top: int, directories: list[bytes], known: dict[bytes, Was], records: Records
    ) -> None:
        """Files in these directories become root's, and then what they were."""
        for path in directories:
            with opened_below(top, path) as directory:
                if directory is not None:
                    self._sweep(directory, path, known.get(path, known[TOP]))
        for group in reversed(records.groups()):
            if group.was.kind == FILE:
                self._recorded(top, group, set(directories))

    def guard(self, directory: int, path: bytes) -> None:
        """Set aside what root's Sendmail must not run or follow; all else stays as it is."""
        assert self._looked is not None
        for name in self._looked.not_plainly_fine(directory, self.uid):
            found = look(directory, name)
            if found is not None and of_a_message(name):
                gone = self._set_apart(directory, name, below(path, name), found)
                if name[:2] in CONTROL and found.st_uid == self.uid and not gone:
                    self._looked.note_theirs(below(path, name))
        self._progress(self.done)

    def _sweep(self, directory: int, path: bytes, holder: Was) -> None:
        """Whatever is the account's becomes root's; what root must not run is set aside."""
        for names in chunks(directory, BATCH):
            for name in names:
                with suppress(FileNotFoundError):  # root's daemon delivered it meanwhile
                    self._stray(directory, name, below(path, name), holder)
            self.done += len(names)
            self._progress(self.done)

    def _stray(self, directory: int, name: bytes, path: bytes, holder: Was) -> None:
        found = os.stat(name, dir_fd=directory, follow_symlinks=False)
        if self._set_apart(directory, name, path, found) or found.st_uid != self.uid:
            return
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
            self._chown(directory, name, path, (0, holder.gid))
        elif stat.S_ISLNK(found.st_mode) and name in SPLIT:
            aside = _set_aside(directory, name)
            self.told.add(path, f"a symbolic link that was made since; renamed to {aside}")
        else:
            self.told.add(path, oddity(found))

    def _set_apart(self, directory: int, name: bytes, path: bytes, found: os.stat_result) -> bool:
        """Whether root's Sendmail must not have it: then it is renamed, and told."""
        ours = found.st_uid == self.uid
        if not ours and not self._given:
            return False
        if name[:2] in CONTROL:
            if not self._to_be_read(path, found, ours=ours):
                return False
            problem = distrusted(directory, name)
            if problem:
                self.told.add(path, f"{problem}; renamed to Qf, which Sendmail does not run")
            return bool(problem)
        if not of_a_message(name) or not leads_elsewhere(found, ours=ours):
            return False
        aside = _set_aside(directory, name, b"set-aside." + name)
        self.told.add(path, f"{oddity(found).partition(';')[0]}; renamed to {aside}")
        return True

    def _to_be_read(self, path: bytes, found: os.stat_result, *, ours: bool) -> bool:
        return ours or self.theirs is None or path in self.theirs

    def _recorded(self, top: int, group: Group, taken: set[bytes]) -> None:
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
                elif (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) != (*owner, mode):
                    self._chown(directory, name, path, owner, mode)

    def _chown(
        self,
        directory: int,
        name: bytes,
        path: bytes,
        owner: tuple[int, int],
        mode: int | None = None,
    ) -> None:
        """Through a descriptor, so that it is the very file that was looked at.

        Changed back where it has another link by then: whoever has it open can make one.
        """
        descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
        try:
            itself, found = f"/proc/self/fd/{descriptor}", os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                return  # delivered, or swapped, meanwhile
            os.chown(itself, *owner)
            if os.fstat(descriptor).st_nlink > 1:
                os.chown(itself, found.st_uid, found.st_gid)
                self.told.add(path, LINKED)
            elif mode is not None and stat.S_IMODE(found.st_mode) != mode:
                os.chmod(itself, mode)
        finally:
            os.close(descriptor)


def _holder(path: bytes) -> bytes:
    return path.rpartition(b"/")[0] or TOP
