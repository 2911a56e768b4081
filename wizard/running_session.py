"""The half of a session that follows and steers runs: their engines are other processes."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event as Flag

from wizard.deadman.confirming import keep, waiting
from wizard.errors import Refused, StepdownError
from wizard.events import Event, PhaseChanged
from wizard.host.base import HostReader, Unreadable
from wizard.model import Identity, Mode, Phase, Process
from wizard.plans import Plan
from wizard.probes.process.identity import mail_processes
from wizard.run_control import follow_run, start_and_see
from wizard.run_status import RunStatus
from wizard.runs import Runs

SYSTEMD = "/run/systemd/system"
"There where systemd is PID 1, sd_booted(3)."


class RunningSession:
    """Starts engines, follows their journals, leaves marks for them."""

    def __init__(self, host: HostReader, runs: Runs, plan: Plan | None) -> None:
        self._host = host
        self._runs = runs
        self.identity: Identity = host.identity()
        self.phase = Phase.GATHERING if plan is None else Phase.PLANNED
        self.plan = plan
        self.run = ""

    def _start(self, run: str, what: str) -> None:
        start_and_see(self._runs, run, what, systemd=self._host.state(SYSTEMD).exists)

    def follow(self, run: str = "", *, stop: Flag | None = None) -> Iterator[Event]:
        """As Session.follow."""
        run = run or self.run or self._runs.latest()
        if self.plan is None:
            self.plan = self._runs.plan(run)
        for event in follow_run(self._runs, run, stop):
            if isinstance(event, PhaseChanged):
                self.phase = event.phase
            yield event

    def stop(self) -> None:
        """As Session.stop."""
        self._runs.ask(self.run or self._runs.latest(), "stop")

    def end_drain(self) -> None:
        """As Session.end_drain. Raises StepdownError where no engine is at work."""
        run = self.run or self._runs.latest()
        if not self._runs.status(run).alive:
            raise StepdownError(f"run {run} waits for no session: no engine is at work on it")
        self._runs.ask(run, "go-on")

    def resume(self, run: str = "") -> str:
        """As Session.resume. Raises StepdownError, Refused."""
        run = run or self.run or self._runs.latest()
        if self.identity.euid != 0:
            raise Refused("only root can resume")
        status = self._runs.status(run)
        if status.alive:
            raise Refused(f"run {run} is at work: {status.engine}", "stepdown attach follows it.")
        if not status.resumable:
            raise StepdownError(
                f"run {run} cannot be resumed: it is {status.phase}", _other_way(status)
            )
        self.run = run
        self.plan = self._runs.plan(run)
        self._start(run, "resume")
        return run

    def confirm(self, run: str = "") -> None:
        """As Session.confirm. Raises StepdownError where nothing waits for it."""
        keep(self._runs, run or self.run or waiting(self._runs))

    def rollback(self, run: str = "") -> str:
        """As Session.rollback."""
        run = run or self.run or self._runs.latest()
        if self.identity.euid != 0:
            raise Refused("only root can roll back")
        status = self._runs.status(run)
        if status.phase is Phase.ROLLED_BACK:
            told = f"run {run} is rolled back already; a rollback runs once"
            raise StepdownError(told, self._still_in_effect())
        self.run = run
        self.plan = self._runs.plan(run)
        if status.alive:
            self._runs.ask(run, "stop")
        else:
            self._start(run, "rollback")
        return run

    def _still_in_effect(self) -> str:
        """Which run is to be undone instead, as a remedy; empty where none is."""
        kept = [one.run for one in self.runs() if one.phase is Phase.DONE]
        return f"Run {kept[-1]} is in effect: stepdown rollback {kept[-1]}" if kept else ""

    def runs(self) -> tuple[RunStatus, ...]:
        """As Session.runs. Runs that cannot be seen without root are none."""
        try:
            return tuple(self._runs.status(name) for name in self._runs.names())
        except StepdownError:
            return ()

    def all_runs(self) -> tuple[RunStatus, ...]:
        """As runs(), but raises StepdownError where they cannot be seen."""
        return tuple(self._runs.status(name) for name in self._runs.names())

    def latest_run(self) -> str:
        """Id of the newest run. Raises StepdownError where there is none."""
        return self._runs.latest()

    def processes(self) -> tuple[Process, ...]:
        """As Session.processes."""
        if self.identity.mode is Mode.REVIEW:
            return ()
        try:
            return mail_processes(self._host)
        except Unreadable:
            return ()


def _other_way(status: RunStatus) -> str:
    if status.unfinished:
        return f"It was being undone: stepdown rollback {status.run} finishes that."
    return "Only a run whose engine was killed can go on."
