"""Runs as PID 1 of a lab's fresh namespaces: mounts, seeds the host, turns the root, becomes init.

The root file system itself is the keeper's: it is there again at the next boot, as it was left.

It reports to the opener on standard output, one JSON object a line: {"pid": N} as the outside
numbers it, {"ready": true} once the root is the lab's, {"error": "..."} when it fails.
"""

import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from wizard.lab import boot
from wizard.lab.layout import Layout
from wizard.lab.seeding import Seed, load_scenario
from wizard.lab.tools import find_tool, last_lines, run_tool

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
OLD_ROOT = "run/stepdown-lab/old"
AGAIN = "again"
"""Second argument of every boot but the first."""


class Inside:
    """The steps from fresh namespaces to a booting host."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.room = Path(layout.mountpoint)
        self.root = self.room / "root"
        self.tool = {n: find_tool(n) for n in ("mount", "umount", "pivot_root", "chroot")}

    def mount(self, *arguments: str) -> None:
        """mount(8); raises RuntimeError with what it said."""
        done = run_tool([self.tool["mount"], *arguments])
        if done.returncode != 0:
            raise RuntimeError(f"mount {' '.join(arguments)}: {last_lines(done.stderr, 2)}")

    def build_root(self) -> None:
        """The overlay: the base below, all that the lab writes on a tmpfs.

        The keeper mounts it, once: it lasts as long as the keeper does.
        """
        self.mount("-t", "tmpfs", "-o", "mode=755", "stepdown-lab", str(self.room))
        for name in ("lower", "upper", "work", "root"):
            (self.room / name).mkdir(mode=0o755)
        self.mount("--bind", self.layout.base, str(self.room / "lower"))
        layers = ",".join(f"{n}dir={self.room / n}" for n in ("lower", "upper", "work"))
        marks = ",userxattr" if self.layout.rootless else ""
        self.mount("-t", "overlay", "-o", layers + marks, "overlay", str(self.root))

    def mount_kernel_files(self) -> None:
        """/proc, /sys, /run and a /dev whose directory only root may write."""
        root = self.root
        self.mount("-t", "proc", "-o", "nosuid,nodev,noexec", "proc", f"{root}/proc")
        self.mount("-t", "sysfs", "-o", "ro,nosuid,nodev,noexec", "sysfs", f"{root}/sys")
        if self.layout.systemd:
            self.mount("-t", "cgroup2", "cgroup2", f"{root}/sys/fs/cgroup")
        self.mount("-t", "tmpfs", "-o", "mode=755,nosuid,nodev", "tmpfs", f"{root}/run")
        # Not 1777: there, opening a device somebody else made for writing is refused.
        self.mount("-t", "tmpfs", "-o", "mode=755,nosuid", "tmpfs", f"{root}/dev")
        for name in DEVICES:
            (root / "dev" / name).touch()
            self.mount("--bind", f"/dev/{name}", f"{root}/dev/{name}")
        (root / "dev/console").touch()
        self.mount("--bind", "/dev/null", f"{root}/dev/console")
        for name in ("pts", "shm"):
            (root / "dev" / name).mkdir()
        terminals = "newinstance,ptmxmode=0666,mode=620,gid=5,nosuid,noexec"
        self.mount("-t", "devpts", "-o", terminals, "devpts", f"{root}/dev/pts")
        self.mount("-t", "tmpfs", "-o", "mode=1777,nosuid,nodev", "tmpfs", f"{root}/dev/shm")  # noqa: S108
        links = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1"}
        for name, target in (links | {"stderr": "fd/2"}).items():
            (root / "dev" / name).symlink_to(target)

    def bind_folders(self) -> None:
        """The program and what else was asked for, read-only."""
        for inside, outside in self.layout.binds.items():
            target = self.root / inside.lstrip("/")
            target.mkdir(mode=0o755, parents=True, exist_ok=True)
            self.mount("--bind", outside, str(target))
            self.mount("-o", f"remount,bind,ro{_kept_flags(outside)}", str(target))

    def seed(self, *, first: bool) -> None:
        """Name and network of a boot; at the first one the base becomes this scenario's host."""
        seed = Seed(self.root, self.in_base)
        boot.write_boot_files(seed, systemd=self.layout.systemd, scenario=self.layout.scenario)
        socket.sethostname(boot.SHORT_NAME)
        for argv in boot.NETWORK_COMMANDS:
            seed.run(argv)
        if first:
            boot.write_common_files(seed, foreign_python=self.layout.foreign_python)
            load_scenario(self.layout.scenario).seed(seed)

    def in_base(self, argv: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
        """Run a program of the base, chrooted; the caller judges the return code."""
        return subprocess.run(
            [self.tool["chroot"], str(self.root), *argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=dict(boot.ENVIRONMENT),
            timeout=60,
            check=False,
        )

    def turn(self) -> None:
        """Make the overlay the root of this mount namespace and let go of the machine's."""
        (self.root / OLD_ROOT).mkdir(parents=True, exist_ok=True)
        done = run_tool([self.tool["pivot_root"], str(self.root), str(self.root / OLD_ROOT)])
        if done.returncode != 0:
            raise RuntimeError(f"pivot_root: {last_lines(done.stderr, 2)}")
        os.chdir("/")
        run_tool(["/bin/umount", "--lazy", f"/{OLD_ROOT}"])
        Path("/", OLD_ROOT).rmdir()


def _kept_flags(path: str) -> str:
    """A user namespace may not drop these on remounting, so they are named again."""
    flags = os.statvfs(path).f_flag
    known = {os.ST_NOSUID: "nosuid", os.ST_NODEV: "nodev", os.ST_NOEXEC: "noexec"}
    return "".join(f",{name}" for bit, name in known.items() if flags & bit)


def report(**fields: object) -> None:
    """Tell the opener."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def become_init(systemd: bool) -> None:
    """Replace this process by the lab's PID 1."""
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    argv = boot.SYSTEMD_INIT if systemd else boot.SCRIPT_INIT
    os.execve(argv[0], argv, {**boot.ENVIRONMENT, **boot.INIT_ENVIRONMENT})  # noqa: S606


def main() -> int:
    """`inside LAYOUT-JSON [again]`; returns only when something failed, and said so."""
    report(
        pid=int(str(Path("/proc/self").readlink()))
    )  # the old /proc still counts as the outside does
    layout = Layout.load(sys.argv[1])
    inside = Inside(layout)
    os.umask(0o022)
    try:
        inside.mount_kernel_files()
        inside.bind_folders()
        inside.seed(first=AGAIN not in sys.argv)
        inside.turn()
        report(ready=True)
        become_init(layout.systemd)
    except Exception as error:  # whatever it is, the opener has to hear it
        report(error=f"{type(error).__name__}: {error}", trace=traceback.format_exc())
    return 1


if __name__ == "__main__":
    sys.exit(main())
