"""What all wizard screens share: rail, title with its state, why the step is there, keys.

A screen holds no migration state. It shows what the session and the run's events say, and is
shown anew from them whenever something changes: `show` may be called at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from screens.text import say
from screens.widgets.keys import Keys
from screens.widgets.prose import Prose
from screens.widgets.rail import Rail

if TYPE_CHECKING:
    from screens.app import StepdownApp
    from wizard.session import Session

WIDE = 120
"Columns from which a side pane stands beside the body instead of under it."
TALL = 32
"Rows from which panes may be stacked."


class StepScreen(Screen[None]):
    """One step of the wizard."""

    if TYPE_CHECKING:
        app = getters.app(StepdownApp)

    step: ClassVar[str] = ""
    "Its name in the flow and on the rail."
    HEADING: ClassVar[str] = ""
    SCROLLS: ClassVar[str] = ""
    "Selector of the pane that Space scrolls while the cursor stays in the list."
    WHY: ClassVar[str] = ""
    "One paragraph for the trainee: why this step is there."
    AUTO_FOCUS = ".first-focus"
    _built = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "question_mark",
            "help",
            "Help",
            key_display="?",
            tooltip="What this screen shows and which keys it knows",
            id="help",
        ),
        Binding("b,left", "back", "Back", tooltip="The step before", id="back"),
        Binding("n,right", "next", "Next", tooltip="The step after", id="next"),
        Binding("q", "app.quit", "Quit", tooltip="Leave stepdown", id="quit", show=False),
        Binding(
            "space", "scroll(1)", "More", tooltip="Scroll the text", id="scroll.down", show=False
        ),
        Binding(
            "backspace",
            "scroll(-1)",
            "Less",
            tooltip="Scroll the text back",
            id="scroll.up",
            show=False,
        ),
        Binding("l", "log", "Log", tooltip="All that the run has said", id="log", show=False),
    ]

    def compose(self) -> ComposeResult:
        """The frame around every screen's body."""
        yield Rail(self.step, self.session.identity)
        with Vertical(id="head"):
            yield Prose(id="title", one_line=True)
            yield Prose(self.WHY, id="why")
        with Container(id="body"):
            yield from self.body()
        yield Keys()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The step's own keys first, those of all steps last: so the footer reads."""
        own = [one.id for one in type(self).BINDINGS if isinstance(one, Binding)]
        rank = {name: place for place, name in enumerate([*own, "help", "back", "next"])}
        found = super().active_bindings.items()
        return dict(sorted(found, key=lambda item: rank.get(item[1].binding.id or "", -1)))

    def body(self) -> Iterable[Widget]:
        """The step's own widgets."""
        return ()

    @property
    def session(self) -> Session:
        """The one session."""
        return self.app.session

    @property
    def wide(self) -> bool:
        """True where a side pane has room beside the body."""
        return self.app.size.width >= WIDE

    def on_mount(self) -> None:
        """Show what is known already."""
        self._built = True
        self.show()

    def on_resize(self, _event: events.Resize) -> None:
        """Lines are laid out for the width."""
        self.call_after_refresh(self.show_if_there)

    def on_screen_resume(self) -> None:
        """A dialog was closed: go where it kept us from going."""
        self.app.catch_up()

    def show_if_there(self) -> None:
        """Show, unless the screen is still being built or is being left."""
        if self._built and self.is_attached and self.query("#title"):
            self.show()
            self.refresh_bindings()

    def show(self) -> None:
        """Show the present state; cheap, and the same however often it is called."""
        self.set_title(self.status())
        self.query_one("#why", Prose).say(say(self.why()))

    def lay_out(self, wanted: bool, name: str) -> None:
        """Share the room otherwise while this holds; what is laid out for a width is shown anew."""
        if self.has_class(name) != wanted:
            self.set_class(wanted, name)
            self.call_after_refresh(self.show_if_there)

    def status(self) -> Content:
        """The state that stands beside the heading."""
        return Content("")

    def why(self) -> str:
        """Why the step is there; screens that have more to say now say it here."""
        return self.WHY

    def heading(self) -> str:
        """The title; screens whose title depends on the state say so here."""
        return self.HEADING

    def set_title(self, status: Content) -> None:
        """Heading and state in one line."""
        gap = ("    " if self.wide else "  ") if status else ""
        self.query_one("#title", Prose).say(say((self.heading(), "bold"), gap, status))

    def tell(self, sentence: str, severe: bool = True) -> None:
        """Say something in passing."""
        self.app.say_briefly(sentence, severe)

    def refuse_next(self) -> str:
        """Why Next is not possible now, in a sentence; empty where it is."""
        return ""

    def action_next(self) -> None:
        """Go on, or say why not."""
        if refusal := self.refuse_next():
            self.tell(refusal)
        else:
            self.app.go_by(1)

    def action_back(self) -> None:
        """The step before."""
        self.app.go_by(-1)

    def action_scroll(self, by: int) -> None:
        """Scroll the pane beside the list by a page; from its end back to its beginning."""
        if not self.SCROLLS:
            return
        pane = self.query_one(self.SCROLLS)
        if by > 0 and pane.scroll_y >= pane.max_scroll_y:
            pane.scroll_home(animate=False)
        else:
            pane.scroll_relative(y=by * max(1, pane.size.height - 2), animate=False)

    def action_help(self) -> None:
        """This screen's help and keys."""
        self.app.open_help(self)

    def action_log(self) -> None:
        """The run's log."""
        self.app.open_log()
