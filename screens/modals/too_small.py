"""Says that the terminal is too small, and goes away by itself when it is enlarged."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen

from screens.text import say
from screens.widgets.prose import Prose

NEEDED = (80, 24)
"Columns and rows."


def too_small(width: int, height: int) -> bool:
    """True where the screens cannot be shown in full."""
    return width < NEEDED[0] or height < NEEDED[1]


class TooSmall(ModalScreen[None]):
    """Covers everything, the open dialog too; nothing underneath takes a key."""

    def compose(self) -> ComposeResult:
        """One sentence."""
        yield Prose(self._notice(), id="too-small")

    def _notice(self) -> Content:
        size = self.app.size
        return say(
            ("The terminal is too small\n\n", "bold"),
            f"have {size.width}x{size.height}, needs {NEEDED[0]}x{NEEDED[1]}\n\n",
            "enlarge it, or use\n",
            ("stepdown --plain", "bold"),
        )

    def on_resize(self, event: events.Resize) -> None:
        """Lift once there is room."""
        if too_small(event.size.width, event.size.height):
            self.query_one("#too-small", Prose).say(self._notice())
        elif self.is_current:
            self.dismiss(None)
