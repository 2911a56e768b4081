"""The guard before Debian's Makefile, run by the real make: it changes group and read only."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from wizard.platforms.debian import Debian

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="chgrp needs root"),
    pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine"),
]
GAMES = 60
MAKEFILE = """\
all: mailertable.db
\t@echo all was made
mailertable.db: mailertable
\tcp mailertable mailertable.db; chgrp 0 mailertable.db; chmod 0600 mailertable.db
fails: mailertable.db
\texit 3
clean:
\t@echo "with X=$(X) in $(CURDIR)"
"""


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """A configuration directory with the guard for group games, and everything the group's."""
    platform = Debian("Debian", "init")
    platform.mail_dir = str(tmp_path)
    (tmp_path / "GNUmakefile").write_bytes(platform.guard("games"))
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / "mailertable").write_text("example.org esmtp:[127.0.0.2]\n")
    for path in tmp_path.iterdir():
        os.chown(path, 0, GAMES)
    return tmp_path


def make(mail: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = ["make", "-C", str(mail), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def group_and_mode(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_gid, stat.S_IMODE(found.st_mode)


@pytest.mark.parametrize("words", [(), ("all",), ("mailertable.db",), ("-j4", "all", "clean")])
def test_what_is_rebuilt_is_given_back(mail: Path, words: tuple[str, ...]) -> None:
    done = make(mail, *words)
    assert done.returncode == 0, done.stderr
    assert group_and_mode(mail / "mailertable.db") == (GAMES, 0o640)
    assert done.stderr == ""


def test_goals_are_passed_on_once_with_their_variables(mail: Path) -> None:
    done = make(mail, "clean", "X=1")
    assert done.stdout.count(f"with X=1 in {mail}") == 1
    assert not (mail / "mailertable.db").exists()


def test_a_failing_goal_still_fails_and_what_it_made_is_given_back(mail: Path) -> None:
    done = make(mail, "fails")
    assert done.returncode == 2
    assert group_and_mode(mail / "mailertable.db") == (GAMES, 0o640)


def test_an_unknown_goal_fails_as_ever(mail: Path) -> None:
    done = make(mail, "no-such-goal")
    assert done.returncode == 2
    assert "no-such-goal" in done.stderr


def test_a_dry_run_changes_nothing(mail: Path) -> None:
    (mail / "access.db").write_text("x")
    os.chown(mail / "access.db", 0, 0)
    done = make(mail, "-n")
    assert done.returncode == 0
    assert not (mail / "mailertable.db").exists()
    assert group_and_mode(mail / "access.db")[0] == 0


def test_links_and_files_with_several_links_are_left_alone(mail: Path, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-shadow"
    outside.write_text("secret")
    outside.chmod(0o600)
    (mail / "link.db").symlink_to(outside)
    os.link(outside, mail / "hard.db")
    assert make(mail).returncode == 0
    assert group_and_mode(outside) == (0, 0o600)


@pytest.mark.parametrize("group", [0, GAMES])
def test_a_private_file_is_not_opened_to_the_group(mail: Path, group: int) -> None:
    """Such as a new TLS key, or AuthInfo, that root alone may read."""
    (mail / "key").write_text("secret")
    (mail / "key").chmod(0o600)
    os.chown(mail / "key", 0, group)
    assert make(mail).returncode == 0
    assert group_and_mode(mail / "key") == (GAMES, 0o600)
