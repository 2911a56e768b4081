"""A run seen from the app: started, followed, asked about; its engine is another process."""

from __future__ import annotations

from collections.abc import Callable

from textual import on

from screens.looking import LookingApp
from screens.messages import Advised, EventsWaiting, Finished, LeftUnfinished, Planned
from screens.modals.ask import AskText, judge_path
from screens.modals.attach import Attach
from screens.modals.confirm import Confirm
from screens.run_view import RunView
from screens.text import say
from screens.words import Tone, count, problem_text
from screens.work import BATCH, Held
from wizard.diff import StepPreview
from wizard.errors import StepdownError
from wizard.model import Phase
from wizard.session import RunStatus, Session
from wizard.switch_advice import SwitchAdvice

PROVING = (Phase.VERIFYING, Phase.AWAITING_CONFIRMATION, Phase.DONE)
UNDOING = (Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.NEEDS_ATTENTION)


class RunningApp(LookingApp):
    """The part of the app that starts and follows runs."""

    def __init__(self, session: Session, clock: Callable[[], float]) -> None:
        super().__init__(session, clock)
        self.previews: tuple[StepPreview, ...] = ()
        self.advice: SwitchAdvice | None = None
        "Which switch is recommended; None until a worker has asked."
        self.run_view = RunView.of(session.plan)
        self.unfinished: RunStatus | None = None
        "The run that recovery is about."

    # --- what workers post --------------------------------------------------------------------

    @on(Planned)
    def _planned(self, message: Planned) -> None:
        self.previews = message.previews
        self.show_soon()

    @on(Advised)
    def _advised(self, message: Advised) -> None:
        self.advice = message.advice
        self.show_soon()

    @on(EventsWaiting)
    def _events(self) -> None:
        self.set_timer(BATCH, self._take_events)

    @on(LeftUnfinished)
    def _left(self, message: LeftUnfinished) -> None:
        if self.unfinished is None:
            self.unfinished = message.status
            self.go_to("Rollback")

    def _take_events(self) -> None:
        before = self.run_view.phase
        if self.session.plan is not None:
            self.run_view.learn(self.session.plan)
        for event in self.take_events():
            self.run_view.take(event)
        if self.run_view.phase is not before:
            self._phase_changed(self.run_view.phase)
        self.show_soon()

    def _phase_changed(self, phase: Phase) -> None:
        """The run leads from Apply to Verify, and to Rollback from either."""
        if phase in PROVING and self.step == "Apply":
            self.go_to("Verify")
        if phase in UNDOING and self.step in ("Host", "Apply", "Verify"):
            self.go_to("Rollback")

    # --- what work has come to ----------------------------------------------------------------

    def _after_apply(self, message: Finished) -> None:
        if not self._refused(message.problem):
            self._show_run("Apply", message.said)

    def _after_resume(self, message: Finished) -> None:
        if not self._refused(message.problem):
            self.unfinished = None
            self._show_run("Apply", message.said)

    def _after_rollback(self, message: Finished) -> None:
        if self._refused(message.problem):
            return
        self.unfinished = None
        self.go_to("Rollback")
        if "follow" not in self.busy:
            self.run_view = RunView.of(self.session.plan)
            self.follow(message.said)

    def _show_run(self, step: str, run: str) -> None:
        self.run_view = RunView.of(self.session.plan)
        self.go_to(step)
        self.follow(run)

    def _refused(self, problem: StepdownError | None) -> bool:
        """Say why not, where there is a problem; another engine at work can be followed."""
        if isinstance(problem, Held):
            self._ask_attach(problem)
        elif problem is not None:
            self.say_briefly(problem_text(problem))
        return problem is not None

    def _after_save(self, message: Finished) -> None:
        if not self._refused(message.problem):
            self.say_briefly(f"Plan saved: {message.said}", severe=False)

    def _after_packet(self, message: Finished) -> None:
        if not self._refused(message.problem):
            self.say_briefly(f"Packet written: {message.said}", severe=False)

    def _after_advise(self, message: Finished) -> None:
        """Without advice nothing is marked and nothing predicted."""

    # --- asking -------------------------------------------------------------------------------

    def _ask(self, title: str, told: str, yes: str, no: str, then: Callable[[], None]) -> None:
        dialog = Confirm(title, say(told), yes, no, severe=yes == "Undo")
        self.push_screen(dialog, lambda answer: then() if answer else None)

    def ask_rollback(self, run: str) -> None:
        """Ask, then undo all of a run."""
        told = (
            "Every file, owner and mode goes back to what it was, the daemon too. Mail in the"
            " queue is kept; what arrived since stays."
        )
        self._ask("Undo everything?", told, "Undo", "No", lambda: self.rollback(run))

    def ask_resume(self, run: str) -> None:
        """Ask, then go on with an unfinished run."""
        told = (
            "The operation that was interrupted is undone alone and done again. Then the run goes"
            " on to its end and is proven as if nothing had happened. If anything fails, all of"
            " it is rolled back."
        )
        self._ask("Go on with this run?", told, "Resume", "No", lambda: self.resume(run))

    def ask_keep(self, run: str) -> None:
        """Ask, then keep."""
        told = "The change stays, and its timer is taken away. It can still be undone later."
        self._ask("Keep the change?", told, "Keep", "Not yet", lambda: self.confirm(run))

    def ask_end_drain(self) -> None:
        """Ask, then wait no longer for the sessions that are open."""
        waits = self.run_view.sessions
        if waits is None:
            return
        number = len(waits.rows)
        told = (
            f"{count(number, 'session')} {'is' if number == 1 else 'are'} still open. Who is in"
            " the middle of a message gets 421 or a closed connection instead of a 250, keeps the"
            " message and sends it again, as SMTP demands. Nothing is lost; it comes later."
        )
        self._ask("Go on without them?", told, "Go on", "Wait", self.end_drain)

    def ask_packet(self) -> None:
        """Ask where to, then write the change packet."""
        text = say(("What was done, why, with its proofs: .html, .md or .json.", Tone.QUIET))
        host = self.session.identity.host.partition(".")[0]
        dialog = AskText("Write the packet to", text, judge_path, value=f"./{host}.packet.html")
        self.push_screen(dialog, lambda path: self.write_packet(path) if path else None)

    def _ask_attach(self, held: Held) -> None:
        dialog = Attach(held.status, str(held.problem), self.clock())
        self.push_screen(dialog, lambda yes: self.attach(held.status.run) if yes else None)

    def attach(self, run: str) -> None:
        """Follow a run whose engine is at work, whoever started it."""
        self.unfinished = None
        self.session.run = run
        if not (self.run_view.started and self.session.plan is None):
            self.session.plan, self.previews = None, ()
        self._show_run("Apply", run)
