"""Files of a tree that a hostile account may have had, one by one: what root must not run is set
aside, what is the account's becomes root's, and then what it was."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import groupby

from wizard.host.queue_entry import CONTROL, distrusted
from wizard.host.tree.looked import Looked
from wizard.host.tree.message_files import SPLIT, leads_elsewhere, of_a_message
from wizard.host.tree.walk import TOP, Told, below, chunks, look, oddity, opened_below
from wizard.host.tree_records import FILE, Group, Records, Was

BATCH = 10_000
LINKED = "a link to it was made meanwhile; it stays the account's"


def set_aside(directory: int, name: bytes) -> str:
    """Rename an entry of a taken directory to a name that is free; returns that name.

    It is none that Sendmail would take for a message's.
    """
    aside = b"set-aside." + name
    while look(directory, aside) is not None:
        aside += b"+"
    os.rename(name, aside, src_dir_fd=directory, dst_dir_fd=directory)
    return os.fsdecode(aside)


class Back:
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

    def guard_all(self, top: int, path: bytes) -> None:
        """Guard against every entry of the directory but those that were found to be fine."""
        assert self._looked is not None
        with opened_below(top, path) as directory:
            if directory is not None:
                names = self._looked.not_plainly_fine(directory, self.uid)
                self.guard(directory, path, names)

    def guard(self, directory: int, path: bytes, names: Iterable[bytes]) -> None:
        """Set aside what root's Sendmail must not run or follow; all else stays as it is."""
        assert self._looked is not None
        for name in names:
            found = look(directory, name)
            if found is not None and not stat.S_ISDIR(found.st_mode):
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
        else:
            self.told.add(path, oddity(found))

    def _set_apart(self, directory: int, name: bytes, path: bytes, found: os.stat_result) -> bool:
        """Whether root's Sendmail must not have it: then it is renamed, and told."""
        ours = found.st_uid == self.uid
        if not ours and not self._given:
            return False
        if name in SPLIT:
            if ours and stat.S_ISLNK(found.st_mode):
                aside = set_aside(directory, name)
                self.told.add(path, f"a symbolic link that was made since; renamed to {aside}")
                return True
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
        aside = set_aside(directory, name)
        self.told.add(path, f"{oddity(found).partition(';')[0]}; renamed to {aside}")
        return True

    def _to_be_read(self, path: bytes, found: os.stat_result, *, ours: bool) -> bool:
        return ours or self.theirs is None or path in self.theirs

    def _recorded(self, top: int, group: Group, taken: set[bytes]) -> None:
        """What a file of records names gets the owner, group and mode that it had."""
        for path, names in groupby(group.names(), key=holder):
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


def holder(path: bytes) -> bytes:
    """Path of the directory that holds an entry."""
    return path.rpartition(b"/")[0] or TOP
