"""The line at the top: which host, in which mode, as whom, and on which step."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from screens.text import say
from screens.words import Tone, badge
from wizard.model import Identity

STEPS = ("Host", "Checks", "Choices", "Preview", "Apply", "Verify")
"What the flow's steps are called; a test compares it with the flow."


class Rail(Widget):
    """One line; labels give way to numbers where the terminal is narrow."""

    def __init__(self, step: str, identity: Identity) -> None:
        super().__init__(id="rail")
        self.step = step
        self.identity = identity

    def render(self) -> Content:
        """Full labels where they fit, else only the current one's; the host's name gives last."""
        width = self.size.width
        head = self._head(len(self.identity.host))
        for short in (False, True):
            steps = self._steps(short)
            if head.cell_length + steps.cell_length + 2 <= width:
                return say(head, "   " if not short else "  ", steps)
        steps = self._steps(short=True)
        room = width - self._head(0).cell_length - steps.cell_length - 2
        return say(self._head(max(4, room)), "  ", steps)

    def _head(self, room: int) -> Content:
        host = self.identity.host
        if len(host) > room:
            host = host[: room - 1] + "…" if room else ""
        mode = self.identity.mode.value.lower()
        return say(
            (" stepdown ", "bold $chip-text on $chip"),
            (f" {host} ", "bold"),
            (f" {badge(self.identity)} ", f"bold $badge-text on ${mode}"),
        )

    def _steps(self, short: bool) -> Content:
        at = STEPS.index(self.step) if self.step in STEPS else -1
        parts: list[Content] = []
        for index, name in enumerate(STEPS):
            if index == at:
                part = say((f" {index + 1} {name} ", "bold $chip-text on $chip"))
            elif index < at:
                part = say(("✔" if short else f"✔ {name}", Tone.GOOD))
            else:
                part = say((str(index + 1) if short else f"{index + 1} {name}", Tone.QUIET))
            parts.append(part)
        if at < 0:
            parts.append(say((f" ↶ {self.step} ", "bold $chip-text on $countdown")))
        return say((" " if short else " ─ ", Tone.QUIET)).join(parts)
