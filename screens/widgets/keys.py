"""The line at the bottom: the keys that work here and now.

One widget that draws one line. Textual's Footer makes a widget a key and builds them all anew
whenever one is dimmed, which flickers over a serial line.
"""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from screens.text import say

_TERSE = ("help", "back", "next")
"Keys whose words are left out first where there is too little room: they are the same everywhere."


class _Shown(NamedTuple):
    """One key in the line."""

    start: int
    end: int
    active: ActiveBinding
    content: Content


class Keys(Widget):
    """Key and what it does, dimmed where it does not apply. A click presses the key."""

    ALLOW_SELECT = False

    def on_mount(self) -> None:
        """Draw again when keys come, go or are dimmed."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        """The line."""
        return Content("").join([one.content for one in self._shown()])

    def _shown(self) -> list[_Shown]:
        """All keys where there is room; else without the dimmed ones, then in fewer words."""
        width = self.size.width
        shown = self._laid_out(dimmed=True, terse=0)
        for terse in range(len(_TERSE) + 1):
            if not shown or shown[-1].end <= width:
                break
            shown = self._laid_out(dimmed=False, terse=terse)
        return shown

    def _laid_out(self, *, dimmed: bool, terse: int) -> list[_Shown]:
        out: list[_Shown] = []
        actions: set[str] = set()
        at = 0
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or binding.action in actions or not (dimmed or active.enabled):
                continue
            actions.add(binding.action)
            dim = "" if active.enabled else " dim"
            told = "" if binding.id in _TERSE[:terse] else f"{binding.description} "
            content = say(
                (f" {self.app.get_key_display(binding)} ", f"bold $footer-key-foreground{dim}"),
                (told, f"$footer-description-foreground{dim}"),
            )
            out.append(_Shown(at, at + content.cell_length, active, content))
            at = out[-1].end
        return out

    def _under(self, x: int) -> ActiveBinding | None:
        return next((one.active for one in self._shown() if one.start <= x < one.end), None)

    def on_click(self, event: events.Click) -> None:
        """Press the key under the pointer."""
        if (active := self._under(event.x)) is not None:
            self.app.simulate_key(active.binding.key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell what the key under the pointer is for."""
        active = self._under(event.x)
        self.tooltip = (active.tooltip or active.binding.description) if active else None
