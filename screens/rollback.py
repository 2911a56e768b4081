"""Undoing, and what is left of it: recovery of an unfinished run begins here too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.base import StepScreen
from screens.modals.reading import Reading
from screens.recovering import waits_to_be_kept
from screens.step_view import StepState
from screens.text import lines, mark, say
from screens.widgets.certificate import certificate_lines
from screens.widgets.drain import drain_brief, drain_content
from screens.widgets.ending import (
    attention_lines,
    cause_lines,
    recovery_lines,
    rolled_back_lines,
)
from screens.widgets.outage import outage_content
from screens.widgets.prose import Prose
from screens.widgets.rows import Row, Rows
from screens.widgets.run_rows import run_rows
from screens.words import Tone, count, phase_sign, problem_text
from wizard.model import Phase


class RollbackScreen(StepScreen):
    """Steps as they are undone, last first, and the end in words."""

    step = "Rollback"
    SCROLLS = "#ending-scroll"
    WHY = (
        "Rollback goes by the journal, newest first, and needs no working sendmail. Mail that was"
        " delivered stays delivered."
    )
    HELP = (
        "Each step that had begun, the last one first. ↶ is undone. Rolled back is a state of its"
        " own: the host is as it was, and the migration has not happened. Needs attention means"
        " that a person must finish: the lines on the right say what is left to do, and where the"
        " script lies that undoes the rest without us. The certificate names the manifest of all"
        " paths before the first change and after the rollback; where both are the same, all is"
        " as it was, and each exception has its name and reason. After a kill or a power cut this"
        " screen says what is half done; u gives all back, r goes on where that is possible."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "roll_back", "Roll back", tooltip="Undo the run", id="rollback.start"),
        Binding("r", "resume", "Resume", tooltip="Go on to the end", id="rollback.resume"),
        Binding("k", "keep", "Keep", tooltip="It was proven: it stays", id="rollback.keep"),
        Binding("g", "end_drain", "Go on", tooltip="Wait for no session", id="rollback.go-on"),
        Binding(
            "c",
            "certificate",
            "Certificate",
            tooltip="What was given back, in full",
            id="rollback.certificate",
        ),
        Binding("l", "log", "Log", tooltip="All that the run has said", id="rollback.log"),
        Binding("q", "app.quit", "Quit", tooltip="Leave stepdown", id="rollback.quit"),
    ]

    def body(self) -> Iterable[Widget]:
        """Steps, and what it means."""
        with Horizontal(classes="panes"):
            yield Rows(id="undo-steps", classes="main first-focus", share=0.7, aligned=True)
            with VerticalScroll(classes="side", can_focus=False, id="ending-scroll"):
                yield Prose(id="ending")

    @property
    def phase(self) -> Phase:
        """Where the run stands."""
        return self.app.run_view.phase

    @property
    def _dead(self) -> bool:
        return self.app.unfinished is not None

    def why(self) -> str:
        """Of recovery: what it goes by."""
        if self.app.unfinished is None:
            return self.WHY
        return "Its engine was killed or the host went down; its journal tells the rest."

    def heading(self) -> str:
        """Recovery asks, a rollback tells."""
        if self.app.unfinished is not None:
            return "A run was left unfinished"
        return {
            Phase.ROLLED_BACK: "Rolled back",
            Phase.NEEDS_ATTENTION: "This host needs you",
            Phase.DONE: "Kept",
        }.get(self.phase, "Rolling back")

    def status(self) -> Content:
        """The phase, always with its symbol."""
        if (status := self.app.unfinished) is not None:
            ways_out = ["u rolls it back"]
            ways_out += ["r goes on"] if status.resumable else []
            ways_out += ["k keeps it"] if waits_to_be_kept(status) else []
            return say((", ".join(ways_out), Tone.WARN.bold))
        sign = phase_sign(self.phase)
        view = self.app.run_view
        undone = sum(one.state is StepState.UNDONE for one in view.steps.values())
        parts = [
            say(mark(sign), " ", (sign.word, sign.tone.bold)),
            say(count(undone, "step"), " undone"),
        ]
        if waits := drain_brief(view, self.app.clock()):
            parts.append(waits)
        if outage := outage_content(view, self.app.clock()):
            parts.append(outage)
        return say((" · ", Tone.QUIET)).join(parts)

    def show(self) -> None:
        """Steps, and the words for where it stands."""
        super().show()
        view = self.app.run_view
        certified = view.certificate is not None and self.phase.finished
        self.lay_out(certified or self._dead, "-wordy")
        rows = run_rows(view, self.app.clock(), backwards=True, dead=self._dead)
        shown = self.query_one("#undo-steps", Rows)
        shown.set_rows(rows or [Row("none", say(" nothing had begun"))])
        if view.current is not None:
            shown.move_to(view.current.id)
        width = self.query_one("#ending-scroll").scrollable_content_region.width
        self.query_one("#ending", Prose).say(lines(self._ending(width)))

    def _ending(self, width: int) -> list[Content]:
        app, view, now = self.app, self.app.run_view, self.app.clock()
        problem = app.problems.get("rollback") or app.problems.get("resume")
        told = [say(("✖ ", Tone.BAD.bold), (problem_text(problem), Tone.BAD))] if problem else []
        if app.unfinished is not None:
            return [*told, *recovery_lines(app.unfinished, view, now, width)]
        if self.phase is Phase.ROLLED_BACK:
            return [*told, *rolled_back_lines(view, width)]
        if self.phase is Phase.NEEDS_ATTENTION:
            return [*told, *attention_lines(view, self.session.run, width)]
        if view.sessions is not None:
            told += [drain_content(view, now, width), say("")]
        return [*told, say(("Undoing, newest step first.", Tone.WARN)), *cause_lines(view)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Roll back is for what is left over; the rest where it applies."""
        status, view = self.app.unfinished, self.app.run_view
        if action == "roll_back":
            left = status is not None or self.phase is Phase.NEEDS_ATTENTION
            return True if left and not self._starting else None
        if action == "resume":
            return status is not None and status.resumable and not self._starting
        if action == "keep":
            return status is not None and waits_to_be_kept(status) and not self._starting
        if action == "end_drain":
            return view.sessions is not None and status is None
        if action == "certificate":
            return view.certificate is not None
        return action != "next"

    @property
    def _starting(self) -> bool:
        """An engine is being started."""
        return not {"rollback", "resume", "confirm"}.isdisjoint(self.app.busy)

    def action_back(self) -> None:
        """To the plan, or past an unfinished run to the host."""
        if self.app.engine_runs and self.app.unfinished is None:
            self.tell("The rollback is under way.")
        else:
            known = self.app.unfinished is None and self.session.facts is not None
            self.app.go_to("Preview" if known else "Host")

    def _run(self) -> str:
        status = self.app.unfinished
        return status.run if status is not None else self.session.run

    def action_roll_back(self) -> None:
        """Ask, then roll back."""
        self.app.ask_rollback(self._run())

    def action_resume(self) -> None:
        """Ask, then go on."""
        self.app.ask_resume(self._run())

    def action_keep(self) -> None:
        """Ask, then keep what was proven before its engine ended."""
        self.app.ask_keep(self._run())

    def action_end_drain(self) -> None:
        """Ask, then go on without the sessions that are open."""
        self.app.ask_end_drain()

    def action_certificate(self) -> None:
        """The certificate in full, to read and to copy."""
        found = self.app.run_view.certificate
        if found is not None:
            shown = lines(certificate_lines(found, Reading.room(self.app.size.width)))
            self.app.push_screen(Reading("Certificate of the rollback", shown))
