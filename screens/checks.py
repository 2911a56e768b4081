"""Step 2: the preconditions, as each check ends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.base import StepScreen
from screens.modals.ask import AskText
from screens.modals.reading import Reading
from screens.text import mark, say
from screens.widgets.finding import evidence_content, finding_content, remedy_text
from screens.widgets.prose import Prose
from screens.widgets.rows import Row, Rows
from screens.words import Tone, count, problem_text, result_sign
from wizard.model import CheckResult, Outcome, Severity


class ChecksScreen(StepScreen):
    """Findings in a list, the chosen one in full beside or under it."""

    step = "Checks"
    SCROLLS = "#detail-scroll"
    HEADING = "Is this host a pure relay?"
    WHY = (
        "Only a host that delivers nothing locally can give up root: local delivery is the"
        " article's show-stopper. What could not be seen counts as found."
    )
    HELP = (
        "Each line is one check. ✖ and ? block the way, ⚠ warns, ✔ passed. Choose a line to see"
        " what proves it, why it matters and what to do. A finding marked as one that may be"
        " accepted can be overridden with a reason, which goes into the plan and the report; a"
        " blocker cannot. Repair the host in another window and re-check."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "recheck", "Re-check", tooltip="Look at the host again", id="checks.again"),
        Binding("e", "evidence", "Evidence", tooltip="All that proves it", id="checks.evidence"),
        Binding("c", "copy", "Copy remedy", tooltip="To the clipboard", id="checks.copy"),
        Binding(
            "o",
            "override",
            "Override",
            tooltip="Accept this finding, with a reason",
            id="checks.override",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._pointed = False
        "The cursor was put on the first thing that blocks, once all checks had ended."

    def body(self) -> Iterable[Widget]:
        """List and detail."""
        with Horizontal(classes="panes"):
            yield Rows(id="results", classes="main first-focus")
            with VerticalScroll(classes="side", id="detail-scroll", can_focus=False):
                yield Prose(id="detail")

    def on_mount(self) -> None:
        """Judge at once where that was not done."""
        super().on_mount()
        if not self.session.results and self.session.facts is not None:
            self.app.check()

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """Those in hand: while the checks run, the ones that have ended."""
        if "check" in self.app.busy:
            return tuple(self.app.found.values())
        return self.session.results

    def chosen(self) -> CheckResult | None:
        """The result under the cursor."""
        row = self.query_one("#results", Rows).row
        return next((one for one in self.results if one.check_id == row), None)

    def show(self) -> None:
        """Rows for what is known, detail for the one chosen."""
        super().show()
        rows = self.query_one("#results", Rows)
        rows.set_rows([_row(result) for result in self.results])
        if self.results and "check" not in self.app.busy and not self._pointed:
            self._pointed = True
            rows.move_to(next((one.check_id for one in self.results if one.blocks), rows.row))
        self._show_detail()

    @on(Rows.Moved)
    def _show_detail(self) -> None:
        detail = self.query_one("#detail", Prose)
        result = self.chosen()
        width = self.query_one("#detail-scroll").size.width - 2
        shown = finding_content(result, width) if result else self._nothing()
        detail.say(shown)
        self.refresh_bindings()

    def _nothing(self) -> Content:
        if problem := self.app.problems.get("check"):
            return say((problem_text(problem), Tone.BAD))
        if self.app.reviews_plan:
            return say("This is a plan under review: it was judged on its own host.")
        return say("")

    def status(self) -> Content:
        """Counts of how it stands."""
        results = self.results
        passed = sum(one.outcome is Outcome.PASS for one in results)
        blocking = sum(one.blocks for one in results)
        warned = sum(one.outcome is Outcome.FOUND and not one.blocks for one in results)
        parts = [say((f"{passed} passed", Tone.GOOD))]
        if warned:
            parts.append(say((count(warned, "warning"), Tone.WARN)))
        if blocking:
            word = "blocks the way" if blocking == 1 else "block the way"
            parts.append(say((f"{blocking} {word}", Tone.BAD.bold)))
        told = say((" · ", Tone.QUIET)).join(parts) if results else say("")
        if "check" in self.app.busy:
            return say(told, ("   … checking", Tone.LEAD))
        total = f"    {count(len(results), 'check')}" if results and self.wide else ""
        return say(told, (total, Tone.QUIET))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply to the chosen row are dimmed; the session refuses all the same."""
        result = self.chosen() if self.is_mounted else None
        if action == "override":
            return True if result is not None and _may_accept(result) else None
        if action == "copy":
            return True if result is not None and remedy_text(result) else None
        if action == "evidence":
            return True if result is not None else None
        return True

    def refuse_next(self) -> str:
        """The verdict decides."""
        if self.app.reviews_plan:
            return ""
        if "check" in self.app.busy or not self.session.results:
            return "The checks have not ended yet."
        if self.session.verdict() == "blocked" and self.session.can_apply:
            blocking = [one.title for one in self.session.results if one.blocks]
            more = f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
            return f"This blocks the way: {blocking[0]}{more}. Repair it and re-check with r."
        return ""

    def action_recheck(self) -> None:
        """Gather and judge again."""
        self._pointed = False
        self.app.found.clear()
        self.app.check(afresh=True)
        self.app.show_soon()

    def action_evidence(self) -> None:
        """The evidence in full."""
        if (result := self.chosen()) is not None:
            self.app.push_screen(Reading(result.title, evidence_content(result)))

    def action_copy(self) -> None:
        """The remedy, through the terminal."""
        if (result := self.chosen()) is not None:
            self.app.copy_to_clipboard(remedy_text(result))
            self.tell("Copied, if your terminal allows it (OSC 52).", severe=False)

    def action_override(self) -> None:
        """Ask for the reason."""
        result = self.chosen()
        if result is None or not _may_accept(result):
            return
        text = say(
            f"{result.title}\n\n",
            ("The reason goes into the plan, the journal and the report. ", Tone.QUIET),
            ("Why is this fine on this host?", Tone.QUIET),
        )
        dialog = AskText("Accept this finding", text, _judge_reason)

        def accept(answer: str | None) -> None:
            if answer:
                self.app.accept(result.check_id, answer)

        self.app.push_screen(dialog, accept)


def _judge_reason(reason: str) -> str:
    return "" if len(reason) >= 4 else "Say it in a few words: somebody will read it later."


def _may_accept(result: CheckResult) -> bool:
    found = result.outcome is Outcome.FOUND and result.severity is Severity.OVERRIDABLE
    return found and not result.accepted


def _row(result: CheckResult) -> Row:
    style = "bold" if result.blocks else ""
    left = say(" ", mark(result_sign(result)), " ", (result.title, style))
    return Row(result.check_id, left, say((result.summary, Tone.QUIET)))
