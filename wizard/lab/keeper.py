"""The process that holds a lab open, and takes it down when the opener is gone for any reason.

Its standard input is a pipe whose other end only the opener holds: end of file means the opener
closed the lab or died, by SIGKILL too. It then kills unshare(1), which by --kill-child takes the
lab's PID 1 along, and the kernel ends everything that lived under that. Should the keeper itself be
killed, setpriv's parent-death signal does the same. Standard output carries the inside's reports.

It runs in a mount namespace of its own and mounts the lab's root file system there, so that this
outlives a PID 1: a line on standard input announces a reboot, and once PID 1 has ended the next one
is started on the same root.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from wizard.lab.inside import AGAIN, Inside, report
from wizard.lab.layout import Layout
from wizard.lab.tools import find_tool, namespace_flags, signal_children

CGROUP_PREFIX = "stepdown-lab-"
SHUTDOWN = 60.0
"""Seconds that an announced reboot may take until PID 1 has ended; then it is killed."""


def cgroup2_home() -> Path | None:
    """The folder of this process's own cgroup in the unified hierarchy; None when there is none."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4] for line in mounts if line.split(" - ")[1].startswith("cgroup2 ")]
    own = [
        line.split(":", 2)[2]
        for line in Path("/proc/self/cgroup").read_text().splitlines()
        if line.startswith("0::")
    ]
    if not points or not own:
        return None
    home = Path(points[-1] + "/" + own[0].lstrip("/"))
    return home if home.is_dir() and os.access(home, os.W_OK) else None


def make_cgroup(home: Path) -> Path:
    """A cgroup for one lab; empty ones that killed keepers left behind are swept away first."""
    for old in home.glob(CGROUP_PREFIX + "*"):
        if not Path("/proc", old.name.removeprefix(CGROUP_PREFIX)).exists():
            remove_cgroup(old)
    path = home / f"{CGROUP_PREFIX}{os.getpid()}"
    path.mkdir()
    return path


def remove_cgroup(path: Path) -> None:
    """Remove an empty cgroup with all below it; one that is in use stays."""
    for folder, _, _ in os.walk(path, topdown=False):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()


def enter_cgroup(path: Path) -> None:
    """Move this process; what it starts from now on starts there."""
    (path / "cgroup.procs").write_text("0")


def command() -> list[str]:
    """The keeper's own command line: in a mount namespace, and a user namespace where needed."""
    return [
        find_tool("unshare"), *namespace_flags(), "--mount", "--propagation", "private", "--",
        sys.executable, "-P", "-m", "wizard.lab.keeper",
    ]  # fmt: skip


def start(layout_text: str, *, again: bool) -> subprocess.Popen[bytes]:
    """unshare(1) with the inside program as PID 1 of the new namespaces."""
    argv = [
        find_tool("setpriv"), "--pdeathsig", "KILL", "--",
        find_tool("unshare"), "--mount", "--propagation", "private", "--uts", "--ipc", "--net",
        "--pid", "--cgroup", "--fork", "--kill-child=KILL", "--",
        sys.executable, "-P", "-m", "wizard.lab.inside", layout_text, *([AGAIN] if again else []),
    ]  # fmt: skip
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL)


def wait_for_end(child: subprocess.Popen[bytes], lifeline: int) -> bool:
    """Wait until the lifeline is cut or the lab ended by itself; True: to be started again.

    It is where a reboot was announced before PID 1 ended. PID 1 gets a while to end by itself.
    """
    handle = os.pidfd_open(child.pid)
    announced = False
    try:
        while True:
            timeout = SHUTDOWN if announced else None
            ready, _, _ = select.select([lifeline, handle], [], [], timeout)
            if lifeline in ready:
                announced = bool(os.read(lifeline, 64))
                if not announced:
                    return False
            elif handle in ready or not ready:
                return announced
    finally:
        os.close(handle)


def end(child: subprocess.Popen[bytes]) -> None:
    """Kill the lab's PID 1, so that unshare(1) reaps it, and else unshare itself."""
    if signal_children(child.pid, signal.SIGKILL):
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(10)
    child.kill()
    child.wait()


def run_once(layout_text: str, *, systemd: bool, again: bool) -> bool:
    """One boot to its end; True where another shall follow."""
    home = cgroup2_home() if systemd else None
    cgroup = make_cgroup(home) if home else None
    if cgroup:
        enter_cgroup(cgroup)
    child = start(layout_text, again=again)
    if home:
        _wait_until_unshared(child.pid)
        enter_cgroup(home)
    another = wait_for_end(child, 0)
    end(child)
    if cgroup:
        remove_cgroup(cgroup)
    return another


def main() -> int:
    """Open one lab and hold it: `keeper LAYOUT-JSON`; the return code is of interest to nobody."""
    layout_text = sys.argv[1]
    layout = Layout.load(layout_text)
    try:
        Inside(layout).build_root()
    except (RuntimeError, OSError) as error:
        report(error=str(error))
        return 1
    again = False
    while run_once(layout_text, systemd=layout.systemd, again=again):
        again = True
    return 0


def _wait_until_unshared(pid: int) -> None:
    """Until then the child must stay here: its cgroup at that moment becomes the lab's root."""
    own = Path("/proc/self/ns/cgroup").readlink()
    poller = select.poll()
    for _ in range(500):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/ns/cgroup").readlink() != own:
                return
        poller.poll(10)


if __name__ == "__main__":
    sys.exit(main())
