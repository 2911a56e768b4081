"""All checks as they stand now: which have ended, which wait, what is looked at for them.

Filled by what workers post, read by the screens. It judges nothing: results come from the
session, and a result that is being looked at again stays until the new one is in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from wizard.api import Check
from wizard.facts.sources import SOURCES
from wizard.model import CheckResult, Outcome, Severity

AREAS = {
    "host": "The host",
    "relay": "Is it a pure relay?",
    "needs": "What else needs root",
    "config": "The configuration",
    "account": "The account",
}
"""An area's heading, by the first half of a check's id."""

_PLACE = {source.fact: place for place, source in enumerate(SOURCES)}
_TITLES = {source.fact: source.title for source in SOURCES}


class Entry(Struct, frozen=True):
    """One check as it stands."""

    check_id: str
    check: Check | None
    "None for a result whose check is not known here."
    result: CheckResult | None
    "The last one; while it waits the one from before, None where there was none."
    waiting: bool
    "It has not been judged since it was last asked for."
    running: bool
    "What is being looked at now is what it waits for."

    @property
    def title(self) -> str:
        """Its outcome, or its question where there is none yet."""
        if self.result is not None:
            return self.result.title
        return self.check.question if self.check else self.check_id

    @property
    def needs_attention(self) -> bool:
        """It blocks, warns or was accepted."""
        return self.result is not None and attention(self.result)

    @property
    def worth_reading(self) -> bool:
        """It needs attention, or has something to say that needs none."""
        return self.needs_attention or (self.result is not None and bool(self.result.findings))


class Tally(Struct, frozen=True):
    """How many of what."""

    passed: int
    warned: int
    accepted: int
    blocking: int
    skipped: int
    to_go: int


class Board:
    """Every check, in the order in which an admin asks them."""

    def __init__(self, checks: Sequence[Check] = ()) -> None:
        self.looking = ""
        "What is being looked at, as the session tells it."
        self._checks = {one.id: one for one in checks}
        self._results: dict[str, CheckResult] = {}
        self._waiting: set[str] = set()
        self._held: set[str] = set()

    def begin(self) -> None:
        """All are asked anew."""
        self._waiting = set(self._checks) | set(self._results)
        self._held.clear()
        self.looking = ""

    def hold(self, check_id: str) -> None:
        """One is asked anew, and shown as running until all that it touches has ended."""
        self._waiting.add(check_id)
        self._held.add(check_id)

    def take(self, result: CheckResult) -> None:
        """A result has come."""
        if result.check_id not in self._held:
            self._results[result.check_id] = result
            self._waiting.discard(result.check_id)

    def settle(self, results: Iterable[CheckResult], held: Iterable[str] = ()) -> None:
        """Everything has ended: these are the results. `held` are asked anew already."""
        self._results = {one.check_id: one for one in results}
        self._held = set(held)
        self._waiting = set(self._held)
        self.looking = ""

    def entries(self) -> tuple[Entry, ...]:
        """Every check in the order in which it is shown."""
        return tuple(entry for _, _, entries in self.groups() for entry in entries)

    def entry(self, check_id: str) -> Entry | None:
        """One of them."""
        known = check_id in self._checks or check_id in self._results
        return self._entry(check_id) if known else None

    def _entry(self, check_id: str) -> Entry:
        check = self._checks.get(check_id)
        waiting = check_id in self._waiting
        last = check is not None and bool(self.looking) and _last(check) == self.looking
        running = waiting and (check_id in self._held or last)
        return Entry(check_id, check, self._results.get(check_id), waiting, running)

    def groups(self) -> tuple[tuple[str, str, tuple[Entry, ...]], ...]:
        """Area, heading and entries; areas without a check are left out."""
        by_area: dict[str, list[Entry]] = {area: [] for area in AREAS}
        for one in (*self._checks, *(r for r in self._results if r not in self._checks)):
            by_area.setdefault(one.partition(".")[0], []).append(self._entry(one))
        return tuple(
            (area, AREAS.get(area, area.capitalize()), tuple(entries))
            for area, entries in by_area.items()
            if entries
        )

    @property
    def all_judged(self) -> bool:
        """There are results, and nothing waits."""
        return bool(self._results) and not self._waiting


def attention(result: CheckResult) -> bool:
    """True for what an admin has to know: what blocks, warns or was accepted."""
    return result.blocks or bool(result.accepted) or result.severity is Severity.WARNING


def tally(entries: Iterable[Entry]) -> Tally:
    """Count them. What waits is counted as to go, whatever it was before."""
    passed = warned = accepted = blocking = skipped = to_go = 0
    for one in entries:
        result = one.result
        if result is None or one.waiting:
            to_go += one.waiting
        elif result.blocks:
            blocking += 1
        elif result.accepted:
            accepted += 1
        elif result.outcome is Outcome.SKIPPED:
            skipped += 1
        elif result.severity is Severity.WARNING:
            warned += 1
        else:
            passed += 1
    return Tally(passed, warned, accepted, blocking, skipped, to_go)


def _last(check: Check) -> str:
    """What it waits for longest, as progress tells it."""
    known = [fact for fact in check.reads if fact in _PLACE]
    return _TITLES[max(known, key=_PLACE.__getitem__)] if known else ""
