"""What a run's journal tells, gathered for the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.deadman.layout import TIMER_STEP
from wizard.deadman.unless_confirmed import ARMED
from wizard.events import (
    Armed,
    Event,
    JournalRecord,
    OpState,
    Outage,
    Output,
    PhaseChanged,
    Proof,
    SmtpLine,
)
from wizard.model import Phase
from wizard.narrate import PHASES, Narrator
from wizard.plans import Await, Plan, Step
from wizard.probes.proof import holds
from wizard.report.drained import certificate, sessions
from wizard.report.model import Gap, PhaseSpan, ProofReport, RunReport, State, StepRun, Tone
from wizard.report.scrubbed import scrubbed
from wizard.report.times import clock, moment, read
from wizard.run_status import RunStatus

ENDS = {
    Phase.DONE: ("Done", Tone.GOOD, "The children of this relay run unprivileged."),
    Phase.ROLLED_BACK: ("Rolled back", Tone.WARN, "The host was given back."),
    Phase.NEEDS_ATTENTION: (
        "Needs attention",
        Tone.BAD,
        "Not everything was undone: a person must look at this host.",
    ),
}


class Story:
    """One run as it stood when the report was made."""

    def __init__(self, plan: Plan, status: RunStatus, events: Sequence[Event], unread: int) -> None:
        self._plan = plan
        self._status = status
        self.events = events
        self._unread = unread
        self.armed = [e for e in events if isinstance(e, Armed)]
        "Each time that the timer was set or taken away; none where nothing would undo the run."
        self._records = [e for e in events if isinstance(e, JournalRecord)]
        self._phases = [e for e in events if isinstance(e, PhaseChanged)]

    def state(self) -> State:
        """Where the run stands."""
        status = self._status
        last = self._phases[-1] if self._phases else None
        if last is None:
            return State("Never begun", Tone.WARN, "The run was made, but no engine began it.")
        said = f" {_sentence(last.message)}" if last.message else ""
        if last.phase in ENDS:
            word, tone, sentence = ENDS[last.phase]
            return State(word, tone, sentence + said)
        if last.phase is Phase.AWAITING_CONFIRMATION:
            until = f" It undoes itself at {read(moment(last.deadline))}." if last.deadline else ""
            return State("Proven, not kept yet", Tone.WARN, f"It waits to be kept.{until}")
        if status.alive:
            return State("At work", Tone.NEUTRAL, f"The engine is at work: {last.phase}.{said}")
        return State(
            "Unfinished",
            Tone.BAD,
            f"The engine ended before its work was done, in: {last.phase}. "
            f"Undo what it did: stepdown rollback {status.run}",
        )

    def run(self) -> RunReport:
        """The run's own part of the report."""
        begun = self.events[0].time if self.events else self._status.started
        ended = self.events[-1].time if self.events else begun
        last = self._phases[-1] if self._phases else None
        gaps = tuple(self._gaps())
        return RunReport(
            id=self._status.run,
            phase=str(self._status.phase),
            begun=moment(begun),
            ended=moment(ended),
            seconds=round(ended - begun, 3),
            code=last.code if last and last.phase.finished else None,
            phases=tuple(self._spans(ended)),
            outage=gaps,
            outage_seconds=round(sum(gap.seconds or 0.0 for gap in gaps), 3),
            sessions=sessions(self.events),
            certificate=certificate(self.events),
            proofs=tuple(_proof(one) for one in self._proofs()),
            trouble=scrubbed(self._trouble()),
            exceptions=scrubbed(
                e.text for e in self.events if isinstance(e, Output) and e.exception
            ),
            smtp=scrubbed(
                f"{'>' if e.sent else '<'} {e.text}"
                for e in self._last_round()
                if isinstance(e, SmtpLine)
            ),
            log=scrubbed(self._log()),
            unread=self._unread,
        )

    def step(self, step: Step) -> StepRun:
        """What became of a step."""
        records = [r for r in self._records if r.step == step.id]
        spent = {OpState.DONE: 0.0, OpState.FAILED: 0.0, OpState.UNDONE: 0.0}
        for record in records:
            if record.state in spent:
                spent[record.state] += record.seconds
        return StepRun(
            self._timer_state() if step.id == TIMER_STEP else _state(step, records),
            round(spent[OpState.DONE] + spent[OpState.FAILED], 3),
            round(spent[OpState.UNDONE], 3),
            scrubbed(r.message for r in records if r.state is OpState.FAILED),
            scrubbed(e.text for e in self.events if isinstance(e, Output) and e.step == step.id),
        )

    def _timer_state(self) -> str:
        """Of what is no step of the plan: set, and taken away when the run ended."""
        return "done" if self.armed and self.armed[-1].deadline else "undone"

    def _spans(self, ended: float) -> Iterator[PhaseSpan]:
        starts = [*(one.time for one in self._phases[1:]), ended]
        for one, until in zip(self._phases, starts, strict=False):
            seconds = 0.0 if one.phase.finished else round(until - one.time, 3)
            until_when = f"undoes itself at {read(moment(one.deadline))}" if one.deadline else ""
            (said,) = scrubbed((one.message or until_when,))
            yield PhaseSpan(str(one.phase), _title(one.phase), moment(one.time), seconds, said)

    def _gaps(self) -> Iterator[Gap]:
        """Each watch counts its own gaps from nothing, so lengths come from the times."""
        begun, during, within = 0.0, "", ""
        for event in self.events:
            if isinstance(event, PhaseChanged):
                during = _title(event.phase)
            if not isinstance(event, Outage):
                continue
            if begun:
                length = round(event.time - begun, 3) if event.over else None
                yield Gap(within, moment(begun), length)
            begun, within = (0.0, "") if event.over else (event.time, during)
        if begun:
            yield Gap(within, moment(begun), None)

    def _last_round(self) -> Sequence[Event]:
        starts = [
            n
            for n, e in enumerate(self.events)
            if isinstance(e, PhaseChanged) and e.phase is Phase.VERIFYING
        ]
        return self.events[starts[-1] :] if starts else self.events

    def _proofs(self) -> list[Proof]:
        return [e for e in self._last_round() if isinstance(e, Proof)]

    def _trouble(self) -> Iterator[str]:
        for event in self.events:
            at = clock(event.time)
            if isinstance(event, JournalRecord) and event.state is OpState.FAILED:
                yield f"{at}  {event.step}: {event.message}"
            elif isinstance(event, Proof) and not holds(event):
                yield f"{at}  not proven: {event.title}: {'; '.join(event.evidence)}"
            elif isinstance(event, Output) and not event.step and not _is_fine(event):
                yield f"{at}  {event.text}"
            elif isinstance(event, PhaseChanged) and event.phase is Phase.NEEDS_ATTENTION:
                yield f"{at}  {event.message}"

    def _log(self) -> Iterator[str]:
        narrator = Narrator(self._plan)
        for event in self.events:
            for line in narrator.tell(event):
                yield f"{clock(event.time)}  {line}"


def _is_fine(said: Output) -> bool:
    return said.text.startswith(ARMED)


def _state(step: Step, records: Sequence[JournalRecord]) -> str:
    """By each operation's last word; waits of the undo are none of applying's."""
    last = {record.op: record.state for record in records}
    if not last:
        return "not begun"
    if OpState.FAILED in last.values():
        return "failed"
    if OpState.UNDOING in last.values():
        return "not undone"
    if OpState.UNDONE in last.values():
        return "undone" if set(last.values()) == {OpState.UNDONE} else "partly undone"
    due = {n for n, op in enumerate(step.ops) if not (isinstance(op, Await) and op.on_undo)}
    done = {op for op, state in last.items() if state is OpState.DONE}
    return "done" if due <= done else "not finished"


def _proof(proof: Proof) -> ProofReport:
    return ProofReport(
        proof.id, str(proof.outcome), proof.title, scrubbed(proof.evidence), proof.meaning
    )


def _title(phase: Phase) -> str:
    """`Applying`, without what the admin is told to do then."""
    return PHASES.get(phase, str(phase)).partition(".")[0].partition(":")[0]


def _sentence(message: str) -> str:
    (text,) = scrubbed((message[:1].upper() + message[1:],))
    return text if text.endswith((".", "!", "?")) else f"{text}."
