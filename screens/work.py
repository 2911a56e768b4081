"""All long work, in threads of the app: they call the session and post messages, nothing else.

Work that fails posts its problem; a thread never touches a widget. Events of a run go through an
inbox, so that a walk that reports a thousand times a second costs a handful of redraws.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from threading import Event as Flag
from threading import Thread
from time import perf_counter, time

from textual.app import App
from textual.message import Message

from screens.messages import Advised, EventsWaiting, Finished, LeftUnfinished, Planned
from wizard.errors import StepdownError
from wizard.events import Event, ProcessTable
from wizard.model import Mode
from wizard.session import RunStatus, Session

PS = "ps"
"The work of looking at the processes: it comes and goes by itself."
BATCH = 0.05
"Seconds between two looks into the inbox."


class Held(StepdownError):
    """Refused because an engine is at work; it can be followed instead."""

    def __init__(self, problem: StepdownError, status: RunStatus) -> None:
        super().__init__(str(problem), problem.remedy)
        self.problem = problem
        self.status = status


class WorkingApp(App[int]):
    """The half of the app that works. Each method starts a thread and returns at once."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.busy: dict[str, float] = {}
        "Work under way, with when it began."
        self.inbox: deque[Event] = deque()
        self._waiting = False
        self._leave = Flag()

    @property
    def reviews_plan(self) -> bool:
        """A plan is under review: there is no host to ask."""
        session = self.session
        reviews = session.identity.mode is Mode.REVIEW and session.facts is None
        return reviews and session.plan is not None

    def start_work(
        self, work: str, call: Callable[[], str | None], *, only_looks: bool = False
    ) -> bool:
        """Run the call in a thread unless the same work is under way.

        Who leaves waits until work has ended that changes something; what only looks is left
        behind, since reading the mail logs may take a minute.
        """
        if work in self.busy:
            return False
        self.busy[work] = perf_counter()
        if only_looks:
            run = copy_context().run
            Thread(target=run, args=(self._guarded, work, call), name=work, daemon=True).start()
        else:
            self.run_worker(lambda: self._guarded(work, call), thread=True, exit_on_error=True)
        return True

    def _guarded(self, work: str, call: Callable[[], str | None]) -> None:
        try:
            said = call() or ""
        except StepdownError as problem:
            self._post(Finished(work, problem))
        except Exception as problem:
            told = StepdownError(f"{type(problem).__name__}: {problem}", "Please report this.")
            self._post(Finished(work, told))
        else:
            self._post(Finished(work, said=said))

    def _post(self, message: Message) -> None:
        if self.is_running:
            with suppress(RuntimeError):  # the app was left, and its loop is closed
                self.post_message(message)

    def propose(self) -> None:
        """Make the plan from what is known now, and tell it. One under review is only told."""

        def call() -> None:
            if not self.reviews_plan:
                self.session.propose()
            self._post(Planned(self.session.previews()))

        self.start_work("propose", call)

    def save_plan(self, path: str) -> None:
        """Write the plan to a file."""

        def call() -> str:
            self.session.save_plan(path)
            return path

        self.start_work("save", call)

    def write_packet(self, path: str) -> None:
        """Write the change packet to a file."""

        def call() -> str:
            self.session.write_packet(path)
            return path

        self.start_work("packet", call)

    def apply(self, confirmed_host: str) -> None:
        """Start the engine."""
        self.start_work("apply", lambda: self._starting(self.session.apply, confirmed_host))

    def rollback(self, run: str) -> None:
        """Start an engine that undoes a run."""
        self.start_work("rollback", lambda: self._starting(self.session.rollback, run))

    def resume(self, run: str) -> None:
        """Start an engine that goes on with an unfinished run."""
        self.start_work("resume", lambda: self._starting(self.session.resume, run))

    def _starting(self, start: Callable[[str], str], argument: str) -> str:
        """Start an engine. Raises Held where it is refused because another is at work."""
        try:
            return start(argument)
        except StepdownError as problem:
            for status in self.session.runs():
                if status.alive:
                    raise Held(problem, status) from problem
            raise

    def end_drain(self) -> None:
        """Wait no longer for open sessions."""
        self.start_work("end-drain", self.session.end_drain)

    def advise(self) -> None:
        """Ask which switch is recommended, and tell it."""

        def call() -> None:
            self._post(Advised(self.session.recommended_switch()))

        self.start_work("advise", call, only_looks=True)

    def stop_run(self) -> None:
        """Ask the engine to stop and roll back."""
        self.start_work("stop", self.session.stop)

    def confirm(self, run: str) -> None:
        """Keep the change."""
        self.start_work("confirm", lambda: self.session.confirm(run))

    def follow(self, run: str) -> None:
        """Follow a run from its beginning, until it has finished or the app is left."""
        self._leave.clear()
        call = self.session.follow

        def follow() -> None:
            self._deliver(call(run, stop=self._leave))
            if not self._leave.is_set():
                self._look_after(run)

        self.start_work("follow", follow)

    def _look_after(self, run: str) -> None:
        """An engine that was killed ends the following too: then recovery is due."""
        for status in self.session.runs():
            if status.run == run and status.unfinished:
                self._post(LeftUnfinished(status))

    def verify(self) -> None:
        """Prove the host as it is now."""
        probe = self.session.choices.probe_to
        self.start_work("verify", lambda: self._deliver(self.session.verify(probe)))

    def look_at_processes(self) -> None:
        """Tell what ps shows now, while nobody proves anything."""

        def look() -> None:
            if rows := self.session.processes():
                self._deliver([ProcessTable(0, time(), rows, 0)])

        self.start_work(PS, look, only_looks=True)

    def _deliver(self, events: Iterable[Event]) -> None:
        for event in events:
            self.inbox.append(event)
            if not self._waiting:
                self._waiting = True
                self._post(EventsWaiting())

    def take_events(self) -> list[Event]:
        """Empty the inbox."""
        self._waiting = False
        events = []
        while self.inbox:
            events.append(self.inbox.popleft())
        return events

    def on_unmount(self) -> None:
        """However the app ends, a thread that follows a run must not keep the process."""
        self.stop_following()

    def stop_following(self) -> None:
        """Let the follower end; the engine goes on."""
        self._leave.set()
