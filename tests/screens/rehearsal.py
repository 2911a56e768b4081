"""A rehearsal: the session's methods with canned answers, for working on the screens alone.

It stands in for wizard.session's concrete class on a Debian relay with 41,207 queue entries. It
keeps just enough of the rules (verdict, the typed host name, choices dropping the plan) for the
screens to be driven through every path; that the rules hold is proven by the session's own tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Event as Flag
from typing import Literal

import msgspec

from tests.screens import canned, canned_plan, canned_run
from wizard.api import Check
from wizard.diff import StepPreview, preview
from wizard.errors import Refused, StepdownError, UsageProblem
from wizard.events import Event, PhaseChanged
from wizard.facts.gather import nothing_known
from wizard.facts.model import Facts
from wizard.facts.sources import SOURCES
from wizard.model import CheckResult, Identity, Mode, Outcome, Phase, Process, Severity
from wizard.plans import Choices, Plan
from wizard.remedies.base import RemedyOffer
from wizard.report.write import demand_suffix
from wizard.session import RunStatus
from wizard.switch_advice import SwitchAdvice

HOST = "relay1.example.net"


class Rehearsal:
    """A session whose host is made of paper."""

    def __init__(
        self,
        mode: Mode = Mode.LIVE,
        results: tuple[CheckResult, ...] | None = None,
        events: Iterable[Event] | None = None,
        earlier: tuple[RunStatus, ...] = (),
    ) -> None:
        self.identity = Identity(HOST, "0" * 64, 0, "root", mode)
        self.phase = Phase.GATHERING
        self.facts: Facts | None = None
        self.results: tuple[CheckResult, ...] = ()
        self.choices = Choices()
        self.plan: Plan | None = None
        self.run = ""
        self.can_apply = mode is not Mode.REVIEW
        self.why_not = "" if self.can_apply else "This is a recorded host: it cannot be changed."
        self.events = list(canned_run.good() if events is None else events)
        self.told_all = Flag()
        "Set while follow() has yielded all there is."
        self._more: list[Event] = []
        self.calls: list[str] = []
        self.hold = Flag()
        "Set: follow() does not end when the canned events are over."
        self.stops: set[str] = set()
        "Facts, or checks that are looked at again, where it stands still until go_on()."
        self.still = Flag()
        "It stands still."
        self._released = Flag()
        self.answers = canned.ready() if results is None else results
        "What the checks find."
        self.earlier = earlier
        self.busy: RunStatus | None = None
        "The run of another engine, which is why nothing can be started here."
        self.refusal = StepdownError(
            "another run is at work: 20261122T072900Z-1b2c3d4e pid 4711 since 2026-11-22 07:29:00",
            "stepdown attach follows it.",
        )
        self.running: tuple[Process, ...] = ()
        "What ps shows when it is asked anew."

    def gather(self, tell: Callable[[str], None] | None = None) -> Facts:
        self.calls.append("gather")
        self._look(tell, None)
        assert self.facts is not None
        return self.facts

    def _look(
        self,
        tell: Callable[[str], None] | None,
        on_facts: Callable[[Facts], None] | None,
        on_fact: Callable[[str], None] | None = None,
    ) -> None:
        """Fact by fact, standing still where a test wants to look."""
        facts = nothing_known()
        for source in SOURCES:
            if tell:
                tell(source.title)
            self._stand_still(source.fact)
            known = getattr(canned.FACTS, source.fact)
            facts = msgspec.structs.replace(facts, **{source.fact: known})
            if on_facts:
                on_facts(facts)
            if on_fact:
                on_fact(source.fact)
        self.facts = canned.FACTS

    def _stand_still(self, at: str) -> None:
        if at in self.stops:
            self.still.set()
            if not self._released.wait(20):
                self.still.clear()
            self._released.clear()

    def go_on(self) -> None:
        """Let it look further, to the next stop or to the end."""
        self.still.clear()
        self._released.set()

    def checks(self) -> tuple[Check, ...]:
        return canned.checks_of(self.answers)

    def check(
        self, on_result: Callable[[CheckResult], None] | None = None
    ) -> tuple[CheckResult, ...]:
        self.calls.append("check")
        return self._settle(on_result)

    def _settle(
        self, on_result: Callable[[CheckResult], None] | None = None
    ) -> tuple[CheckResult, ...]:
        self.results = tuple(self._judged(result) for result in self.answers)
        for result in self.results if on_result else ():
            assert on_result is not None
            on_result(result)
        self.phase = Phase.CHECKED
        return self.results

    def examine(
        self,
        tell: Callable[[str], None] | None = None,
        on_result: Callable[[CheckResult], None] | None = None,
        on_facts: Callable[[Facts], None] | None = None,
    ) -> tuple[CheckResult, ...]:
        self.calls.append("examine")
        waiting = dict(zip(self.checks(), self.answers, strict=True))

        def known(fact: str) -> None:
            for check in [one for one in waiting if fact in one.reads]:
                result = self._judged(waiting.pop(check))
                if on_result:
                    on_result(result)

        self._look(tell, on_facts, known)
        return self._settle()

    def recheck(
        self, check_id: str, on_result: Callable[[CheckResult], None] | None = None
    ) -> tuple[CheckResult, ...]:
        self.calls.append(f"recheck {check_id}")
        self._stand_still(check_id)
        results = self._settle()
        if on_result:
            on_result(next(one for one in results if one.check_id == check_id))
        return results

    def remedies(self) -> tuple[RemedyOffer, ...]:
        taken = self.choices.remedies
        return tuple(msgspec.structs.replace(o, taken=taken.get(o.id)) for o in canned.OFFERS)

    def remedy(
        self,
        remedy_id: str,
        value: str,
        on_result: Callable[[CheckResult], None] | None = None,
    ) -> None:
        if remedy_id == "mail-hub" and "." not in value:
            raise UsageProblem(f"mail-hub: {value} does not resolve", "Give a host's full name.")
        self.calls.append(f"remedy {remedy_id}={value}")
        self._take({**self.choices.remedies, remedy_id: value}, on_result)

    def drop_remedy(
        self, remedy_id: str, on_result: Callable[[CheckResult], None] | None = None
    ) -> None:
        self.calls.append(f"drop-remedy {remedy_id}")
        left = {key: one for key, one in self.choices.remedies.items() if key != remedy_id}
        self._take(left, on_result)

    def _take(
        self, remedies: dict[str, str], on_result: Callable[[CheckResult], None] | None
    ) -> None:
        self.choices = msgspec.structs.replace(self.choices, remedies=remedies)
        self.plan = None
        self._stand_still("remedy")
        self._settle(on_result)

    def _judged(self, result: CheckResult) -> CheckResult:
        offers = [o for o in canned.OFFERS if o.id in self.choices.remedies]
        if any(result.check_id in offer.checks for offer in offers):
            return canned.put_right(result)
        reason = self.choices.accept.get(result.check_id, "")
        return msgspec.structs.replace(result, accepted=reason) if reason else result

    def verdict(self) -> Literal["ready", "blocked"]:
        return "blocked" if any(result.blocks for result in self.results) else "ready"

    def choose(self, choices: Choices) -> None:
        if not choices.user.isidentifier():
            raise UsageProblem(f"user: {choices.user!r} is not a name for an account")
        if choices.uid is not None and choices.uid < 1:
            raise UsageProblem("uid: 0 is root's")
        self.calls.append("choose")
        self.choices = choices
        self.plan = None

    def accept(self, check_id: str, reason: str) -> None:
        found = next(r for r in self.results if r.check_id == check_id)
        if found.severity is not Severity.OVERRIDABLE or found.outcome is not Outcome.FOUND:
            raise UsageProblem(f"{check_id} cannot be overridden")
        accepted = {**self.choices.accept, check_id: reason}
        self.choices = msgspec.structs.replace(self.choices, accept=accepted)
        self.results = tuple(self._judged(result) for result in self.results)

    def propose(self) -> Plan:
        if self.verdict() == "blocked":
            raise Refused("A check blocks the way.")
        self.calls.append("propose")
        self.plan = canned_plan.plan(self.choices)
        self.phase = Phase.PLANNED
        return self.plan

    def previews(self) -> tuple[StepPreview, ...]:
        return preview(self.plan) if self.plan else ()

    def save_plan(self, path: str) -> None:
        if path.startswith("/nowhere"):
            raise UsageProblem(f"{path}: no such directory")
        self.calls.append(f"save {path}")

    def write_packet(self, path: str) -> None:
        demand_suffix(path)
        self.calls.append(f"packet {path}")

    def apply(self, confirmed_host: str) -> str:
        if self.identity.mode is Mode.LIVE and confirmed_host != HOST:
            raise UsageProblem("That is not this host's name.")
        self.calls.append("apply")
        if self.busy is not None:
            self.earlier = (self.busy,)
            raise self.refusal
        self.run = "20261122T073001Z-7f3a9c1e"
        return self.run

    def follow(self, run: str = "", *, stop: Flag | None = None) -> Iterator[Event]:
        self.calls.append(f"follow {run or self.run}")
        self.told_all.clear()
        yield from self._tell(self.events)
        while True:
            released = not self.hold.is_set()
            more, self._more = self._more, []
            yield from self._tell(more)
            self.told_all.set()
            if released or (stop and stop.wait(0.1)):
                return

    def _tell(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, PhaseChanged):
                self.phase = event.phase
            yield event

    def _go_on(self, events: Iterable[Event]) -> None:
        """The engine does more: told to the one who follows, or to the next who does."""
        told = list(events)
        self.events += told
        if self.hold.is_set():
            self.told_all.clear()
            self._more = told
            self.hold.clear()

    def stop(self) -> None:
        self.calls.append("stop")
        self._go_on(canned_run.undoing(Phase.ROLLED_BACK, "stopped by root"))

    def confirm(self, run: str = "") -> None:
        self.calls.append("confirm")
        self._go_on(canned_run.keeping())

    def end_drain(self) -> None:
        self.calls.append("end_drain")
        self._go_on(canned_run.fewer())

    def resume(self, run: str = "") -> str:
        self.calls.append(f"resume {run}")
        if self.busy is not None:
            self.earlier = (self.busy,)
            raise self.refusal
        self.run, self.earlier = run or self.run, ()
        self.plan = self.plan or canned_plan.plan()
        self.events = list(canned_run.good())
        self.hold.set()
        return self.run

    def recommended_switch(self) -> SwitchAdvice:
        return canned.ADVICE

    def rollback(self, run: str = "") -> str:
        self.calls.append(f"rollback {run}")
        self.run, self.earlier = run or self.run, ()
        self.plan = self.plan or canned_plan.plan()
        self._go_on(canned_run.undoing(Phase.ROLLED_BACK, "undone on request"))
        return self.run

    def verify(self, probe_to: str = "") -> Iterator[Event]:
        self.calls.append("verify")
        yield from canned_run.proving()

    def processes(self) -> tuple[Process, ...]:
        return self.running

    def runs(self) -> tuple[RunStatus, ...]:
        return self.earlier
