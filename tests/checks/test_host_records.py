from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, skips, unknown
from tests.checks.healthy import healthy
from wizard.api import Subject
from wizard.model import Identity, Mode, Phase, Severity
from wizard.run_status import RunStatus, Standing
from wizard.runs import Runs
from wizard.standing import in_the_way, standing

CHECK = "host.records"
PLACE = "/var/lib/stepdown"
RUN = "20261122T073001Z-7f3a9c1e"
REVIEWER = Identity("relay1.example.net", "0" * 16, 1000, "hal", Mode.REVIEW)


def left(*, run: str = "", problem: str = "", unseen: str = "") -> Subject:
    """A healthy host with something left of an earlier run."""
    found = Standing(
        PLACE,
        run and f"Run {run} of 2026-11-22 07:30 is unfinished (applying)",
        (f"{PLACE}/runs/{run}  applying",),
        "It was being applied, so the host is half-way.",
        f"First: stepdown rollback {run}.",
        problem,
        unseen,
    )
    return replace(healthy(), standing=found)


CASES = (
    passes("no run", healthy(), "No earlier run"),
    finds("unfinished", left(run=RUN), Severity.BLOCKER, RUN, "half-way", f"rollback {RUN}"),
    finds("a link", left(problem=f"{PLACE} is a symbolic link"), Severity.BLOCKER, "link", PLACE),
    unknown("not root", left(unseen="only root can see it"), "only root", "as root"),
    skips("a review", healthy(identity=REVIEWER), "on the host"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_records(case: Case) -> None:
    judge(CHECK, case)


def status(phase: Phase, *, alive: bool = False, unfinished: bool = False) -> RunStatus:
    return RunStatus(f"{phase}", phase, alive, unfinished, 0.0, "7f3a9c1e")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((), ""),
        ((status(Phase.DONE), status(Phase.PLANNED)), ""),
        ((status(Phase.APPLYING, unfinished=True), status(Phase.DONE)), "applying"),
        ((status(Phase.VERIFYING, alive=True),), "verifying"),
        ((status(Phase.NEEDS_ATTENTION), status(Phase.PLANNED)), "needs-attention"),
        ((status(Phase.NEEDS_ATTENTION), status(Phase.DONE)), ""),
    ],
)
def test_which_run_stands_in_the_way(rows: tuple[RunStatus, ...], found: str) -> None:
    one = in_the_way(rows)
    assert (one.run if one else "") == found


class Left(Runs):
    """One run, of this status."""

    def __init__(self, place: Path, left: RunStatus) -> None:
        super().__init__(str(place))
        self.left = left

    def names(self) -> list[str]:
        return [self.left.run]

    def status(self, run: str) -> RunStatus:
        assert run == self.left.run
        return self.left


@pytest.mark.parametrize(
    ("left", "title", "ways"),
    [
        (
            RunStatus(RUN, Phase.APPLYING, False, True, 0.0, "7f", resumable=True),
            "is unfinished (applying)",
            (f"stepdown resume {RUN} (goes on)", f"stepdown rollback {RUN} (undoes it)"),
        ),
        (
            RunStatus(RUN, Phase.ROLLING_BACK, False, True, 0.0, "7f"),
            "is unfinished (rolling-back)",
            (f"First: stepdown rollback {RUN}.",),
        ),
        (
            RunStatus(RUN, Phase.NEEDS_ATTENTION, False, False, 0.0, "7f"),
            "was not undone wholly",
            (f"First: stepdown rollback {RUN}.",),
        ),
        (
            RunStatus(RUN, Phase.AWAITING_CONFIRMATION, False, True, 0.0, "7f", resumable=True),
            "is unfinished (awaiting-confirmation)",
            (f"stepdown confirm {RUN} (keeps it)", f"stepdown rollback {RUN}"),
        ),
        (
            RunStatus(RUN, Phase.VERIFYING, True, False, 0.0, "7f"),
            "is at work (verifying)",
            (f"stepdown attach {RUN}",),
        ),
        (
            RunStatus(RUN, Phase.AWAITING_CONFIRMATION, True, False, 0.0, "7f"),
            "is at work (awaiting-confirmation)",
            (f"stepdown confirm {RUN}", f"stepdown rollback {RUN}"),
        ),
    ],
)
def test_a_run_is_named_with_its_ways_out(
    tmp_path: Path, left: RunStatus, title: str, ways: tuple[str, ...]
) -> None:
    told = standing(Left(tmp_path / "state", left), 0)
    assert told.run.startswith(f"Run {RUN} of 19")
    assert title in told.run
    for way in ways:
        assert way in told.remedy
    assert told.why


def test_records_that_are_not_ours_are_not_used(tmp_path: Path) -> None:
    """A directory that is not there yet is fine; runs/ below it is looked at too."""
    place = tmp_path / "state"
    runs = Runs(str(place))
    assert not standing(runs, 0).problem
    place.mkdir(mode=0o700)
    (place / "runs").mkdir()
    (place / "runs").chmod(0o770)
    assert f"{place}/runs is not a directory that only uid" in standing(runs, 0).problem
    assert "mode 0770" in standing(runs, 0).problem
    assert "only root can see" in standing(runs, 1000).unseen
