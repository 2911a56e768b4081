"""Line mode's way through a run: tell it, keep or undo it, and end with the right exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from time import time

from screens.leaving import leaving_told
from screens.line_ask import Left, ask_choice, ask_yes
from screens.line_say import Voice
from screens.recovering import happened, ways
from screens.run_view import RunView
from screens.way_back import undo_script
from screens.words import Tone, clock
from wizard.errors import StepdownError
from wizard.events import Event, Output, PhaseChanged, Proof, SmtpLine
from wizard.model import Outcome, Phase
from wizard.narrate import Narrator
from wizard.session import RunStatus, Session


class LineRun:
    """Follows one run."""

    def __init__(
        self, session: Session, voice: Voice, run: str, clock: Callable[[], float] = time
    ) -> None:
        self.session = session
        self.voice = voice
        self.run = run
        self.clock = clock
        "Seconds since the epoch."
        self.phase = Phase.CONFIRMED
        self.code = 0
        self.view = RunView()
        self._told = 0
        "Events told so far: who follows on is not told them again."
        self._narrator: Narrator | None = None

    def follow(self) -> int:
        """Until it ends, asking where it waits. Returns the contract's exit code."""
        while True:
            try:
                self._tell(self.session.follow(self.run))
            except KeyboardInterrupt:
                if self._interrupted():
                    return 130
                continue
            return self._ended()

    def _tell(self, events: Iterable[Event]) -> None:
        for event in islice(events, self._told, None):
            self._told += 1
            self._narrator = self._narrator or Narrator(self.session.plan)
            begins = self.view.sessions is None
            self.view.take(event)
            if begins and self.view.sessions is not None:
                self.voice.say("Ctrl+C, then Wait no longer, goes on without them.", Tone.QUIET)
            for line in self._narrator.tell(event):
                self.voice.say(line, _tone(event), exact=isinstance(event, SmtpLine | Output))
            if isinstance(event, PhaseChanged):
                self.phase, self.code = event.phase, event.code
                if event.phase is Phase.AWAITING_CONFIRMATION and self._still(event):
                    self._keep_or_undo(event)

    def _still(self, event: PhaseChanged) -> bool:
        """False where the run has gone on since: its journal is told from the beginning."""
        status = next((one for one in self.session.runs() if one.run == self.run), None)
        return status is None or status.phase is event.phase

    def _keep_or_undo(self, event: PhaseChanged) -> None:
        if event.deadline:
            left = clock(event.deadline - self.clock())
            self.voice.say(f"It undoes itself in {left} minutes unless you keep it.", Tone.WARN)
        options = (
            ("keep", "Keep the change"),
            ("undo", "Undo everything"),
            ("leave", "Leave it to its timer"),
        )
        try:
            answer = ask_choice(self.voice, "Keep it?", options)
        except Left:
            answer = "leave"
        try:
            if answer == "keep":
                self.session.confirm(self.run)
            elif answer == "undo":
                self.session.rollback(self.run)
        except StepdownError as problem:
            self.voice.problem(problem)
        if answer == "leave":
            self.voice.say("stepdown confirm keeps it; stepdown rollback undoes it.", Tone.WARN)

    def _interrupted(self) -> bool:
        """Ctrl+C: the engine goes on by itself. True: leave."""
        for sentence in leaving_told(self.view, self.clock()):
            self.voice.say(sentence, Tone.WARN)
        options = [
            ("follow", "Go on following it"),
            ("stop", "Stop: finish this operation, then roll back"),
            ("leave", "Leave; stepdown attach follows it again"),
        ]
        if self.view.sessions is not None:
            told = "Wait no longer: who is in the middle of a message gets 421 and sends it again"
            options.insert(1, ("go-on", told))
        try:
            answer = ask_choice(self.voice, "What now?", options)
        except Left:
            return True
        try:
            if answer == "stop":
                self.session.stop()
            elif answer == "go-on":
                self.session.end_drain()
        except StepdownError as problem:
            self.voice.problem(problem)
        return answer == "leave"

    def _ended(self) -> int:
        if self.phase is Phase.NEEDS_ATTENTION:
            self.voice.say("Something could not be given back: see above.", Tone.BAD)
            self.voice.say("Repair it, then: stepdown rollback")
            told = "The last resort, a script that needs neither Python nor stepdown:"
            self.voice.say(told)
            self.voice.say(f"    sh {undo_script(self.run)}", exact=True)
        if not self.phase.finished:
            self.voice.say("The engine ended before its work was done.", Tone.BAD)
            self.voice.say(f"Undo what it did: stepdown rollback {self.run}")
            return 1
        return self.code


def recover(session: Session, voice: Voice, status: RunStatus) -> int:
    """Tell what happened to an unfinished run, and ask which way to take."""
    view, now = RunView(), time()
    for event in session.follow(status.run):
        view.take(event)
    if session.plan is not None:
        view.learn(session.plan)
    voice.say(f"Run {status.run} was left unfinished: no engine works on it.", Tone.WARN)
    for label, text in happened(status, view, now):
        voice.say(f"  {label}: {text}", exact=True)
    *others, leave = ways(status, view, now)
    options = [(way.key, f"{way.called}. {way.told}") for way in (leave, *others)]
    answer = ask_choice(voice, "What now?", options)
    if answer == "k":
        session.confirm(status.run)
        voice.say("Kept.", Tone.GOOD)
    elif answer == "r":
        return begin(session, voice, lambda: session.resume(status.run))
    elif answer == "u":
        return undo(session, voice, status.run)
    return 0


def undo(session: Session, voice: Voice, run: str) -> int:
    """Roll a run back and follow it to the end."""
    return begin(session, voice, lambda: session.rollback(run))


def begin(session: Session, voice: Voice, start: Callable[[], str]) -> int:
    """Start an engine and follow it; where another one is at work, follow that one instead."""
    try:
        run = start()
    except StepdownError as problem:
        voice.problem(problem)
        held = next((one for one in session.runs() if one.alive), None)
        if held is None or not ask_yes(voice, f"Follow run {held.run}, which is at work?"):
            return problem.exit_code
        session.plan, session.run, run = None, held.run, held.run
    voice.say(f"Run {run}. Ctrl+C asks before anything is stopped.")
    return LineRun(session, voice, run).follow()


def _tone(event: Event) -> Tone:
    if isinstance(event, Proof):
        return Tone.GOOD if event.outcome in (Outcome.PASS, Outcome.SKIPPED) else Tone.BAD
    if isinstance(event, PhaseChanged):
        return {
            Phase.NEEDS_ATTENTION: Tone.BAD,
            Phase.ROLLING_BACK: Tone.WARN,
            Phase.ROLLED_BACK: Tone.WARN,
            Phase.DONE: Tone.GOOD,
        }.get(event.phase, Tone.SHOWN)
    return Tone.PLAIN
