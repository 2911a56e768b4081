"""A queue that is a file system of its own within another: in which order both are given back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from tests.facts.paper_host import PaperHost
from wizard.events import JournalRecord, OpState
from wizard.host.base import Give, HostWriter
from wizard.host.tree_records import Records
from wizard.journal import Journal
from wizard.model import FileState, Kind
from wizard.plans import Choices, Expected, Plan, SetMetaTree, Step
from wizard.rollback import Rollback
from wizard.snapshot import Snapshot

OUTER, INNER = "/var/spool/mqueue", "/var/spool/mqueue/q2"
ACCOUNT, FORMER, ROOT = 997, 101, 0
AHEAD, OWNER = "queue-ahead", "queue-owner"


class Host(PaperHost):
    """Two trees: the walk through the outer one came last, and saw the inner one as taken."""

    def __init__(self) -> None:
        self.entries = {OUTER: ACCOUNT, INNER: ACCOUNT}
        "Who has the entries of each."
        super().__init__({path: owned(ACCOUNT) for path in self.entries})

    def restore_tree(
        self,
        path: str,
        _records: Records,
        *,
        taken_uid: int,
        progress: Callable[[int], None],
        part: Give = Give.ALL,
    ) -> list[str]:
        assert taken_uid == ACCOUNT
        progress(1)
        if part is not Give.ENTRIES:
            self.files[path] = owned(FORMER)
            if path == OUTER:
                self.files[INNER] = owned(ROOT)
        if part is not Give.DIRECTORIES:
            self.entries[path] = FORMER
            if path == OUTER:
                self.entries[INNER] = ACCOUNT
        return []


def owned(uid: int) -> FileState:
    return FileState(Kind.DIRECTORY, 0o700, uid, 104)


def tree(path: str, *, ahead: bool) -> SetMetaTree:
    expect = Expected.of(owned(FORMER))
    return SetMetaTree(path, ACCOUNT, ACCOUNT, 0o700, expect, ahead=ahead)


@pytest.mark.parametrize("begun", [0, 1, 2])
def test_what_lies_within_another_is_given_back_after_it(tmp_path: Path, begun: int) -> None:
    """begun: how many trees the engine that was killed had come to once the relay stood still."""
    steps = tuple(
        Step(
            name, "", "", "", "before", tuple(tree(p, ahead=name == AHEAD) for p in (INNER, OUTER))
        )
        for name in (AHEAD, OWNER)
    )
    snapshot = Snapshot(tmp_path)
    for path in (INNER, OUTER):
        snapshot.tree_recorder(path)
    ops = [(AHEAD, 0), (AHEAD, 1), (OWNER, 0), (OWNER, 1)][: 2 + begun]
    records = [JournalRecord(0, 0.0, "", step, op, OpState.INTENT) for step, op in ops[::-1]]
    host = Host()
    plan = Plan("x", "h", "i", "debian", Choices(), "", {}, steps)
    rollback = Rollback(cast(HostWriter, host), plan, Journal(tmp_path), snapshot)
    assert rollback.undo(records) == ([], [])
    assert {path: host.files[path].uid for path in (OUTER, INNER)} == {OUTER: FORMER, INNER: FORMER}
    assert host.entries == {OUTER: FORMER, INNER: FORMER}
