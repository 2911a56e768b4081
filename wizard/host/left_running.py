"""Commands of an engine that is gone and that still run.

They carry the run's mark in their environment. What they started carries it too, so a process
counts only where it is such a command or belongs to the session of one: each command is started
in a session of its own, and a daemon makes itself another.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import psutil

from wizard.host.commands import MARK


def left_running(run: str, commands: Sequence[str]) -> list[psutil.Process]:
    """Those of this run, oldest first. `commands` as HostWriter.left_running has them."""
    mark = f"{MARK}={run}/".encode()
    marked = [p for p in psutil.process_iter() if _carries(p.pid, mark)]
    leaders = {p.pid for p in marked if _is_one_of(p, commands)}
    return [p for p in marked if p.pid in leaders or _session_ends(p.pid, leaders)]


def _carries(pid: int, mark: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as stream:
            return any(word.startswith(mark) for word in stream.read().split(b"\0"))
    except OSError:
        return False  # gone meanwhile, or a process of the kernel's


def _is_one_of(process: psutil.Process, commands: Sequence[str]) -> bool:
    """By the end of its command line: a script's begins with its interpreter."""
    try:
        title = " ".join(process.cmdline()).strip()
    except psutil.Error:
        return False
    return any(title.endswith(command) for command in commands)


def _session_ends(pid: int, leaders: set[int]) -> bool:
    """Whether it is a helper: of such a command, or of one that was killed under it."""
    try:
        session = os.getsid(pid)
    except OSError:
        return False
    return session in leaders or not psutil.pid_exists(session)
