"""The engine's hand on the timer: set before the first change, anew after the proof, taken away.

A rollback has it too, so that one whose engine is killed is ended by the same script.
"""

from __future__ import annotations

from wizard.deadman.arming import arm, disarm, is_armed, see_through, whole_deadline
from wizard.deadman.layout import Timer
from wizard.engine import launch
from wizard.events import Armed, Output
from wizard.host.base import HostWriter
from wizard.journal import Journal
from wizard.model import Phase
from wizard.runs import Runs

SYSTEMD = "/run/systemd/system"
"There where systemd is PID 1, sd_booted(3)."
CRON = ("cron", "crond")
"Programs that read /etc/cron.d, by the names under which they run."
ENGINE = "engine"
"In the run's directory: the script that starts its engine."
KILLED = "should this engine be killed"
"How what follows a kill is told."
ARMED = f"{KILLED}, the rest is undone by"
"The same where it was set; no trouble."


class UnlessConfirmed:
    """The timer of one run."""

    def __init__(self, host: HostWriter, runs: Runs, run: str, journal: Journal) -> None:
        self._host = host
        self._runs = runs
        self._run = run
        self._place = str(runs.path(run))
        self._journal = journal

    @property
    def minutes(self) -> float | None:
        """Minutes until it undoes itself; None: never."""
        return self._runs.confirm_within(self._run)

    def set(self, address: str) -> int:
        """Set it, or set it anew. Returns the deadline, seconds since the epoch; 0: there is none.

        address: where the relay listens. Raises StepdownError or OSError where it cannot be set.
        """
        if self.minutes is None:
            return 0
        timer = self._timer(address)
        deadline = whole_deadline(self.minutes)
        self._journal.add(Armed(0, 0.0, deadline, timer.how))
        self._write_start()
        arm(self._host, timer, deadline, self._say)
        return deadline

    def see_through(self, address: str) -> None:
        """Have the rollback that begins now ended, should its engine be killed or the host go down.

        Whatever keeps that from being arranged is told, and keeps nothing from being undone.
        """
        try:
            timer = self._timer(address)
            self._write_start()
            see_through(self._host, timer, self._say)
        except Exception as problem:  # whatever it is, the host must not stay half-way
            self._say(f"{KILLED}, stepdown rollback is to be given again: {problem}")
        else:
            self._say(f"{ARMED} {timer.how}")

    def _timer(self, address: str) -> Timer:
        systemd = self._host.state(SYSTEMD).exists
        if not systemd and not self._cron_runs():
            self._say("cron does not run here: the timer would not survive a reboot")
        return Timer(self._run, self._place, int(address.rpartition(":")[2]), systemd)

    def _write_start(self) -> None:
        start = launch.as_script(self._runs, self._run).encode()
        self._host.put(f"{self._place}/{ENGINE}", start, uid=0, gid=0, mode=0o700)

    def _cron_runs(self) -> bool:
        names = {one.title.split(" ")[0].rpartition("/")[2] for one in self._host.processes()}
        return not names.isdisjoint(CRON)

    def take_away(self) -> list[str]:
        """Take it away, where it is set. Returns what is still there, a line each."""
        if not is_armed(self._host, self._run, self._place):
            return []
        if self.minutes is not None:
            self._journal.add(Armed(0, 0.0, 0))
        return disarm(self._host, self._run, self._place, self._say)

    def overdue(self, phase: Phase) -> str:
        """Why the run is undone now, in words."""
        within = f"within {self.minutes:g} minutes" if self.minutes else "in time"
        if phase is Phase.AWAITING_CONFIRMATION:
            return f"Nobody confirmed {within}"
        if phase in (Phase.ROLLING_BACK, Phase.NEEDS_ATTENTION):
            return "The engine was gone before all was undone"
        return f"Not finished and confirmed {within}: the engine was gone while {phase}"

    def _say(self, text: str) -> None:
        self._journal.add(Output(0, 0.0, "", text))
