"""Words and marks that every format of the report uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from wizard.diff import PlanTotals
from wizard.plan_text import MANY
from wizard.report.model import CertificateReport, ProofReport, SessionReport, StepReport
from wizard.report.times import duration, read

MARKS = {
    "pass": "✔",
    "done": "✔",
    "undone": "↶",
    "skipped": "–",
    "not begun": "·",
    "not finished": "…",
    "found": "✖",
    "failed": "✖",
    "not undone": "✖",
    "partly undone": "✖",
}
OUTCOMES = {
    "pass": "proven",
    "found": "FAILED",
    "skipped": "skipped",
    "unknown": "UNKNOWN",
    "crashed": "CRASHED",
}


def marks(state: str) -> str:
    """A sign for a step's state or a proof's outcome; never the only thing that tells it."""
    return MARKS.get(state, "?")


def read_duration(seconds: float | None) -> str:
    """A duration, or that it is not known."""
    return "not known" if seconds is None else duration(seconds)


def read_moment(stamp: str) -> str:
    """A moment as a person reads it."""
    return read(stamp)


def counts(sums: PlanTotals) -> str:
    """The plan's one-line sum."""
    told = (
        (sums.steps, "step", "steps"),
        (sums.commands, "command", "commands"),
        (sums.files, "file written", "files written"),
        (sums.metadata, "owner and mode change", "owner and mode changes"),
    )
    return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in told)


def undo_of(step: StepReport) -> tuple[str, ...]:
    """What its rollback does; in one line where it is the table of owners and modes backwards."""
    if len(step.metadata) > MANY and not (step.commands or step.files):
        return (f"give all {len(step.metadata)} back the owner and mode that they had before",)
    return step.undo


def undoing(sums: PlanTotals) -> str:
    """Whether all of it can be undone."""
    if not sums.points_of_no_return:
        return "Every step can be undone."
    return f"{sums.points_of_no_return} of the steps cannot be undone."


def session_end(session: SessionReport) -> str:
    """How the wait for it ended."""
    return "ended by itself" if session.ended else "the run went on without it"


def certified(one: CertificateReport) -> str:
    """Whether the host is what it was."""
    same = "is as it was before the first change" if one.same else "DIFFERS from before"
    return f"{one.paths:,} paths were compared. The manifest {same}."


def proofs_told(proofs: Sequence[ProofReport]) -> str:
    """`7 proven`, `6 proven, 1 FAILED`."""
    found = Counter(OUTCOMES.get(one.outcome, one.outcome) for one in proofs)
    return ", ".join(f"{number} {word}" for word, number in found.items()) or "none was made"
