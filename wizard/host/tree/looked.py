"""A queue looked over while the relay still ran, so that little is left for the standstill.

What comes under a new name the kernel tells (`arrivals`), whoever made it: the standstill looks at
that, and at what was none of a relay's, and at nothing else. It does not last longer for a longer
queue. Where the kernel could not tell all, every entry is looked at.

The account may write what it owns at any moment, and a process of its may do so behind our back,
through a map or through a link elsewhere. Sendmail holds: as root it refuses programs, files, lists
and other directories from a control file that is not root's (readqf(), EF_UNSAFE; seen), and each
is read again before it becomes root's.
"""

from __future__ import annotations

import os
import stat
import time

from wizard.host.queue_entry import CONTROL, LIMIT, why_distrusted
from wizard.host.tree.arrivals import Arrivals
from wizard.host.tree.kernel import protects_hardlinks
from wizard.host.tree.message_files import SPLIT, leads_elsewhere, of_a_message
from wizard.host.tree.polite import politely
from wizard.host.tree.walk import (
    TOP,
    Told,
    below,
    entries_in,
    look,
    opened_below,
    subdirectories,
)

MANY = 1_000_000
"Control files that are remembered at most; others are read during the standstill."
SETTLED = 1.0
"Seconds since its last change from which on a file's time of change tells a later one."
READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Looked:
    """What is known of a tree's control files by the engine that gives it back."""

    def __init__(self) -> None:
        self._fine: dict[int, int] = {}
        self._arrivals: Arrivals | None = None
        self.directories: list[bytes] = []
        "Paths of those that were looked over, outermost first."
        self.theirs: set[bytes] | None = None
        """Paths of control files that the account had when they were read; None: not known."""

    def go_on(self) -> None:
        """From here on note_theirs is told of all that the account has and was not read yet."""
        if not self._fine:
            self.theirs = set()

    def not_plainly_fine(self, directory: int, uid: int) -> list[bytes]:
        """Names of the entries that have to be looked at one by one.

        Not of control files of this account that were read, are a relay's and as they were, nor of
        other regular files where the kernel lets nobody link what is not his (proc_sys_fs(5)).
        """
        found, fine, unlinked = [], self._fine, protects_hardlinks()
        for entry in entries_in(directory):
            name = entry.name
            if name[:2] in CONTROL:
                now = look(directory, name)
                if now and now.st_uid == uid and fine.get(_key(now)) == now.st_ctime_ns:
                    continue  # a link to it would have changed that time
            elif unlinked and entry.is_file(follow_symlinks=False):
                continue
            found.append(name)
        return found

    def note_theirs(self, path: bytes) -> None:
        """One that was the account's."""
        if self.theirs is not None:
            self.theirs.add(path)
            if len(self.theirs) > MANY:
                self.theirs = None

    def came(self) -> dict[bytes, set[bytes]] | None:
        """What is to be looked at again, by directory; None: everything. The watch ends with it.

        Asked once the directories are taken: what comes later is not told.
        """
        if self._arrivals is None:
            return None
        found, lost = self._arrivals.close(), self._arrivals.lost
        self._arrivals = None
        return None if lost else found

    def read_all(self, top: int, uid: int) -> None:
        """Look over the tree, reading the control files that are this account's.

        Raises OSError. Nothing is changed.
        """
        self._arrivals = Arrivals()
        with politely():
            self._read_below(top, uid, self._arrivals)

    def _read_below(self, top: int, uid: int, arrivals: Arrivals) -> None:
        unlinked = protects_hardlinks()
        pending = [TOP]
        while pending:
            path = pending.pop()
            with opened_below(top, path) as directory:
                if directory is None:
                    continue
                arrivals.watch(directory, path)
                self.directories.append(path)
                for entry in entries_in(directory):
                    if not self._is_fine(directory, path, entry, uid, unlinked):
                        arrivals.add(path, entry.name)
                pending += subdirectories(directory, path, Told())

    def _is_fine(
        self, directory: int, path: bytes, entry: os.DirEntry[bytes], uid: int, unlinked: bool
    ) -> bool:
        """Whether the entry need not be looked at again unless somebody touches it."""
        name = entry.name
        if name[:2] in CONTROL and not entry.is_dir(follow_symlinks=False):
            read = self._read(directory, name, uid)
            if read:
                self.note_theirs(below(path, name))
            return read
        if not of_a_message(name) and name not in SPLIT:
            return True
        if unlinked and entry.is_file(follow_symlinks=False):
            return True
        found = look(directory, name)
        return found is None or not leads_elsewhere(found, ours=found.st_uid == uid)

    def _read(self, directory: int, name: bytes, uid: int) -> bool:
        """Whether it need not be read again, as long as it stays as it is."""
        try:
            descriptor = os.open(name, READING, dir_fd=directory)
        except OSError:
            return False  # gone, or no file
        try:
            found = os.fstat(descriptor)
            plain = stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_uid == uid
            settled = time.time() - found.st_ctime >= SETTLED
            if plain and settled and found.st_size <= LIMIT:
                content = os.read(descriptor, LIMIT)
                after = os.fstat(descriptor)
                same = (after.st_ctime_ns, after.st_size) == (found.st_ctime_ns, len(content))
                if same and len(self._fine) < MANY and not why_distrusted(content):
                    self._fine[_key(found)] = found.st_ctime_ns
                    return True
            return False
        finally:
            os.close(descriptor)


def _key(found: os.stat_result) -> int:
    return found.st_dev << 64 | found.st_ino
