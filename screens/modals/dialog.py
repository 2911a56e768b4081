"""What all dialogs share: a box over the dimmed screen, Escape to leave, a typed result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from screens.text import say
from screens.widgets.keys import Keys
from screens.widgets.prose import Prose

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A box with a title, a text and whatever the dialog asks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", tooltip="Back, nothing is done", id="dialog.leave"),
    ]

    def __init__(self, title: str, text: Content, severe: bool = False) -> None:
        super().__init__()
        self.box_title = title
        self.text = text
        self.severe = severe

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box", classes="-severe" if self.severe else ""):
            yield Prose(say((self.box_title, "bold")), id="box-title")
            yield Prose(self.text, id="box-text")
            yield from self.question()
        yield Keys()

    def question(self) -> Iterable[Widget]:
        """What is asked under the text."""
        return ()

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
