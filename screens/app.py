"""The full-screen app: it owns navigation, the workers and the dialogs, and no rule.

Rules live in the session, which refuses what must not be. One factory builds the app for the
command line and for tests.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from screens.base import StepScreen
from screens.looking import JUDGING, LookingApp
from screens.messages import EventsWaiting, Finished, LeftUnfinished, Planned
from screens.modals.ask import AskText, judge_path
from screens.modals.confirm import Confirm
from screens.modals.reading import Reading
from screens.run_view import RunView
from screens.text import lines, say
from screens.theme import DARK, EIGHT, OWN_VARIABLES
from screens.words import Tone, problem_text
from screens.work import BATCH, PS
from wizard.diff import StepPreview
from wizard.model import Phase
from wizard.session import RunStatus, Session


class StepdownApp(LookingApp):
    """Walks a person through the migration."""

    TITLE = "stepdown"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit"),
        Binding("ctrl+c", "interrupt", "Quit", show=False, id="app.interrupt"),
    ]

    def __init__(self, session: Session, clock: Callable[[], float], eight: bool | None) -> None:
        super().__init__(session, clock)
        self.previews: tuple[StepPreview, ...] = ()
        self.run_view = RunView.of(session.plan)
        self.unfinished: RunStatus | None = None
        self.code = 0
        self._eight = eight
        self._earlier = session.runs()

    def on_mount(self) -> None:
        """Colours for this terminal, then the first screen, or recovery."""
        self.register_theme(DARK)
        self.register_theme(EIGHT)
        few = (
            self.console.color_system in ("standard", None) if self._eight is None else self._eight
        )
        self.theme = EIGHT.name if few else DARK.name
        self.set_interval(1.0, self._tick)
        self.open_first(self._first_step())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for the moment before our theme is set and for foreign themes."""
        return {name: DARK.variables[name] for name in OWN_VARIABLES}

    def _first_step(self) -> str:
        """Recovery where a run was left unfinished, its place where one is alive."""
        for status in reversed(self._earlier):
            if status.unfinished:
                self.unfinished = status
                self.follow(status.run)
                return "Rollback"
            if status.alive:
                self.follow(status.run)
                return "Apply"
        return "Host"

    @property
    def finished_run(self) -> str:
        """The latest run, where it was kept and can still be undone; empty otherwise."""
        latest = self._earlier[-1] if self._earlier else None
        return latest.run if latest is not None and latest.phase is Phase.DONE else ""

    def ask_rollback(self, run: str) -> None:
        """Ask, then undo all of a run."""
        text = say(
            "Every file, owner and mode goes back to what it was, the daemon too. Mail in the"
            " queue is kept; what arrived since stays."
        )
        dialog = Confirm("Undo everything?", text, "Undo", "No", severe=True)
        self.push_screen(dialog, lambda yes: self.rollback(run) if yes else None)

    # --- what workers post --------------------------------------------------------------------

    @on(Planned)
    def _planned(self, message: Planned) -> None:
        self.previews = message.previews
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
        proving = (Phase.VERIFYING, Phase.AWAITING_CONFIRMATION, Phase.DONE)
        undoing = (Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.NEEDS_ATTENTION)
        if phase in proving and self.step == "Apply":
            self.go_to("Verify")
        if phase in undoing and self.step in ("Host", "Apply", "Verify"):
            self.go_to("Rollback")

    @on(Finished)
    def _finished(self, message: Finished) -> None:
        self.busy.pop(message.work, None)
        if message.work in JUDGING:
            self.judged(message.work)
        self.problems.pop(message.work, None)
        if message.problem is not None:
            self.problems[message.work] = message.problem
        self._take_events()
        follow_up = getattr(self, f"_after_{message.work}", None)
        if follow_up is not None:
            follow_up(message)
        elif message.problem is not None:
            self.say_briefly(problem_text(message.problem))
        self.show_soon()

    def _after_choose(self, message: Finished) -> None:
        if message.problem is None:
            self.previews = ()
            self.go_to("Preview")

    def _after_apply(self, message: Finished) -> None:
        if message.problem is not None:
            self.say_briefly(problem_text(message.problem))
            return
        self.run_view = RunView.of(self.session.plan)
        self.go_to("Apply")
        self.follow(message.said)

    def _after_rollback(self, message: Finished) -> None:
        if message.problem is not None:
            self.say_briefly(problem_text(message.problem))
            return
        self.unfinished = None
        self.go_to("Rollback")
        if "follow" not in self.busy:
            self.run_view = RunView.of(self.session.plan)
            self.follow(message.said)

    def _after_save(self, message: Finished) -> None:
        if message.problem is None:
            self.say_briefly(f"Plan saved: {message.said}", severe=False)
        else:
            self.say_briefly(problem_text(message.problem))

    def _after_packet(self, message: Finished) -> None:
        if message.problem is None:
            self.say_briefly(f"Packet written: {message.said}", severe=False)
        else:
            self.say_briefly(problem_text(message.problem))

    def ask_packet(self) -> None:
        """Ask where to, then write the change packet."""
        text = say(("What was done, why, with its proofs: .html, .md or .json.", Tone.QUIET))
        host = self.session.identity.host.partition(".")[0]
        dialog = AskText("Write the packet to", text, judge_path, value=f"./{host}.packet.html")
        self.push_screen(dialog, lambda path: self.write_packet(path) if path else None)

    @property
    def at_rest(self) -> bool:
        """Nothing is under way but following, and all that came in is shown."""
        return self.told_all_but("")

    def told_all_but(self, work: str) -> bool:
        """The same, with this work going on."""
        return not (
            set(self.busy) - {"follow", PS, work} or self.inbox or self._shows or self._waiting
        )

    # --- showing ------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Clocks run on between events."""
        if self.run_view.started:
            self.show_soon()

    def open_help(self, screen: StepScreen) -> None:
        """The step's help, then its keys."""
        from screens.help import help_content

        self.push_screen(Reading(f"Help: {screen.step}", help_content(screen)))

    def open_log(self) -> None:
        """All that the run said."""
        view = self.run_view
        shown = [
            say((f"{seconds - view.started:7.1f}  ", Tone.QUIET), (step, Tone.SHOWN), "  ", text)
            for seconds, step, text in view.log
        ]
        text = lines(shown) if shown else say("Nothing has run yet.")
        self.push_screen(Reading("Log of the run", text, at_end=True))

    # --- leaving ------------------------------------------------------------------------------

    @property
    def engine_runs(self) -> bool:
        """An engine works on the host, by itself, whatever becomes of this screen."""
        return "follow" in self.busy and not self.run_view.phase.finished

    async def action_quit(self) -> None:
        """Leave; while an engine runs only after saying that it goes on by itself."""
        if not self.engine_runs:
            self.leave()
        elif not isinstance(self.screen, Confirm):
            text = say(
                "The engine that changes this host is a process of its own. It goes on"
                " without this screen, and an unconfirmed change still undoes itself.\n\n",
                "Follow it again with  ",
                ("stepdown attach", "bold"),
            )
            question = Confirm("Leave while the engine runs?", text, "Leave", "Stay")
            self.push_screen(question, lambda yes: self.leave() if yes else None)

    async def action_interrupt(self) -> None:
        """Ctrl+C: the same, with the exit code of an interruption."""
        self.code = 130
        await self.action_quit()

    def leave(self) -> None:
        """End the app with the code that tells how the run ended."""
        view = self.run_view
        self.stop_following()
        self.exit(view.code if view.phase.finished else self.code)


def build_app(
    session: Session, clock: Callable[[], float] = time, eight: bool | None = None
) -> StepdownApp:
    """The app for a session; `eight` forces the eight-colour theme on or off."""
    return StepdownApp(session, clock, eight)
