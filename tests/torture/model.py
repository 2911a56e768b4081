"""What is tried and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Point:
    """One place where something is made to go wrong, and how the host is brought back after it."""

    part: str
    """`apply` or `rollback`: the engine that is hit; `apply@/usr/sbin/groupadd`: this command
    of its, `...@/etc/init.d/sendmail#2` where it is run twice the second time."""
    call: str
    "The system call, as strace names it."
    index: int
    "Which of the calls of this name, counted from 1."
    kind: str
    "`SIGKILL`, an errno (`ENOSPC` once, `ENOSPC+` from then on), `BOTH`: the engine dies with it."
    recover: str
    "`engine`, `cli`, `undo`, `resume`: who brings the host back; see inside/recovery.py."
    host: str = "reload"
    "The kind of relay: a key of rooms.KINDS."
    again: str = ""
    "The same for the first try of bringing it back, `write:7`; empty: that one is let alone."
    late: bool = False
    "The verification is under way there: it changes nothing, so that a sample will do."

    def __str__(self) -> str:
        """As `--only` takes it."""
        words = (self.part, self.call, str(self.index), self.kind, self.recover, self.host)
        return ":".join((*words, self.again.replace(":", "="))).removesuffix(":")

    @staticmethod
    def named(text: str) -> Point:
        """The point of that name. Raises ValueError for what is none."""
        part, call, index, kind, *rest = text.split(":")
        words = dict(zip(("recover", "host", "again"), rest, strict=False))
        point = Point(part, call, int(index), kind, words.get("recover", "engine"))
        point = replace(point, host=words.get("host", "reload"))
        return replace(point, again=words.get("again", "").replace("=", ":"))

    @property
    def engine(self) -> str:
        """`apply` or `rollback`."""
        return self.part.partition("@")[0]

    @property
    def command(self) -> str:
        """The command that is hit; empty where it is the engine."""
        return self.part.partition("@")[2]

    @property
    def inject(self) -> str:
        """strace's word for it."""
        return injection(self.call, self.index, self.kind)


def injection(call: str, index: int, kind: str) -> str:
    """`-e inject=` of strace(1)."""
    ever = "+" if kind.endswith("+") else ""
    if kind in ("SIGKILL", "BOTH"):
        return f"{call}:signal=SIGKILL:when={index}"
    return f"{call}:error={kind.rstrip('+')}:when={index}{ever}"


@dataclass
class Outcome:
    """What came of one point."""

    point: Point
    reached: bool = False
    "False: there was no such call this time; nothing was tried."
    hit: str = ""
    "The call that was hit, as strace wrote it down."
    differing: dict[str, Any] = field(default_factory=dict)
    "What is not as it was: path or subject to before and after."
    troubles: list[str] = field(default_factory=list)
    "What else is wrong: a state told wrongly, a relay that does not relay, a traceback."
    strays: list[str] = field(default_factory=list)
    "Files outside the manifest that were not there before: /run, /tmp."
    told: str = ""
    "How it ended: exit code and phase, then those of the recovery."
    seconds: float = 0.0
    evidence: str = ""
    "The end of the journal and of strace's log, where something is wrong."

    mended: bool = True
    "False: the lab could not be put right after it, so that another one is needed."

    broken: bool = False
    "The lab itself is of no use any more."

    @property
    def identical(self) -> bool:
        """Whether the host is what it was."""
        return not self.differing
