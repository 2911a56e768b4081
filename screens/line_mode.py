"""The wizard line by line: same session, same order, for serial consoles and screen readers.

As powerful as the screens, but nothing is drawn: what is found, planned and proven is printed one
after the other, and each question is a line that is answered by typing.
"""

from __future__ import annotations

import sys
from time import time

from rich.console import Console

from screens.fields import (
    FIELDS,
    Field,
    about_told,
    field_of,
    hint_of,
    read_choices,
    shown_value,
)
from screens.line_ask import Left, ask_choice, ask_text, ask_yes
from screens.line_checks import LineChecks
from screens.line_run import LineRun, begin, recover, undo
from screens.line_say import Voice, plain_console
from screens.way_back import ahead
from screens.words import Tone, duration, moment
from wizard.errors import StepdownError, UsageProblem
from wizard.model import Mode, Phase
from wizard.plan_text import plan_lines
from wizard.plans import Plan
from wizard.session import Session
from wizard.switch_advice import SwitchAdvice

HEADLESS = (
    "The wizard asks questions, and there is no terminal to ask at. Without one use:"
    " stepdown check, stepdown plan, stepdown apply, stepdown verify, stepdown rollback."
)


def run_line_mode(
    session: Session, console: Console | None = None, *, terminal: bool | None = None
) -> int:
    """Walk through the migration; returns the contract's exit code.

    `terminal` overrides the look at standard input, for tests.
    """
    if terminal is None:
        terminal = sys.stdin.isatty()
    if not terminal:
        (console or Console(stderr=True, highlight=False)).print(HEADLESS, markup=False)
        return 2
    voice = Voice(console or plain_console())
    try:
        return LineMode(session, voice).run()
    except (Left, KeyboardInterrupt):
        voice.say("Left. Nothing more is done from here.", Tone.WARN)
        return 130
    except StepdownError as problem:
        voice.problem(problem)
        return problem.exit_code


class LineMode:
    """One walk."""

    def __init__(self, session: Session, voice: Voice) -> None:
        self.session = session
        self.voice = voice
        self.advice: SwitchAdvice | None = None
        "Which switch is recommended, once the host is known."

    @property
    def reviews_plan(self) -> bool:
        """A plan under review: there is no host to ask."""
        session = self.session
        reviews = session.identity.mode is Mode.REVIEW and session.facts is None
        return reviews and session.plan is not None

    def run(self) -> int:
        """From the host to the end of the run."""
        self.voice.identity(self.session.identity, self.session.why_not)
        for status in reversed(self.session.runs()):
            if status.unfinished:
                return recover(self.session, self.voice, status)
            if status.alive:
                told = f"Run {status.run} is at work since {moment(status.started, time())}."
                self.voice.say(f"{told} It is followed; leaving does not stop it.")
                return self._follow(status.run)
        latest = next(reversed(self.session.runs()), None)
        if latest is not None and latest.phase is Phase.DONE:
            self.voice.say(f"The last run, {latest.run}, was kept.")
            if ask_yes(self.voice, "Undo it?"):
                return undo(self.session, self.voice, latest.run)
        if not self.reviews_plan:
            if not LineChecks(self.session, self.voice).run():
                return 3 if self.session.verdict() == "blocked" else 0
            self._choices()
        return self._plan()

    def _choices(self) -> None:
        """Show all values, and change one at a time until they are right."""
        self.advice = self.session.recommended_switch()
        texts = {one.name: shown_value(self.session.choices, one.name) for one in FIELDS}
        while True:
            self.voice.heading("Step 3 of 6. Choices: what you decide.")
            options = [("", "Take these values")]
            options += [(f.name, self._line(f, texts[f.name])) for f in FIELDS]
            name = ask_choice(self.voice, "Take them, or change one?", options)
            if not name:
                if self._take(texts):
                    return
                continue
            field = next(one for one in FIELDS if one.name == name)
            texts[name] = self._change(field, texts[name])

    def _line(self, field: Field, value: str) -> str:
        return f"{field.label}: {value or '-'}   ({self._hint(field)})"

    def _hint(self, field: Field) -> str:
        hint = hint_of(field, self.session.identity.mode, self.advice)
        if field.name == "switch" and self.advice is not None:
            return f"{self.advice.switch} is recommended; {hint}"
        return hint

    def _change(self, field: Field, value: str) -> str:
        for text in about_told(field, self.advice):
            self.voice.say(text)
        if field.values:
            return ask_choice(self.voice, field.label, field.values)
        return ask_text(f"{field.label} ({self._hint(field)}):", value)

    def _take(self, texts: dict[str, str]) -> bool:
        try:
            self.session.choose(read_choices(texts, self.session.choices))
        except UsageProblem as problem:
            at = next((f.label for f in FIELDS if f.name == field_of(problem)), "")
            self.voice.say(f"{at or 'Problem'}: {problem}", Tone.BAD)
            return False
        return True

    def _plan(self) -> int:
        """Show the plan, then apply, save or leave."""
        self.voice.heading("Step 4 of 6. The plan: what you read here is what runs.")
        plan = self.session.plan if self.reviews_plan else self.session.propose()
        if plan is None:
            return 0
        self.voice.plan(plan, plan_lines(plan, self.session.previews()))
        self._cost(plan)
        self.voice.way_back()
        while True:
            options = [("save", "Save the plan to a file"), ("quit", "Quit")]
            if self.session.can_apply:
                options.insert(0, ("apply", "Apply the plan"))
            else:
                self.voice.say(self.session.why_not, Tone.WARN)
            answer = ask_choice(self.voice, "What now?", options)
            if answer == "quit":
                return 0
            if answer == "save":
                self._save()
            elif self._confirmed():
                return self._apply()

    def _cost(self, plan: Plan) -> None:
        seconds = ahead(plan)
        if seconds is not None:
            told = f"Port 25 will not answer for about {duration(seconds)} ({plan.choices.switch})."
            self.voice.say(told, Tone.SHOWN)
        if plan.advice:
            self.voice.say(plan.advice)

    def _save(self) -> None:
        path = ask_text("Path:", f"./{self.session.identity.host.partition('.')[0]}.plan.json")
        try:
            self.session.save_plan(path)
        except StepdownError as problem:
            self.voice.problem(problem)
        else:
            self.voice.say(f"Saved: {path}", Tone.GOOD)

    def _confirmed(self) -> bool:
        host = self.session.identity.host
        if self.session.identity.mode is not Mode.LIVE:
            return ask_yes(self.voice, "Apply to the practice relay?")
        self.voice.say("This changes how a running mail relay works.", Tone.BAD)
        if ask_text(f"Type the host's name, {host}, to start:") == host:
            return True
        self.voice.say("That is not this host's name. Nothing was started.", Tone.WARN)
        return False

    def _apply(self) -> int:
        self.voice.heading("Step 5 and 6 of 6. Apply, then prove.")
        host = self.session.identity.host
        return begin(self.session, self.voice, lambda: self.session.apply(host))

    def _follow(self, run: str) -> int:
        return LineRun(self.session, self.voice, run).follow()
