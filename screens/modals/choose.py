"""Choose one of a few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from screens.modals.dialog import Dialog
from screens.widgets.rows import Row, Rows


class Choose(Dialog[str]):
    """A short list; returns the chosen row's id."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", tooltip="Take this one", id="choose.take"),
    ]

    def __init__(self, title: str, text: Content, rows: Sequence[Row]) -> None:
        super().__init__(title, text)
        self.rows = rows

    def question(self) -> Iterable[Widget]:
        """The list."""
        yield Rows(id="choose-rows")

    def on_mount(self) -> None:
        """Fill it."""
        rows = self.query_one("#choose-rows", Rows)
        rows.set_rows(self.rows)
        rows.focus()

    @on(Rows.OptionSelected)
    def selected(self, event: Rows.OptionSelected) -> None:
        """Enter or a click."""
        event.stop()
        self.dismiss(event.option_id)

    def action_choose(self) -> None:
        """Take the one under the cursor."""
        self.dismiss(self.query_one("#choose-rows", Rows).row)
