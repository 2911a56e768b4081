"""Whether the host shuts down: then what cannot be undone is no failure, and waits for the boot."""

from __future__ import annotations

import time
from collections.abc import Callable

from wizard.errors import StepdownError
from wizard.host.base import HostReader
from wizard.plans import Command

SYSTEMD = "/run/systemd/system"
"There where systemd is PID 1, sd_booted(3)."
ASK = Command(("/usr/bin/systemctl", "is-system-running"), timeout=10, ok_codes=(0, 1, 2, 3, 4))
UP = ("running", "degraded", "starting", "initializing", "maintenance")
"What a systemd answers that is not about to end."
LAST_WORD = 10.0
"Seconds for SIGTERM to come, once systemd answers nobody: it sends it to all when it ends."


def shuts_down(host: HostReader, terminated: Callable[[], bool]) -> bool:
    """Whether the host is about to end. terminated: whether SIGTERM came."""
    if terminated():
        return True
    try:
        if not host.state(SYSTEMD).exists:
            return False
        said = host.probe(ASK).output.split()
    except StepdownError:
        said = []
    if said[:1] == ["stopping"]:
        return True
    if said and said[0] in UP:
        return False
    end = time.monotonic() + LAST_WORD
    while not terminated() and time.monotonic() < end:
        time.sleep(0.1)
    return terminated()
