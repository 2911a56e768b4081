"""Looking at a host and judging it: each check as soon as the facts it reads are known.

Where remedies were taken, what they change is asked of the planned host, and the checks that
read it judge that host: over the overlay, not over a promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from wizard.api import Check, Subject, run_check
from wizard.facts.gather import gather, gathering, nothing_known, with_roots
from wizard.facts.model import Facts, Unknown
from wizard.facts.sources import SOURCES
from wizard.host.base import HostReader
from wizard.model import CheckResult, Identity
from wizard.plans import Choices
from wizard.platforms.detect import detect
from wizard.remedies.planned_host import PlannedHost
from wizard.remedies.registry import PLANNED, carry_out
from wizard.run_status import Standing

Tell = Callable[[str], None]
OnResult = Callable[[CheckResult], None]
OnFacts = Callable[[Facts], None]


class Listener(Protocol):
    """Who is told while it goes on."""

    tell: Tell | None
    on_result: OnResult | None
    on_facts: OnFacts | None


class Told:
    """A listener of these functions."""

    def __init__(
        self,
        tell: Tell | None = None,
        on_result: OnResult | None = None,
        on_facts: OnFacts | None = None,
    ) -> None:
        self.tell = tell
        self.on_result = on_result
        self.on_facts = on_facts


class Examination:
    """What is known of one host, and how it is judged."""

    def __init__(
        self,
        host: HostReader,
        identity: Identity,
        checks: tuple[Check, ...],
        standing: Callable[[], Standing] = Standing,
    ) -> None:
        self._host = host
        self._identity = identity
        self._standing = standing
        self.checks = checks
        self.found: Facts | None = None
        "The host as it is."
        self.facts: Facts | None = None
        "The host as its remedies will leave it; the same where none was taken."
        self.planned: PlannedHost | None = None
        "The host with its remedies laid over it; None where none was taken."
        self._kept: dict[str, CheckResult] = {}

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """One for each check, in their order; none where not all have ended."""
        if not all(one.id in self._kept for one in self.checks):
            return ()
        return tuple(self._kept[one.id] for one in self.checks)

    def gather(self, told: Told) -> Facts:
        """Only look. What was judged before is dropped."""
        self._kept.clear()
        self.planned = None
        self.found = self.facts = gather(self._host, told.tell)
        return self.facts

    def judge(self, choices: Choices, told: Told) -> None:
        """Judge what is known with every check. Looks first where nothing is known."""
        if self.facts is None:
            self.look(choices, told)
            return
        subject = self._subject(self.facts, choices)
        for one in self.checks:
            self._judge(one, subject, told)

    def look(self, choices: Choices, told: Told, only: Check | None = None) -> None:
        """Look anew, at everything or at what one check reads, and judge what that touches.

        Raises StepdownError where a remedy cannot be carried out on this host.
        """
        afresh = with_roots(only.reads) if only and self.found else None
        touched = set(afresh or (source.fact for source in SOURCES))
        if choices.remedies:
            touched |= PLANNED
        waiting = [one for one in self.checks if one is only or not afresh or one.reads & touched]
        for one in waiting:
            self._kept.pop(one.id, None)
        later = PLANNED if choices.remedies else set()
        known = {source.fact for source in SOURCES} - touched
        facts = self.found or nothing_known()
        base = self.found if afresh else None
        for fact, facts in gathering(self._host, told.tell, base=base, afresh=afresh):
            known |= {fact} - later
            waiting = self._judge_ready(waiting, known, facts, choices, told)
        self.found = self.facts = facts
        self._over_remedies(waiting, known, choices, told)

    def plan_anew(self, choices: Choices, told: Told) -> None:
        """The host is as it was, the remedies are others. Raises StepdownError."""
        assert self.found is not None
        self.facts = self.found
        waiting = [one for one in self.checks if one.reads & PLANNED]
        known = {source.fact for source in SOURCES} - (PLANNED if choices.remedies else set())
        if not choices.remedies:
            waiting = self._judge_ready(waiting, known, self.found, choices, told)
        self._over_remedies(waiting, known, choices, told)

    def _over_remedies(
        self, waiting: list[Check], known: set[str], choices: Choices, told: Told
    ) -> None:
        """Ask the planned host for what the remedies change, and judge that."""
        self.planned = None
        if not choices.remedies:
            return
        assert self.found is not None
        self.planned = carry_out(self._host, detect(self._host), self.found, choices)
        facts = self.found
        for fact, facts in gathering(self.planned, told.tell, base=self.found, afresh=PLANNED):
            known.add(fact)
            waiting = self._judge_ready(waiting, known, facts, choices, told)
        self.facts = facts

    def _judge_ready(
        self, waiting: list[Check], known: set[str], facts: Facts, choices: Choices, told: Told
    ) -> list[Check]:
        """Judge with every check whose facts are all known. Returns those that still wait."""
        if told.on_facts:
            told.on_facts(facts)
        ready = [one for one in waiting if one.reads <= known]
        subject = self._subject(facts, choices) if ready else None
        for one in ready:
            assert subject is not None
            self._judge(one, subject, told)
        return [one for one in waiting if one not in ready]

    def _judge(self, one: Check, subject: Subject, told: Told) -> None:
        result = self._kept[one.id] = run_check(one, subject)
        if told.on_result:
            told.on_result(result)

    def _subject(self, facts: Facts, choices: Choices) -> Subject:
        """The facts with the platform's words for what a remedy would be."""
        words = ("", "")
        if not isinstance(facts.platform, Unknown):
            platform = detect(self._host)
            words = (platform.title, platform.macro_package_hint())
        return Subject(facts, self._identity, choices, *words, self._standing())

    def restore(self, results: Iterable[CheckResult]) -> None:
        """Take back results that were judged before."""
        self._kept = {one.check_id: one for one in results}
