"""Step 1: which host this is and what was found on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.base import StepScreen
from screens.text import lines, mark, say
from screens.widgets.fact_lines import fact_line, fact_lines
from screens.widgets.prose import Prose
from screens.words import PASSED, WAITING, Tone, problem_text
from wizard.facts.gather import nothing_known

_IDEA = (
    say(("Today", "bold"), "   every process on port 25 is root"),
    say(("  root      1628  ", Tone.BAD), "sendmail: accepting connections"),
    say(("  root     31878  ", Tone.BAD), "sendmail: server … cmd read"),
    say(""),
    say(("After", "bold"), "   what outsiders talk to is not"),
    say(("  root      1628  ", Tone.QUIET), "sendmail: accepting connections"),
    say(("  sendmail 31878  ", Tone.GOOD), "sendmail: server … cmd read"),
    say(""),
    say(
        ("The master stays root for good: it binds port 25 and forks. ", Tone.QUIET),
        ("Nothing on this host is changed before you say so on step 4.", Tone.QUIET),
    ),
)


class HostScreen(StepScreen):
    """Shows the facts as they are gathered."""

    step = "Host"
    HEADING = "Taking Sendmail's children off root"
    WHY = (
        "A hole in a daemon that is root gives away the host. A pure relay does not need root"
        " children: first, what runs here?"
    )
    HELP = (
        "What is known of this host, gathered once and read-only. A line with ? could not be"
        " established; what depends on it will block on the next step. Nothing here judges."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "gather", "Look again", tooltip="Gather all facts anew", id="host.gather"),
        Binding(
            "u",
            "undo",
            "Undo the run",
            tooltip="Give back what it changed",
            id="host.undo",
        ),
    ]

    def body(self) -> Iterable[Widget]:
        """Facts, and beside or under them the idea of the whole."""
        with Horizontal(classes="panes"):
            with VerticalScroll(classes="main first-focus"):
                yield Prose(id="facts")
            with VerticalScroll(classes="side"):
                yield Prose(lines(_IDEA), id="idea")

    def on_mount(self) -> None:
        """Gather at once, unless it is known or there is no host to ask."""
        super().on_mount()
        if not (self.session.facts or self.app.judging or self.app.reviews_plan):
            self.app.examine()

    def action_gather(self) -> None:
        """Look at the whole host afresh."""
        if self.app.judging:
            self.tell("The host is being looked at already.")
        else:
            self.app.examine()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo is there where the last run was kept."""
        return bool(self.app.finished_run) if action == "undo" else True

    def action_undo(self) -> None:
        """Ask, then roll back the run that was kept."""
        self.app.ask_rollback(self.app.finished_run)

    def status(self) -> Content:
        """What is being looked at."""
        if looking := self.app.board.looking:
            return say((f"… {looking}", Tone.LEAD))
        if problem := self.app.problems.get("examine"):
            return say(("✖ ", Tone.BAD.bold), (problem_text(problem), Tone.BAD))
        if self.app.reviews_plan:
            return say(("a plan under review", Tone.SHOWN))
        return say((self.session.why_not, Tone.WARN)) if not self.session.can_apply else say("")

    def show(self) -> None:
        """The facts, a line each, as they become known."""
        super().show()
        facts = self.app.known or self.session.facts
        if self.app.reviews_plan:
            shown = self._reviewed()
        elif facts is None and "examine" not in self.app.busy:
            shown = [fact_line(mark(WAITING), "Host", "not looked at")]
        else:
            shown = fact_lines(facts or nothing_known(), self.app.board.looking)
        self.query_one("#facts", Prose).say(lines(shown))

    def _reviewed(self) -> list[Content]:
        plan = self.session.plan
        if plan is None:
            return []
        return [
            fact_line(mark(PASSED), "Host", plan.host),
            fact_line(mark(PASSED), "Platform", plan.platform),
            fact_line(mark(PASSED), "Configuration", plan.cf_path),
            fact_line(mark(PASSED), "Plan", plan.digest[:16]),
        ]

    def refuse_next(self) -> str:
        """The checks can be watched as soon as the host is being looked at."""
        looks = self.app.judging or self.session.facts is not None or self.app.reviews_plan
        return "" if looks else "The host could not be looked at. r tries again."
