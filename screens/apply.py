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
from screens.way_back import ahead, undo_script
from screens.widgets.drain import drain_brief, drain_content
from screens.widgets.gauges import gauges_content
from screens.widgets.outage import outage_content
from screens.widgets.prose import Prose
from screens.widgets.rows import Rows
from screens.widgets.run_rows import run_rows
from screens.widgets.walk import walk_content
from screens.words import Tone, duration, phase_sign

_FEW = 3
"Parts of the title beside which a narrow terminal has room for the time too."


class ApplyScreen(StepScreen):
    """One line a step, the chosen one's output beside or under it."""

    step = "Apply"
    SCROLLS = "#output-scroll"
    WHY = (
        "A process of its own works off the sealed plan. Close this terminal and it goes on;"
        " stepdown attach shows it again."
    )
    HELP = (
        "Each step with its state, how long it took and what it said last. Before the relay"
        " stops, sessions that are open are waited for, a bounded time: each with its peer, its"
        " state and how long it has been there. Go on waits no longer; a client in the middle of"
        " its message gets 421 and sends it again. Stop finishes the operation under way and then"
        " rolls everything back. The timer is not this program's: it undoes the run even if this"
        " terminal is closed, the engine killed or the host rebooted. When all is applied, the"
        " proof begins by itself."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "end_drain", "Go on", tooltip="Wait for no session", id="apply.go-on"),
        Binding("x", "stop", "Stop", tooltip="Finish this operation, roll back", id="apply.stop"),
        Binding("l", "log", "Log", tooltip="All that the run has said", id="apply.log"),
    ]

    def body(self) -> Iterable[Widget]:
        """Steps, then the walk, then output."""
        with Horizontal(classes="panes"):
            with Vertical(classes="main"):
                yield Rows(id="run-steps", classes="first-focus", share=0.6, aligned=True)
                yield Prose(id="walk")
                yield Prose(id="gauges")
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
        walk = walk_content(view)
        self.query_one("#walk", Prose).say(walk)
        self.query_one("#walk").display = bool(walk)
        self.query_one("#gauges", Prose).say(self._gauges())
        self.lay_out(view.sessions is not None, "-draining")
        self._show_output()

    def _gauges(self) -> Content:
        app = self.app
        script = undo_script(self.session.run) if self.session.run else ""
        foreseen = ahead(self.session.plan)
        width = self.query_one("#gauges").scrollable_content_region.width
        return gauges_content(app.run_view, app.clock(), foreseen, script, width)

    @on(Rows.Moved)
    def _show_output(self) -> None:
        view = self.app.run_view
        if view.sessions is not None:
            width = self.query_one("#output-scroll").scrollable_content_region.width
            self.query_one("#output", Prose).say(drain_content(view, self.app.clock(), width))
            return
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
        if waits := drain_brief(view, self.app.clock()):
            parts.append(waits)
        if outage := outage_content(view, self.app.clock()):
            parts.append(outage)
        parts.append(say(f"{view.finished_steps} of {len(view.steps)} steps"))
        if self.wide or len(parts) < _FEW:
            parts.append(say((duration(max(0.0, until - view.started)), Tone.QUIET)))
        return say((" · ", Tone.QUIET)).join(parts)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Stop is for a run under way, Go on for one that waits for sessions."""
        if action == "end_drain":
            return self.app.engine_runs and self.app.run_view.sessions is not None
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

    def action_end_drain(self) -> None:
        """Ask, then go on without the sessions that are open."""
        self.app.ask_end_drain()

    def action_stop(self) -> None:
        """Ask, then stop."""
        text = say("The operation under way is finished, then everything is rolled back.")
        dialog = Confirm("Stop and roll back?", text, "Stop", "Go on")

        def stop(yes: bool | None) -> None:
            if yes:
                self.app.stop_run()

        self.app.push_screen(dialog, stop)
