"""Step 3: the few things that the admin decides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label

from screens.base import StepScreen
from screens.fields import (
    FIELDS,
    Field,
    about_told,
    field_of,
    hint_of,
    read_choices,
    shown_value,
)
from screens.text import lines, say
from screens.widgets.pick import Pick
from screens.widgets.prose import Prose
from screens.words import Tone, problem_text
from wizard.errors import StepdownError, UsageProblem


class ChoicesScreen(StepScreen):
    """A form whose defaults are the article's."""

    step = "Choices"
    HEADING = "What you decide"
    WHY = (
        "The defaults are the article's where this host allows it; everything else follows from"
        " the host. Nothing is changed yet."
    )
    HELP = (
        "Tab or the arrow keys walk the fields, Enter goes to the next one and from the last one"
        " on to the preview. Escape leaves a field, so that the letter keys work again. Every"
        " field may stay as it is."
    )
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "down",
            "app.focus_next",
            "Change",
            key_display="↓",
            tooltip="Next field",
            id="f.next",
            priority=True,
        ),
        Binding(
            "up",
            "app.focus_previous",
            show=False,
            tooltip="Field before",
            id="f.before",
            priority=True,
        ),
        Binding("escape", "unfocus", "Leave field", tooltip="Letter keys work again", id="f.leave"),
    ]

    def body(self) -> Iterable[Widget]:
        """The form, and what to know about the field in hand."""
        with Horizontal(classes="panes"):
            with VerticalScroll(classes="main", can_focus=False, id="form"):
                for field in FIELDS:
                    yield self._field(field)
                yield Prose(id="form-problem")
            with Vertical(classes="side"):
                yield Prose(id="about")

    def _field(self, field: Field) -> Horizontal:
        value = shown_value(self.session.choices, field.name)
        entry: Widget
        if field.values:
            entry = Pick(field.values, value, id=f"field-{field.name}")
        else:
            entry = Input(value, id=f"field-{field.name}", compact=True, select_on_focus=True)
        entry.disabled = not self._editable
        hint = Prose(field.hint, classes="hint", id=f"hint-{field.name}", one_line=True)
        return Horizontal(Label(field.label, markup=False), entry, hint, classes="field")

    def on_mount(self) -> None:
        """Ask which switch is recommended; that needs the facts, so not for a plan alone."""
        super().on_mount()
        if self._editable:
            self.app.advise()

    @property
    def _editable(self) -> bool:
        return not self.app.reviews_plan

    def show(self) -> None:
        """Title, and the problem at its field."""
        super().show()
        self._about(self.focused)
        if self.app.advice is not None:
            self.query_one("#field-switch", Pick).advised = self.app.advice.switch
        problem = self.app.problems.get("choose")
        at = field_of(problem) if isinstance(problem, UsageProblem) else ""
        for field in FIELDS:
            said = str(problem).partition(":")[2].strip() if field.name == at else ""
            hint = hint_of(field, self.session.identity.mode, self.app.advice)
            text = say(("✖ " + said, Tone.BAD)) if said else say((hint, Tone.QUIET))
            self.query_one(f"#hint-{field.name}", Prose).say(text)
        told = problem_text(problem) if problem else ""
        general = say(("✖ ", Tone.BAD.bold), (told, Tone.BAD)) if told else say("")
        self.query_one("#form-problem", Prose).say(general)
        self.query_one("#form-problem").display = bool(told)
        if told:
            self.query_one("#form").scroll_end(animate=False)

    def status(self) -> Content:
        """How to go on."""
        if not self._editable:
            return say(("sealed in the plan under review", Tone.SHOWN))
        if self.focused is not None:
            return say(("enter goes on, esc leaves the field", Tone.QUIET))
        return say(("↓ changes a value, n takes them all as they are", Tone.QUIET))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain the field that was entered."""
        self._about(event.widget)
        self.set_title(self.status())

    def _about(self, widget: Widget | None) -> None:
        name = (widget.id or "").removeprefix("field-") if widget else ""
        field = next((one for one in FIELDS if one.name == name), None)
        shown = _overview()
        if field is not None:
            first, *rest = about_told(field, self.app.advice)
            shown = [say((field.label, Tone.SHOWN.bold)), say((first, "bold" if rest else ""))]
            shown += [say((text, Tone.QUIET)) for text in rest]
        self.query_one("#about", Prose).say(lines(shown))

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        """Enter: the field after, or on."""
        event.stop()
        self._forward()

    @on(Pick.Done)
    def picked(self) -> None:
        """The same from a pick."""
        self._forward()

    def _forward(self) -> None:
        if self.focused is not None and self.focused.id == f"field-{FIELDS[-1].name}":
            self.action_next()
        else:
            self.focus_next()

    def action_unfocus(self) -> None:
        """Give the letter keys back to the screen."""
        self.set_focus(None)
        self.show()

    def action_next(self) -> None:
        """Hand the choices to the session; it judges them."""
        if not self._editable:
            self.app.go_by(1)
            return
        try:
            choices = read_choices(self._texts(), self.session.choices)
        except StepdownError as problem:
            self.app.problems["choose"] = problem
            self.show()
            return
        self.app.choose(choices)

    def _texts(self) -> dict[str, str]:
        out = {}
        for field in FIELDS:
            entry = self.query_one(f"#field-{field.name}")
            out[field.name] = entry.value if isinstance(entry, Input | Pick) else ""
        return out


def _overview() -> list[Content]:
    return [
        say(("Why an account of its own", Tone.SHOWN.bold)),
        say(
            "“Do not use the special smmsp user and group that the MSP uses; create a new user"
            " and group ID.” What the children can write, an attacker can write: so they own the"
            " queue and nothing else, and read the maps through their group."
        ),
    ]
