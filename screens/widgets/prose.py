"""Text on a screen: literal, and drawn again only where it has changed."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Prose(Static):
    """A Static that never takes markup and that costs nothing while it stays the same.

    Screens are shown anew at every event; most of what they show has not changed.
    """

    def __init__(
        self,
        content: Content | str = "",
        *,
        id: str | None = None,
        classes: str | None = None,
        one_line: bool = False,
    ) -> None:
        super().__init__(content, id=id, classes=classes, markup=False)
        self._said = Content(content) if isinstance(content, str) else content
        self._one_line = one_line

    def say(self, content: Content) -> None:
        """Show this. A text of one line never changes the layout."""
        if not content.is_same(self._said):
            self._said = content
            self.update(content, layout=not self._one_line)
