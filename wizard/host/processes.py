"""One process as it is now."""

from __future__ import annotations

import psutil

from wizard.model import Process


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
