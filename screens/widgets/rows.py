"""A list of one-line rows with a cursor: findings, steps and proofs are all shown by it.

Built on OptionList for its keys and scrolling. A bar marks the row under the cursor, so that it
is found without colour too; rows are laid out in two columns for the width there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.text import beside, fit, say
from screens.words import Tone

_MANY = 20
"Rows from which one long title does not move the second column of all."


@dataclass(frozen=True)
class Row:
    """One row."""

    id: str
    left: Content
    right: Content = Content("")  # noqa: RUF009  (content is immutable)
    heading: bool = False
    "A line between rows, which the cursor passes over."
    below: Content = Content("")  # noqa: RUF009
    "Lines under the row, such as what a failed proof means."


class Rows(OptionList):
    """Rows with a cursor that stays on its row while the rows change."""

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, rows: Rows, row: str) -> None:
            super().__init__()
            self.rows = rows
            self.row = row

        @property
        def control(self) -> Rows:
            """The list that the cursor is in."""
            return self.rows

    def __init__(
        self,
        *,
        share: float = 0.7,
        aligned: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self.share = share
        "How much of the width the left column may take."
        self.aligned = aligned
        "No row's title moves its right half: times stand under each other."
        self._rows: tuple[Row, ...] = ()
        self._at = ""
        self._column = 0

    @property
    def row(self) -> str:
        """Id of the row under the cursor; empty where there is none."""
        return self._at

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; the cursor stays where it was as far as it can."""
        old, self._rows = self._rows, tuple(rows)
        column, self._column = self._column, self._second_column()
        if [row.id for row in self._rows] == [row.id for row in old]:
            for before, row in zip(old, self._rows, strict=True):
                if before != row or column != self._column:
                    self.replace_option_prompt(row.id, self._line(row))
            return
        self.set_options(Option(self._line(r), id=r.id, disabled=r.heading) for r in self._rows)
        kept = next((i for i, row in enumerate(self._rows) if row.id == self._at), None)
        self.highlighted = kept if kept is not None else self._first()
        if self.highlighted is None:
            self._at = ""

    def move_to(self, row_id: str) -> None:
        """Put the cursor on this row."""
        if any(row.id == row_id for row in self._rows):
            self.highlighted = self.get_option_index(row_id)

    def _first(self) -> int | None:
        return next((i for i, row in enumerate(self._rows) if not row.heading), None)

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width or self.size.width

    def _second_column(self) -> int:
        """Where the right half of all rows begins."""
        lengths = sorted(r.left.cell_length for r in self._rows if not r.heading)
        last = len(lengths) - 1 if len(lengths) < _MANY else (len(lengths) - 1) * 9 // 10
        usual = lengths[last] if lengths else 0
        return min(usual + 1, int((self._width - 1) * self.share))

    def _line(self, row: Row) -> Content:
        width = self._width
        if row.heading:
            return fit(Content.assemble(row.left, "  ", row.right), width)
        bar = say(("▌", Tone.SHOWN)) if row.id == self._at else Content(" ")
        line = Content.assemble(bar, self._halves(row, width - 1))
        return Content.assemble(line, "\n", row.below) if row.below else line

    def _halves(self, row: Row, width: int) -> Content:
        return beside(row.left, row.right, width, self._column, aligned=self.aligned)

    def _relay(self) -> None:
        self._column = self._second_column()
        for row in self._rows:
            self.replace_option_prompt(row.id, self._line(row))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Move the bar, and tell."""
        event.stop()
        old, self._at = self._at, event.option_id or ""
        for row in self._rows:
            if row.id in (old, self._at):
                self.replace_option_prompt(row.id, self._line(row))
        if old != self._at:
            self.post_message(self.Moved(self, self._at))

    def on_resize(self, _event: events.Resize) -> None:
        """The columns depend on the width; the cursor stays in sight."""
        self._relay()
        self.call_after_refresh(self.scroll_to_highlight)
