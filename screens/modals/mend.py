"""Put a finding right as part of the plan: what that changes, and what has to be told for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Input

from screens.modals.dialog import Dialog
from screens.text import say
from screens.widgets.prose import Prose
from screens.words import RUNNING, Tone, clean
from wizard.remedies.base import RemedyOffer

_PROMISE = (
    "It becomes a step of the plan: the preview shows it, and it is undone with the rest."
    " Nothing on this host is changed now."
)


class Mend(Dialog[None]):
    """Takes a remedy; stays open until the session has taken its value or said what is wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", "Into the plan", tooltip="Take this remedy", id="mend.take"),
    ]

    def __init__(self, offer: RemedyOffer, take: Callable[[str], bool]) -> None:
        super().__init__(offer.title, say(offer.why, "\n\n", (_PROMISE, Tone.QUIET)))
        self.offer = offer
        self.take = take
        "Hands the value over; False where that is not possible now."

    def question(self) -> Iterable[Widget]:
        """A field where something has to be told, otherwise a button."""
        if self.offer.asks:
            yield Prose(say((self.offer.asks, Tone.SHOWN.bold)), id="answer-label")
            yield Input(clean(self.offer.suggestion), id="answer")
        yield Prose(say(("enter puts it into the plan · esc closes", Tone.QUIET)), id="mend-said")
        if not self.offer.asks:
            with Horizontal(id="answers"):
                yield Button("esc  Leave it", id="no")
                yield Button("enter  Into the plan", id="yes")

    def on_mount(self) -> None:
        """Enter takes it; Escape is the cautious answer and always at hand."""
        self.query_one("#answer" if self.offer.asks else "#yes").focus()

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Enter in the field."""
        event.stop()
        self.action_answer()

    @on(Button.Pressed)
    def pressed(self, event: Button.Pressed) -> None:
        """A button was chosen."""
        event.stop()
        if event.button.id == "yes":
            self.action_answer()
        else:
            self.action_leave()

    def action_answer(self) -> None:
        """Hand the value over."""
        value = self.query_one(Input).value.strip() if self.offer.asks else ""
        if self.offer.asks and not value:
            self.refuse("Something has to be told here.")
        elif self.take(value):
            told = f"{RUNNING.symbol} judging the host as it would be"
            self._said(told, Tone.LEAD)
        else:
            self.refuse("The checks have not ended yet.")

    def refuse(self, problem: str) -> None:
        """Say what is wrong with the value."""
        self._said(f"✖ {problem}", Tone.BAD)

    def taken(self) -> None:
        """The session has taken it: the results behind this dialog tell the rest."""
        self.dismiss(None)

    def _said(self, text: str, tone: Tone) -> None:
        self.query_one("#mend-said", Prose).say(say((text, tone)))
