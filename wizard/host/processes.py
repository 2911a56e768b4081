"""One process as it is now."""

from __future__ import annotations

from collections.abc import Collection

import psutil

from wizard.model import Process


def is_one_of(process: psutil.Process, uids: Collection[int], binaries: Collection[str]) -> bool:
    """Whether it may be one of these accounts', and its binary may have one of these names."""
    try:
        if binaries and (exe := process.exe()):
            return exe.removesuffix(" (deleted)").rpartition("/")[2] in binaries
        return not uids or not set(process.uids()).isdisjoint(uids)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


def seen(process: psutil.Process) -> Process | None:
    """What there is to see of it; None where it is gone."""
    try:
        with process.oneshot():
            uids = process.uids()
            try:
                exe = process.exe()
            except psutil.Error:
                exe = ""
            title = " ".join(process.cmdline()).strip() or process.name()
            return Process(
                process.pid,
                process.ppid(),
                process.username(),
                (uids.real, uids.effective, uids.saved),
                title,
                process.create_time(),
                exe,
            )
    except psutil.Error:
        return None
