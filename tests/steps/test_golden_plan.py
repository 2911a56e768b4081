"""The whole plan for the recorded relay, as text. A change of a step shows here, for review.

STEPDOWN_GOLDEN=write pytest tests/steps/test_golden_plan.py   writes it anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from wizard.composition import RECORDED, open_session
from wizard.diff import preview
from wizard.host.base import NotRecorded
from wizard.plan_text import plan_lines
from wizard.plans import Choices, Plan
from wizard.steps.registry import definitions

GOLDEN = Path(__file__).parent / "golden"
MOMENT = re.compile(r"(built by \S+ on ).*$|^(Plan )[0-9a-f]{8}", re.MULTILINE)

CHOICES = {
    "relay": Choices(probe_to="probe@example.org"),
    "relay-edit-cf": Choices(edit="cf"),
    "relay-own-names": Choices("relay", "relays", 433, 434),
}


def plan_for(choices: Choices) -> Plan:
    """The plan for the recorded relay; a question that was not recorded would fail it."""
    session = open_session(bundle=str(RECORDED))
    session.choose(choices)
    return session.propose()


def told(plan: Plan) -> str:
    """As `stepdown plan` tells it, but for moments and digests."""
    text = "\n".join(plan_lines(plan, preview(plan))) + "\n"
    return MOMENT.sub(lambda found: f"{found[1] or found[2]}...", text)


@pytest.mark.parametrize("name", ["relay"])
def test_the_golden_plan(name: str) -> None:
    path = GOLDEN / f"{name}.txt"
    now = told(plan_for(CHOICES[name]))
    if os.environ.get("STEPDOWN_GOLDEN") == "write":
        path.write_text(now)
    assert now == path.read_text()


def test_the_order_of_the_steps_is_the_recipes() -> None:
    order = [one.id for one in definitions()]
    planned = [step.id for step in plan_for(CHOICES["relay"]).steps]
    assert planned == [name for name in order if name in planned]
    for earlier, later in (
        ("account-group", "account-user"),
        ("account-user", "candidate-maps"),
        ("candidate-maps", "service-stop"),
        ("service-stop", "queue-owner"),
        ("queue-owner", "config-cf"),
        ("config-mc", "config-cf"),
        ("config-cf", "service-start"),
    ):
        assert order.index(earlier) < order.index(later), (earlier, later)


def test_every_step_says_why_and_can_be_undone() -> None:
    plan = plan_for(CHOICES["relay"])
    for step in plan.steps:
        assert len(step.why) > 30, step.id
        assert step.undoable, step.id


def test_the_same_host_and_choices_give_the_same_plan() -> None:
    assert plan_for(CHOICES["relay"]) == plan_for(CHOICES["relay"])


def test_editing_the_cf_leaves_the_mc_alone() -> None:
    plan = plan_for(CHOICES["relay-edit-cf"])
    assert "config-mc" not in [step.id for step in plan.steps]
    assert "is left as it is" in told(plan)


def test_what_was_not_recorded_is_refused_and_never_guessed() -> None:
    """m4 was asked for the default names only."""
    with pytest.raises(NotRecorded, match="m4"):
        plan_for(CHOICES["relay-own-names"])
