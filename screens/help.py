"""Help for a screen: what it shows, then every key it knows, told by the bindings themselves."""

from __future__ import annotations

from textual.binding import Binding
from textual.content import Content

from screens.base import StepScreen
from screens.text import lines, say
from screens.words import Tone


def help_content(screen: StepScreen) -> Content:
    """Help text and keys."""
    out = [say(screen.HELP or ""), say("")]
    for binding in _bindings(screen):
        key = binding.key_display or binding.key.replace("question_mark", "?")
        out.append(say((f"  {key:<12}", Tone.LEAD.bold), binding.description.ljust(16)))
        out[-1] = say(out[-1], (binding.tooltip, Tone.QUIET))
    out += [say(""), say(("  ctrl+q      ", Tone.LEAD.bold), "Quit".ljust(16))]
    return lines(out)


def _bindings(screen: StepScreen) -> list[Binding]:
    """Own ones first, then those of all screens."""
    own = [one for one in type(screen).BINDINGS if isinstance(one, Binding)]
    if type(screen) is StepScreen:
        return own
    return [*own, *(one for one in StepScreen.BINDINGS if isinstance(one, Binding))]
