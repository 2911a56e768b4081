"""The engine: a process of its own that works off a sealed plan and writes the journal.

It outlives the terminal that started it. Front ends only follow the journal and leave marks
(`stop`, `confirm`); killing one changes nothing here. A kill of the engine itself leaves a
journal from which the next `stepdown rollback` undoes everything.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from wizard.engine import launch
from wizard.engine.engine import Engine
from wizard.errors import Refused, StepdownError
from wizard.events import PhaseChanged
from wizard.host.local import LocalHost
from wizard.journal import Journal
from wizard.model import Phase
from wizard.platforms.detect import detect
from wizard.runs import Busy, Runs


def work(run: str, what: str) -> int:
    """The engine's whole life: lock, work, unlock. Returns the contract's exit code."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    runs = Runs()
    host = LocalHost()
    try:
        with runs.lock(run):
            engine = Engine(runs, run, host, detect(host))
            signal.signal(signal.SIGTERM, lambda _number, _frame: engine.terminate())
            if what == "apply":
                return engine.apply()
            if what == "resume":
                return engine.resume()
            if what == "expire":
                return engine.expire()
            return engine.rollback("Rolled back on request")
    except (Busy, Refused) as problem:
        print(f"stepdown engine: {problem}", file=sys.stderr)
        return 1
    except (StepdownError, OSError) as problem:
        return _report_death(runs, run, str(problem))


def _report_death(runs: Runs, run: str, why: str) -> int:
    """The journal, or the host, failed the engine itself: say so wherever it can be said."""
    print(f"stepdown engine: {why}", file=sys.stderr)
    try:
        last = Journal(runs.path(run))
        last.add(PhaseChanged(0, 0.0, Phase.NEEDS_ATTENTION, why, code=6))
    except (StepdownError, OSError):
        pass
    return 6


def start(runs: Runs, run: str, what: str, *, systemd: bool) -> None:
    """Start an engine that outlives us. Raises StepdownError where it cannot be started.

    systemd-run where systemd is PID 1, a session of its own through a double fork elsewhere.
    """
    argv, environment = launch.arguments(run, what), launch.environment(runs)
    if systemd:
        unit = f"stepdown-{what}-{run}-{os.getpid()}"
        settings = [f"--setenv={key}={value}" for key, value in environment.items()]
        flags = ["--quiet", "--collect", f"--unit={unit}", "--property=KillMode=process"]
        argv = ["/usr/bin/systemd-run", *flags, *settings, "--", *argv]
        done = subprocess.run(argv, capture_output=True, check=False, timeout=60)
        if done.returncode != 0:
            raise StepdownError(f"systemd-run: {done.stderr.decode('utf-8', 'replace').strip()}")
        return
    _double_fork(argv, environment, runs.path(run) / "engine.log")


def _double_fork(argv: list[str], environment: dict[str, str], log: Path) -> None:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        with log.open("ab") as output:
            subprocess.Popen(
                argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
            )
    finally:
        os._exit(0)


if __name__ == "__main__":
    sys.exit(work(sys.argv[1], sys.argv[2]))
