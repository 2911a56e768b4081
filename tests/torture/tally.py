"""What was tried, counted and printed."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

from tests.torture.model import Outcome


class Tally:
    """Outcomes of one part, as they come."""

    def __init__(self, part: str, seed: int, planned: int, of: int, evidence: str) -> None:
        self._part, self._seed, self._planned, self._of = part, seed, planned, of
        self._began = time.monotonic()
        self._evidence = Path(evidence) if evidence else None
        self.tried: list[Outcome] = []
        self.missed = 0

    def add(self, outcome: Outcome) -> None:
        """Count it; what is wrong is told at once."""
        if not outcome.reached:
            self.missed += 1
            return
        self.tried.append(outcome)
        if outcome.differing or outcome.troubles:
            self._tell(outcome)
        if len(self.tried) % 50 == 0:
            print(f"  {len(self.tried)} of {self._planned} tried, "
                  f"{self.non_identical} non-identical", flush=True)  # fmt: skip

    def _tell(self, outcome: Outcome) -> None:
        word = "NON-IDENTICAL" if outcome.differing else "trouble"
        print(f"  {word} {outcome.point}\n    at {outcome.hit[:110]}\n    ended: {outcome.told}")
        for path, (before, after) in list(outcome.differing.items())[:8]:
            print(f"    {path}: {_change(before, after)}")
        for trouble in outcome.troubles:
            print(f"    {trouble[:600]}")
        print(f"    again: python -m tests.torture --only '{outcome.point}'", flush=True)
        if self._evidence:
            self._evidence.mkdir(exist_ok=True)
            name = re.sub(r"[^\w.+=-]", "_", str(outcome.point))
            text = f"{outcome.hit}\n{outcome.told}\n{outcome.differing}\n{outcome.troubles}\n"
            (self._evidence / name).write_text(text + outcome.evidence)

    @property
    def non_identical(self) -> int:
        """Points after which the host was not what it was."""
        return sum(1 for one in self.tried if one.differing)

    @property
    def failed(self) -> int:
        """Points with anything wrong."""
        return sum(1 for one in self.tried if one.differing or one.troubles)

    def summary(self, relayed: int) -> str:
        """The numbers."""
        seconds = time.monotonic() - self._began
        calls = Counter(one.hit.partition("(")[0] or one.point.call for one in self.tried)
        kinds = Counter(one.point.kind for one in self.tried)
        parts = Counter(one.point.part for one in self.tried)
        hosts = Counter(one.point.host for one in self.tried)
        ways = Counter(_way(one) for one in self.tried)
        strays = Counter(
            re.sub(r"stepdown-\w{8}$", "stepdown-*", name)
            for one in self.tried for name in one.strays
        )  # fmt: skip
        lines = [
            f"{self._part}: tried {len(self.tried)} points of {self._of} in {seconds:.0f} s, "
            f"seed {self._seed}; {self.missed} more were not reached",
            f"  at: {_counted(parts)}",
            f"  calls: {_counted(calls)}",
            f"  kinds: {_counted(kinds)}",
            f"  relays: {_counted(hosts)}",
            f"  brought back by: {_counted(ways)}",
            f"  a message was sent through {relayed} times in between, and came",
        ]
        if strays:
            lines.append(f"  left outside the manifest: {_counted(strays)}")
        lines.append(f"  non-identical: {self.non_identical}; "
                     f"with any other trouble: {self.failed - self.non_identical}")  # fmt: skip
        return "\n".join(lines)


def _way(outcome: Outcome) -> str:
    """Who did bring it back, as it was seen and not as it was asked for."""
    words = outcome.told.rsplit(", ", 1)
    last = words[-1].split() if len(words) > 1 else ["itself"]
    if "resume" in outcome.told:
        return "resume"
    return last[0]


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in found.most_common())


def _change(before: object, after: object) -> str:
    if before is None or after is None:
        return "was not there" if before is None else "is gone"
    if isinstance(before, dict) and isinstance(after, dict):
        names = [name for name in before if before[name] != after.get(name)]
        return ", ".join(f"{n} {str(before[n])[:16]} -> {str(after.get(n))[:16]}" for n in names)
    return f"{before} -> {after}"
