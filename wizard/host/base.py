"""The seam: what the engine may ask of a host, and what it may do to one.

The host is the mode. A live host reads and writes, an overlay keeps writes in memory, a recorded
host has no writer at all; nothing above this line ever asks which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import Protocol

from wizard.errors import StepdownError
from wizard.host.lookup import LookedUp
from wizard.host.spool import Spool
from wizard.host.table import Sifted, TableQuestion
from wizard.host.tree_records import Recorder, Records
from wizard.model import FileState, Identity, LogScan, Process
from wizard.plans import Command, Completed

NOT_RUN = "Run stepdown on the host itself, or review what `stepdown capture` recorded there."
"What to do about a mounted host, of which only files can be read."


class Unreadable(StepdownError):
    """Something could not be read or run. What depends on it is UNKNOWN, never absent."""


class Unwritable(StepdownError):
    """The host would not take a change: a full disk, a read-only or an immutable file."""


class NotRecorded(Unreadable):
    """A recorded host was asked something that its recording does not hold."""


class HostReader(Protocol):
    """Questions. None of them changes anything on the host."""

    def identity(self) -> Identity:
        """Who and where we are."""

    def state(self, path: str, *, content: bool = False) -> FileState:
        """The path itself, links not followed; ABSENT where there is none.

        Raises Unreadable where it cannot be told (no permission, I/O error).
        """

    def resolve(self, path: str) -> str:
        """The path with every link followed; the same path where nothing is there."""

    def listdir(self, path: str) -> tuple[str, ...]:
        """Sorted names in a directory; empty where it is absent. Raises Unreadable."""

    def scan_log(self, source: str | Command, local_mailers: tuple[str, ...]) -> LogScan:
        """The deliveries in a mail log, those by the local mailers closer.

        The log is a file, plain or compressed, or what a command that changes nothing prints.
        Raises Unreadable where it could not be read to its end.
        """

    def spool(self, path: str) -> Spool:
        """The mailboxes in a spool directory, however many. Raises Unreadable."""

    def read_from(self, path: str, offset: int) -> bytes:
        """What a growing file holds from an offset on; empty where it is absent. Raises Unreadable.

        An offset beyond the end means that the file was rotated: it is read from its start.
        """

    def table(self, question: TableQuestion) -> Sifted:
        """What a routing table holds, sorted; however large. Raises Unreadable."""

    def look_up(self, paths: Sequence[str]) -> LookedUp:
        """Which of very many paths are there, with their states; links on the way are followed.

        A `*` stands for any name; a path that ends in `/.` asks for a directory.
        """

    def probe(self, command: Command) -> Completed:
        """Run a command that changes nothing. Raises Unreadable where it cannot be run."""

    def processes(
        self, *, uids: Collection[int] = (), binaries: Collection[str] = ()
    ) -> tuple[Process, ...]:
        """All processes. Raises Unreadable.

        uids, binaries: where given, those that are none of these accounts', or whose binary is
        seen to be none of these names, need not be told: to look at one takes 0.1 ms.
        """

    def free_bytes(self, path: str) -> int:
        """Bytes free to us on the file system that holds the path or its nearest parent."""

    def count(self, path: str) -> int:
        """Entries below a directory, at any depth, links not followed. Raises Unreadable."""


class Walk(StrEnum):
    """How a tree is re-owned: at once, or in walks that begin while the relay runs."""

    WHOLE = "whole"
    "All of it, or, after a walk AHEAD of the same host object, what that one left and what came."
    AHEAD = "ahead"
    "While it runs as root: entries in use are left alone, directories taken but not given."
    AGAIN = "again"
    "While it runs as the account: what came in between. The directories are the account's."


class Give(StrEnum):
    """Which part of a tree is given back."""

    ALL = "all"
    "Directories and entries."
    DIRECTORIES = "directories"
    "While the relay stands still: the directories, and what root must not run is set aside."
    ENTRIES = "entries"
    "After that, while root's daemon runs: the rest."


class HostWriter(HostReader, Protocol):
    """Acts. Each is atomic or recorded; none follows a link at the end of a path."""

    def put(self, path: str, content: bytes, *, uid: int, gid: int, mode: int) -> None:
        """Write a regular file: temporary file beside it, metadata, fsync, rename."""

    def meta(self, path: str) -> FileState:
        """The path itself with all its xattrs, without content: what set_meta may change.

        ABSENT where there is none. Raises Unreadable.
        """

    def set_meta(self, path: str, *, uid: int, gid: int, mode: int) -> None:
        """Owner, group and mode of a file with one link, or of a directory."""

    def restore(self, path: str, state: FileState) -> None:
        """Make the path what it was: content, owner, group, mode, xattrs, mtime, link, or absent.

        Without content only owner, group, mode and xattrs are given back.
        """

    def sweep(self, path: str) -> None:
        """Remove what a write of this path that was killed left beside it."""

    def set_meta_tree(
        self,
        path: str,
        *,
        uid: int,
        gid: int,
        dir_mode: int,
        record: Recorder,
        progress: Callable[[int, int], None],
        walk: Walk = Walk.WHOLE,
    ) -> tuple[str, ...]:
        """Re-own a directory and all below it, recording each entry before it is changed.

        progress takes how many entries are done and how many there are, 0: not known. Returns
        what was left alone and why, a line each.
        """

    def restore_tree(
        self,
        path: str,
        records: Records,
        *,
        taken_uid: int,
        progress: Callable[[int], None],
        part: Give = Give.ALL,
    ) -> tuple[str, ...]:
        """Give every recorded entry that still exists its owner, group and mode back.

        Entries that arrived since and belong to taken_uid become what their directory's recorded
        owner demands. Returns exceptions, a line each.
        """

    def look_over_tree(self, path: str, uid: int) -> None:
        """Read the control files of this account while its relay runs.

        Of those that stay as they are Give.DIRECTORIES of the same host object reads none again.
        """

    def run(self, command: Command, line: Callable[[str], None], *, mark: str = "") -> Completed:
        """Run a command that changes the host, telling each line as it is printed.

        mark: `RUN/STEP/OP`, by which left_running finds it should we be killed meanwhile.
        """

    def left_running(self, run: str, commands: Sequence[str]) -> tuple[Process, ...]:
        """Commands that an engine of this run started and that still run, with their helpers.

        commands: as they are shown, arguments joined by blanks. A daemon that such a command
        started is none: it has left the command's session.
        """

    def end_process(self, pid: int, started: float, *, force: bool) -> None:
        """SIGTERM, or SIGKILL with force, to this very process; gone already is fine."""
