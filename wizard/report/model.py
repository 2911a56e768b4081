"""The change packet: all that a person who was not there needs in order to judge a change.

Made from a sealed plan, or from a plan and the journal of its run, and from nothing else, so that
it can be read, and made again, on any machine that has them. The three formats show this and
decide nothing.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from wizard.diff import CommandLine, MetaChange, PlanTotals

SCHEMA = "stepdown.report/1"


class Tone(StrEnum):
    """How good the news is; shown as a colour, always beside words."""

    GOOD = "good"
    NEUTRAL = "neutral"
    WARN = "warn"
    BAD = "bad"


class State(Struct, frozen=True):
    """Where the change stands, in one glance."""

    word: str
    "`Planned`, `Done`, `Rolled back` ..."
    tone: Tone
    sentence: str
    "What that means for the host."


class Acceptance(Struct, frozen=True):
    """A finding with which the admin went on."""

    check_id: str
    question: str
    "What the check asks; empty where this program knows no such check."
    reason: str
    journaled: bool | None = None
    "Whether the run's journal holds it too; None where there was no run."


class RemedyTaken(Struct, frozen=True):
    """What was put right on the host as part of the plan."""

    id: str
    title: str
    value: str


class FileDiff(Struct, frozen=True):
    """One file's change, secrets scrubbed; never the whole file."""

    path: str
    created: bool
    summary: str
    note: str
    diff: tuple[str, ...]
    "Unified, without the file header."


class StepRun(Struct, frozen=True):
    """What became of a step."""

    state: str
    "`done`, `undone`, `partly undone`, `not undone`, `failed`, `not begun`, `not finished`."
    seconds: float
    "Spent on applying it."
    undo_seconds: float
    problems: tuple[str, ...]
    said: tuple[str, ...]
    "What its commands printed."


class StepReport(Struct, frozen=True):
    """One step of the plan."""

    number: int
    id: str
    title: str
    stage: str
    why: str
    recipe: str
    notes: tuple[str, ...]
    undoable: bool
    commands: tuple[CommandLine, ...]
    files: tuple[FileDiff, ...]
    metadata: tuple[MetaChange, ...]
    undo: tuple[str, ...]
    ran: StepRun | None = None
    "None where there was no run."


class PhaseSpan(Struct, frozen=True):
    """A phase that the run went through."""

    phase: str
    title: str
    begun: str
    "ISO 8601, UTC."
    seconds: float
    message: str


class Gap(Struct, frozen=True):
    """A time in which nobody listened on port 25."""

    during: str
    "Title of the phase in which it began."
    begun: str
    seconds: float | None
    "None: the journal does not tell its end."


class SessionReport(Struct, frozen=True):
    """A session or delivery that the run waited for."""

    peer: str
    state: str
    "As it was seen last: `cmd read`, `DATA`."
    first: str
    "When it was seen first; ISO 8601, UTC."
    waited: float
    "Seconds from then until it was seen last."
    ended: bool
    "False: the run went on without it."


class CertificateReport(Struct, frozen=True):
    """What a rollback proved: the manifest before the first change and after the last undo."""

    before: str
    "SHA-256."
    after: str
    paths: int
    exceptions: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether all is as it was."""
        return self.before == self.after


class ProofReport(Struct, frozen=True):
    """One proof of the verification."""

    id: str
    outcome: str
    title: str
    evidence: tuple[str, ...]
    meaning: str
    "What a failure means; empty where it holds."


class RunReport(Struct, frozen=True):
    """What happened."""

    id: str
    phase: str
    begun: str
    ended: str
    seconds: float
    code: int | None
    "The exit code that the contract gives to how it ended; None while it has not."
    phases: tuple[PhaseSpan, ...]
    outage: tuple[Gap, ...]
    outage_seconds: float
    sessions: tuple[SessionReport, ...]
    "In the order in which they were met."
    certificate: CertificateReport | None
    "Of the last rollback; None where there was none."
    proofs: tuple[ProofReport, ...]
    "Of the last round."
    trouble: tuple[str, ...]
    "Operations and proofs that failed, and what the engine said of itself."
    exceptions: tuple[str, ...]
    "What a rollback could not give back as it was, each named."
    smtp: tuple[str, ...]
    "The proof's SMTP session; `>` what was sent."
    log: tuple[str, ...]
    "The journal in plain words, with times."
    unread: int
    "Lines of the journal that are torn, or that this program does not know."


class Report(Struct, frozen=True):
    """The whole change packet."""

    schema: str
    made: str
    version: str
    "Of the program that made it."
    kind: str
    "`plan` or `run`."
    host: str
    host_id: str
    platform: str
    plan_digest: str
    sealed: bool
    "False: the plan in the run's directory is not what its digest says."
    state: State
    account: str
    "`sendmail:sendmail, uid 997, gid 997`"
    choices: dict[str, str]
    "In words, each by its name; what was left to the program says what came of it."
    outage_predicted: float | None
    "Seconds without an answer at port 25, by the switch that was chosen; None where not known."
    switch_advice: str
    "Which switch was recommended, and why; empty where nothing was."
    accepted: tuple[Acceptance, ...]
    remedies: tuple[RemedyTaken, ...]
    totals: PlanTotals
    steps: tuple[StepReport, ...]
    run: RunReport | None = None
