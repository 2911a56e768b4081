"""Looking up very many paths: what is there, what cannot be told, and what does not answer."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event

import pytest

from wizard.host.local import LocalReader
from wizard.host.lookup import look_up, network_mounts
from wizard.model import Kind

MOUNTS = """\
21 1 0:20 / / rw,relatime - ext4 /dev/sda1 rw
41 21 0:41 / /home/far\\040away rw,relatime shared:7 - nfs4 server:/home rw,vers=4.2
42 21 0:42 / /net rw - autofs systemd-1 rw
43 21 0:43 / /mnt/x rw - fuse.sshfs me@there: rw
"""


def test_network_mounts_are_known_by_their_type() -> None:
    assert set(network_mounts(MOUNTS)) == {"/home/far away", "/net", "/mnt/x"}


def test_files_directories_links_and_patterns(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "a" / ".forward+x").write_text("x")
    (tmp_path / "a" / "[.]").write_text("x")
    os.mkfifo(tmp_path / "fifo")
    asked = ["a", "link", "link/.", "fifo", "a/.forward+*", "*/.forward+*", "a/[.]", "fifo/.", "b"]
    looked = look_up([f"{tmp_path}/{name}" for name in asked], "")
    found = [(a[len(str(tmp_path)) + 1 :], state.kind) for a, _path, state in looked.found]
    assert found == [
        ("a", Kind.DIRECTORY),
        ("link", Kind.SYMLINK),
        ("link/.", Kind.DIRECTORY),
        ("fifo", Kind.OTHER),
        ("a/.forward+*", Kind.FILE),
        ("*/.forward+*", Kind.FILE),
        ("*/.forward+*", Kind.FILE),
        ("a/[.]", Kind.FILE),
    ]
    assert looked.problems == ()


def test_a_server_that_does_not_answer_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("near", "far"):
        (tmp_path / name).mkdir()
    answer, lstat = Event(), os.lstat

    def slow(path: str) -> os.stat_result:
        if path.endswith("/far/2"):
            answer.wait(30)
        return lstat(path)

    monkeypatch.setattr("wizard.host.lookup.os.lstat", slow)
    (tmp_path / "far" / "1").touch()
    asked = [f"{tmp_path}/{name}" for name in ("near/.", "far/1", "far/2", "far/3")]
    mounts = f"41 21 0:41 / {tmp_path}/far rw - nfs4 server:/x rw\n"
    looked = look_up(asked, mounts, 0.05)
    answer.set()
    assert [path for path, _one, _state in looked.found] == asked[:2]
    assert [path for path, _why in looked.problems] == asked[2:]
    assert f"{tmp_path}/far does not answer" in looked.problems[0][1]


def test_a_host_under_another_root(tmp_path: Path) -> None:
    (tmp_path / "home" / "a").mkdir(parents=True)
    (tmp_path / "home" / "a" / ".forward+x").write_text("x")
    (tmp_path / "home" / "b").symlink_to("/home/a")
    paths = ("/home/a/.", "/home/b/.", "/home/a/.forward+*", "/home/c", "/.")
    looked = LocalReader(str(tmp_path)).look_up(paths)
    assert [asked for asked, _path, _state in looked.found] == [*paths[:3], "/."]
