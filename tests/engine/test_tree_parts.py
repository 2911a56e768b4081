"""A long queue given back in parts: what is where while root's daemon runs in between."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine.trees import ACCOUNT, OLD, RELAYED, Queue, needs_root
from wizard.host.paths import opened_directory
from wizard.host.queue_entry import distrusted
from wizard.host.tree import arrivals, kernel, looked
from wizard.host.tree.looked import Looked

pytestmark = needs_root
GIVING = "wizard.host.tree.back"
PLANTED = 'V8\nS<a@example.com>\nCroot:0:0:<x@localhost>\nR<"|/bin/x">\n.\n'


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path)


def test_directories_first_and_entries_later(queue: Queue) -> None:
    before = queue.seen()
    queue.whole()
    between = {}
    assert queue.give_in_parts(lambda: between.update(queue.seen())) == []
    for name, (uid, _gid, _mode) in between.items():
        assert uid == (OLD if (queue.top / name).is_dir() else ACCOUNT), name
    assert queue.seen() == before


@pytest.fixture(params=["told", "not told"])
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the kernel tells what comes, or every entry is to be looked at in the standstill."""
    if request.param == "told":
        monkeypatch.setattr(Looked, "not_plainly_fine", _never)
        return True
    monkeypatch.setattr(Looked, "came", lambda _self: None)
    return False


def _never(*_args: object) -> list[bytes]:
    raise AssertionError("a long queue would be walked while the relay stands still")


def plant(queue: Queue, secret: Path) -> None:
    """Its own, one of root's that it renamed, and links by which root would mail a secret."""
    queue.add("qfOwn", PLANTED)
    queue.add("dfRoots", PLANTED, owner=0).rename(queue.top / "qfRoots")
    (queue.top / "dfLink").symlink_to(secret)
    os.chown(queue.top / "dfLink", ACCOUNT, ACCOUNT, follow_symlinks=False)
    os.link(secret, queue.top / "dfHard")
    (queue.top / "xf").symlink_to(secret.parent)
    os.chown(queue.top / "xf", ACCOUNT, ACCOUNT, follow_symlinks=False)


@pytest.mark.parametrize("when", ["before the look", "after it"])
@pytest.mark.usefixtures("told")
def test_what_root_must_not_run_is_gone_before_it_runs(
    queue: Queue, tmp_path: Path, when: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    queue.whole()
    if when == "before the look":
        plant(queue, secret)
    between = {}
    told = queue.give_in_parts(
        lambda: between.update(queue.seen()),
        lambda: None if when == "before the look" else plant(queue, secret),
    )
    assert {"QfOwn", "QfRoots", "set-aside.dfLink", "set-aside.xf"} <= set(between)
    assert not {"qfOwn", "qfRoots", "dfLink", "xf"} & set(between)
    assert [line.partition(":")[0] for line in told].count("dfLink") == 1
    assert secret.stat().st_uid == 0


def theirs(path: Path) -> Path:
    """A directory of the account's."""
    path.mkdir()
    os.chown(path, ACCOUNT, ACCOUNT)
    return path


def test_a_directory_that_came_after_the_look_is_looked_at_whole(queue: Queue) -> None:
    """New, moved, and swapped for another that was there."""
    queue.whole()
    outside = theirs(queue.top.parent / "outside")

    def swap() -> None:
        theirs(queue.top / "new")
        theirs(queue.top / "new/deeper")
        queue.add("new/deeper/qfNew", PLANTED)
        (queue.top / "qf").rename(queue.top / "moved")
        queue.add("moved/qfMoved", PLANTED)
        outside.rename(queue.top / "qf")
        queue.add("qf/qfSwapped", PLANTED)

    between = {}
    told = queue.give_in_parts(lambda: between.update(queue.seen()), swap)
    assert {"new/deeper/QfNew", "moved/QfMoved", "qf/QfSwapped"} <= set(between)
    assert all(between[name][0] != ACCOUNT for name in ("new", "new/deeper", "moved", "qf"))
    assert sum("no relay" in line or "renamed to Qf" in line for line in told) == 3


def test_where_another_host_may_write_every_entry_is_looked_at(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "LOCAL", {})
    looked_at: list[bytes] = []
    really = Looked.not_plainly_fine

    def seen(self: Looked, directory: int, uid: int) -> list[bytes]:
        looked_at.extend(found := really(self, directory, uid))
        return found

    monkeypatch.setattr(Looked, "not_plainly_fine", seen)
    queue.whole()
    queue.give_in_parts()
    assert looked_at


def test_a_directory_by_the_name_of_a_control_file_stops_nothing(queue: Queue) -> None:
    queue.whole()

    def plant() -> None:
        theirs(queue.top / "qfDirectory")
        queue.add("qfOwn", PLANTED)

    queue.give_in_parts(meanwhile=plant)
    assert queue.seen()["qfDirectory"][0] == OLD
    assert "QfOwn" in queue.seen()
    with opened_directory(str(queue.top)) as top:
        assert distrusted(top, b"qfDirectory") == "not a file of its own"


def test_more_than_the_kernel_keeps_is_looked_for_one_by_one(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "MANY", 3)
    queue.whole()

    def flood() -> None:
        for number in range(9):
            queue.add(f"qf{number}", PLANTED)

    between = {}
    queue.give_in_parts(lambda: between.update(queue.seen()), flood)
    assert {f"Qf{number}" for number in range(9)} <= set(between)


def test_a_file_that_another_linked_here_is_set_aside_where_the_kernel_lets_him(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "PROTECTED", str(tmp_path / "none"))
    secret = tmp_path / "secret"
    secret.write_text("x")
    queue.whole()
    os.link(secret, queue.top / "dfHard")
    queue.give_in_parts()
    assert not (queue.top / "dfHard").exists()
    assert secret.stat().st_uid == 0


def test_what_was_read_and_is_as_it_was_is_not_read_in_the_standstill(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.whole()
    queue.add("qfOld")
    monkeypatch.setattr(looked, "SETTLED", 0.0)
    read: list[bytes] = []

    def seen(directory: int, name: bytes) -> str:
        read.append(name)
        return distrusted(directory, name)

    monkeypatch.setattr(f"{GIVING}.distrusted", seen)
    in_the_standstill: list[bytes] = []
    queue.give_in_parts(lambda: in_the_standstill.extend(read))
    assert in_the_standstill == []
    assert b"qfOld" in read, "once more before it is root's"


def test_what_was_written_after_it_was_read_is_read_again(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every entry is looked at, at once; else before it becomes root's."""
    monkeypatch.setattr(looked, "SETTLED", 0.0)
    queue.whole()
    path = queue.add("qfOne")
    queue.give_in_parts(meanwhile=lambda: path.write_text(PLANTED))
    assert "QfOne" in queue.seen()
    path = queue.add("qfTwo")
    between = {}
    monkeypatch.setattr(Looked, "came", lambda _self: None)
    queue.whole()
    queue.give_in_parts(lambda: between.update(queue.seen()), lambda: path.write_text(PLANTED))
    assert "QfTwo" in between


def test_what_root_wrote_anew_of_the_accounts_is_read_too(queue: Queue) -> None:
    """Sendmail writes a control file anew as root; root's own arrivals are left alone."""
    queue.whole()
    queue.add("qfTheirs")

    def delivering() -> None:
        for name in ("tfTheirs", "qfNew"):
            queue.add(name, PLANTED, owner=0)
        (queue.top / "tfTheirs").rename(queue.top / "qfTheirs")
        (queue.top / "qf/qfA").unlink()

    queue.give_in_parts(delivering)
    after = queue.seen()
    assert {"QfTheirs", "qfNew"} <= set(after)
    assert (queue.top / "plain").read_text() == RELAYED
    assert after["plain"][:2] == (OLD, OLD)
