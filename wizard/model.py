"""The vocabulary every floor speaks: states, operations, findings, plans and events.

Everything here is a frozen value that survives a round trip through JSON, because a plan is
reviewed on one day and carried out on another, and a journal is read by a process that did not
write it. Nothing here touches a host.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from msgspec import Struct


class Kind(StrEnum):
    """What a path is, without following a link."""

    FILE = "file"
    SYMLINK = "symlink"
    DIRECTORY = "directory"
    OTHER = "other"
    ABSENT = "absent"


class Severity(StrEnum):
    """How much a finding weighs. OVERRIDABLE blocks until accepted with a reason."""

    INFO = "info"
    WARNING = "warning"
    OVERRIDABLE = "overridable"
    BLOCKER = "blocker"


class Outcome(StrEnum):
    """How a check ended. UNKNOWN and CRASHED block: unknown is never "absent"."""

    PASS = "pass"  # noqa: S105  (an outcome, not a password)
    FOUND = "found"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    CRASHED = "crashed"


class Phase(StrEnum):
    """Where a migration stands. The session and the engine own it; screens show it."""

    GATHERING = "gathering"
    CHECKED = "checked"
    PLANNED = "planned"
    CONFIRMED = "confirmed"
    APPLYING = "applying"
    VERIFYING = "verifying"
    AWAITING_CONFIRMATION = "awaiting-confirmation"
    DONE = "done"
    ROLLING_BACK = "rolling-back"
    ROLLED_BACK = "rolled-back"
    NEEDS_ATTENTION = "needs-attention"

    @property
    def finished(self) -> bool:
        """True where no engine has anything left to do."""
        return self in (Phase.DONE, Phase.ROLLED_BACK, Phase.NEEDS_ATTENTION)


class Mode(StrEnum):
    """What kind of host the wizard stands on: shown on every screen."""

    LIVE = "LIVE"
    PRACTICE = "PRACTICE"
    REVIEW = "REVIEW"


# --- what a host looks like -------------------------------------------------------------------


class FileState(Struct, frozen=True, omit_defaults=True):
    """One path as lstat(2) and, where asked for, its content tell it."""

    kind: Kind
    mode: int = 0
    "Permission bits with set-id and sticky, 0o0000 to 0o7777."
    uid: int = 0
    gid: int = 0
    size: int = 0
    "Bytes."
    mtime_ns: int = 0
    nlink: int = 1
    content: bytes | None = None
    "None where it was not asked for."
    xattrs: dict[str, bytes] = {}
    target: str | None = None
    "Where a symlink points, unresolved."

    @property
    def exists(self) -> bool:
        """False only for ABSENT."""
        return self.kind is not Kind.ABSENT

    def text(self) -> str:
        """The content as text; undecodable bytes survive a round trip (surrogateescape)."""
        return (self.content or b"").decode("utf-8", "surrogateescape")


class Process(Struct, frozen=True):
    """One process as ps shows it."""

    pid: int
    ppid: int
    user: str
    uids: tuple[int, int, int]
    "Real, effective, saved."
    title: str
    "The command line, which for Sendmail is its title: `sendmail: MTA: accepting connections`."
    started: float = 0.0
    "Seconds since the epoch."
    exe: str = ""
    "Path of the binary; empty where it could not be read."


class Match(Struct, frozen=True):
    """One line that a search found."""

    line: int
    "Counted from 1 in the uncompressed file."
    text: str


class Matches(Struct, frozen=True):
    """What a search of one file found."""

    total: int
    kept: tuple[Match, ...] = ()
    "The first and the last few matches, in order; never all of a large log."


class Identity(Struct, frozen=True):
    """Who and where we are."""

    host: str
    "Fully qualified where the host knows it."
    host_id: str
    "Digest of machine-id and host name: a plan made for another host is refused by it."
    euid: int
    user: str
    mode: Mode
    scenario: str = ""
    "Name of the practice scenario, empty elsewhere."


# --- commands and operations ------------------------------------------------------------------


class Command(Struct, frozen=True, omit_defaults=True):
    """A program and its arguments; never a shell string. Run by absolute path, LC_ALL=C."""

    argv: tuple[str, ...]
    timeout: float = 60.0
    "Seconds."
    ok_codes: tuple[int, ...] = (0,)
    stdin: bytes = b""

    def __str__(self) -> str:
        """As one would type it, quoted for reading."""
        from shlex import join

        return join(self.argv)


class Completed(Struct, frozen=True, omit_defaults=True):
    """How a command ended."""

    code: int
    stdout: bytes = b""
    stderr: bytes = b""

    @property
    def output(self) -> str:
        """Both streams, as text."""
        return (self.stdout + self.stderr).decode("utf-8", "replace")


class Expected(Struct, frozen=True, omit_defaults=True):
    """What an operation expects to find where it is about to write."""

    kind: Kind
    uid: int = 0
    gid: int = 0
    mode: int = 0
    sha256: str = ""
    "Of the content; empty where only the metadata matters."

    @staticmethod
    def of(state: FileState) -> Expected:
        """The expectation that this very state satisfies."""
        if not state.exists:
            return Expected(Kind.ABSENT)
        digest = "" if state.content is None else sha256(state.content).hexdigest()
        return Expected(state.kind, state.uid, state.gid, state.mode, digest)


class WriteFile(Struct, frozen=True, tag="write-file"):
    """Replace or create one regular file: temporary file, metadata, fsync, rename."""

    path: str
    content: bytes
    uid: int
    gid: int
    mode: int
    expect: Expected
    before: bytes = b""
    "What the file holds when planned, so that a plan shows its own difference anywhere."
    note: str = ""


class SetMeta(Struct, frozen=True, tag="set-meta"):
    """Owner, group and mode of one existing file or directory; never through a link."""

    path: str
    uid: int
    gid: int
    mode: int
    expect: Expected
    note: str = ""
    "Why, where the recipe does not say so itself."


class SetMetaTree(Struct, frozen=True, tag="set-meta-tree"):
    """Owner and group of a directory and all below it; its directories' mode.

    For trees whose entries come and go, such as a mail queue: every entry found is recorded
    with what it was before it is changed. Regular files keep their mode; files with several
    links and anything that is neither file nor directory are left alone and reported.
    """

    path: str
    uid: int
    gid: int
    dir_mode: int
    expect: Expected
    note: str = ""
    again: bool = False
    "True: a second pass for what arrived meanwhile; the first pass's undo covers it."


class RunCommand(Struct, frozen=True, tag="run-command"):
    """Run a command that changes the host. `undo=None` is a point of no return."""

    command: Command
    undo: Command | None
    touches: tuple[str, ...] = ()
    "Files that the command rewrites: kept before, and given back to the byte by the undo."
    derived: bool = False
    "True: those files are made from others, so that giving an older one back loses nothing."
    only_undo: bool = False
    "True: nothing runs now; the undo runs in its place when all is undone."
    note: str = ""


class Gate(Struct, frozen=True, tag="gate"):
    """Run a command that changes nothing and stop unless it says that all is well."""

    command: Command
    reject: str
    "Regular expression; a line of output that matches it means no."
    meaning: str
    "What is asked, and what a rejection means, in the admin's words."
    candidate: str = ""
    "A path: the content planned for it is put where CANDIDATE stands in the command."


CANDIDATE = "CANDIDATE"
"Stands in a Gate's command for the temporary file that holds the candidate."
SCRATCH = "SCRATCH"
"Stands in a Gate's command for the directory that holds it, which anyone may pass through."


class Condition(StrEnum):
    """What an Await waits for."""

    SMTP_ANSWERS = "smtp-answers"
    NO_SENDMAIL_CHILDREN = "no-sendmail-children"
    ACCOUNT_IDLE = "account-idle"
    PORT_CLOSED = "port-closed"


class Await(Struct, frozen=True, tag="await"):
    """Wait for the host, bounded. ACCOUNT_IDLE and PORT_CLOSED end what outstays its time."""

    condition: Condition
    subject: str
    "`ADDRESS:PORT` for SMTP_ANSWERS and PORT_CLOSED, a uid for ACCOUNT_IDLE, else a path."
    timeout: float
    "Seconds."
    fatal: bool = True
    "False: running out of time is reported and the plan goes on."
    on_undo: bool = False
    "True: wait when this is undone instead of when it is applied."


Op: TypeAlias = WriteFile | SetMeta | SetMetaTree | RunCommand | Gate | Await


# --- findings ---------------------------------------------------------------------------------


class Finding(Struct, frozen=True):
    """One thing that a check found, with what proves it and what to do about it."""

    check_id: str
    severity: Severity
    title: str
    evidence: tuple[str, ...] = ()
    "Each `file:line  text`, a command with its answer, or a log line."
    why: str = ""
    remedy: str = ""


class CheckResult(Struct, frozen=True):
    """How one check ended."""

    check_id: str
    outcome: Outcome
    title: str
    "What was found, in one line: `No account has a .forward file`."
    summary: str = ""
    "The grey half of the line: `212 accounts, 3 homes unreadable`."
    findings: tuple[Finding, ...] = ()
    help: str = ""
    "The check's own docstring."
    accepted: str = ""
    "The admin's reason, where an overridable finding was accepted."

    @property
    def severity(self) -> Severity | None:
        """The heaviest finding's severity; None where nothing was found."""
        order = list(Severity)
        return max((f.severity for f in self.findings), key=order.index, default=None)

    @property
    def blocks(self) -> bool:
        """True where this result alone keeps the migration from starting."""
        if self.outcome in (Outcome.UNKNOWN, Outcome.CRASHED):
            return True
        if self.severity is Severity.OVERRIDABLE:
            return not self.accepted
        return self.severity is Severity.BLOCKER


# --- plans ------------------------------------------------------------------------------------


class Choices(Struct, frozen=True, omit_defaults=True):
    """What the admin decides. Everything else follows from the host."""

    user: str = "sendmail"
    group: str = "sendmail"
    uid: int | None = None
    "None: 24, the article's, when free; otherwise a free system id."
    gid: int | None = None
    edit: str = ""
    "`mc` or `cf`; empty: mc where there is one that m4 reproduces the cf from."
    switch: str = "restart"
    "`restart` (the service manager's stop and start) or `reload` (SIGHUP)."
    accept: dict[str, str] = {}
    "Check id to the reason given for accepting its finding."
    probe_to: str = ""
    "Where the proof's message goes; empty: no message is sent."
    confirm_within: float | None = None
    "Minutes until an unconfirmed change undoes itself; None: no such limit."


class Step(Struct, frozen=True):
    """One planned step of the recipe: its operations and the reasons for them."""

    id: str
    title: str
    why: str
    recipe: str
    "The passage of the article that this carries out; empty for what the article lacks."
    stage: str
    "`before`, `switch` or `after`: whether the relay is up while this runs."
    ops: tuple[Op, ...]
    notes: tuple[str, ...] = ()
    "What the admin should know, such as a taken id or a count of queue entries."

    @property
    def undoable(self) -> bool:
        """False where one operation is a point of no return."""
        return not any(isinstance(op, RunCommand) and op.undo is None for op in self.ops)


class Names(Struct, frozen=True):
    """Names for the ids that a plan shows, so that `root:smmsp` reads better than `0:108`."""

    users: dict[str, str] = {}
    "Uid, as text for JSON's sake, to name."
    groups: dict[str, str] = {}

    def owner(self, uid: int, gid: int) -> str:
        """`user:group`, numbers where a name is not known."""
        user, group = str(uid), str(gid)
        return f"{self.users.get(user, user)}:{self.groups.get(group, group)}"


class Plan(Struct, frozen=True):
    """A sealed plan: what was reviewed is what runs."""

    schema: str
    host: str
    host_id: str
    platform: str
    choices: Choices
    facts_digest: str
    accepted: dict[str, str]
    steps: tuple[Step, ...]
    uid: int = 0
    "Of the account the children will run as."
    gid: int = 0
    cf_path: str = ""
    names: Names = Names()
    "Of the owners and groups found when planning, for showing."
    digest: str = ""
    "SHA-256 over all the rest; an edited plan is refused by it."


# --- what a run tells -------------------------------------------------------------------------


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


class Output(Struct, frozen=True, tag="output"):
    """A line that a command of this step printed, or that the engine says about it."""

    seq: int
    time: float
    step: str
    text: str


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


Event: TypeAlias = (
    JournalRecord | PhaseChanged | Output | Progress | SmtpLine | ProcessTable | Proof | Outage
)


class StepdownError(Exception):
    """Base of what we tell the admin: a sentence, where it happened, and the remedy."""

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Refused(StepdownError):
    """A precondition blocks (exit code 3)."""

    exit_code = 3


class Drift(StepdownError):
    """The plan is stale or for another host (exit code 4)."""

    exit_code = 4


class UsageProblem(StepdownError):
    """The call's words are off (exit code 2)."""

    exit_code = 2
