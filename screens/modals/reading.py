"""Something to read: evidence in full, help, the run's log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.modals.dialog import Dialog
from screens.text import say
from screens.widgets.prose import Prose


class Reading(Dialog[None]):
    """A text that scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,q", "leave", show=False, tooltip="Close", id="reading.leave"),
        Binding("c", "copy", "Copy", tooltip="To the clipboard", id="reading.copy"),
    ]

    def __init__(
        self, title: str, content: Content, at_end: bool = False, copied: str = ""
    ) -> None:
        super().__init__(title, say(""))
        self.copied = copied or content.plain
        "What goes to the clipboard."
        self.content_shown = content
        self.at_end = at_end
        self.add_class("-reading")

    @staticmethod
    def room(width: int) -> int:
        """Columns of text in a terminal of that width."""
        return width * 9 // 10 - 8

    def question(self) -> Iterable[Widget]:
        """The text."""
        with VerticalScroll(id="reading"):
            yield Prose(self.content_shown, id="reading-text")

    def on_mount(self) -> None:
        """A log is read from its end."""
        scroll = self.query_one("#reading", VerticalScroll)
        scroll.focus()
        if self.at_end:
            self.call_after_refresh(scroll.scroll_end, animate=False)

    def action_copy(self) -> None:
        """Copy it through the terminal (OSC 52)."""
        self.app.copy_to_clipboard(self.copied)
        self.app.notify("Copied, if your terminal allows it (OSC 52).", markup=False)
