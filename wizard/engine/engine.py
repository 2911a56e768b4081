"""One run, from applying to its end: proven and kept, or undone.

It stands on the run's directory alone: the sealed plan, the journal, the snapshot, and the marks
that front ends leave (`stop`, `confirm`, `go-on`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard import journal
from wizard.certificate.certify import record_before, told_certificate
from wizard.deadman.unless_confirmed import UnlessConfirmed
from wizard.engine.address import smtp_address
from wizard.engine.orphans import commands_of, wait_for_orphans
from wizard.engine.shutdown import shuts_down
from wizard.engine.taking_up import Keys, stopped_again, without_signal, without_stop
from wizard.errors import Drift, Refused, StepdownError
from wizard.events import Accepted, Outage, Output, PhaseChanged
from wizard.executor import Executor
from wizard.host.base import HostWriter
from wizard.journal import Journal
from wizard.last_switch import START_STEP, keep, of_run
from wizard.model import FileState, Phase
from wizard.plan_text import told as told_seconds
from wizard.plans import Command, Plan
from wizard.platforms.base import Platform
from wizard.probes.log.stays import LogStays
from wizard.probes.outage import OutageWatch
from wizard.probes.proof import Target
from wizard.probes.session.recording import record
from wizard.probes.verify import Verifier
from wizard.rollback import Rollback
from wizard.runs import RESUMABLE, Runs
from wizard.snapshot import Snapshot
from wizard.undo_script.originals import NAME as ORIGINAL
from wizard.undo_script.originals import keep_originals
from wizard.undo_script.script import write_undo_script

INTERVAL = 0.1
"Seconds between two looks for a mark."


class Engine:
    """One run, from applying to its end."""

    def __init__(self, runs: Runs, run: str, host: HostWriter, platform: Platform) -> None:
        self._runs = runs
        self._run = run
        self._host = host
        self._platform = platform
        self._plan: Plan = runs.plan(run)
        self._place: Path = runs.path(run)
        self._journal = Journal(self._place)
        self._snapshot = Snapshot(self._place)
        self._timer = UnlessConfirmed(host, runs, run, self._journal)
        self.terminated = False
        "SIGTERM came: stop what is being applied; leave what only waits to be confirmed."

    def apply(self) -> int:
        """Apply, prove, and keep or undo. Returns the contract's exit code."""
        self._phase(Phase.APPLYING)
        return self._carry_out(self._begin)

    def resume(self) -> int:
        """Go on where an engine was killed. As apply. Raises Refused where that cannot be."""
        status = self._runs.status(self._run)
        if status.phase not in RESUMABLE:
            raise Refused(f"run {self._run} cannot be resumed: it is {status.phase}")
        self._runs.forget_marks(self._run)
        self._phase(Phase.APPLYING, f"Resumed; it was {status.phase} when its engine was killed")
        begun = journal.begun(journal.read(self._place))
        return self._carry_out(self._take_up if begun else self._begin)

    def _carry_out(self, ready: Callable[[], Keys]) -> int:
        """Make ready, do what that says is not done yet, prove it, keep it or undo it."""
        try:
            done = ready()
            executor = Executor(
                *(self._host, self._plan, self._journal, self._snapshot),
                *(self._stop_asked, self._going_on),
            )
            with self._outage_told():
                executor.apply(done)
            self._phase(Phase.VERIFYING)
        except Exception as problem:  # whatever it is, the host must not stay half-way
            code = 4 if isinstance(problem, Drift) else 1
            return self.rollback(f"Applying failed: {_told(problem)}", code)
        if not self._verify():
            return self.rollback("Verification failed", 5)
        return self._await_confirmation()

    def _begin(self) -> Keys:
        """Before the first change. Nothing is done yet."""
        self._tell_accepted()
        self._prepare()
        self._record_baseline()
        return frozenset()

    def _take_up(self) -> Keys:
        """What was cut short is undone alone, so that it can be done again; what is done stays."""
        if not self._orphans_gone():
            raise StepdownError("a command of the engine that was killed cannot be ended")
        self._timer.set(smtp_address(self._plan))
        events = journal.read(self._place)
        done = without_signal(self._plan, frozenset(journal.done_ops(events)))
        for cut in journal.to_undo(events):
            if (cut.step, cut.op) in done:
                continue
            self._say(f"cut short, so undone and done again: {cut.step}")
            failures = self._undoing().undo_alone(cut)
            if failures:
                raise StepdownError("; ".join(failures))
        if stopped_again(self._plan, done):
            self._say("the relay was started meanwhile, and is stopped again")
            return without_stop(done)
        return done

    def rollback(self, why: str, code: int = 0, *, seen_through: bool = False) -> int:
        """Undo all that the journal says was begun. Returns code, or 6 where it was not all.

        seen_through: the timer's script has started this, and starts it again where it is killed.
        """
        self._runs.release_reserve(self._run)
        self._journal.tolerant = True
        self.terminated = False  # that was for what was applied; the next one is for this
        self._phase(Phase.ROLLING_BACK, why)
        events = journal.read(self._place)
        if journal.begun(events) and not seen_through:
            self._timer.see_through(smtp_address(self._plan))
        undo = self._undoing()
        with self._outage_told():
            ended = self._orphans_gone()
            exceptions, failures = undo.undo(list(journal.to_undo(events)))
            if journal.begun(events) and not (failures and self._shuts_down()):
                failures += undo.bring_back(smtp_address(self._plan), self._restart())
                failures += undo.give_made_anew(self._original)
        if failures and self._shuts_down():
            self._say(f"The host shuts down, and this is left for later: {'; '.join(failures)}")
            return 6
        exceptions += self._timer.take_away()
        self._journal.add(told_certificate(self._place, self._plan))
        if not ended:
            failures = [*failures, "a command of the engine that was killed still runs"]
        if failures:
            told = "; ".join(failures)
            self._phase(Phase.NEEDS_ATTENTION, f"Not everything was undone: {told}", code=6)
            return 6
        if exceptions:
            why = f"{why}. {len(exceptions)} exceptions, each named: {'; '.join(exceptions)}"
        self._phase(Phase.ROLLED_BACK, why, code=code)
        return code

    def _original(self, path: str) -> FileState:
        return self._host.state(f"{self._place / ORIGINAL}{path}", content=True)

    def _shuts_down(self) -> bool:
        return shuts_down(self._host, lambda: self.terminated)

    def _undoing(self) -> Rollback:
        return Rollback(
            *(self._host, self._plan, self._journal, self._snapshot),
            *(self._going_on, lambda: self.terminated),
        )

    def _orphans_gone(self) -> bool:
        commands = (*commands_of(self._plan), *self._restart())
        return wait_for_orphans(self._host, self._run, commands, self._say)

    def _restart(self) -> tuple[Command, Command]:
        return self._platform.stop_command(), self._platform.start_command()

    def expire(self) -> int:
        """For the timer: undo what nobody kept by its deadline. What has ended is left alone."""
        last = journal.phase_of(journal.read(self._place))
        phase = last.phase if last else Phase.PLANNED
        if phase in (Phase.DONE, Phase.ROLLED_BACK):
            self._timer.take_away()
            return 0
        return self.rollback(self._timer.overdue(phase), 5, seen_through=True)

    def _verify(self) -> bool:
        try:
            switched = of_run(self._runs, self._run)
            target = Target(
                address=smtp_address(self._plan),
                uid=self._plan.uid,
                gid=self._plan.gid,
                user=self._plan.choices.user,
                probe_to=self._plan.choices.probe_to,
                since=switched.since,
                baseline=switched.baseline,
                unrecorded=switched.unrecorded,
                run=self._run,
                group=self._plan.choices.group,
                purpose=self._plan.choices.purpose,
                edit=self._plan.choices.edit,
                accepted=self._plan.accepted,
            )
            return Verifier(self._host, self._platform, target, self._journal.add).run()
        except Exception as problem:  # a proof that could not be made is no proof
            self._say(f"The verification itself failed: {_told(problem)}")
            return False

    def _await_confirmation(self) -> int:
        if self._runs.asked(self._run, "stop"):  # a proof is not interrupted
            return self.rollback("Undone on request", 5)
        if self._timer.minutes is None:
            self._done("proven")
            return 0
        try:
            deadline = self._timer.set(smtp_address(self._plan))
        except (StepdownError, OSError) as problem:
            return self.rollback(f"The timer could not be set: {_told(problem)}", 1)
        self._phase(Phase.AWAITING_CONFIRMATION, deadline=deadline)
        log = self._watched_log()
        ends = time.monotonic() + deadline - time.time()  # a clock set back lengthens nothing
        while time.time() < deadline and time.monotonic() < ends:
            if self.terminated:
                return 0  # the host shuts down: what is proven stays, status tells that it waits
            if self._runs.asked(self._run, "confirm"):
                self._done("proven and kept")
                return 0
            if self._stop_asked():
                return self.rollback("Undone on request", 5)
            if told := log.look():
                self._journal.add(told)
            time.sleep(INTERVAL)
        return self.rollback(self._timer.overdue(Phase.AWAITING_CONFIRMATION), 5)

    def _watched_log(self) -> LogStays:
        since = of_run(self._runs, self._run).since
        return LogStays(self._host, self._platform, since, self._plan.choices.user)

    def _done(self, how: str) -> None:
        self._runs.release_reserve(self._run)
        self._phase(Phase.DONE, how)
        for problem in self._timer.take_away():
            self._say(problem)

    def _tell_accepted(self) -> None:
        """With which findings the admin went on, and why: the journal alone tells it later."""
        for check_id, reason in self._plan.accepted.items():
            self._journal.add(Accepted(0, 0.0, check_id, reason))

    def _prepare(self) -> None:
        """What must be on disk before the first change: the way back, without us too."""
        record_before(self._place, self._plan)
        keep_originals(self._place, self._plan, self._host)
        write_undo_script(self._place, self._plan, self._restart())
        self._timer.set(smtp_address(self._plan))

    def _record_baseline(self) -> None:
        """What the relay does before the switch, to compare with after it."""
        address, probe_to = smtp_address(self._plan), self._plan.choices.probe_to
        found, missing = record(self._host, self._platform, address, probe_to)
        for problem in missing:
            self._say(problem)
        keep(self._place, found)

    @contextmanager
    def _outage_told(self) -> Iterator[None]:
        """Watch the relay's port meanwhile, and tell each gap."""
        address = smtp_address(self._plan)
        watch = OutageWatch(
            self._host, address, lambda s, over: self._journal.add(Outage(0, 0.0, s, over))
        )
        watch.start()
        try:
            yield
        finally:
            self._journal.add(Output(0, 0.0, START_STEP, self._outage_sum(watch.stop())))

    def _outage_sum(self, seconds: float) -> str:
        told = f"port 25 was closed for {told_seconds(seconds)} in all"
        predicted = self._plan.outage.get(self._plan.choices.switch)
        return told if predicted is None else f"{told}; predicted: {told_seconds(predicted)}"

    def _stop_asked(self) -> bool:
        return self.terminated or self._runs.asked(self._run, "stop")

    def _going_on(self) -> Callable[[], bool]:
        """For one wait, whether the admin waits no longer: a mark from before it began is gone."""
        self._runs.forget(self._run, "go-on")
        return lambda: self._runs.asked(self._run, "go-on")

    def terminate(self) -> None:
        """For the signal handler."""
        self.terminated = True

    def _phase(
        self, phase: Phase, message: str = "", *, deadline: float = 0.0, code: int = 0
    ) -> None:
        self._journal.add(PhaseChanged(0, 0.0, phase, message, deadline, code))

    def _say(self, text: str) -> None:
        self._journal.add(Output(0, 0.0, "", text))


def _told(problem: Exception) -> str:
    """A problem in words; the kind too where it is none of ours."""
    if isinstance(problem, StepdownError | OSError):
        return str(problem)
    return f"{type(problem).__name__}: {problem}"
