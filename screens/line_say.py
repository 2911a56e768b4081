"""Line mode's voice: findings, plans and proofs one after the other, in words.

Written for a screen reader and a serial console alike: a state is a word before it is a symbol,
nothing is drawn, nothing is redrawn, and a line is never cut. Host text is cleaned and literal.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from screens.way_back import script_told
from screens.words import Tone, badge, clean, count, result_sign
from wizard.errors import StepdownError
from wizard.facts.model import Facts, Unknown
from wizard.model import CheckResult, Identity
from wizard.plans import Plan

STYLES = {
    Tone.GOOD: "green",
    Tone.WARN: "yellow",
    Tone.BAD: "bold red",
    Tone.SHOWN: "cyan",
    Tone.LEAD: "yellow",
    Tone.QUIET: "dim",
    Tone.PLAIN: "",
}
"""Colours by what they mean; the terminal's own."""


def plain_console() -> Console:
    """A console that takes text as it is."""
    return Console(highlight=False, markup=False, emoji=False)


class Voice:
    """Prints."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def say(self, text: str = "", tone: Tone = Tone.PLAIN, *, exact: bool = False) -> None:
        """One line, broken between words; exact: for copying, so left to the terminal."""
        shown = Text(clean(text), style=STYLES[tone])
        indent = len(text) - len(text.lstrip(" "))
        if exact or self.console.width < indent + 20:
            self.console.print(shown, soft_wrap=True)
        else:
            self.console.print(Padding(Text(shown.plain.strip(), shown.style), (0, 0, 0, indent)))

    def heading(self, text: str) -> None:
        """A step of the wizard begins."""
        self.say()
        self.say(text, Tone.SHOWN)

    def problem(self, problem: StepdownError) -> None:
        """What went wrong, and the remedy."""
        self.say(f"Problem: {problem}", Tone.BAD)
        if problem.remedy:
            self.say(f"What to do: {problem.remedy}")

    def identity(self, identity: Identity, why_not: str) -> None:
        """Where we are, and whether this is for real."""
        self.say(f"stepdown on {identity.host}, {badge(identity)}")
        if why_not:
            self.say(why_not, Tone.WARN)

    def facts(self, facts: Facts) -> None:
        """What could not be established; the rest is in the findings."""
        unknown = {n: getattr(facts, n) for n in facts.__struct_fields__}
        for name, fact in unknown.items():
            if isinstance(fact, Unknown):
                self.say(f"Unknown: {name}: {fact.reason}", Tone.WARN)

    def result(self, result: CheckResult) -> None:
        """One check: the word, the title, then all that was found."""
        sign = result_sign(result)
        head = f"{sign.symbol} {sign.word}: {result.title}  [{result.check_id}]  {result.summary}"
        self.say(head.rstrip(), sign.tone)
        for finding in result.findings:
            for line in finding.evidence:
                self.say(f"    {line}", exact=True)
            if finding.why:
                self.say(f"    Why it matters: {finding.why}")
            if finding.remedy:
                self.say(f"    What to do: {finding.remedy}", Tone.GOOD, exact=True)
        if result.accepted:
            self.say(f"    Accepted: {result.accepted}", Tone.WARN)

    def verdict(self, results: tuple[CheckResult, ...]) -> None:
        """How many of what, then what is in the way by name: it was told long ago."""
        blocking = [one for one in results if one.blocks]
        told = f"{count(len(results), 'check')}, {len(blocking)} in the way"
        self.say()
        self.say(told, Tone.BAD if blocking else Tone.GOOD)
        for one in blocking:
            self.say(f"    {result_sign(one).word}: {one.title}  [{one.check_id}]")

    def plan(self, plan: Plan, told: Iterable[str]) -> None:
        """The whole plan; added and removed lines are coloured, and begin with + and -."""
        for line in told:
            start = line.strip()[:1]
            in_diff = line.startswith("      ")
            tone = {"+": Tone.GOOD, "-": Tone.BAD, "@": Tone.SHOWN}.get(start, Tone.PLAIN)
            self.say(line, tone if in_diff else Tone.PLAIN, exact=not line.startswith("    Why"))

    def way_back(self) -> None:
        """The script that every run has."""
        what, how, run, when = script_told()
        self.say()
        self.say("The way back without stepdown", Tone.SHOWN)
        self.say(what)
        self.say(f"    {how}", exact=True)
        self.say(run)
        self.say(when)
