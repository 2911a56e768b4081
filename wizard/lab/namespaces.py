"""The outside of one lab's namespaces: opens them through a keeper, enters them, lets them go."""

import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import IO

from wizard.lab import keeper
from wizard.lab.boot import ENVIRONMENT
from wizard.lab.errors import LabUnavailable
from wizard.lab.layout import Layout
from wizard.lab.program import import_root
from wizard.lab.tools import find_tool, signal_children

OPENING = 90.0  # seconds until the inside must have turned its root, a shutdown before it
CLOSING = 15.0  # seconds until the kernel must have ended everything inside


class InsideProcess(subprocess.Popen[bytes]):
    """A command inside, carried by nsenter(1); a signal goes to the command, not to its carrier.

    Killing the carrier would leave the command as an orphan of the machine's own init to reap.
    """

    def send_signal(self, sig: int) -> None:
        """Signal the command; the carrier then ends the way the command did."""
        if not signal_children(self.pid, sig):
            super().send_signal(sig)


class Room:
    """Open namespaces with an init process; everything in them ends when this process ends."""

    def __init__(self, layout: Layout) -> None:
        self._enter = find_tool("nsenter")
        self._rootless = layout.rootless
        self._init: int | None = None
        self.init_pid = 0
        environment = {**os.environ, "PYTHONPATH": str(import_root())}
        self._keeper = subprocess.Popen(
            [*keeper.command(), layout.dump()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        try:
            self._listen()
        except BaseException:
            self.close()
            raise

    def _listen(self) -> None:
        """Follow the inside's reports until its root is turned; raises LabUnavailable."""
        end = time.monotonic() + OPENING
        reports = self._keeper.stdout
        assert reports is not None
        pending = b""
        while chunk := _read(reports, end):
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                if self._heard(json.loads(line)):
                    return
        raise LabUnavailable(f"the lab did not open: {self._last_words()}")

    def _heard(self, report: Mapping[str, object]) -> bool:
        if "pid" in report:
            self._forget_init()
            self.init_pid = int(str(report["pid"]))
            self._init = os.pidfd_open(self.init_pid)
        if "error" in report:
            raise LabUnavailable(f"the lab did not open: {report['error']}")
        return "ready" in report

    def _last_words(self) -> str:
        self._hang_up()
        assert self._keeper.stderr is not None
        said = _read(self._keeper.stderr, time.monotonic() + 2)
        return said.decode(errors="replace").strip()[-800:] or "it ended without a word"

    def argv(self, command: Sequence[str], user: str | None, folder: str) -> list[str]:
        """The command line for a command inside; it dies with the nsenter(1) that carries it."""
        if self._init is None:
            raise LabUnavailable("the lab is closed")
        spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        if self._rootless:
            spaces.insert(0, "--user")
        become = []
        if user is not None:
            become = [f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return [
            self._enter, f"--target={self.init_pid}", *spaces, "--",
            "/usr/bin/setpriv", "--pdeathsig", "KILL", *become, "--",
            "/usr/bin/env", f"--chdir={folder}", *command,
        ]  # fmt: skip

    def environment(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        """A clean environment with the caller's additions."""
        return {**ENVIRONMENT, **(extra or {})}

    def alive(self) -> bool:
        """True while the lab's init runs."""
        return self._init is not None and not _readable(self._init, 0)

    def announce_reboot(self) -> None:
        """Have the keeper start anew when PID 1 ends, instead of taking the lab down."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(b"reboot\n")
        self._keeper.stdin.flush()

    def follow_reboot(self) -> None:
        """Wait until the next PID 1 has turned its root. Raises LabUnavailable."""
        self._listen()

    def _forget_init(self) -> None:
        if self._init is not None:
            os.close(self._init)
            self._init = None

    def close(self) -> None:
        """End everything inside and wait until the kernel has done so; may be called twice."""
        self._hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(CLOSING)
        if self._keeper.poll() is None:
            self._keeper.kill()
            self._keeper.wait()
        for pipe in (self._keeper.stdout, self._keeper.stderr):
            if pipe is not None:
                pipe.close()
        if self._init is not None:
            _readable(self._init, CLOSING)
            self._forget_init()

    def _hang_up(self) -> None:
        if self._keeper.stdin is not None:
            with contextlib.suppress(OSError):
                self._keeper.stdin.close()


def _readable(handle: int, timeout: float) -> bool:
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    return bool(poller.poll(timeout * 1000))


def _read(pipe: IO[bytes], end: float) -> bytes:
    """What the pipe has next; empty at end of file or when the time is over."""
    if not _readable(pipe.fileno(), max(0.0, end - time.monotonic())):
        return b""
    return os.read(pipe.fileno(), 65536)
