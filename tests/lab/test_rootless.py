"""The lab as an ordinary user with subordinate ids opens it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.opening import open_or_skip
from wizard.lab import tools
from wizard.lab.base import base_path
from wizard.lab.program import import_root, site_path

USER = "stepdown-lab-test"
PYTHON = "/usr/bin/python3"
SCRIPT = """
import subprocess, sys
from wizard.lab.practice import Lab, LabUnavailable
try:
    Lab.open(init="systemd")
except LabUnavailable as reason:
    assert "needs root" in str(reason), reason
with Lab.open() as lab:
    assert lab.init == "script"
    def out(*argv, **options):
        done = lab.run(argv, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode().strip()
    pid = lab.read("/run/sendmail/mta/sendmail.pid").split()[0].decode()
    assert out("ps", "-o", "user=", "-p", pid) == "root"
    assert out("id", "-un", user="smmsp") == "smmsp"
    out("useradd", "--system", "practice")
    assert len(lab.messages()) == 2
    assert lab.manifest("/var/spool/mqueue")["/var/spool/mqueue"].owner_name == "smmta"
    out("/etc/init.d/sendmail", "restart")
    lab.write("/root/x", b"x", 0o600)
    assert lab.read("/root/x") == b"x"
    assert lab.manifest("/root/x")["/root/x"].mode == 0o600
    try:
        lab.run(["sleep", "613"], timeout=0.2)
    except subprocess.TimeoutExpired:
        pass
print("all well")
"""


@dataclass(frozen=True)
class Ordinary:
    """An account made for this test and the cache it may use."""

    uid: int
    gid: int
    cache: Path

    def run(self, *argv: str, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
        """Run as that user, with nothing of root's environment."""
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.cache),
            "STEPDOWN_CACHE_DIR": str(self.cache / "stepdown"),
            "PYTHONPATH": f"{import_root()}:{self.cache / 'stepdown' / site_path().name}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            argv, user=self.uid, group=self.gid, extra_groups=[], env=environment, cwd="/",
            capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip


@pytest.fixture
def ordinary() -> Iterator[Ordinary]:
    """A temporary account with subordinate ids; account, ids and files are removed again."""
    if os.geteuid() != 0:
        pytest.skip("only root can make the temporary account")
    if shutil.which("newuidmap") is None:
        pytest.skip("newuidmap is missing (package uidmap)")
    home = Path("/var/tmp") / USER
    subprocess.run(["/usr/sbin/userdel", USER], capture_output=True, check=False)
    subprocess.run(
        ["/usr/sbin/useradd", "--home-dir", str(home), "--no-create-home", USER], check=True
    )
    try:
        if USER not in Path("/etc/subuid").read_text():
            given = ["--add-subuids", "700000-765535", "--add-subgids", "700000-765535"]
            subprocess.run(["/usr/sbin/usermod", *given, USER], check=True)
        uid, gid = home_owner()
        home.mkdir(mode=0o700)
        os.chown(home, uid, gid)
        yield Ordinary(uid, gid, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run(["/usr/sbin/userdel", USER], check=True, capture_output=True)


def home_owner() -> tuple[int, int]:
    import pwd

    entry = pwd.getpwnam(USER)
    return entry.pw_uid, entry.pw_gid


def prime(ordinary: Ordinary) -> None:
    """Give the user's cache what root has built, so that the test needs no second download."""
    open_or_skip(init="script").close()
    cache = ordinary.cache / "stepdown"
    named = base_path().name.replace("-root", f"-uid{ordinary.uid}")
    assert ordinary.run("mkdir", "-m", "700", str(cache)).returncode == 0
    assert ordinary.run("mkdir", str(cache / named)).returncode == 0
    shutil.copytree(site_path(), cache / site_path().name)
    tar = ordinary.cache / "base.tar"
    pack = ["tar", "-C", str(base_path()), "--numeric-owner", "--exclude=./dev/*", "-cf", str(tar)]
    subprocess.run([*pack, "."], check=True)
    tar.chmod(0o644)
    unpack = ["unshare", "--user", "--map-root-user", "--map-auto", "tar", "--numeric-owner", "-p"]
    done = ordinary.run(*unpack, "-C", str(cache / named), "-xf", str(tar))
    assert done.returncode == 0, done.stderr


def test_an_ordinary_user_has_a_whole_relay(ordinary: Ordinary) -> None:
    probe = ordinary.run("unshare", "--user", "--map-root-user", "--map-auto", "--mount", "true")
    if probe.returncode != 0:
        pytest.skip(f"user namespaces are not available: {tools.last_lines(probe.stderr, 1)}")
    if ordinary.run(
        PYTHON, "-c", "import sys, wizard.lab; sys.exit(sys.version_info < (3, 11))"
    ).returncode:
        pytest.skip(f"{PYTHON} is missing, too old, or may not read the source")
    prime(ordinary)
    done = ordinary.run(PYTHON, "-P", "-c", SCRIPT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "all well"
    left = subprocess.run(
        ["/usr/bin/pgrep", "-u", str(ordinary.uid)], capture_output=True, check=False
    )
    assert left.stdout == b""
