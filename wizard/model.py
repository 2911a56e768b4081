"""The vocabulary every floor speaks: states of a host and findings about it.

What is to be done to a host is in plans, what a run tells in events, what goes wrong in errors.

All of it is made of frozen values that survive a round trip through JSON, because a plan is
reviewed on one day and carried out on another, and a journal is read by a process that did not
write it. Nothing here touches a host.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a path is, without following a link."""

    FILE = "file"
    SYMLINK = "symlink"
    DIRECTORY = "directory"
    SOCKET = "socket"
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


class Logged(Struct, frozen=True):
    """Somebody who had mail delivered on this host, by one log."""

    address: str
    "As `to=` has it."
    mailer: str
    count: int
    last: Match


class LogScan(Struct, frozen=True):
    """What one mail log holds."""

    mailers: dict[str, int]
    "Deliveries by mailer."
    local: Matches
    "Deliveries by a mailer that delivers on this host."
    recipients: tuple[Logged, ...] = ()
    "Of those, the most recent first."
    more_recipients: int = 0
    "How many were left out of them."
    head: tuple[str, ...] = ()
    "The first few lines."
    tail: tuple[str, ...] = ()
    "The last few lines."
    binary: bool = False
    "It begins with something other than text."


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
