"""The guard on Debian, run by the real make and sh: what it gives back, what it never touches."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.steps.guarded_files import GID, OTHER_UID, UID, Guarded, guard_over, ids

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="chgrp needs root"),
    pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine"),
]
SWAPPING = (Path(__file__).parent / "swapping.py").read_text()
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
def guard(tmp_path: Path) -> Guarded:
    """A mail directory with a table and a Makefile that makes its map root's alone."""
    found = guard_over(tmp_path)
    (found.mail / "Makefile").write_text(MAKEFILE)
    (found.mail / "mailertable").write_text("example.org esmtp:[127.0.0.2]\n")
    for path in found.mail.iterdir():
        os.chown(path, 0, GID)
    return found


@pytest.mark.parametrize("words", [(), ("all",), ("mailertable.db",), ("-j4", "all", "clean")])
def test_what_is_rebuilt_is_given_back(guard: Guarded, words: tuple[str, ...]) -> None:
    done = guard.make(*words)
    assert done.returncode == 0, done.stderr
    assert ids(guard.mail / "mailertable.db") == (0, GID, 0o640)
    assert done.stderr == ""
    assert any("mailertable.db" in line for line in guard.told())


def test_goals_are_passed_on_once_with_their_variables(guard: Guarded) -> None:
    done = guard.make("clean", "X=1")
    assert done.stdout.count(f"with X=1 in {guard.mail}") == 1
    assert not (guard.mail / "mailertable.db").exists()


def test_a_failing_goal_still_fails_and_what_it_made_is_given_back(guard: Guarded) -> None:
    assert guard.make("fails").returncode == 2
    assert ids(guard.mail / "mailertable.db") == (0, GID, 0o640)


def test_an_unknown_goal_fails_as_ever(guard: Guarded) -> None:
    done = guard.make("no-such-goal")
    assert done.returncode == 2
    assert "no-such-goal" in done.stderr


def test_a_dry_run_changes_nothing(guard: Guarded) -> None:
    (guard.mail / "access.db").write_text("x")
    os.chown(guard.mail / "access.db", 0, 0)
    assert guard.make("-n").returncode == 0
    assert not (guard.mail / "mailertable.db").exists()
    assert ids(guard.mail / "access.db")[1] == 0


def test_links_and_files_with_several_links_are_left_alone(guard: Guarded) -> None:
    outside = guard.place / "shadow"
    outside.write_text("secret")
    outside.chmod(0o600)
    (guard.mail / "link.db").symlink_to(outside)
    os.link(outside, guard.mail / "hard.db")
    assert guard.run().returncode == 0
    assert ids(outside) == (0, 0, 0o600)


@pytest.mark.parametrize("group", [0, GID])
def test_a_private_file_is_not_opened_to_the_group(guard: Guarded, group: int) -> None:
    """Such as a new TLS key, or AuthInfo, that root alone may read."""
    (guard.mail / "key").write_text("secret")
    (guard.mail / "key").chmod(0o600)
    os.chown(guard.mail / "key", 0, group)
    assert guard.run().returncode == 0
    assert ids(guard.mail / "key") == (0, GID, 0o600)


def test_directories_are_roots_again_and_nobody_elses_to_write(guard: Guarded) -> None:
    below = guard.mail / "tls"
    below.mkdir()
    for path in (guard.mail, below):
        os.chown(path, OTHER_UID, 0)
        path.chmod(0o2777)
    guard.run()
    assert ids(guard.mail) == (0, GID, 0o2755)
    assert ids(below) == (0, GID, 0o2755)


def test_check_tells_and_changes_nothing(guard: Guarded) -> None:
    (guard.mail / "access.db").write_text("x")
    os.chown(guard.mail / "access.db", 0, 0)
    done = guard.run("--check")
    assert (done.returncode, done.stdout) == (1, f"group games: {guard.mail}/access.db\n")
    assert ids(guard.mail / "access.db")[1] == 0
    assert guard.told() == []
    guard.run()
    assert (guard.run("--check").returncode, guard.run("--check").stdout) == (0, "")


@pytest.mark.parametrize("run_as", ["", "nobody:nogroup", "games2:games", "5:61", "50"])
def test_without_run_as_user_it_does_nothing_and_cries_once(tmp_path: Path, run_as: str) -> None:
    found = guard_over(tmp_path, run_as)
    (found.mail / "access.db").write_text("x")
    os.chown(found.mail / "access.db", 0, 0)
    for _ in range(2):
        assert found.run("--watch").returncode == 0
        assert found.run().returncode == 0
    assert ids(found.mail / "access.db")[1] == 0
    assert [line.split(":")[0] for line in found.told()] == [
        f"{found.mail}/sendmail.cf has not RunAsUser=games any more"
    ]
    done = found.run("--check")
    assert (done.returncode, "nothing is guarded" in done.stdout) == (1, True)


@pytest.mark.parametrize("run_as", ["games", "games:games", "games.games  ", "5:60", "5"])
def test_each_way_to_write_run_as_user_is_understood(tmp_path: Path, run_as: str) -> None:
    assert guard_over(tmp_path, run_as).run("--check").returncode in (0, 1)
    assert "nothing is guarded" not in guard_over(tmp_path, run_as).run("--check").stdout


def test_watching_ends_once_all_is_quiet(guard: Guarded) -> None:
    os.chown(guard.mail, OTHER_UID, 0)
    assert guard.run("--watch").returncode == 0
    assert ids(guard.mail)[:2] == (0, GID)
    assert len(guard.told()) == 2, guard.told()


@pytest.fixture
def queue(tmp_path: Path) -> tuple[Guarded, Path]:
    """A queue with a split directory, as update_sys leaves it: another's, group readable."""
    place = tmp_path / "mqueue"
    (place / "q1" / "qf").mkdir(parents=True)
    (place / "q1" / "qf" / "qfA").write_text("V8\n")
    (place / "dfB").write_text("text\n")
    found = guard_over(tmp_path, own=(str(place),))
    for path in (place, *place.rglob("*")):
        os.chown(path, OTHER_UID, 0)
        path.chmod(0o2750 if path.is_dir() else 0o640)
    open_the_way(tmp_path)
    return found, place


def open_the_way(place: Path) -> None:
    """pytest's own directories are root's alone; other accounts have to pass here."""
    for one in place.parents:
        if one.stat().st_mode & 0o001 == 0:
            one.chmod(one.stat().st_mode | 0o011)


def test_a_queue_is_the_accounts_again_with_all_in_it(queue: tuple[Guarded, Path]) -> None:
    guard, place = queue
    assert guard.run().returncode == 0
    for path in (place, *place.rglob("*")):
        mode = 0o700 if path.is_dir() else 0o640
        assert ids(path) == (UID, GID, mode), path
    assert guard.told() == [f"put right: games:games with all in it: {place}"]


def test_a_queue_that_is_right_is_not_looked_through(queue: tuple[Guarded, Path]) -> None:
    guard, place = queue
    guard.run()
    os.chown(place / "dfB", OTHER_UID, 0)
    guard.run()
    assert ids(place / "dfB")[0] == OTHER_UID


def test_no_link_in_a_queue_is_followed(queue: tuple[Guarded, Path]) -> None:
    guard, place = queue
    shadow, private = guard.place / "shadow", guard.place / "private"
    shadow.write_text("secret")
    shadow.chmod(0o600)
    private.mkdir(mode=0o700)
    (private / "key").write_text("secret")
    (place / "dfC").symlink_to(shadow)
    (place / "q2").symlink_to(private)
    os.link(shadow, place / "q1" / "dfD")
    guard.run()
    assert ids(shadow)[:2] == (0, 0)
    assert ids(private) == (0, 0, 0o700)
    assert ids(private / "key")[:2] == (0, 0)
    assert ids(place)[:2] == (UID, GID)


def test_a_queue_too_deep_for_a_path_floods_no_log(queue: tuple[Guarded, Path]) -> None:
    guard, place = queue
    here = os.open(place / "q1", os.O_RDONLY)
    for _ in range(60):
        os.mkdir("n" * 200, dir_fd=here)
        below = os.open("n" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert guard.run().stderr == ""
    assert ids(place) == (UID, GID, 0o700)


def test_the_account_cannot_lead_root_out_of_its_queue(queue: tuple[Guarded, Path]) -> None:
    """It swaps directories for links to root's own, while root gives everything back."""
    guard, place = queue
    private = guard.place / "private"
    private.mkdir(mode=0o755)
    for name in ("key", "qfA"):
        (private / name).write_text("secret")
    (place / "q2").mkdir()
    guard.run()
    argv = [sys.executable, "-c", SWAPPING, str(place), str(private), str(UID), str(GID)]
    with subprocess.Popen(argv, stdout=PIPE) as hostile:
        assert hostile.stdout is not None
        assert hostile.stdout.readline() == b"at work\n"
        for _ in range(25):
            os.chown(place, OTHER_UID, 0)
            guard.run()
            assert ids(place)[:2] == (UID, GID)
        hostile.kill()
    assert ids(private) == (0, 0, 0o755)
    assert {ids(path)[:2] for path in private.iterdir()} == {(0, 0)}


def test_whoever_may_read_the_guard_cannot_hold_it_up(guard: Guarded) -> None:
    """A lock needs no more than an open file; make, dpkg and Sendmail's start would wait for it."""
    guard.run()
    lock = guard.place / "running.lock"
    assert ids(lock) == (0, 0, 0o600)
    argv = ["flock", str(guard.script), "sh", "-c", "echo; cat"]
    with subprocess.Popen(argv, stdin=PIPE, stdout=PIPE) as held:
        assert held.stdout is not None
        held.stdout.readline()
        assert guard.make().returncode == 0
        assert guard.run("--stop").returncode == 0
        held.kill()


def test_a_queue_that_is_a_link_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "mqueue").symlink_to(elsewhere)
    guard_over(tmp_path, own=(str(tmp_path / "mqueue"),)).run()
    assert ids(elsewhere)[:2] == (0, 0)


@pytest.fixture
def milter(tmp_path: Path) -> tuple[Guarded, Path]:
    """A milter's directory and the path of its socket in it."""
    place = tmp_path / "milter"
    place.mkdir(mode=0o755)
    os.chown(place, OTHER_UID, 0)
    path = place / "sock"
    open_the_way(tmp_path)
    return guard_over(tmp_path, sockets=((str(path), "man"),)), path


def test_a_milters_new_socket_is_for_the_group(milter: tuple[Guarded, Path]) -> None:
    guard, path = milter
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        os.chown(path, OTHER_UID, 0)
        path.chmod(0o700)
        done = guard.run()
    assert done.stderr == ""
    assert ids(path) == (OTHER_UID, GID, 0o760)


def test_a_milter_cannot_have_root_open_a_file(milter: tuple[Guarded, Path]) -> None:
    """Where root's socket stands in its place, or a link to one: it is not the milter's to give."""
    guard, path = milter
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        path.chmod(0o700)
        guard.run()
        assert ids(path) == (0, 0, 0o700)
        assert guard.told() == []
        path.rename(guard.place / "sock")
        path.symlink_to(guard.place / "sock")
        guard.run()
    assert ids(guard.place / "sock") == (0, 0, 0o700)


def test_what_the_cf_names_elsewhere_is_read_and_written(tmp_path: Path) -> None:
    key, status = tmp_path / "key", tmp_path / "statistics"
    for path in (key, status):
        path.write_text("x")
        path.chmod(0o600)
    guard_over(tmp_path, readable=(str(key),), writable=(str(status),)).run()
    assert ids(key) == (0, GID, 0o640)
    assert ids(status) == (0, GID, 0o660)
