"""When a command is undone, and when it never did anything. The host is on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from tests.facts.paper_host import PaperHost, text
from wizard.events import JournalRecord, OpState
from wizard.host.base import HostWriter
from wizard.journal import Journal
from wizard.model import FileState
from wizard.plans import (
    Choices,
    Command,
    Completed,
    Op,
    Plan,
    RunCommand,
    Step,
)
from wizard.rollback import Rollback
from wizard.snapshot import Snapshot

GROUP = "/etc/group"
BEFORE = "root:x:0:\n"
AFTER = f"{BEFORE}sendmail:x:24:\n"
ADD, REMOVE = Command(("/usr/sbin/groupadd", "sendmail")), Command(("/usr/sbin/groupdel", "x"))
STOP, START = Command(("/bin/stop",)), Command(("/bin/start",))
START_OP = RunCommand(START, STOP, (GROUP,), derived=True)


class Host(PaperHost):
    """Takes commands and restorations down."""

    def __init__(self, files: dict[str, FileState]) -> None:
        super().__init__(files)
        self.ran: list[str] = []
        self.restored: list[str] = []

    def run(self, command: Command, line: Callable[[str], None], *, mark: str = "") -> Completed:
        assert mark.endswith("/account-group/0")
        self.ran.append(str(command))
        return Completed(0)

    def sweep(self, path: str) -> None:
        assert path == GROUP

    def restore(self, path: str, state: FileState) -> None:
        self.restored.append(path)
        self.files[path] = state


def undone(place: Path, op: Op, now: str, left: dict[str, str] | None = None) -> Host:
    """Undo one command whose file was BEFORE and is `now`; returns what was done."""
    host = Host({GROUP: text(now)})
    step = Step("account-group", "", "", "", "before", (op,))
    plan = Plan("x", "h", "i", "debian", Choices(), "", {}, (step,))
    snapshot = Snapshot(place)
    touched = {GROUP: snapshot.save(text(BEFORE))}
    record = JournalRecord(1, 0.0, "", step.id, 0, OpState.INTENT, touched=touched, left=left or {})
    rollback = Rollback(cast(HostWriter, host), plan, Journal(place), snapshot)
    _exceptions, failures = rollback.undo([record])
    assert failures == []
    return host


def test_a_command_that_changed_nothing_is_not_undone(tmp_path: Path) -> None:
    """groupadd refused, as the group was there: groupdel would take another's group away."""
    host = undone(tmp_path, RunCommand(ADD, REMOVE, (GROUP,)), BEFORE)
    assert (host.ran, host.files[GROUP]) == ([], text(BEFORE))


def test_a_command_that_did_something_is(tmp_path: Path) -> None:
    assert undone(tmp_path, RunCommand(ADD, REMOVE, (GROUP,)), AFTER).ran == [str(REMOVE)]


def test_a_service_is_stopped_though_no_file_has_changed(tmp_path: Path) -> None:
    op = RunCommand(START, STOP, (GROUP,), derived=True)
    assert undone(tmp_path, op, BEFORE).ran == [str(STOP)]


@pytest.mark.parametrize("derived", [True, False])
def test_what_others_wrote_since_is_theirs(tmp_path: Path, derived: bool) -> None:
    op = RunCommand(ADD, REMOVE, (GROUP,), derived=derived)
    host = undone(tmp_path, op, f"{AFTER}carol:x:1000:\n", left={GROUP: "0" * 64})
    assert host.restored == []


def test_half_of_a_groupdel_is_no_other_persons_change(tmp_path: Path) -> None:
    """Killed between group and gshadow: the line that is left is the account's own."""
    op = RunCommand(ADD, REMOVE, (GROUP,))
    assert undone(tmp_path, op, AFTER, left={GROUP: "0" * 64}).files[GROUP] == text(BEFORE)


def test_what_a_start_made_anew_is_given_back_at_the_end(tmp_path: Path) -> None:
    """With the owner that it had before the run, whichever step changed that."""
    made = "# This file is automagically generated\n"
    host = Host({GROUP: text(f"{made}anew\n")})
    original = replace(text(f"{made}once\n"), gid=104)
    step = Step("service-start", "", "", "", "switch", (START_OP,))
    plan = Plan("x", "h", "i", "debian", Choices(), "", {}, (step,))
    journal, snapshot = Journal(tmp_path), Snapshot(tmp_path)
    rollback = Rollback(cast(HostWriter, host), plan, journal, snapshot)
    assert rollback.give_made_anew(lambda _path: original) == []
    assert host.files[GROUP] == original
    host.files[GROUP] = text("an admin's own\n")
    assert rollback.give_made_anew(lambda _path: original) == []
    assert host.files[GROUP] == text("an admin's own\n")
