"""Line mode's questions: numbered, answered by typing, never redrawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import questionary

from screens.line_say import Voice
from screens.words import Tone


class Left(Exception):
    """The person left a question with Ctrl+C or Ctrl+D."""


def ask_text(question: str, default: str = "", judge: Callable[[str], str] | None = None) -> str:
    """A line of text; `judge` says what is wrong with it. Raises Left."""

    def valid(answer: str) -> bool | str:
        return (judge(answer.strip()) or True) if judge else True

    try:
        answer = questionary.text(question, default=default, validate=valid, qmark=">").unsafe_ask()
    except (KeyboardInterrupt, EOFError):
        raise Left from None
    return str(answer).strip()


def ask_choice(voice: Voice, question: str, options: Sequence[tuple[str, str]]) -> str:
    """One of several, by its number; returns its name. The first is taken by Enter alone."""
    voice.say()
    for number, (_, called) in enumerate(options, 1):
        voice.say(f"  {number}  {called}")
    numbers = [str(n) for n in range(1, len(options) + 1)]
    wrong = f"Type a number from 1 to {len(options)}."
    answer = ask_text(question, "1", lambda typed: "" if typed in numbers else wrong)
    return options[int(answer) - 1][0]


def ask_yes(voice: Voice, question: str) -> bool:
    """Yes, spelled out; anything else is no."""
    voice.say("Type yes to do it; anything else leaves it.", Tone.QUIET)
    return ask_text(question).lower() == "yes"
