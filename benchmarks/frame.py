"""What a benchmark is: our figure beside the peer's, both taken in turns in one run.

A module of this package with a function `rows(room)` is a benchmark. It makes what it needs in
`room`, a temporary directory that is removed afterwards, and yields a Row for each question.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import msgspec


class Row(msgspec.Struct, frozen=True):
    """One question and both answers."""

    what: str
    ours: float
    peer: float | None
    "None where there is nothing to set beside it."
    beside: str
    "What the peer is, as it was run: `grep -cE ...`."
    unit: str = "s"
    "`s` or `MB`; less is better."
    note: str = ""
    "What both of them found, or what was left out: so that nobody compares unlike things."

    @property
    def ratio(self) -> float | None:
        """The peer's figure for each one of ours: above 1 we are better."""
        return None if self.peer is None else self.peer / self.ours


def timed(act: Callable[[], object]) -> float:
    """Seconds that one call takes by the clock."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def in_turns(
    ours: Callable[[], object],
    peer: Callable[[], object],
    rounds: int = 5,
    before: Callable[[], object] = lambda: None,
) -> tuple[float, float]:
    """Median seconds of both, taken in turns after one round that is not counted.

    before: what comes before each of them, and does not count.
    """

    def once(act: Callable[[], object]) -> float:
        before()
        return timed(act)

    once(ours), once(peer)
    taken = [(once(ours), once(peer)) for _ in range(rounds)]
    return median(a for a, _b in taken), median(b for _a, b in taken)


def output_of(argv: Sequence[str], env: dict[str, str] | None = None) -> str:
    """What a command prints, whatever its exit code; grep's is 1 where nothing matches."""
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=env)
    return done.stdout.strip()


def in_a_process(code: str, *arguments: str) -> str:
    """What this Python code prints in a process of its own, with this checkout to import."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def peak_mb() -> float:
    """The most memory this process has had resident, MB: ask in a process of its own.

    Not ru_maxrss, which begins with the parent's peak (getrusage(2) counts across exec).
    """
    line = next(ln for ln in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in ln)
    return int(line.split()[1]) / 1024
