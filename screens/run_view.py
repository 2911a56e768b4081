"""What a run has told so far, folded from its events: the same for full screen and line mode.

The journal is the truth and this is only its reading: it can be thrown away at any time and made
again by following the run from its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from screens.step_view import StepState, StepView
from wizard.events import (
    Accepted,
    Armed,
    Certificate,
    Event,
    JournalRecord,
    OpState,
    Outage,
    Output,
    PhaseChanged,
    ProcessTable,
    Progress,
    Proof,
    Sessions,
    SmtpLine,
)
from wizard.model import Phase
from wizard.plans import Plan

LOG_LIMIT = 5000
"Lines of log kept for showing; the journal keeps them all."


@dataclass
class RunView:
    """All that the run told."""

    phase: Phase = Phase.CONFIRMED
    message: str = ""
    deadline: float = 0.0
    steps: dict[str, StepView] = field(default_factory=dict)
    outage: Outage | None = None
    smtp: list[SmtpLine] = field(default_factory=list)
    table: ProcessTable | None = None
    served: ProcessTable | None = None
    "The last one with the child that served the proof: it ends with its connection."
    proofs: dict[str, Proof] = field(default_factory=dict)
    progress: dict[str, tuple[Progress, Progress]] = field(default_factory=dict)
    "By step: the first and the latest word of its walk."
    log: list[tuple[float, str, str]] = field(default_factory=list)
    "Time, step and text."
    started: float = 0.0
    latest: float = 0.0
    "Time of the latest event."
    plan_digest: str = ""
    code: int = 0
    "Exit code that the contract gives to how the run ended."
    sessions: Sessions | None = None
    "What a drain still waits for; None where none is under way."
    armed: Armed | None = None
    "The latest word of the timer outside the wizard."
    certificate: Certificate | None = None
    exceptions: list[str] = field(default_factory=list)
    "From a rollback: what is not as it was before."

    @classmethod
    def of(cls, plan: Plan | None) -> RunView:
        """An empty view that knows the plan's steps already, where there is a plan."""
        view = cls()
        if plan is not None:
            view.learn(plan)
        return view

    def learn(self, plan: Plan) -> None:
        """Know the plan's steps, also where the run has told of them already."""
        if self.plan_digest == plan.digest:
            return
        self.plan_digest = plan.digest
        told, self.steps = self.steps, {}
        for step in plan.steps:
            view = told.pop(step.id, None) or StepView(step.id, step.title)
            view.title, view.step = step.title, step
            self.steps[step.id] = view
        self.steps |= told

    def forget_proofs(self) -> None:
        """Make room for a new round of proofs."""
        self.smtp.clear()
        self.proofs.clear()
        self.table = None
        self.served = None

    def take(self, event: Event) -> None:
        """Fold one event in."""
        self.latest = event.time
        self.started = self.started or event.time
        match event:
            case JournalRecord():
                self._operation(event)
            case PhaseChanged():
                self._phase(event)
            case Accepted():
                self._note(event.time, "", f"accepted: {event.check_id}: {event.reason}")
            case Output():
                self._said(event.time, event.step, event.text)
                self.exceptions += [event.text] if event.exception else []
            case Progress():
                first, _ = self.progress.get(event.step, (event, event))
                self.progress[event.step] = (first, event)
            case SmtpLine():
                self.smtp.append(event)
            case ProcessTable():
                self.table = event
                if event.serving and any(row.pid == event.serving for row in event.rows):
                    self.served = event
            case Proof():
                self.proofs[event.id] = event
                self._note(event.time, "", f"{event.outcome.value}: {event.title}")
            case Outage():
                self.outage = event
            case Sessions():
                self._waits(event)
            case Armed() | Certificate():
                self._way_back(event)

    def _way_back(self, event: Armed | Certificate) -> None:
        if isinstance(event, Armed):
            self.armed = event
            self._note(event.time, "", timer_told(event))
        else:
            self.certificate = event
            self._note(event.time, "", f"certificate: {event.paths:,} paths, {event.after}")

    def _waits(self, event: Sessions) -> None:
        """The sessions that are left; those that are new go into the log."""
        known = {row.pid for row in self.sessions.rows} if self.sessions else set()
        for row in event.rows:
            if row.pid not in known:
                peer = row.peer or "a peer that is not known"
                self._note(event.time, event.step, f"open: {row.pid} {peer} {row.state}")
        self.sessions = event if event.rows else None

    def _phase(self, event: PhaseChanged) -> None:
        if event.phase is Phase.VERIFYING:
            self.forget_proofs()
        if event.phase is Phase.ROLLING_BACK:
            self.exceptions.clear()
            self.certificate = None
        self.sessions = None
        self.phase = event.phase
        self.message = event.message
        self.deadline = event.deadline
        self.code = event.code
        self._note(event.time, "", f"-- {event.phase.value} {event.message}".rstrip())

    def _operation(self, event: JournalRecord) -> None:
        view = self.step(event.step)
        view.ops[event.op] = event.state
        if event.state not in (OpState.INTENT, OpState.UNDOING):
            self.sessions = None  # the wait has ended, with them or without
        if event.state in (OpState.INTENT, OpState.UNDOING):
            view.since = event.time
        else:
            spent = event.seconds or (event.time - view.since if view.since else 0.0)
            view.seconds += max(0.0, spent)
            view.since = 0.0
        if event.state is OpState.FAILED:
            view.problem = event.message
        if event.message:
            self._said(event.time, event.step, event.message)

    def _said(self, time: float, step: str, text: str) -> None:
        if step and any(character.isalnum() for character in text):
            self.step(step).said = text
        self._note(time, step, text)

    def _note(self, time: float, step: str, text: str) -> None:
        self.log.append((time, step, text))
        if len(self.log) > LOG_LIMIT:
            del self.log[: LOG_LIMIT // 10]

    def step(self, step_id: str) -> StepView:
        """The step's view, made when the run names a step that no plan told of."""
        if step_id not in self.steps:
            title = step_id.replace("-", " ").replace(".", ": ").capitalize()
            self.steps[step_id] = StepView(step_id, title)
        return self.steps[step_id]

    @property
    def current(self) -> StepView | None:
        """The step that something is being done to."""
        busy = (StepState.RUNNING, StepState.UNDOING)
        return next((s for s in self.steps.values() if s.since and s.state in busy), None)

    @property
    def finished_steps(self) -> int:
        """How many steps are done."""
        return sum(view.state is StepState.DONE for view in self.steps.values())

    def rate(self, step_id: str) -> float:
        """Entries a second of a walk; 0 while it cannot be told."""
        if step_id not in self.progress:
            return 0.0
        first, latest = self.progress[step_id]
        passed = latest.time - first.time
        return (latest.done - first.done) / passed if passed > 0 else 0.0

    def drain_left(self, now: float) -> float:
        """Seconds until the run goes on without the sessions that are open; never negative."""
        if self.sessions is None:
            return 0.0
        return max(0.0, self.sessions.time + self.sessions.left - now)

    @property
    def undoes_at(self) -> float:
        """When the run undoes itself unless it is kept; 0: never, or not any more."""
        if self.phase.finished or self.phase is Phase.ROLLING_BACK:
            return 0.0
        if self.armed is not None and self.armed.deadline:
            return self.armed.deadline
        return self.deadline

    def outage_seconds(self, now: float) -> float:
        """How long port 25 has not answered: counts on by itself until it is over."""
        if self.outage is None:
            return 0.0
        if self.outage.over:
            return self.outage.seconds
        return self.outage.seconds + max(0.0, now - self.outage.time)


def timer_told(event: Armed) -> str:
    """The timer's word in the log."""
    return f"timer set: {event.how}" if event.deadline else "timer taken away"
