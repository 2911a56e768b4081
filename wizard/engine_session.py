"""The session on a host: the state machine behind every front end.

Guards live here and nowhere else: what may be accepted, when a plan may be made, who may apply.
The engine is another process; this one only starts it, leaves marks for it and follows its
journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, Protocol

from msgspec.structs import replace

from wizard.api import Check
from wizard.choice_rules import validate_choices
from wizard.deadman.default import minutes_for
from wizard.diff import StepPreview, preview
from wizard.errors import Drift, Refused, StepdownError, UsageProblem
from wizard.events import Event
from wizard.examination import Examination, Told
from wizard.facts.model import Facts
from wizard.host.base import HostReader
from wizard.host.files import write_private
from wizard.last_switch import latest
from wizard.model import CheckResult, Mode, Phase
from wizard.plan_file import difference, encode
from wizard.planner import make_plan
from wizard.plans import Choices, Plan
from wizard.platforms.detect import detect
from wizard.probes.live import prove, target_of
from wizard.remedies.base import RemedyOffer
from wizard.remedies.registry import demand_known, offers
from wizard.run_control import refuse_while_unfinished
from wizard.run_status import Standing
from wizard.running_session import RunningSession
from wizard.runs import Runs
from wizard.standing import standing
from wizard.switch_advice import SwitchAdvice, advise

PRACTICE_PROBE = "hostmaster@example.org"
"Where the proof's message goes in the lab, unless another address is given."
RECORDS = "host.records"
"The check of what earlier runs left; it comes first."


class CheckSuite(Protocol):
    """The checks, handed in from above: the engine knows of none."""

    def checks(self) -> tuple[Check, ...]:
        """Every check, in the order in which results are shown."""

    def verdict(self, results: tuple[CheckResult, ...]) -> Literal["ready", "blocked"]:
        """Whether one of them blocks."""

    def validate_accept(self, accept: Mapping[str, str], results: tuple[CheckResult, ...]) -> None:
        """Raises UsageProblem for what cannot be accepted."""


class EngineSession(RunningSession):
    """One sitting on one host."""

    def __init__(
        self,
        host: HostReader,
        suite: CheckSuite,
        runs: Runs,
        choices: Choices | None = None,
        plan: Plan | None = None,
    ) -> None:
        super().__init__(host, runs, plan)
        self._suite = suite
        self._exam = Examination(host, self.identity, suite.checks(), self._standing)
        self.choices = self._with_probe(choices or Choices())
        self.why_not = self._reason(plan)
        self.can_apply = not self.why_not
        if plan is not None:
            self.identity = replace(self.identity, host=plan.host, mode=Mode.REVIEW)
            self.choices = plan.choices

    def _standing(self) -> Standing:
        """What earlier runs left on this very host; another's runs are not here."""
        if self.identity.mode is Mode.REVIEW:
            return Standing()
        return standing(self._runs, self.identity.euid)

    def _reason(self, plan: Plan | None) -> str:
        if plan is not None:
            return "This is a plan under review: stepdown apply PLAN carries it out on its host."
        if self.identity.mode is Mode.REVIEW:
            return "This is a recorded host: it can be looked at, not changed."
        if self.identity.euid != 0:
            return f"You are {self.identity.user}: only root can change this host."
        return ""

    # --- looking -----------------------------------------------------------------------------

    @property
    def facts(self) -> Facts | None:
        """As Session.facts."""
        return self._exam.facts

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """As Session.results."""
        return self._exam.results

    def gather(self, tell: Callable[[str], None] | None = None) -> Facts:
        """As Session.gather."""
        self.phase = Phase.GATHERING
        return self._exam.gather(Told(tell))

    def check(
        self, on_result: Callable[[CheckResult], None] | None = None
    ) -> tuple[CheckResult, ...]:
        """As Session.check. Looks first where nothing was gathered."""
        if self.facts is None or self._stale_remedies():
            self._exam.look(self.choices, Told(None, on_result))
        else:
            self._exam.judge(self.choices, Told(None, on_result))
        self.phase = Phase.CHECKED
        return self.results

    def _stale_remedies(self) -> bool:
        """Remedies were chosen, and what they change was not looked at."""
        return bool(self.choices.remedies) and self._exam.planned is None

    def checks(self) -> tuple[Check, ...]:
        """As Session.checks."""
        return self._suite.checks()

    def examine(
        self,
        tell: Callable[[str], None] | None = None,
        on_result: Callable[[CheckResult], None] | None = None,
        on_facts: Callable[[Facts], None] | None = None,
    ) -> tuple[CheckResult, ...]:
        """As Session.examine."""
        self._exam.look(self.choices, Told(tell, on_result, on_facts))
        self.phase = Phase.CHECKED
        return self.results

    def recheck(
        self, check_id: str, on_result: Callable[[CheckResult], None] | None = None
    ) -> tuple[CheckResult, ...]:
        """As Session.recheck."""
        asked = next((one for one in self._suite.checks() if one.id == check_id), None)
        if asked is None:
            raise UsageProblem(f"{check_id}: there is no such check")
        whole = not self.results
        self._exam.look(self.choices, Told(None, on_result), None if whole else asked)
        self.phase = Phase.CHECKED
        return self.results

    def verdict(self) -> Literal["ready", "blocked"]:
        """As Session.verdict."""
        return self._suite.verdict(self.results) if self.results else "blocked"

    # --- choosing and planning ---------------------------------------------------------------

    def choose(
        self, choices: Choices, on_result: Callable[[CheckResult], None] | None = None
    ) -> None:
        """As Session.choose, telling each result that is judged anew."""
        if self.plan is not None and self.facts is None:
            raise UsageProblem("user: a plan under review cannot be changed")
        validate_choices(choices)
        demand_known(choices.remedies)
        before = self.choices, self.results, self.plan
        self.choices, self.plan = self._with_probe(choices), None
        if not self.results:
            return
        try:
            self._judge_anew(before[0], Told(None, on_result))
            self.demand_acceptable()
        except StepdownError:
            self._take_back(*before)
            raise

    def _judge_anew(self, before: Choices, told: Told) -> None:
        """Judge by the new choices; the planned host is asked where other remedies make it."""
        if (before.remedies, before.edit) != (self.choices.remedies, self.choices.edit):
            self._exam.plan_anew(self.choices, told)
        self._exam.judge(self.choices, told)

    def _take_back(
        self, choices: Choices, results: tuple[CheckResult, ...], plan: Plan | None
    ) -> None:
        """What was chosen is refused: all is as it was before."""
        refused, self.choices, self.plan = self.choices, choices, plan
        if (refused.remedies, refused.edit) != (choices.remedies, choices.edit):
            self._exam.plan_anew(choices, Told())
        self._exam.restore(results)

    def _with_probe(self, choices: Choices) -> Choices:
        """In the lab a whole message is always sent: its next hop takes any address there."""
        if choices.probe_to or self.identity.mode is not Mode.PRACTICE:
            return choices
        return replace(choices, probe_to=PRACTICE_PROBE)

    def demand_acceptable(self) -> None:
        """Refuse acceptances of what cannot be accepted. Raises UsageProblem."""
        self._suite.validate_accept(self.choices.accept, self.results)

    def accept(self, check_id: str, reason: str) -> None:
        """As Session.accept."""
        self.choose(replace(self.choices, accept={**self.choices.accept, check_id: reason}))

    def remedies(self) -> tuple[RemedyOffer, ...]:
        """As Session.remedies."""
        found = self._exam.found
        return offers(found, self.choices.remedies) if found is not None else ()

    def remedy(
        self,
        remedy_id: str,
        value: str,
        on_result: Callable[[CheckResult], None] | None = None,
    ) -> None:
        """As Session.remedy."""
        remedies = {**self.choices.remedies, remedy_id: value}
        self.choose(replace(self.choices, remedies=remedies), on_result)

    def drop_remedy(
        self, remedy_id: str, on_result: Callable[[CheckResult], None] | None = None
    ) -> None:
        """As Session.drop_remedy."""
        left = {key: value for key, value in self.choices.remedies.items() if key != remedy_id}
        self.choose(replace(self.choices, remedies=left), on_result)

    def propose(self) -> Plan:
        """As Session.propose."""
        if not self.results:
            self.check()
        self.demand_acceptable()
        if self.verdict() == "blocked":
            blocking = [r for r in self.results if r.blocks]
            if blocking[0].check_id == RECORDS and blocking[0].findings:
                first = blocking[0].findings[0]  # the others may find what that run left
                raise Refused(first.title, first.remedy)
            told = "; ".join(f"{r.check_id} ({r.outcome}): {r.title}" for r in blocking)
            raise Refused(f"The checks block: {told}", "stepdown check tells what to do.")
        assert self._exam.found is not None
        platform = detect(self._host)
        ids = {r.check_id for r in self.results if r.accepted}
        accepted = {k: v for k, v in self.choices.accept.items() if k in ids}
        self.plan = make_plan(self._host, platform, self._exam.found, self.choices, accepted)
        self.phase = Phase.PLANNED
        return self.plan

    def recommended_switch(self) -> SwitchAdvice:
        """As Session.recommended_switch."""
        try:
            no_restart = detect(self._host).why_no_restart(self._host)
        except StepdownError:
            no_restart = ""
        return advise(self.facts, no_restart, self.choices.drain)

    def previews(self) -> tuple[StepPreview, ...]:
        """As Session.previews."""
        if self.plan is None:
            return ()
        mode = Mode.PRACTICE if self.identity.mode is Mode.PRACTICE else Mode.LIVE
        return preview(self.plan, minutes_for(self.plan.choices.confirm_within, mode))

    def save_plan(self, path: str) -> None:
        """As Session.save_plan."""
        if self.plan is None:
            raise StepdownError("there is no plan to save yet")
        write_private(str(Path(path).expanduser().absolute()), encode(self.plan))

    def adopt(self, plan: Plan) -> None:
        """Take a saved plan for this host, after proving that it still fits.

        Raises Drift for another host or a host that changed, Refused where checks block now.
        """
        if plan.host_id != self.identity.host_id:
            raise Drift(
                f"the plan is for {plan.host}, this is {self.identity.host}",
                "Make a plan on this host: stepdown plan -o FILE.",
            )
        self.choices = plan.choices
        self.examine()
        try:
            now = self.propose()
        except (Refused, UsageProblem):
            raise
        except StepdownError as problem:
            raise Drift(
                f"the host is not what the plan was made for: {problem}", problem.remedy
            ) from problem
        finally:
            self.plan = plan  # never the one that nobody has reviewed
        told = difference(plan, now)
        if told:
            raise Drift(
                f"the host is not what the plan was made for: {told}",
                "Make the plan anew and review it: stepdown plan -o FILE.",
            )

    # --- running -----------------------------------------------------------------------------

    def apply(self, confirmed_host: str, confirm_within: float | None = None) -> str:
        """As Session.apply. confirm_within: minutes, overriding the plan's."""
        if self.why_not:
            raise Refused(self.why_not)
        if self.plan is None:
            raise StepdownError("there is no plan to apply")
        if confirmed_host != self.identity.host:
            raise UsageProblem(f"type the host's name, {self.identity.host}, to apply")
        refuse_while_unfinished(self.all_runs())
        plan = self.plan
        self.adopt(plan)  # it may have been on the screen for an hour
        self.phase = Phase.CONFIRMED
        given = plan.choices.confirm_within if confirm_within is None else confirm_within
        self.run = self._runs.create(plan, minutes_for(given, self.identity.mode))
        self._start(self.run, "apply")
        return self.run

    # --- proving -----------------------------------------------------------------------------

    def verify(self, probe_to: str = "") -> Iterator[Event]:
        """As Session.verify."""
        if self.identity.mode is Mode.REVIEW:
            raise Refused(self.why_not)
        platform = detect(self._host)
        probe_to = probe_to or self.choices.probe_to
        target = target_of(self._host, platform, probe_to, latest(self._runs))
        return prove(self._host, platform, target)

    def write_packet(self, path: str) -> None:
        """As Session.write_packet."""
        from wizard.report.build import report_of_plan
        from wizard.report.sources import report_on
        from wizard.report.write import titles_of, write_report

        titles = titles_of(self.checks())
        if self.run:
            write_report(report_on(self.run, titles, self._runs), path)
        elif self.plan is not None:
            write_report(report_of_plan(self.plan, titles), path)
        else:
            raise StepdownError("there is neither a plan nor a run to report on")
