"""Symbols, words and tones for every state, shared by the full screen and the line mode.

State is told three times over: by a symbol for the quick eye, by a word for a screen reader and
by a tone for those who see colour. A tone is a name, not a colour: each front end maps it.
Nothing here loads Textual.
"""

from __future__ import annotations

from enum import StrEnum
from time import localtime, strftime

from msgspec import Struct

from wizard.errors import StepdownError
from wizard.model import CheckResult, Identity, Mode, Outcome, Phase, Severity
from wizard.printable import printable


class Tone(StrEnum):
    """What a colour is used for; the names are Textual's theme variables without the dollar."""

    GOOD = "text-success"
    WARN = "text-warning"
    BAD = "text-error"
    SHOWN = "text-primary"
    LEAD = "text-accent"
    QUIET = "text-muted"
    PLAIN = "text"

    @property
    def style(self) -> str:
        """As a style for Textual's Content."""
        return f"${self.value}"

    @property
    def bold(self) -> str:
        """The same, bold."""
        return f"bold ${self.value}"


class Sign(Struct, frozen=True):
    """How one state is shown."""

    symbol: str
    word: str
    tone: Tone


PASSED = Sign("✔", "passed", Tone.GOOD)
WARNED = Sign("⚠", "warning", Tone.WARN)
BLOCKS = Sign("✖", "blocks", Tone.BAD)
OVERRIDABLE = Sign("✖", "blocks, may be accepted", Tone.BAD)
ACCEPTED = Sign("⚠", "accepted", Tone.WARN)
NOTED = Sign("✔", "noted", Tone.SHOWN)
MENDED = Sign("✔", "put right by the plan", Tone.SHOWN)
SKIPPED = Sign("-", "does not apply", Tone.QUIET)
UNKNOWN = Sign("?", "unknown, so it blocks", Tone.BAD)
WAITING = Sign("·", "waiting", Tone.QUIET)
RUNNING = Sign("…", "running", Tone.LEAD)
DONE = Sign("✔", "done", Tone.GOOD)
FAILED = Sign("✖", "failed", Tone.BAD)
UNDOING = Sign("…", "being undone", Tone.WARN)
UNDONE = Sign("↶", "undone", Tone.WARN)
UNDOABLE = Sign("↶", "can be undone", Tone.QUIET)
FINAL = Sign("!", "point of no return", Tone.BAD)

_PHASES = {
    Phase.GATHERING: Sign("…", "looking at the host", Tone.LEAD),
    Phase.CHECKED: Sign("·", "checked", Tone.SHOWN),
    Phase.PLANNED: Sign("·", "planned", Tone.SHOWN),
    Phase.CONFIRMED: Sign("…", "starting", Tone.LEAD),
    Phase.APPLYING: Sign("…", "applying", Tone.LEAD),
    Phase.VERIFYING: Sign("…", "verifying", Tone.LEAD),
    Phase.AWAITING_CONFIRMATION: Sign("⚠", "waiting for you to keep it", Tone.WARN),
    Phase.DONE: Sign("✔", "done", Tone.GOOD),
    Phase.ROLLING_BACK: Sign("↶", "rolling back", Tone.WARN),
    Phase.ROLLED_BACK: Sign("↶", "rolled back", Tone.WARN),
    Phase.NEEDS_ATTENTION: Sign("✖", "needs attention", Tone.BAD),
}


def phase_sign(phase: Phase) -> Sign:
    """How a phase is shown. Rolled back is a state of its own, never a green one."""
    return _PHASES[phase]


def result_sign(result: CheckResult) -> Sign:
    """How a check's result is shown."""
    if result.outcome in (Outcome.UNKNOWN, Outcome.CRASHED):
        return UNKNOWN
    if result.outcome is Outcome.SKIPPED:
        return SKIPPED
    if result.accepted:
        return ACCEPTED
    by_severity = {
        Severity.BLOCKER: BLOCKS,
        Severity.OVERRIDABLE: OVERRIDABLE,
        Severity.WARNING: WARNED,
        Severity.INFO: NOTED,
        None: PASSED,
    }
    return by_severity[result.severity]


def outcome_sign(outcome: Outcome) -> Sign:
    """How a proof's outcome is shown."""
    return {
        Outcome.PASS: PASSED,
        Outcome.FOUND: FAILED,
        Outcome.SKIPPED: SKIPPED,
        Outcome.UNKNOWN: UNKNOWN,
        Outcome.CRASHED: UNKNOWN,
    }[outcome]


def mode_tone(mode: Mode) -> Tone:
    """LIVE is red everywhere, practice green, review blue."""
    return {Mode.LIVE: Tone.BAD, Mode.PRACTICE: Tone.GOOD, Mode.REVIEW: Tone.SHOWN}[mode]


def badge(identity: Identity) -> str:
    """`LIVE · root`, the word that tells whether this is for real and as whom."""
    return f"{identity.mode.value} · {identity.user}"


def clean(text: str) -> str:
    """Host text made fit to print: an escape sequence in a log line must not reach the terminal."""
    return printable(text.expandtabs(4))


def duration(seconds: float) -> str:
    """`19 ms`, `1.4 s`, `2 min 05 s`: as short as it can be said."""
    if seconds < 0.9995:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def clock(seconds: float) -> str:
    """`9:12` for a countdown; never negative."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def moment(seconds: float, now: float) -> str:
    """`19:42:10` as this host's clock has it, with its date where that is not today."""
    there, here = localtime(seconds), localtime(now)
    same_day = there[:3] == here[:3]
    return strftime("%H:%M:%S" if same_day else "%Y-%m-%d %H:%M:%S", there)


def count(number: int, one: str, many: str = "") -> str:
    """`1 file`, `3 files`, `41,207 queue entries`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def problem_text(problem: StepdownError) -> str:
    """A problem and its remedy as sentences."""
    return f"{problem} {problem.remedy}".strip()
