"""A long queue given back in parts: what is where while root's daemon runs in between."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine.trees import ACCOUNT, OLD, RELAYED, Queue, needs_root
from wizard.host.queue_entry import distrusted
from wizard.host.tree import looked
from wizard.host.tree.walk import take_all

pytestmark = needs_root
GIVING = "wizard.host.tree.give_back"
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


def test_what_root_must_not_run_is_gone_before_it_runs(queue: Queue, tmp_path: Path) -> None:
    """Its own, one of root's that it renamed, and links by which root would mail a secret."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    queue.whole()
    queue.add("qfOwn", PLANTED)
    queue.add("qfRoots", PLANTED, owner=0)
    (queue.top / "dfLink").symlink_to(secret)
    os.chown(queue.top / "dfLink", ACCOUNT, ACCOUNT, follow_symlinks=False)
    os.link(secret, queue.top / "dfHard")
    between = {}
    told = queue.give_in_parts(lambda: between.update(queue.seen()))
    assert {"QfOwn", "QfRoots", "set-aside.dfLink"} <= set(between)
    assert not {"qfOwn", "qfRoots", "dfLink"} & set(between)
    assert [line.partition(":")[0] for line in told].count("dfLink") == 1
    assert secret.stat().st_uid == 0


def test_a_file_that_another_linked_here_is_set_aside_where_the_kernel_lets_him(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looked, "PROTECTED", str(tmp_path / "none"))
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


def test_what_changed_after_it_was_read_is_read_again(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looked, "SETTLED", 0.0)
    queue.whole()
    path = queue.add("qfOne")

    def changed(*args: object, **words: object) -> object:
        path.write_text(PLANTED)
        return take_all(*args, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(f"{GIVING}.take_all", changed)
    between = {}
    queue.give_in_parts(lambda: between.update(queue.seen()))
    assert "QfOne" in between


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
