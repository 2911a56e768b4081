"""What an audit says: the state of a host, what changed on it, and each proof as a row."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field

from wizard.model import Outcome

SCHEMA = "stepdown.audit/1"


class State(StrEnum):
    """Where a host stands. Only MIGRATED and BY_HAND_WHOLE need nobody."""

    MIGRATED = "migrated"
    CHANGED = "changed"
    BY_HAND_WHOLE = "by-hand-whole"
    BY_HAND_HALF = "by-hand-half"
    NOT_MIGRATED = "not-migrated"
    ROLLED_BACK = "rolled-back"
    UNFINISHED = "unfinished"
    "A run of stepdown is at work, broke off, or waits for a person."
    UNKNOWN = "unknown"
    "Not enough could be seen to tell: mostly for want of root."

    @property
    def well(self) -> bool:
        """Whether the host relays by unprivileged children: exit code 0."""
        return self in (State.MIGRATED, State.BY_HAND_WHOLE)


class Change(Struct, frozen=True):
    """One path that is not as a run left it."""

    path: str
    was: str
    "As the run left it: `root:sendmail 2755`, or words about its content."
    now: str = field(name="is")
    meaning: str
    breaks: bool
    "False: a note, such as an admin's edit of a map."
    step: str = ""
    "The step of the recipe that had made it so."

    def __str__(self) -> str:
        """As evidence."""
        return f"{self.path}  was {self.was}, is {self.now}: {self.meaning}"


class Row(Struct, frozen=True):
    """One thing that was looked at; shaped like a row of verify's document, with a remedy."""

    id: str
    outcome: Outcome
    title: str
    evidence: tuple[str, ...] = ()
    meaning: str = ""
    remedy: str = ""

    @property
    def holds(self) -> bool:
        """SKIPPED is told, and holds."""
        return self.outcome in (Outcome.PASS, Outcome.SKIPPED)


class Audit(Struct, frozen=True):
    """All of it."""

    host: str
    state: State
    summary: str
    "One line, fit for a monitoring system."
    run: str = ""
    "The run that the host is compared with; empty where none is in effect."
    changes: tuple[Change, ...] = ()
    rows: tuple[Row, ...] = ()
    remedies: tuple[str, ...] = ()
    "Commands that finish or mend it, or go back."
