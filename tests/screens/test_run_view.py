"""A run told by its events: states, rates, clocks."""

from __future__ import annotations

import pytest

from screens.run_view import RunView
from screens.step_view import StepState
from screens.words import clock, count, duration
from tests.screens import canned_plan, canned_run
from wizard.events import Event, JournalRecord, OpState, Outage, Output
from wizard.model import Phase


def told(events: list[Event], planned: bool = True) -> RunView:
    view = RunView.of(canned_plan.plan() if planned else None)
    for event in events:
        view.take(event)
    return view


def states(view: RunView) -> set[StepState]:
    return {step.state for step in view.steps.values()}


def test_all_steps_done() -> None:
    assert states(told(list(canned_run.applying()))) == {StepState.DONE}


def test_a_step_under_way() -> None:
    view = told(list(canned_run.applying("queue.first-pass")))
    assert view.current is not None and view.current.id == "queue.first-pass"
    assert view.finished_steps == 3
    assert view.rate("queue.first-pass") == pytest.approx(24_529, abs=1)
    assert view.rate("account.group") == 0


def test_undone() -> None:
    view = told(list(canned_run.undone()))
    assert view.phase is Phase.ROLLED_BACK and view.code == 5
    assert states(view) == {StepState.UNDONE}


def test_what_changes_nothing_need_not_be_undone() -> None:
    view = RunView.of(canned_plan.plan())
    for number, state in ((0, OpState.DONE), (1, OpState.DONE), (0, OpState.UNDONE)):
        view.take(JournalRecord(1, 1.0, "", "switch.reload", number, state))
    assert view.steps["switch.reload"].state is StepState.UNDONE


def test_a_plan_that_is_learned_late_gives_the_titles() -> None:
    view = told(list(canned_run.applying("maps.group")), planned=False)
    assert view.steps["maps.group"].title == "Maps: group"
    view.learn(canned_plan.plan())
    assert view.steps["maps.group"].title == "/etc/mail group and set-gid"
    assert view.steps["stay.guard"].state is StepState.WAITING
    assert list(view.steps) == [step.id for step in canned_plan.plan().steps]


def test_the_outage_clock_runs_on_until_it_is_over() -> None:
    view = RunView()
    assert view.outage_seconds(5.0) == 0
    view.take(Outage(1, 10.0, 0.5, False))
    assert view.outage_seconds(12.0) == 2.5
    view.take(Outage(2, 13.0, 3.4, True))
    assert view.outage_seconds(99.0) == 3.4


def test_the_child_that_served_stays_in_the_picture() -> None:
    view = told(list(canned_run.proving()))
    assert view.table is not None and view.served is not None
    assert view.served.serving == 31878
    view.forget_proofs()
    assert view.served is None and not view.proofs and not view.smtp


def test_a_long_log_is_cut_at_its_beginning() -> None:
    view = RunView()
    for number in range(6000):
        view.take(Output(number, 1.0, "x", str(number)))
    assert len(view.log) <= 5000
    assert view.log[-1][2] == "5999"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 ms"), (0.019, "19 ms"), (0.9999, "1.0 s"), (2.07, "2.1 s"), (125, "2 min 05 s")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_clocks_and_counts() -> None:
    assert clock(552.9) == "9:12" and clock(-4) == "0:00"
    assert count(1, "file") == "1 file"
    assert count(41207, "queue entry", "queue entries") == "41,207 queue entries"
