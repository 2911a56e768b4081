"""The facade that every front end uses: full screen, line mode, headless.

A front end holds no migration state and enforces no rule: it asks the session, shows what it
holds, and follows the run's journal. All methods block; screens call them from workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event as Flag
from typing import Literal, Protocol

from wizard.api import Check
from wizard.diff import StepPreview
from wizard.events import Event
from wizard.facts.model import Facts
from wizard.model import CheckResult, Identity, Phase, Process
from wizard.plans import Choices, Plan
from wizard.remedies.base import RemedyOffer
from wizard.run_status import RunStatus
from wizard.switch_advice import SwitchAdvice


class Session(Protocol):
    """One sitting: EngineSession on a host, a rehearsal in the tests of the screens."""

    identity: Identity
    phase: Phase
    choices: Choices
    plan: Plan | None
    run: str
    "Id of the run that is being followed; empty before apply."
    can_apply: bool
    "False for a recorded host, a plan under review, or without root; why_not says why."
    why_not: str

    @property
    def facts(self) -> Facts | None:
        """What is known; of the host as its remedies will leave it, where some were taken."""

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """How the checks ended, in their order; none until all have."""

    def gather(self, tell: Callable[[str], None] | None = None) -> Facts:
        """Gather all facts, telling what is looked at. What was checked before is dropped."""

    def check(
        self, on_result: Callable[[CheckResult], None] | None = None
    ) -> tuple[CheckResult, ...]:
        """Judge the facts, telling each result as it comes."""

    def checks(self) -> tuple[Check, ...]:
        """Every check, in the order in which results are shown."""

    def examine(
        self,
        tell: Callable[[str], None] | None = None,
        on_result: Callable[[CheckResult], None] | None = None,
        on_facts: Callable[[Facts], None] | None = None,
    ) -> tuple[CheckResult, ...]:
        """Gather all facts afresh and judge them: each check as soon as its facts are there.

        on_facts is told all that is known so far, whenever one more fact is.
        """

    def recheck(
        self, check_id: str, on_result: Callable[[CheckResult], None] | None = None
    ) -> tuple[CheckResult, ...]:
        """Ask anew for what one check looks at, and judge again all that it touches.

        Raises UsageProblem for a check that does not exist.
        """

    def verdict(self) -> Literal["ready", "blocked"]:
        """`blocked` while one result blocks or nothing was checked."""

    def choose(self, choices: Choices) -> None:
        """Takes new choices; what was planned before is dropped. Raises UsageProblem."""

    def accept(self, check_id: str, reason: str) -> None:
        """Accept an overridable finding. Raises UsageProblem for any other."""

    def remedies(self) -> tuple[RemedyOffer, ...]:
        """What can be put right as part of the plan, taken or not."""

    def remedy(
        self,
        remedy_id: str,
        value: str,
        on_result: Callable[[CheckResult], None] | None = None,
    ) -> None:
        """Take a remedy into the plan; the checks judge the planned host anew, telling each.

        Raises UsageProblem for a value that cannot be, Refused for a remedy that cannot.
        """

    def drop_remedy(
        self, remedy_id: str, on_result: Callable[[CheckResult], None] | None = None
    ) -> None:
        """Take it out of the plan again; the checks judge anew, telling each."""

    def propose(self) -> Plan:
        """Plan the migration. Raises Refused where checks block, StepdownError otherwise."""

    def recommended_switch(self) -> SwitchAdvice:
        """Which switch is recommended on this host, and why; how long each would take."""

    def previews(self) -> tuple[StepPreview, ...]:
        """The plan told in full; empty where there is none."""

    def save_plan(self, path: str) -> None:
        """Write the sealed plan, readable by its owner only. Raises StepdownError."""

    def write_packet(self, path: str) -> None:
        """Write the change packet of the run, or of the plan where nothing ran yet.

        The ending of the path says how: .html, .md or .json. Raises StepdownError.
        """

    def apply(self, confirmed_host: str) -> str:
        """Seal the plan and start the engine. On a LIVE host confirmed_host must be the name."""

    def follow(self, run: str = "", *, stop: Flag | None = None) -> Iterator[Event]:
        """The run's events from its beginning, ending when the run has finished or stop is set."""

    def stop(self) -> None:
        """Ask the engine to finish the current operation, then roll back."""

    def end_drain(self) -> None:
        """Wait no longer for open sessions: the drain under way ends now."""

    def resume(self, run: str = "") -> str:
        """Go on with an unfinished run where its engine was killed; follow() shows it.

        Raises StepdownError for a run that cannot be resumed (RunStatus.resumable).
        """

    def confirm(self, run: str = "") -> None:
        """Keep the change."""

    def rollback(self, run: str = "") -> str:
        """Undo a finished or broken run through an engine of its own; follow() shows it."""

    def verify(self, probe_to: str = "") -> Iterator[Event]:
        """Prove the host as it is now, live: SmtpLine, ProcessTable and Proof events."""

    def processes(self) -> tuple[Process, ...]:
        """Sendmail's processes at this moment; none where the host cannot be asked now."""

    def runs(self) -> tuple[RunStatus, ...]:
        """All runs, oldest first."""


__all__ = ["RunStatus", "Session"]
