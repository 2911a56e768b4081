"""Step 5: the engine at work, followed through its journal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.base import StepScreen
from screens.modals.confirm import Confirm
from screens.text import lines, mark, say
from screens.widgets.outage import outage_content
from screens.widgets.prose import Prose
from screens.widgets.rows import Rows
from screens.widgets.run_rows import run_rows
from screens.widgets.walk import walk_content
from screens.words import Tone, duration, phase_sign


class ApplyScreen(StepScreen):
    """One line a step, the chosen one's output beside or under it."""

    step = "Apply"
    SCROLLS = "#output-scroll"
    WHY = (
        "A process of its own works off the sealed plan. Close this terminal and it goes on;"
        " stepdown attach shows it again."
    )
    HELP = (
        "Each step with its state, how long it took and what it said last. Stop finishes the"
        " operation under way and then rolls everything back. When all is applied, the proof"
        " begins by itself."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "stop", "Stop", tooltip="Finish this operation, roll back", id="apply.stop"),
        Binding("l", "log", "Log", tooltip="All that the run has said", id="apply.log"),
    ]

    def body(self) -> Iterable[Widget]:
        """Steps, then the walk, then output."""
        with Horizontal(classes="panes"):
            with Vertical(classes="main"):
                yield Rows(id="run-steps", classes="first-focus", share=0.6)
                yield Prose(id="walk")
            with VerticalScroll(classes="side", can_focus=False, id="output-scroll"):
                yield Prose(id="output")

    def heading(self) -> str:
        """Shorter where the outage clock needs the room."""
        return "Applying the plan" if self.wide else "Applying"

    def show(self) -> None:
        """Where the run stands."""
        super().show()
        view = self.app.run_view
        rows = self.query_one("#run-steps", Rows)
        rows.set_rows(run_rows(view, self.app.clock()))
        if view.current is not None:
            rows.move_to(view.current.id)
        self.query_one("#walk", Prose).say(walk_content(view))
        self._show_output()

    @on(Rows.Moved)
    def _show_output(self) -> None:
        view = self.app.run_view
        step = self.query_one("#run-steps", Rows).row
        if step not in view.steps:
            self.query_one("#output", Prose).say(self._nothing())
            return
        one = view.steps[step]
        said = [say(text) for _, of, text in view.log if of == step] or [say(("·", Tone.QUIET))]
        head = [say((one.title, Tone.SHOWN.bold))]
        if one.step is not None:
            head += [say((one.step.why, Tone.QUIET)), say("")]
        self.query_one("#output", Prose).say(lines([*head, *said[-200:]]))

    def _nothing(self) -> Content:
        if not self.session.can_apply:
            return say((self.session.why_not, Tone.WARN))
        return say("Nothing has been applied yet; the preview's Apply starts it.")

    def status(self) -> Content:
        """Phase, time, outage."""
        view = self.app.run_view
        if not view.started:
            return say((self.session.why_not, Tone.WARN))
        sign = phase_sign(view.phase)
        until = view.latest if view.phase.finished else self.app.clock()
        parts = [say(mark(sign), " ", (sign.word, sign.tone.bold))]
        if outage := outage_content(view, self.app.clock()):
            parts.append(outage)
        parts.append(say(f"{view.finished_steps} of {len(view.steps)} steps"))
        parts.append(say((duration(max(0.0, until - view.started)), Tone.QUIET)))
        return say((" · ", Tone.QUIET)).join(parts)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Stop is for a run under way."""
        if action == "stop":
            return True if self.app.engine_runs else None
        return True

    def refuse_next(self) -> str:
        """The proof comes by itself."""
        if not self.session.can_apply:
            return ""
        if not self.app.run_view.started:
            return "Nothing has been applied, so there is nothing to prove."
        return "" if self.app.run_view.proofs else "The proof begins when all steps are applied."

    def action_back(self) -> None:
        """Not while something runs."""
        if self.app.engine_runs:
            self.tell("The engine is at work: x stops it and rolls back.")
        else:
            super().action_back()

    def action_stop(self) -> None:
        """Ask, then stop."""
        text = say("The operation under way is finished, then everything is rolled back.")
        dialog = Confirm("Stop and roll back?", text, "Stop", "Go on")

        def stop(yes: bool | None) -> None:
            if yes:
                self.app.stop_run()

        self.app.push_screen(dialog, stop)
