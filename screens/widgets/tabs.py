"""Tabs in one line, with counts; the keys for them belong to the screen."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from screens.text import say
from screens.words import Tone


class TabStrip(Widget):
    """Names with counts, the open one as a chip. A click chooses too."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._tabs: tuple[tuple[str, int], ...] = ()
        self._open = 0

    def set_tabs(self, tabs: tuple[tuple[str, int], ...], opened: int) -> None:
        """Name and count of each (-1: no count), and which is open."""
        if (tabs, opened) != (self._tabs, self._open):
            self._tabs, self._open = tabs, opened
            self.refresh()

    def _labels(self) -> list[str]:
        return [f" {name} {number} " if number >= 0 else f" {name} " for name, number in self._tabs]

    def render(self) -> Content:
        """One line."""
        parts = []
        for index, label in enumerate(self._labels()):
            empty = self._tabs[index][1] == 0
            tone = f"{Tone.QUIET.style} dim" if empty else Tone.QUIET.style
            style = "bold $chip-text on $chip" if index == self._open else tone
            parts.append(say((label, style)))
        return say(" ").join(parts)

    def on_click(self, event: events.Click) -> None:
        """The tab under the pointer."""
        start = 0
        for index, label in enumerate(self._labels()):
            if start <= event.x < start + len(label):
                self.post_message(self.Chosen(index))
            start += len(label) + 1
