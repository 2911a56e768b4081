"""What a run tells: one stream for the screens, line mode, the journal and `attach`."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from wizard.model import FileState, Outcome, Phase, Process


class Saved(Struct, frozen=True, omit_defaults=True):
    """A path's state as it was; the content lies in the run's snapshot, not here."""

    state: FileState
    blob: str = ""
    "SHA-256 of the content, its name in the snapshot; empty where no content was saved."


class OpState(StrEnum):
    """How far an operation came. INTENT is on disk before the act, the others after it."""

    INTENT = "intent"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


class JournalRecord(Struct, frozen=True, tag="op", omit_defaults=True):
    """One operation's state, in the journal before and after the act."""

    seq: int
    time: float
    plan_digest: str
    step: str
    op: int
    "Index of the operation within its step."
    state: OpState
    before: Saved | None = None
    "What was there, recorded with the INTENT."
    touched: dict[str, Saved] = {}
    "The same for each file that a command rewrites."
    left: dict[str, str] = {}
    "With DONE: digest of each touched file as the command left it, to tell later edits apart."
    message: str = ""
    seconds: float = 0.0
    there: tuple[str, ...] = ()
    "With the INTENT of a command: what matched its litter before; it is somebody else's."


class PhaseChanged(Struct, frozen=True, tag="phase"):
    """The run entered a phase."""

    seq: int
    time: float
    phase: Phase
    message: str = ""
    deadline: float = 0.0
    "AWAITING_CONFIRMATION: when it undoes itself, seconds since the epoch; 0: never."
    code: int = 0
    "In a last phase: the exit code that the contract gives to how it ended."


class Accepted(Struct, frozen=True, tag="accepted"):
    """An overridable finding with which the plan was made all the same. At the start of a run."""

    seq: int
    time: float
    check_id: str
    reason: str
    "The admin's own words."


class Output(Struct, frozen=True, tag="output"):
    """A line that a command of this step printed, or that the engine says about it."""

    seq: int
    time: float
    step: str
    text: str
    exception: bool = False
    "From a rollback: something is not as it was before, and this says what."


class Progress(Struct, frozen=True, tag="progress"):
    """How far a long walk has come."""

    seq: int
    time: float
    step: str
    done: int
    total: int
    "0 where it is not known."


class SmtpLine(Struct, frozen=True, tag="smtp"):
    """One line of the proof's SMTP session, as telnet shows it."""

    seq: int
    time: float
    sent: bool
    "True for what we said, False for what the relay answered."
    text: str


class ProcessTable(Struct, frozen=True, tag="ps"):
    """The mail processes at one moment of the proof."""

    seq: int
    time: float
    rows: tuple[Process, ...]
    serving: int = 0
    "Pid of the child that serves the proof's own connection; 0 while it is not known."
    detail: tuple[str, ...] = ()
    "That child's ids spelled out, a line each."


class Proof(Struct, frozen=True, tag="proof"):
    """One proof's outcome."""

    seq: int
    time: float
    id: str
    outcome: Outcome
    title: str
    evidence: tuple[str, ...] = ()
    meaning: str = ""
    "What a failure means and what to do."


class Outage(Struct, frozen=True, tag="outage"):
    """A gap in which nobody listened on port 25: its begin, or its end."""

    seq: int
    time: float
    seconds: float
    "All gaps so far, without one that goes on."
    over: bool
    "False: a gap has begun; True: it has ended."


class MailSession(Struct, frozen=True):
    """One SMTP session or delivery that is under way, for the admin to judge."""

    pid: int
    peer: str
    "`relay2.example.net [192.0.2.7]` as its title or its socket tells; empty where none does."
    state: str
    "As its title has it: `cmd read`, `DATA`, `running queue`."
    seconds: float
    "How long the process has been there."


class Sessions(Struct, frozen=True, tag="sessions"):
    """The sessions that a drain still waits for, whenever they change; empty: none is left."""

    seq: int
    time: float
    step: str
    rows: tuple[MailSession, ...]
    left: float = 0.0
    "Seconds until the run goes on without them."
    more: int = 0
    "How many there are beyond these rows."


class Armed(Struct, frozen=True, tag="armed"):
    """The timer outside the wizard was set, set anew, or taken away."""

    seq: int
    time: float
    deadline: float
    "When it undoes the run unless it is confirmed, seconds since the epoch; 0: it is taken away."
    how: str = ""
    "What keeps it: `stepdown-unless-confirmed.timer`, a line for cron."


class Certificate(Struct, frozen=True, tag="certificate"):
    """What a rollback gave back: the manifest before the first change beside the one after it."""

    seq: int
    time: float
    before: str
    "SHA-256 of the manifest taken before the first change."
    after: str
    "Of the one taken after the rollback; the same where all is as it was."
    paths: int
    "How many paths the manifest covers."
    exceptions: tuple[str, ...] = ()
    "Each path that is not as it was, and why."
    file: str = ""
    "Where the certificate lies."


Event: TypeAlias = (
    JournalRecord
    | PhaseChanged
    | Accepted
    | Output
    | Progress
    | SmtpLine
    | ProcessTable
    | Proof
    | Outage
    | Sessions
    | Armed
    | Certificate
)
