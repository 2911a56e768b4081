"""PID 1 of a lab without systemd: starts the services as a SysV boot would, then reaps."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

from wizard.lab.boot import ENVIRONMENT, HOP_COMMAND, PYTHON_ENVIRONMENT
from wizard.lab.layout import BOOTED, PRACTICE
from wizard.lab.seeding import load_scenario

FIRST = (("/usr/sbin/rsyslogd",), ("/etc/init.d/cron", "start"))
LAST = (("/etc/init.d/sendmail", "start"),)


def main() -> None:
    """Never returns: when PID 1 ends, the lab ends."""
    subprocess.Popen(HOP_COMMAND, env={**ENVIRONMENT, **PYTHON_ENVIRONMENT})
    scenario = load_scenario(Path(PRACTICE).read_text().strip())
    for argv in (*FIRST, *((script, "start") for script in scenario.services), *LAST):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(argv, env=dict(ENVIRONMENT), timeout=60, check=False)
    Path(BOOTED).touch()
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(0.05)


if __name__ == "__main__":
    main()
