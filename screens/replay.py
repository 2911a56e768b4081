"""A recorded relay and a recorded run, shown as if they were here: for pictures and for tests.

The host, the checks and the plan are the real ones over the recording that ships with the
program; only what would change a host is replaced by the journal of a run that took place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event as Flag
from time import gmtime, strftime

import msgspec
from msgspec.structs import replace

from wizard import journal
from wizard.composition import RECORDED, Checks
from wizard.engine_session import EngineSession
from wizard.errors import UsageProblem
from wizard.events import Event, PhaseChanged, Sessions
from wizard.host.bundle import BundleHost
from wizard.model import Mode, Phase, Process
from wizard.plans import Choices, Plan
from wizard.run_status import RunStatus
from wizard.runs import Runs

RUN = RECORDED.parent / "run"
"Directory of the recorded run."

Cut = Callable[[Event], bool]
"True for the event after which the run stands still."


def at_phase(phase: Phase) -> Cut:
    """Stand still once this phase is entered."""
    return lambda event: isinstance(event, PhaseChanged) and event.phase is phase


def in_step(step: str) -> Cut:
    """Stand still when this step begins."""
    return lambda event: getattr(event, "step", "") == step


def waits_for_sessions(event: Event) -> bool:
    """Stand still while a drain waits for somebody."""
    return isinstance(event, Sessions) and bool(event.rows)


def recorded_plan() -> Plan:
    """The plan of the recorded run."""
    return msgspec.json.decode((RUN / "plan.json").read_bytes(), type=Plan)


class Replay(EngineSession):
    """A session on the recorded relay whose run is the recorded one, up to a cut."""

    def __init__(self, cut: Cut | None = None, *, dead: bool = False) -> None:
        choices = Choices(probe_to="probe@example.org", confirm_within=10.0)
        super().__init__(BundleHost.load(str(RECORDED)), Checks(), Runs(), choices)
        self.identity = replace(self.identity, mode=Mode.LIVE, scenario="")
        self.can_apply, self.why_not = True, ""
        self.cut = cut
        self.dead = dead
        "The engine was killed at the cut: recovery is due."
        self.told_all = Flag()
        "Set once the run stands still or has ended."

    def events(self) -> list[Event]:
        """The recorded events up to the cut."""
        out: list[Event] = []
        for event in journal.Reader(RUN, foreign=True).new_events():
            out.append(event)
            if self.cut is not None and self.cut(event):
                break
        return out

    @property
    def now(self) -> float:
        """A moment after the last event: what the clock shows while the run stands still."""
        return self.events()[-1].time + 0.3

    def propose(self) -> Plan:
        """The plan of the recorded run, so that plan and run are about the same steps.

        It is only shown, so its seal is not asked for: a newer program may seal otherwise.
        """
        super().propose()
        self.plan = recorded_plan()
        return self.plan

    def apply(self, confirmed_host: str, confirm_within: float | None = None) -> str:
        """Nothing is started; the recorded run is there already."""
        if confirmed_host != self.identity.host:
            raise UsageProblem(f"type the host's name, {self.identity.host}, to apply")
        self.run = self._name()
        return self.run

    def _name(self) -> str:
        """As the run was called: its time and its plan."""
        stamp = strftime("%Y%m%dT%H%M%SZ", gmtime(self.events()[0].time))
        return f"{stamp}-{recorded_plan().digest[:8]}"

    @property
    def reaches_cut(self) -> bool:
        """Whether the record has the moment at which it is to stand still."""
        return self.cut is None or self.cut(self.events()[-1])

    def follow(self, run: str = "", *, stop: Flag | None = None) -> Iterator[Event]:
        """The recorded events; where they were cut the run stands still until stop is set."""
        self.told_all.clear()
        self.plan = self.plan or recorded_plan()
        for event in self.events():
            if isinstance(event, PhaseChanged):
                self.phase = event.phase
            yield event
        self.told_all.set()
        while not (self.dead or self.phase.finished or stop is None or stop.wait(0.1)):
            pass

    def processes(self) -> tuple[Process, ...]:
        """Those of the record are told by its events."""
        return ()

    def runs(self) -> tuple[RunStatus, ...]:
        """No earlier run, but the one that was killed where recovery is due."""
        if not self.dead:
            return ()
        begun = self.events()[0].time
        return (RunStatus(self._name(), Phase.APPLYING, False, True, begun, "", resumable=True),)
