"""Which screen is shown: Next and Back, dialogs in the way, a terminal that is too small."""

from __future__ import annotations

from textual import events

from screens.base import TALL, WIDE, StepScreen
from screens.modals.too_small import TooSmall, too_small
from screens.work import WorkingApp


class WalkingApp(WorkingApp):
    """The half of the app that moves between screens."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012  (as App has it)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL, "-tall")]  # noqa: RUF012
    _shows = False
    _next_step = ""
    "Where to go once the dialog in the way is closed."

    @property
    def step_screen(self) -> StepScreen | None:
        """The wizard's screen, whatever dialog stands before it."""
        found = (one for one in reversed(self.screen_stack) if isinstance(one, StepScreen))
        return next(found, None)

    @property
    def step(self) -> str:
        """Name of the step that is shown, or will be once the dialog in the way is closed."""
        shown = self.step_screen
        return self._next_step or (shown.step if shown else "")

    def open_first(self, step: str) -> None:
        """Show the first screen."""
        from screens.flow import screen_class

        self.push_screen(screen_class(step)())
        self.call_after_refresh(self._cover)

    def go_by(self, by: int) -> None:
        """Next or Back along the flow."""
        from screens.flow import neighbour

        self.go_to(neighbour(self.step, by))

    def go_to(self, step: str) -> None:
        """Show a step. Where a dialog is open it waits until that is closed."""
        from screens.flow import screen_class

        present = self.step_screen
        if present is None or self.screen is not present:
            self._next_step = step
            return
        self._next_step = ""
        if step != present.step:
            self.switch_screen(screen_class(step)())

    def catch_up(self) -> None:
        """Go where a dialog kept us from going."""
        if self._next_step:
            self.go_to(self._next_step)

    def on_resize(self, event: events.Resize) -> None:
        """A terminal that is too small gets a notice instead of a torn screen."""
        if too_small(event.size.width, event.size.height):
            self.call_later(self._cover)

    def _cover(self) -> None:
        size = self.size
        if too_small(size.width, size.height) and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())

    def show_soon(self) -> None:
        """Show the step anew, once for everything that happened until then."""
        if not self._shows:
            self._shows = True
            self.call_later(self._show)

    def _show(self) -> None:
        self._shows = False
        if (screen := self.step_screen) is not None:
            screen.show_if_there()

    def say_briefly(self, sentence: str, severe: bool = True) -> None:
        """A toast; never markup, since sentences name paths."""
        level = "error" if severe else "information"
        self.notify(sentence, severity=level, markup=False, timeout=8)  # type: ignore[arg-type]
