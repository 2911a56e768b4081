"""A question with two answers; the cautious one has the focus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button

from screens.modals.dialog import Dialog


class Confirm(Dialog[bool]):
    """Yes or no, by key or by button."""

    YES_KEY: ClassVar[str] = "y"
    "The key that the button names."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", tooltip="Do it", id="dialog.yes"),
        Binding("n", "leave", "No", tooltip="Leave it", id="dialog.no"),
        Binding("left,right", "other", show=False, tooltip="The other answer", id="dialog.other"),
    ]

    def __init__(
        self, title: str, text: Content, yes: str, no: str = "No", severe: bool = False
    ) -> None:
        super().__init__(title, text, severe)
        self.yes_label = yes
        self.no_label = no

    def question(self) -> Iterable[Widget]:
        """Two buttons."""
        with Horizontal(id="answers"):
            yield Button(f"n  {self.no_label}", id="no")
            yield Button(f"{self.YES_KEY}  {self.yes_label}", id="yes")

    def action_other(self) -> None:
        """Move the focus to the other button."""
        self.focus_next()

    @on(Button.Pressed)
    def pressed(self, event: Button.Pressed) -> None:
        """A button was chosen."""
        self.dismiss(event.button.id == "yes")

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)

    def action_leave(self) -> None:
        """Leave it."""
        self.dismiss(False)
