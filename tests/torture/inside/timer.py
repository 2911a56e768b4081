"""The timer of a rollback, which goes on by itself once its engine was killed: let be, or ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from tests.torture.inside.whole import processes
from wizard.model import Phase
from wizard.runs import Runs

UNITS = ("stepdown-unless-confirmed.timer", "stepdown-unless-confirmed.service")
SYSTEMD = Path("/run/systemd/system")
SOON = 3.0
"Seconds in which its script is at work, where it was set wholly before the kill."
PATIENCE = 280.0


def ended_by_itself(run: str) -> str:
    """Wait while it undoes the run. How that ended, in words; empty where it does nothing."""
    if not _due(run) or not _comes(run):
        return ""
    end = time.monotonic() + PATIENCE
    while _at_work(run) and time.monotonic() < end:
        time.sleep(0.1)
    return f"timer {Runs().status(run).phase}" + (" and goes on" if _at_work(run) else "")


def ended(run: str) -> None:
    """End its script and its engine, so that another way back is taken."""
    if not _due(run):
        return
    if SYSTEMD.exists():
        subprocess.run(["/usr/bin/systemctl", "--quiet", "stop", *UNITS], check=False)
    quiet = 0
    while quiet < 3:
        left = [pid for pid, _uid, title in processes() if _is_its(run, title)]
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        quiet = 0 if left else quiet + 1
        time.sleep(0.02)


def _is_its(run: str, title: str) -> bool:
    place = str(Runs().path(run))
    return title.endswith(
        (f"{place}/unless-confirmed", f"{place}/engine expire", f"engine_process {run} expire")
    )


def _due(run: str) -> bool:
    try:
        return int((Runs().path(run) / "deadline").read_text()) <= time.time()
    except (OSError, ValueError):
        return False


def _comes(run: str) -> bool:
    end = time.monotonic() + SOON
    while not (there := _at_work(run)) and time.monotonic() < end:
        if Runs().status(run).phase is Phase.ROLLED_BACK:
            return True
        time.sleep(0.05)
    return there


def _at_work(run: str) -> bool:
    script = f"{Runs().path(run)}/unless-confirmed"
    return any(title.endswith(script) for _pid, _uid, title in processes())
