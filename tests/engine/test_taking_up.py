"""What a run that goes on does once more, on the recorded relay's plan."""

from __future__ import annotations

import pytest

from wizard.composition import RECORDED, Checks
from wizard.engine.taking_up import Keys, without_signal, without_stop
from wizard.engine_session import EngineSession
from wizard.host.bundle import BundleHost
from wizard.plans import Choices, Plan
from wizard.runs import Runs

SIGNAL = ("service-start", 0)
WAIT = ("service-start", 1)


@pytest.fixture(scope="module")
def plan() -> Plan:
    choices = Choices(switch="reload")
    return EngineSession(BundleHost.load(str(RECORDED)), Checks(), Runs("/none"), choices).propose()


def every(plan: Plan) -> Keys:
    return frozenset((step.id, i) for step in plan.steps for i, _op in enumerate(step.ops))


def test_a_daemon_that_was_not_waited_for_is_told_again(plan: Plan) -> None:
    """Its wait looks for a pid file that was written since the signal."""
    done = every(plan) - {WAIT}
    assert done - without_signal(plan, done) == {SIGNAL}


def test_one_that_was_waited_for_is_left_alone(plan: Plan) -> None:
    assert without_signal(plan, every(plan)) == every(plan)


def test_a_stop_is_done_again_wholly(plan: Plan) -> None:
    done = every(plan) | {("service-stop", 0), ("service-stop", 1)}
    assert without_stop(done) == {key for key in every(plan) if key[0] != "service-stop"}
