"""A queue for the tests of re-owning, and how it is driven and seen."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from wizard.host.paths import opened_directory
from wizard.host.tree import reown
from wizard.host.tree.give_back import give_back, give_directories, give_entries
from wizard.host.tree.looked import Looked
from wizard.host.tree_records import TreeRecorder, TreeRecords, Was

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="chown needs root")
ACCOUNT, OLD = 4242, 4141
RELAYED = "V8\nS<a@example.com>\nRPFD:<x@example.org>\n.\n"
"A control file as relays have it."


class Recorder(TreeRecorder):
    """Can be told to fail, and to act once it has recorded."""

    fail_after = -1
    "Records that are taken before the disk is full; -1: it never is."
    then: Callable[[], None] | None = None

    def __call__(self, entries: Mapping[Was, Sequence[bytes]]) -> None:
        if self.fail_after == 0:
            raise OSError(28, "No space left on device")
        self.fail_after -= 1
        super().__call__(entries)
        if self.then:
            self.then()


class Queue:
    """A queue with subdirectories, as another account owns it, and where its records go."""

    def __init__(self, room: Path) -> None:
        self.top = room / "mqueue"
        self.records = room / "records"
        self._snapshot = room
        for name in (".", "qf", "df", "deep/er"):
            (self.top / name).mkdir(parents=True, exist_ok=True)
        for name in ("qf/qfA", "df/dfA", "deep/er/x", "plain", "two\nlines", "back\\slash", "\\"):
            (self.top / name).write_text(RELAYED)
            (self.top / name).chmod(0o640)
        for entry in (self.top, *self.top.rglob("*")):
            os.chown(entry, OLD, OLD)
        self.top.chmod(0o2750)

    def target(self, recorder: type[TreeRecorder] = Recorder) -> reown.Target:
        """To the account; a walk of its own."""
        record = recorder(self.records)
        return reown.Target(ACCOUNT, ACCOUNT, 0o700, record, lambda _done, _of: None)

    def whole(self, target: reown.Target | None = None, helped: int = 50_000) -> list[str]:
        with opened_directory(str(self.top)) as top:
            return reown.whole(top, target or self.target(), helped)

    def again(self) -> list[str]:
        with opened_directory(str(self.top)) as top:
            return reown.again(top, self.target())

    def give_back(self) -> list[str]:
        with opened_directory(str(self.top)) as top:
            found = TreeRecords(self.records)
            return give_back(top, found, taken_uid=ACCOUNT, progress=lambda _n: None)

    def seen(self) -> dict[str, tuple[int, int, int]]:
        """Owner, group and mode of every entry, links not followed."""
        found = {}
        for entry in [self.top, *self.top.rglob("*")]:
            state = entry.lstat()
            name = str(entry.relative_to(self.top))
            found[name] = (state.st_uid, state.st_gid, stat.S_IMODE(state.st_mode))
        return found

    def add(self, name: str, content: str = RELAYED, owner: int = ACCOUNT) -> Path:
        """A file of this owner."""
        path = self.top / name
        path.write_text(content)
        os.chown(path, owner, owner)
        return path

    def give_in_parts(
        self,
        between: Callable[[], None] = lambda: None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> list[str]:
        """As for a long queue.

        meanwhile: what the account does once all was looked over, and the relay runs yet.
        between: while root's daemon runs and entries are not given.
        """
        found, looked = TreeRecords(self.records), Looked()
        with opened_directory(str(self.top)) as top:
            looked.read_all(top, ACCOUNT)
            meanwhile()
            told = give_directories(
                *(top, found, looked), taken_uid=ACCOUNT, progress=lambda _n: None
            )
            between()
            told += give_entries(*(top, found, looked), taken_uid=ACCOUNT, progress=lambda _n: None)
        return told
