"""One of a few values in one line: `(•) restart   ( ) reload`."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from screens.text import say
from screens.words import Tone


class Pick(Widget, can_focus=True):
    """Space, left and right choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "pick(1)", "Other value", tooltip="Choose", id="pick.next"),
        Binding("left", "pick(-1)", show=False, tooltip="Choose the one before", id="pick.before"),
        Binding("enter", "done", show=False, tooltip="The field after", id="pick.done"),
    ]
    value: reactive[str] = reactive("")
    advised: reactive[str] = reactive("")
    "The value that is recommended; empty where none is."

    class Done(Message):
        """Enter was pressed."""

    def __init__(self, values: tuple[tuple[str, str], ...], value: str, *, id: str) -> None:
        super().__init__(id=id)
        self.values = values
        "Value and what it is called."
        self.set_reactive(Pick.value, value)

    def render(self) -> Content:
        """All values, the chosen one marked."""
        parts = []
        for value, called in self.values:
            chosen = value == self.value
            dot = "(•) " if chosen else "( ) "
            part = say((dot + called, "bold" if chosen else Tone.QUIET))
            if value and value == self.advised:
                part = say(part, (" ◂ advised", Tone.GOOD))
            parts.append(part)
        return say("   ").join(parts)

    def action_pick(self, by: int) -> None:
        """Choose the next or previous one."""
        names = [value for value, _ in self.values]
        at = names.index(self.value) if self.value in names else 0
        self.value = names[(at + by) % len(names)]

    def action_done(self) -> None:
        """Leave the field."""
        self.post_message(self.Done())
