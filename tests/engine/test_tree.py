"""Re-owning a tree and giving it back: links, oddities, strange names, what came and went."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.trees import ACCOUNT, OLD, Queue, Recorder, needs_root
from wizard.errors import StepdownError
from wizard.host.paths import opened_directory
from wizard.host.tree import workers
from wizard.host.tree.walk import DEEP, count
from wizard.host.tree_records import FILE, TreeRecorder, Was, groups

pytestmark = needs_root


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path)


@pytest.mark.parametrize("helped", [50_000, 1], ids=["alone", "helped"])
def test_there_and_back(queue: Queue, helped: int) -> None:
    before = queue.seen()
    assert queue.whole(helped=helped) == []
    for name, (uid, gid, mode) in queue.seen().items():
        assert (uid, gid) == (ACCOUNT, ACCOUNT), name
        assert mode == (0o700 if (queue.top / name).is_dir() else 0o640), name
    assert queue.give_back() == []
    assert queue.seen() == before


def test_a_helper_that_dies_fails_the_walk(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    before = queue.seen()
    monkeypatch.setattr(workers, "_work", lambda *_: os.kill(os.getpid(), 9))
    with pytest.raises(StepdownError, match="half of the tree failed: it ended with -9"):
        queue.whole(helped=1)
    assert queue.give_back() == []
    assert queue.seen() == before


def test_a_helper_tells_what_it_left_alone(queue: Queue) -> None:
    names = [f"link{n}" for n in range(20)]
    for name in names:
        (queue.top / name).symlink_to("/etc")
    assert {line.partition(":")[0] for line in queue.whole(helped=1)} == set(names)


def test_links_and_files_with_several_links_are_left_alone(queue: Queue, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    (queue.top / "link").symlink_to(secret)
    (queue.top / "loop").symlink_to(".")
    os.link(secret, queue.top / "hard")
    os.mkfifo(queue.top / "fifo")
    told = queue.whole()
    assert {line.partition(":")[0] for line in told} == {"link", "loop", "hard", "fifo"}
    assert secret.stat().st_uid == 0
    queue.give_back()
    assert secret.stat().st_uid == 0


def test_entries_that_went_and_came_meanwhile(queue: Queue) -> None:
    queue.whole()
    (queue.top / "qf/qfA").unlink()
    queue.add("qf/dfB")
    queue.add("new")
    queue.add("others", owner=5)
    assert queue.give_back() == []
    after = queue.seen()
    assert "qf/qfA" not in after
    assert after["qf/dfB"][:2] == after["new"][:2] == (0, OLD), "root's, as root's Sendmail runs it"
    assert after["others"][:2] == (5, 5)


def test_a_link_swapped_in_by_the_account_leads_nowhere(queue: Queue, tmp_path: Path) -> None:
    """CVE-2018-6954's way: the account replaces what it owns by a link to what it wants."""
    secret = tmp_path / "shadow"
    secret.write_text("x")
    secret.chmod(0o640)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    queue.whole()
    (queue.top / "plain").unlink()
    (queue.top / "plain").symlink_to(secret)
    (queue.top / "df/dfA").unlink()
    (queue.top / "df").rmdir()
    (queue.top / "df").symlink_to(folder)
    (queue.top / "qf/qfA").unlink()
    os.link(secret, queue.top / "qf/qfA")
    told = queue.give_back()
    assert (secret.stat().st_uid, stat.S_IMODE(secret.stat().st_mode)) == (0, 0o640)
    assert folder.stat().st_uid == 0
    assert any(line.startswith("plain:") for line in told)
    assert any(line.startswith("qf/qfA:") for line in told)
    assert not (queue.top / "qf/qfA").exists(), "root's Sendmail must not read it"


def test_what_the_account_had_already_is_its_again(queue: Queue) -> None:
    """A migration by hand that came half-way, and is finished by a repair that is undone."""
    os.chown(queue.top / "plain", ACCOUNT, ACCOUNT)
    before = queue.seen()
    queue.whole()
    assert queue.give_back() == []
    assert queue.seen() == before


@pytest.mark.parametrize("after", range(6))
def test_a_disk_that_fills_up_in_the_walk(queue: Queue, after: int) -> None:
    """What was changed was recorded before; so what was recorded is enough."""
    before, target = queue.seen(), queue.target()
    assert isinstance(target.record, Recorder)
    target.record.fail_after = after
    with pytest.raises(OSError, match="No space"):
        queue.whole(target)
    queue.give_back()
    assert queue.seen() == before


def test_a_walk_that_was_killed_is_begun_again_and_undone(queue: Queue) -> None:
    """The first record of an entry counts, not what the walk that was killed had made of it."""
    before, target = queue.seen(), queue.target()
    assert isinstance(target.record, Recorder)
    target.record.fail_after = 4
    with pytest.raises(OSError, match="No space"):
        queue.whole(target)
    assert queue.whole() == []
    assert {uid for uid, _gid, _mode in queue.seen().values()} == {ACCOUNT}
    assert queue.give_back() == []
    assert queue.seen() == before


def test_a_walk_that_was_killed_before_its_first_record(queue: Queue) -> None:
    before = queue.seen()
    assert queue.give_back() == []
    assert queue.seen() == before


def test_an_entry_that_is_delivered_in_the_middle_of_the_walk(queue: Queue) -> None:
    """By a reload the old daemon still runs its queue while it is re-owned."""
    target = queue.target()
    assert isinstance(target.record, Recorder)
    target.record.then = lambda: (queue.top / "plain").unlink(missing_ok=True)
    queue.whole(target)
    assert queue.seen()["qf/qfA"][0] == ACCOUNT
    assert queue.give_back() == []


def test_a_torn_last_record_is_no_record(queue: Queue) -> None:
    before = queue.seen()
    queue.whole()
    for group in groups(queue.records):
        if group.was.kind == FILE:
            with group.path.open("ab") as stream:
                stream.write(b"qf/qf")
    assert queue.give_back() == []
    assert queue.seen() == before


def test_directories_without_end_are_not_walked_without_end(queue: Queue) -> None:
    queue.whole()
    deep = queue.top.joinpath(*["d"] * (DEEP + 5))
    deep.mkdir(parents=True)
    os.chown(queue.top / "d", ACCOUNT, ACCOUNT)
    for n in range(1, DEEP + 6):
        os.chown(queue.top.joinpath(*["d"] * n), ACCOUNT, ACCOUNT)
    told = queue.give_back()
    assert len(told) == 1
    assert "deep; left alone" in told[0]
    assert deep.stat().st_uid == ACCOUNT


def test_a_setuid_program_in_the_queue_does_not_come_back(queue: Queue) -> None:
    """Its content may be the account's by now."""
    (queue.top / "plain").chmod(0o4755)
    queue.whole()
    queue.give_back()
    assert queue.seen()["plain"] == (OLD, OLD, 0o755)


def test_a_count_does_not_follow_links(queue: Queue) -> None:
    (queue.top / "loop").symlink_to(".")
    with opened_directory(str(queue.top)) as top:
        assert count(top) == 8


NAMES = st.binary(min_size=1, max_size=40).filter(lambda raw: b"\0" not in raw and b"/" not in raw)
IDS = st.integers(0, 2**32 - 2)
WAS = st.builds(Was, st.sampled_from("fd"), IDS, IDS, st.integers(0, 0o7777))


@given(st.dictionaries(WAS, st.lists(NAMES, min_size=1), max_size=4))
def test_any_record_survives(
    tmp_path_factory: pytest.TempPathFactory, made: dict[Was, list[bytes]]
) -> None:
    place = tmp_path_factory.mktemp("records")
    TreeRecorder(place / "tree")(made)
    TreeRecorder(place / "tree")(made)
    found = groups(place / "tree")
    assert {group.was: list(group.names()) for group in found if group.walk == 0} == made
    assert [group.walk for group in found] == sorted([0, 1] * len(made))
