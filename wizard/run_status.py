"""Where a run stands, as every front end shows it."""

from __future__ import annotations

from msgspec import Struct

from wizard.model import Phase


class RunStatus(Struct, frozen=True):
    """One run in the state directory."""

    run: str
    "Its id, such as 20261122T073001Z-7f3a9c1e; sorts by time."
    phase: Phase
    alive: bool
    "Its engine is running now."
    unfinished: bool
    "No engine runs, yet it neither finished nor was rolled back: recovery is needed."
    started: float
    "Seconds since the epoch."
    plan_digest: str
    deadline: float = 0.0
    "When it undoes itself unless it is confirmed; 0: never."
    message: str = ""
    resumable: bool = False
    "Unfinished, and killed while it was applied or proven: it can go on instead of going back."
    engine: str = ""
    "Of one that is alive: `RUN pid N since DATE TIME`, as the lock has it."


class Standing(Struct, frozen=True):
    """Whether earlier runs stand in the way of a new one, in words; see wizard/standing.py."""

    place: str = ""
    "The state directory; empty where none is asked for, as for a recorded host."
    run: str = ""
    "Which run is at work, unfinished or half undone, as a title; empty where none is."
    evidence: tuple[str, ...] = ()
    "Where the run stands."
    why: str = ""
    "What it means for the host."
    remedy: str = ""
    "What to do first, as commands."
    problem: str = ""
    "Why the records cannot be used: not root's, open to others, a link."
    unseen: str = ""
    "Why they cannot be seen by this user, who is not root."
