"""Step 4: the whole plan before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.base import StepScreen
from screens.modals.ask import AskText, judge_path
from screens.modals.confirm import Confirm
from screens.text import lines, say
from screens.way_back import ahead, predicted
from screens.widgets.plan_pane import TABS, counts, first_tab, tab_content, way_back_content
from screens.widgets.prose import Prose
from screens.widgets.rows import Row, Rows
from screens.widgets.tabs import TabStrip
from screens.words import FINAL, UNDOABLE, Tone, count, duration, problem_text
from wizard.diff import StepPreview, totals
from wizard.model import Mode
from wizard.plans import SetMetaTree

WAY_BACK = "way-back"
"The row after all steps: not a step, but what every run has."
_LAST = "The way back, should all else fail"
STAGES = {
    "before": "Before anything stops",
    "switch": "The switch",
    "after": "To make it stay",
}


class PreviewScreen(StepScreen):
    """Steps on the left, what the chosen one does on the right."""

    step = "Preview"
    SCROLLS = "#plan-scroll"
    HEADING = "The plan"
    WHY = "What you read here is what runs, to the byte; whatever runs can be undone."
    HELP = (
        "Every step of the plan, in order. ↶ can be undone, ! is a point of no return. The tabs"
        " show the chosen step's commands, file differences, owners and modes, its reason with"
        " the article's passage, and what rollback will do for this very step. Nothing runs"
        " from here but Save plan and Apply; on a LIVE host Apply asks for the host's name."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "tab(1)", "Pane", tooltip="The tab after", id="preview.tab"),
        Binding("shift+tab", "tab(-1)", show=False, tooltip="The tab before", id="preview.back"),
        *(
            Binding(str(n), f"open({n - 1})", show=False, tooltip=name, id=f"preview.tab{n}")
            for n, name in enumerate(TABS, 1)
        ),
        Binding("d", "layout", "Diff", tooltip="Unified or side by side", id="preview.layout"),
        Binding("s", "save", "Save plan", tooltip="To a file, for review", id="preview.save"),
        Binding("p", "packet", "Packet", tooltip="For reviewers, a file", id="preview.packet"),
        Binding("a", "apply", "Apply …", tooltip="Asks before it starts", id="preview.apply"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._tab = -1
        self._beside: bool | None = None

    def body(self) -> Iterable[Widget]:
        """Steps and panes."""
        with Horizontal(classes="panes"):
            yield Rows(id="plan-steps", classes="first-focus")
            with Container(id="plan-pane"):
                yield TabStrip(id="plan-tabs")
                with VerticalScroll(id="plan-scroll", can_focus=False):
                    yield Prose(id="plan-text")

    def on_mount(self) -> None:
        """Plan where there is none yet."""
        super().on_mount()
        self.app.propose()

    def why(self) -> str:
        """With the outage that is predicted, of this switch and of the other."""
        plan = self.session.plan
        seconds = ahead(plan) if self.previews else None
        if plan is None or seconds is None:
            return self.WHY
        others = [f"{k}: {duration(s)}" for k, s in predicted(plan).items()][1:]
        beside = f" ({', '.join(others)})" if others else ""
        return f"{self.WHY} Port 25 will not answer for about {duration(seconds)}{beside}."

    @property
    def previews(self) -> tuple[StepPreview, ...]:
        """The plan told, once the worker has made it."""
        return self.app.previews

    def chosen(self) -> StepPreview | None:
        """The step under the cursor."""
        row = self.query_one("#plan-steps", Rows).row
        return next((one for one in self.previews if one.step.id == row), None)

    def show(self) -> None:
        """Steps by stage, then the chosen one's pane."""
        super().show()
        rows: list[Row] = []
        for stage, called in STAGES.items():
            steps = [one for one in self.previews if one.step.stage == stage]
            if steps:
                rows.append(
                    Row(f"stage-{stage}", say(" ", (called, Tone.SHOWN.bold)), heading=True)
                )
            rows += [_row(one) for one in steps]
        if rows:
            rows.append(Row("stage-way-back", say(" ", (_LAST, Tone.SHOWN.bold)), heading=True))
            title = say("  ", (UNDOABLE.symbol, UNDOABLE.tone.style), " without stepdown: undo.sh")
            rows.append(Row(WAY_BACK, title))
        self.query_one("#plan-steps", Rows).set_rows(rows)
        self._show_pane()

    @on(Rows.Moved)
    def _moved(self) -> None:
        chosen = self.chosen()
        self._tab = first_tab(chosen) if chosen else -1
        self._show_pane()
        self.query_one("#plan-scroll").scroll_home(animate=False)

    def _show_pane(self) -> None:
        text = self.query_one("#plan-text", Prose)
        chosen = self.chosen()
        at_way_back = self.query_one("#plan-steps", Rows).row == WAY_BACK
        self.query_one("#plan-tabs").display = not at_way_back
        if at_way_back:
            text.say(way_back_content())
            return
        if chosen is None:
            text.say(self._nothing())
            return
        tab = max(0, self._tab)
        self.query_one("#plan-tabs", TabStrip).set_tabs(counts(chosen), tab)
        width = self.query_one("#plan-scroll").scrollable_content_region.width
        beside = self.wide if self._beside is None else self._beside
        text.say(tab_content(chosen, tab, width, beside))

    def _nothing(self) -> Content:
        if problem := self.app.problems.get("propose"):
            return lines(
                [
                    say(("There is no plan.", Tone.BAD.bold)),
                    say(problem_text(problem)),
                ]
            )
        return say(("… planning", Tone.LEAD))

    def status(self) -> Content:
        """The sum of it all."""
        plan = self.session.plan
        if plan is None or not self.previews:
            return say("")
        sums = totals(self.previews)
        parts = [
            say((count(len(plan.steps), "step"), "bold")),
            say(count(sums.commands, "command")),
            say(count(sums.files, "file")),
        ]
        if entries := self._queue_entries():
            one, many = ("queue entry", "queue entries") if self.wide else ("entry", "entries")
            parts.append(say(count(entries, one, many)))
        if sums.points_of_no_return:
            left = count(sums.points_of_no_return, "point of no return", "points of no return")
            parts.append(say((f"! {left}", Tone.BAD.bold)))
        else:
            parts.append(say("all undoable"))
        outage = ahead(plan)
        if self.wide:
            if outage is not None:
                parts.append(say("outage about ", (duration(outage), Tone.GOOD.bold)))
            parts.append(say((f"plan {plan.digest[:8]}", Tone.QUIET)))
        return say((" · ", Tone.QUIET)).join(parts)

    def _queue_entries(self) -> int:
        facts = self.session.facts
        walks = any(isinstance(op, SetMetaTree) for one in self.previews for op in one.step.ops)
        entries = getattr(facts.queues, "entries", 0) if facts else 0
        return int(entries) if walks else 0

    def action_tab(self, by: int) -> None:
        """The tab beside."""
        self._open_tab((max(0, self._tab) + by) % len(TABS))

    def action_open(self, tab: int) -> None:
        """That tab."""
        self._open_tab(tab)

    @on(TabStrip.Chosen)
    def _clicked(self, event: TabStrip.Chosen) -> None:
        self._open_tab(event.index)

    def _open_tab(self, tab: int) -> None:
        self._tab = tab
        self._show_pane()
        self.query_one("#plan-scroll").scroll_home(animate=False)

    def action_layout(self) -> None:
        """Unified or side by side, whatever the width suggests."""
        beside = self.wide if self._beside is None else self._beside
        self._beside = not beside
        self._tab = 1
        self._show_pane()

    def refuse_next(self) -> str:
        """The next screen is for runs; this one starts them."""
        return "" if self.session.run else "Nothing runs yet: a applies this plan."

    def action_save(self) -> None:
        """Ask where to."""
        if self.session.plan is None:
            self.tell("There is no plan to save.")
            return
        text = say(("A saved plan can be reviewed elsewhere and applied later. ", Tone.QUIET))
        host = self.session.identity.host.partition(".")[0]
        dialog = AskText("Save the plan to", text, judge_path, value=f"./{host}.plan.json")

        def save(path: str | None) -> None:
            if path:
                self.app.save_plan(path)

        self.app.push_screen(dialog, save)

    def action_packet(self) -> None:
        """Ask where to, then write what a reviewer reads."""
        if self.session.plan is None:
            self.tell("There is no plan to report on.")
            return
        self.app.ask_packet()

    def action_apply(self) -> None:
        """Refuse, or ask; the session has the last word."""
        session = self.session
        if not session.can_apply:
            self.tell(session.why_not or "This host cannot be changed from here.")
        elif session.plan is None:
            self.tell("There is no plan to apply.")
        elif session.identity.mode is Mode.LIVE:
            self._ask_name()
        else:
            self._ask_practice()

    def _ask_name(self) -> None:
        host = self.session.identity.host
        text = say(
            "This changes how a running mail relay works. The engine goes on even if this"
            " terminal is closed, and Stop rolls back.\n\n",
            "Type the host's name to start:  ",
            (host, Tone.BAD.bold),
        )
        wrong = f"That is not this host's name, which is {host}."
        dialog = AskText(
            "Apply to a LIVE host", text, lambda typed: "" if typed == host else wrong, severe=True
        )

        def start(typed: str | None) -> None:
            if typed:
                self.app.apply(typed)

        self.app.push_screen(dialog, start)

    def _ask_practice(self) -> None:
        text = say("This is a throwaway relay: nothing outside it can be harmed.")
        dialog = Confirm("Apply to the practice relay?", text, "Apply", "Not yet")

        def start(yes: bool | None) -> None:
            if yes:
                self.app.apply(self.session.identity.host)

        self.app.push_screen(dialog, start)


def _row(preview: StepPreview) -> Row:
    sign = UNDOABLE if preview.step.undoable else FINAL
    left = say("  ", (sign.symbol, sign.tone.style), " ", preview.step.title)
    return Row(preview.step.id, left)
