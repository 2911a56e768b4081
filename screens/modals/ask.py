"""Ask for a line of text: the host's name before a live change, a reason, a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from screens.modals.dialog import Dialog
from screens.text import say
from screens.widgets.prose import Prose
from screens.words import Tone


class AskText(Dialog[str]):
    """A text field; Enter answers once `judge` has nothing against it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", "Answer", tooltip="Take this answer", id="dialog.answer"),
    ]

    def __init__(
        self,
        title: str,
        text: Content,
        judge: Callable[[str], str],
        *,
        value: str = "",
        severe: bool = False,
    ) -> None:
        super().__init__(title, text, severe)
        self.judge = judge
        self.value = value

    def question(self) -> Iterable[Widget]:
        """The field, and under it what is wrong with its content."""
        yield Input(self.value, id="answer")
        hint = say(("enter takes it · esc closes", Tone.QUIET))
        yield Prose(hint, id="answer-problem")

    @on(Input.Submitted)
    def answer(self, event: Input.Submitted) -> None:
        """Take the answer or say what is wrong with it."""
        event.stop()
        value = event.value.strip()
        if problem := self.judge(value):
            shown = say(("✖ ", Tone.BAD.bold), (problem, Tone.BAD))
            self.query_one("#answer-problem", Prose).say(shown)
        else:
            self.dismiss(value)


def judge_path(path: str) -> str:
    """What is wrong with a path to write to."""
    return "" if path else "A path is needed."
