"""Undoing, and what is left of it: recovery of an unfinished run begins here too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.base import StepScreen
from screens.modals.confirm import Confirm
from screens.run_view import StepState
from screens.text import lines, mark, say
from screens.widgets.outage import outage_content
from screens.widgets.prose import Prose
from screens.widgets.rows import Row, Rows
from screens.widgets.run_rows import run_rows
from screens.words import UNDONE, Tone, count, phase_sign, problem_text
from wizard.model import Outcome, Phase


class RollbackScreen(StepScreen):
    """Steps as they are undone, last first, and the end in words."""

    step = "Rollback"
    SCROLLS = "#ending-scroll"
    WHY = (
        "Rollback goes by the journal, newest first, and needs no working sendmail. Queue contents"
        " are never restored: delivered mail stays delivered."
    )
    HELP = (
        "Each step that had begun, the last one first. ↶ is undone. Rolled back is a state of its"
        " own: the host is as it was, and the migration has not happened. Needs attention means"
        " that a person must finish: the lines on the right say what is left to do."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "roll_back", "Roll back", tooltip="Undo the run", id="rollback.start"),
        Binding("l", "log", "Log", tooltip="All that the run has said", id="rollback.log"),
        Binding("q", "app.quit", "Quit", tooltip="Leave stepdown", id="rollback.quit"),
    ]

    def body(self) -> Iterable[Widget]:
        """Steps, and what it means."""
        with Horizontal(classes="panes"):
            yield Rows(id="undo-steps", classes="main first-focus", share=0.6)
            with VerticalScroll(classes="side", can_focus=False, id="ending-scroll"):
                yield Prose(id="ending")

    @property
    def phase(self) -> Phase:
        """Where the run stands."""
        return self.app.run_view.phase

    @property
    def _dead(self) -> bool:
        return self.app.unfinished is not None

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
        if self.app.unfinished is not None:
            return say(("u rolls it back", Tone.WARN.bold))
        sign = phase_sign(self.phase)
        view = self.app.run_view
        undone = sum(one.state is StepState.UNDONE for one in view.steps.values())
        parts = [
            say(mark(sign), " ", (sign.word, sign.tone.bold)),
            say(count(undone, "step"), " undone"),
        ]
        if outage := outage_content(view, self.app.clock()):
            parts.append(outage)
        return say((" · ", Tone.QUIET)).join(parts)

    def show(self) -> None:
        """Steps and ending."""
        super().show()
        view = self.app.run_view
        rows = run_rows(view, self.app.clock(), backwards=True, dead=self._dead)
        shown = self.query_one("#undo-steps", Rows)
        shown.set_rows(rows or [Row("none", say(" nothing had begun"))])
        if view.current is not None:
            shown.move_to(view.current.id)
        self.query_one("#ending", Prose).say(lines(self._ending()))

    def _ending(self) -> list[Content]:
        if problem := self.app.problems.get("rollback"):
            return [say(("✖ ", Tone.BAD.bold), (problem_text(problem), Tone.BAD))]
        if self.app.unfinished is not None:
            return self._recovery()
        if self.phase is Phase.ROLLED_BACK:
            return self._rolled_back()
        if self.phase is Phase.NEEDS_ATTENTION:
            return self._attention()
        return [say(("Undoing, newest step first.", Tone.WARN)), *self._cause()]

    def _recovery(self) -> list[Content]:
        status = self.app.unfinished
        if status is None:
            return []
        return [
            say(("No engine runs, and the run did not end.", Tone.WARN.bold)),
            say(("run    ", Tone.QUIET), status.run),
            say(("phase  ", Tone.QUIET), status.phase.value),
            say((status.message, Tone.QUIET)),
            say(""),
            say(
                "The machine may have been restarted in the middle of it. The journal knows what"
                " was done; u gives everything back. b leaves it as it is for now."
            ),
        ]

    def _rolled_back(self) -> list[Content]:
        return [
            say((f"{UNDONE.symbol} The host is as it was.", Tone.WARN.bold)),
            say("The migration has not happened: children run as root again."),
            say((self.app.run_view.message, Tone.WARN)),
            say(""),
            *self._cause(),
            say(("Nothing needs to be repaired. b goes back to the plan.", Tone.QUIET)),
        ]

    def _attention(self) -> list[Content]:
        view = self.app.run_view
        out = [
            say(("✖ Something could not be given back.", Tone.BAD.bold)),
            say((view.message, Tone.BAD)),
            say(""),
        ]
        for one in view.steps.values():
            if one.problem:
                out.append(say(("✖ ", Tone.BAD.bold), (one.title, "bold"), f"  {one.problem}"))
        out += [
            say(""),
            say(("What to do", Tone.SHOWN.bold)),
            say("1. Repair what the line above names; l shows the whole log."),
            say("2. Press u to roll back again: what is undone already stays undone."),
            say("3. What was saved lies in the run's snapshot; nothing of it is thrown away."),
        ]
        return out

    def _cause(self) -> list[Content]:
        view = self.app.run_view
        out = []
        for proof in view.proofs.values():
            if proof.outcome not in (Outcome.PASS, Outcome.SKIPPED):
                out += [say(("✖ ", Tone.BAD.bold), (proof.title, "bold"))]
                out += [say(f"  {line}") for line in proof.evidence]
                out += [say(("  " + proof.meaning, Tone.WARN)), say("")]
        for one in view.steps.values():
            if one.problem:
                out += [
                    say(("✖ ", Tone.BAD.bold), (one.title, "bold"), f"  {one.problem}"),
                    say(""),
                ]
        return out

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Roll back is for what is left over."""
        if action == "roll_back":
            left = self.app.unfinished is not None or self.phase is Phase.NEEDS_ATTENTION
            return True if left and "rollback" not in self.app.busy else None
        return action != "next"

    def action_back(self) -> None:
        """To the plan, or past an unfinished run to the host."""
        if self.app.engine_runs and self.app.unfinished is None:
            self.tell("The rollback is under way.")
        else:
            known = self.app.unfinished is None and self.session.facts is not None
            self.app.go_to("Preview" if known else "Host")

    def action_roll_back(self) -> None:
        """Ask, then roll back."""
        status = self.app.unfinished
        run = status.run if status is not None else self.session.run
        text = say("Everything that the run changed goes back to what it was.")
        dialog = Confirm("Roll back?", text, "Roll back", "No", severe=True)

        def start(yes: bool | None) -> None:
            if yes:
                self.app.rollback(run)

        self.app.push_screen(dialog, start)
