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
from screens.leaving import leaving_told
from screens.looking import JUDGING
from screens.messages import Finished
from screens.modals.confirm import Confirm
from screens.modals.reading import Reading
from screens.running import RunningApp
from screens.text import lines, say
from screens.theme import DARK, EIGHT, OWN_VARIABLES
from screens.words import Tone, problem_text
from screens.work import PS
from wizard.model import Phase
from wizard.session import Session


class StepdownApp(RunningApp):
    """Walks a person through the migration."""

    TITLE = "stepdown"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit"),
        Binding("ctrl+c", "interrupt", "Quit", show=False, id="app.interrupt"),
    ]

    def __init__(self, session: Session, clock: Callable[[], float], eight: bool | None) -> None:
        super().__init__(session, clock)
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
                self.session.run = status.run
                self.follow(status.run)
                return "Apply"
        return "Host"

    @property
    def finished_run(self) -> str:
        """The latest run, where it was kept and can still be undone; empty otherwise."""
        latest = self._earlier[-1] if self._earlier else None
        return latest.run if latest is not None and latest.phase is Phase.DONE else ""

    # --- what workers post --------------------------------------------------------------------

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
        """Leave; while an engine runs only after saying what becomes of the run."""
        if not self.engine_runs:
            self.leave()
        elif not isinstance(self.screen, Confirm):
            told = [*leaving_told(self.run_view, self.clock()), "Follow it again with:"]
            text = say("\n\n".join(told), ("  stepdown attach", "bold"))
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
