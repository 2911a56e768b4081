"""Step 2: the preconditions, each as it ends; what can be done about one that blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.base import StepScreen
from screens.board import Entry, tally
from screens.mending import mend, offers_for, usable
from screens.modals.ask import AskText
from screens.modals.reading import Reading
from screens.oneself import see_oneself
from screens.text import say
from screens.widgets.check_rows import check_rows, join_dots, sums_content
from screens.widgets.finding import evidence_content, evidence_text, finding_content, remedy_text
from screens.widgets.prose import Prose
from screens.widgets.rows import Rows
from screens.words import Tone, count, duration, problem_text
from wizard.model import CheckResult, Outcome, Severity
from wizard.remedies.base import RemedyOffer


class ChecksScreen(StepScreen):
    """Findings in a list, the chosen one in full beside or under it."""

    step = "Checks"
    SCROLLS = "#detail-scroll"
    HEADING = "Is this host a pure relay?"
    WHY = (
        "Local delivery needs root, so only a pure relay can do without: the article's"
        " show-stopper. What could not be seen counts as found."
    )
    HELP = (
        "Each line is one check. ✖ and ? block the way, ⚠ warns, ✔ passed, - does not apply, …"
        " is being looked at, · waits. Choose a line to see what proves it, why it matters and"
        " what to do; nothing keeps you from reading while the rest is looked at. Repair the"
        " host in another window, then re-check: r the one under the cursor, R (shift+r) all."
        " Where stepdown can put a finding right itself, m makes that a step of the plan, and the"
        " checks judge the host as it would be. A finding that may be accepted can be overridden"
        " with a reason, which goes into the plan and the report; a blocker cannot."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r",
            "recheck",
            "Re-check",
            key_display="r/R",
            tooltip="r looks again at this one, R at all of them",
            id="checks.again",
        ),
        Binding(
            "R,shift+r",
            "recheck_all",
            "Re-check all",
            key_display="R",
            show=False,
            tooltip="Look at the whole host afresh",
            id="checks.all-again",
        ),
        Binding("e", "evidence", "Evidence", tooltip="All that proves it", id="checks.evidence"),
        Binding("c", "copy", "Copy", tooltip="What to write, to the clipboard", id="checks.copy"),
        Binding("m", "mend", "Mend", tooltip="Put it right by the plan", id="checks.mend"),
        Binding(
            "o",
            "override",
            "Override",
            tooltip="Accept this finding, with a reason",
            id="checks.override",
        ),
        Binding(
            "f", "fold(True)", "Problems", tooltip="Only what needs attention", id="checks.fold"
        ),
        Binding("f", "fold(False)", "All", tooltip="Show every check", id="checks.unfold"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._pointed = False
        "The cursor was put on the first thing that blocks, once all checks had ended."
        self._folded = False
        self._kept: frozenset[str] = frozenset()
        "Shown while folded: a finding that is put right stays, so that this can be seen."

    def body(self) -> Iterable[Widget]:
        """List and detail."""
        with Horizontal(classes="panes"):
            yield Rows(id="results", classes="main first-focus")
            with VerticalScroll(classes="side", id="detail-scroll", can_focus=False):
                yield Prose(id="detail")

    def on_mount(self) -> None:
        """Look at once where that was not done."""
        super().on_mount()
        if not (self.session.results or self.app.judging or self.app.reviews_plan):
            self.app.examine()

    def heading(self) -> str:
        """Shorter where there is less room for how it stands."""
        return self.HEADING if self.wide else "Is it a pure relay?"

    def chosen(self) -> Entry | None:
        """The check under the cursor."""
        return self.app.board.entry(self.query_one("#results", Rows).row)

    def _result(self) -> CheckResult | None:
        entry = self.chosen() if self.is_mounted else None
        return entry.result if entry else None

    def show(self) -> None:
        """Every check as it stands, detail for the one chosen."""
        super().show()
        if self.app.board.all_judged and not self._pointed:
            self._point()
        if self._folded:
            entries = self.app.board.entries()
            self._kept |= {one.check_id for one in entries if one.worth_reading}
        shown = self._kept if self._folded else None
        rows = (
            [] if self.app.reviews_plan else check_rows(self.app.board, self.app.put_right, shown)
        )
        self.query_one("#results", Rows).set_rows(rows)
        self._show_detail()

    def _point(self) -> None:
        """All have ended: to what blocks, and nothing else where the list is too long for it.

        Unless somebody is reading: who has moved the cursor keeps it.
        """
        board, rows = self.app.board, self.query_one("#results", Rows)
        if not rows.size.height:
            return  # not laid out yet: how much fits is not known
        self._pointed = True
        entries = board.entries()
        needy = [one for one in entries if one.needs_attention]
        if not needy or rows.row not in ("", entries[0].check_id):
            return
        self._folded = len(entries) + len(board.groups()) > rows.size.height
        self.call_after_refresh(rows.move_to, max(needy, key=_weight).check_id)

    @on(Rows.Moved)
    def _show_detail(self) -> None:
        entry = self.chosen()
        width = self.query_one("#detail-scroll").size.width - 2
        shown = finding_content(entry, self._offers(), width) if entry else self._nothing()
        self.query_one("#detail", Prose).say(shown)
        self.refresh_bindings()

    def _nothing(self) -> Content:
        if problem := self.app.problems.get("examine"):
            return say((problem_text(problem), Tone.BAD))
        if self.app.reviews_plan:
            return say("This is a plan under review: it was judged on its own host.")
        return say("Nothing needs attention. f shows every check.") if self._folded else say("")

    def status(self) -> Content:
        """Counts of how it stands."""
        if self.app.reviews_plan:
            return say("")
        board, app = self.app.board, self.app
        entries = board.entries()
        parts = [sums_content(tally(entries), self.wide)]
        if taken := sum(offer.taken is not None for offer in app.offers):
            words = f"{taken} {'remedy' if taken == 1 else 'remedies'} in the plan"
            parts.append(say((words, Tone.SHOWN)))
        told = join_dots(parts)
        if board.looking:
            return say(told, (f"   … {board.looking}", Tone.LEAD))
        total = f"    {count(len(entries), 'check')}" if self.wide and not app.judging else ""
        took = f" in {duration(app.took)}" if total and app.took >= 0.05 else ""
        return say(told, (total + took, Tone.QUIET))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply to the chosen row are dimmed; the session refuses all the same."""
        if action == "fold":
            return parameters[0] is not self._folded
        if action not in ("override", "copy", "evidence", "mend", "recheck"):
            return True
        result = self._result()
        idle = result is not None and not self.app.judging
        possible = {
            "override": idle and result is not None and _may_accept(result),
            "copy": result is not None and bool(remedy_text(result)),
            "evidence": result is not None,
            "mend": idle and bool(self._usable()),
            "recheck": True,
        }
        return True if possible[action] else None

    def refuse_next(self) -> str:
        """The verdict decides."""
        if self.app.reviews_plan:
            return ""
        to_go = tally(self.app.board.entries()).to_go
        if self.app.judging or not self.session.results:
            return f"The checks have not ended yet: {to_go} to go."
        if self.session.verdict() == "blocked" and self.session.can_apply:
            blocking = [one.title for one in self.session.results if one.blocks]
            more = f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
            return f"This blocks the way: {blocking[0]}{more}. Repair it and re-check with r."
        return ""

    # --- what can be done ---------------------------------------------------------------------

    def action_fold(self, fold: bool) -> None:
        """All checks, or what needs attention."""
        row = self.query_one("#results", Rows).row
        self._folded, self._kept = fold, frozenset()
        self.show()
        self.query_one("#results", Rows).move_to(row)

    def action_recheck(self) -> None:
        """Look again at the chosen one."""
        if self.app.judging not in ("", "recheck"):
            self.tell(self._busy())
        elif (entry := self.chosen()) is not None:
            self.app.recheck(entry.check_id)

    def action_recheck_all(self) -> None:
        """Look at the whole host afresh."""
        if self.app.judging:
            self.tell(self._busy())
        else:
            self.app.examine()

    def _busy(self) -> str:
        to_go = tally(self.app.board.entries()).to_go
        return f"The checks are under way: {to_go} to go."

    def action_evidence(self) -> None:
        """The evidence in full."""
        if (entry := self.chosen()) is not None and entry.result is not None:
            facts = self.session.facts or self.app.known
            oneself = see_oneself(entry.result, entry.check, facts)
            content = evidence_content(entry, oneself, Reading.room(self.app.size.width))
            self.app.push_screen(Reading(entry.title, content, copied=evidence_text(entry.result)))

    def action_copy(self) -> None:
        """The remedy, through the terminal."""
        if (result := self._result()) is not None:
            self.app.copy_to_clipboard(remedy_text(result))
            self.tell("Copied, if your terminal allows it (OSC 52).", severe=False)

    def action_override(self) -> None:
        """Ask for the reason."""
        result = self._result()
        if result is None or not _may_accept(result) or self.app.judging:
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

    def _offers(self) -> tuple[RemedyOffer, ...]:
        return offers_for(self.app.offers, self.chosen())

    def _usable(self) -> tuple[RemedyOffer, ...]:
        return usable(self._offers(), self.chosen())

    def action_mend(self) -> None:
        """Put it right by the plan, or leave that to the admin again."""
        if not self.app.judging:
            mend(self.app, self._usable())


def _weight(entry: Entry) -> int:
    """What blocks without a way round weighs most; of equals the first is meant."""
    result = entry.result
    if result is None or not result.blocks:
        return 0
    return 1 if _may_accept(result) else 2


def _judge_reason(reason: str) -> str:
    return "" if len(reason) >= 4 else "Say it in a few words: somebody will read it later."


def _may_accept(result: CheckResult) -> bool:
    found = result.outcome is Outcome.FOUND and result.severity is Severity.OVERRIDABLE
    return found and not result.accepted
