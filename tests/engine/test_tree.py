"""Re-owning a tree and giving it back: links, oddities, strange names, what came and went."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.host import tree
from wizard.host.paths import opened_directory
from wizard.host.tree import TreeRecord

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="chown needs root")
ACCOUNT, OLD = 4242, 4141


class Records:
    """A recorder that remembers, and can be told to fail."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.lines: list[bytes] = []
        self._left = fail_after

    def __call__(self, data: bytes) -> None:
        if self._left is not None:
            if self._left == 0:
                raise OSError(28, "No space left on device")
            self._left -= 1
        self.lines += data.splitlines(keepends=True)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.lines)


def reown(path: Path, records: Records) -> list[str]:
    with opened_directory(str(path)) as top:
        return tree.reown(
            top, uid=ACCOUNT, gid=ACCOUNT, dir_mode=0o700, record=records, progress=lambda _n: None
        )


def give_back(path: Path, records: Records) -> list[str]:
    with opened_directory(str(path)) as top:
        return tree.give_back(top, iter(records), taken_uid=ACCOUNT, progress=lambda _n: None)


def seen(path: Path) -> dict[str, tuple[int, int, int]]:
    """Owner, group and mode of a tree's every entry, links not followed."""
    found = {}
    for entry in [path, *path.rglob("*")]:
        state = entry.lstat()
        name = str(entry.relative_to(path))
        found[name] = (state.st_uid, state.st_gid, stat.S_IMODE(state.st_mode))
    return found


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    """A queue with subdirectories, as another account owns it."""
    top = tmp_path / "mqueue"
    for name in (".", "qf", "df", "deep/er"):
        (top / name).mkdir(parents=True, exist_ok=True)
    for name in ("qf/qfA", "df/dfA", "deep/er/x", "plain", "two\nlines", "back\\nslash", "\\"):
        (top / name).write_text(name)
        (top / name).chmod(0o640)
    for entry in (top, *top.rglob("*")):
        os.chown(entry, OLD, OLD)
    top.chmod(0o2750)
    return top


@needs_root
def test_there_and_back(queue: Path) -> None:
    before, records = seen(queue), Records()
    assert reown(queue, records) == []
    for name, (uid, gid, mode) in seen(queue).items():
        assert (uid, gid) == (ACCOUNT, ACCOUNT), name
        assert mode == (0o700 if (queue / name).is_dir() else 0o640), name
    assert give_back(queue, records) == []
    assert seen(queue) == before


@needs_root
def test_links_and_files_with_several_links_are_left_alone(queue: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    (queue / "link").symlink_to(secret)
    (queue / "loop").symlink_to(".")
    os.link(secret, queue / "hard")
    os.mkfifo(queue / "fifo")
    records = Records()
    told = reown(queue, records)
    assert {line.partition(":")[0] for line in told} == {"link", "loop", "hard", "fifo"}
    assert secret.stat().st_uid == 0
    give_back(queue, records)
    assert secret.stat().st_uid == 0


@needs_root
def test_entries_that_went_and_came_meanwhile(queue: Path) -> None:
    records = Records()
    reown(queue, records)
    (queue / "qf/qfA").unlink()
    for name in ("qf/dfB", "new"):
        (queue / name).write_text("new mail")
        os.chown(queue / name, ACCOUNT, ACCOUNT)
    (queue / "others").write_text("not ours")
    os.chown(queue / "others", 5, 5)
    assert give_back(queue, records) == []
    after = seen(queue)
    assert "qf/qfA" not in after
    assert after["qf/dfB"][:2] == after["new"][:2] == (0, OLD), "root's, as root's Sendmail runs it"
    assert after["others"][:2] == (5, 5)


@needs_root
def test_a_link_swapped_in_by_the_account_leads_nowhere(queue: Path, tmp_path: Path) -> None:
    """CVE-2018-6954's way: the account replaces what it owns by a link to what it wants."""
    secret = tmp_path / "shadow"
    secret.write_text("x")
    secret.chmod(0o640)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    records = Records()
    reown(queue, records)
    (queue / "plain").unlink()
    (queue / "plain").symlink_to(secret)
    (queue / "df/dfA").unlink()
    (queue / "df").rmdir()
    (queue / "df").symlink_to(folder)
    (queue / "qf/qfA").unlink()
    os.link(secret, queue / "qf/qfA")
    told = give_back(queue, records)
    assert secret.stat().st_uid == 0
    assert stat.S_IMODE(secret.stat().st_mode) == 0o640
    assert folder.stat().st_uid == 0
    assert any(line.startswith("plain:") for line in told)
    assert any(line.startswith("qf/qfA:") for line in told)


@needs_root
@pytest.mark.parametrize("after", range(8))
def test_a_disk_that_fills_up_in_the_walk(queue: Path, after: int) -> None:
    """What was changed was recorded before; so what was recorded is enough."""
    before, records = seen(queue), Records(fail_after=after)
    with pytest.raises(OSError, match="No space"):
        reown(queue, records)
    give_back(queue, records)
    assert seen(queue) == before


@needs_root
def test_a_walk_that_was_killed_before_its_first_record(queue: Path) -> None:
    before = seen(queue)
    assert give_back(queue, Records()) == []
    assert seen(queue) == before


@needs_root
def test_an_entry_that_is_delivered_in_the_middle_of_the_walk(queue: Path) -> None:
    """By a reload the old daemon still runs its queue while it is re-owned."""
    records = Records()

    def record(lines: bytes) -> None:
        records(lines)
        (queue / "plain").unlink(missing_ok=True)

    with opened_directory(str(queue)) as top:
        tree.reown(
            top, uid=ACCOUNT, gid=ACCOUNT, dir_mode=0o700, record=record, progress=lambda _n: None
        )
    assert seen(queue)["qf/qfA"][0] == ACCOUNT
    assert give_back(queue, records) == []


@needs_root
def test_a_torn_last_record_is_no_record(queue: Path) -> None:
    before, records = seen(queue), Records()
    reown(queue, records)
    os.chown(queue / "plain", OLD, OLD)
    whole = [line for line in records.lines if not line.startswith(b"plain\0")]
    records.lines = [*whole, b"plain\x0041"]
    give_back(queue, records)
    assert seen(queue) == before


@needs_root
def test_a_count_does_not_follow_links(queue: Path) -> None:
    (queue / "loop").symlink_to(".")
    with opened_directory(str(queue)) as top:
        assert tree.count(top) == 8


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=40
) | st.text("\\n\n", min_size=1)


@given(NAMES, st.integers(0, 2**32 - 2), st.integers(0, 0o7777), st.integers(0, 2**63))
def test_any_record_survives_its_line(name: str, uid: int, mode: int, inode: int) -> None:
    record = TreeRecord(name, uid, uid, mode, inode)
    line = record.encode()
    assert line.count(b"\n") == 1
    assert tree.decode(line) == record


@given(st.binary(max_size=30))
def test_a_name_that_is_no_text_survives_too(raw: bytes) -> None:
    name = os.fsdecode(raw.replace(b"\0", b"").replace(b"/", b"") or b"x")
    assert tree.decode(TreeRecord(name, 1, 2, 0o600, 3).encode()).path == name
