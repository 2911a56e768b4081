"""Setting the timer and taking it away, on paper; and what confirm says."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer as Later
from typing import cast

import pytest
from msgspec.structs import replace

from tests.facts.paper_host import PaperHost, link, text
from wizard import journal
from wizard.composition import RECORDED, Checks
from wizard.deadman import confirming
from wizard.deadman.arming import arm, disarm, is_armed, see_through
from wizard.deadman.confirming import keep, waiting
from wizard.deadman.default import minutes_for
from wizard.deadman.layout import (
    CRONTAB,
    SERVICE,
    TIMER,
    TIMER_STEP,
    UNITS,
    Timer,
    moment,
    planned,
)
from wizard.diff import preview
from wizard.engine_session import EngineSession
from wizard.errors import Refused, StepdownError
from wizard.events import JournalRecord, OpState, PhaseChanged
from wizard.host.base import HostWriter
from wizard.host.bundle import BundleHost
from wizard.journal import Journal
from wizard.model import FileState, Kind, Mode, Phase
from wizard.plans import Command, Completed, Plan
from wizard.run_control import follow_run, refuse_while_unfinished
from wizard.runs import RESERVE, Runs

RUN = "20990101T000000Z-0badcafe"
PLACE = f"/var/lib/stepdown/runs/{RUN}"
SOON = 4_000_000_000
UNIT_FILES = (f"{UNITS}/{SERVICE}", f"{UNITS}/{TIMER}")


class Host(PaperHost):
    """Takes down what is written, removed and run."""

    def __init__(self, files: dict[str, FileState] | None = None) -> None:
        super().__init__(files)
        self.ran: list[str] = []
        self.codes: dict[str, int] = {}

    def put(self, path: str, content: bytes, *, uid: int, gid: int, mode: int) -> None:
        assert (uid, gid) == (0, 0)
        self.files[path] = FileState(Kind.FILE, mode, content=content)

    def restore(self, path: str, state: FileState) -> None:
        assert state.kind is Kind.ABSENT
        self.files.pop(path, None)

    def run(self, command: Command, line: Callable[[str], None], *, mark: str = "") -> Completed:
        self.ran.append(str(command))
        return Completed(self.codes.get(str(command), 0))


def quiet(_text: str) -> None:
    """Nobody listens."""


def armed(host: Host, *, systemd: bool, run: str = RUN, deadline: int = SOON) -> Timer:
    timer = Timer(run, f"/var/lib/stepdown/runs/{run}", 25, systemd)
    arm(cast(HostWriter, host), timer, deadline, quiet)
    return timer


def taken_away(host: Host, run: str = RUN) -> list[str]:
    return disarm(cast(HostWriter, host), run, f"/var/lib/stepdown/runs/{run}", quiet)


@pytest.mark.parametrize("systemd", [True, False])
def test_what_is_set_is_what_the_preview_shows(systemd: bool) -> None:
    host = Host()
    armed(host, systemd=systemd)
    shown = planned(25, systemd=systemd)
    files = {one.path.replace("RUN", RUN): one for one in shown.shown_files()}
    assert set(host.files) == set(files)
    for path, one in files.items():
        time_told = moment(SOON) if path.startswith("/etc") else str(SOON)
        wanted = one.content.decode().replace("/RUN", f"/{RUN}").replace("Run RUN.", f"Run {RUN}.")
        assert host.files[path].text() == wanted.replace("DEADLINE", time_told)
        assert host.files[path].mode == one.mode
    assert host.ran == [str(one.command).replace("RUN", RUN) for one in shown.setting()]


@pytest.mark.parametrize("systemd", [True, False])
def test_nothing_is_left_of_it(systemd: bool) -> None:
    host = Host()
    timer = armed(host, systemd=systemd)
    assert is_armed(cast(HostWriter, host), RUN, PLACE)
    assert taken_away(host) == []
    assert set(host.files) == {timer.script}, "which does nothing without its deadline"
    assert not is_armed(cast(HostWriter, host), RUN, PLACE)
    ran = list(host.ran)
    assert taken_away(host) == []
    assert host.ran == ran, "what is not there is not taken away"


@pytest.mark.parametrize("path", [*UNIT_FILES, CRONTAB])
def test_what_a_killed_write_left_goes_too(path: str) -> None:
    directory, _slash, name = path.rpartition("/")
    host = Host({f"{directory}/.{name}.stepdown-new": text("# half")})
    assert is_armed(cast(HostWriter, host), RUN, PLACE)
    assert taken_away(host) == []
    assert host.files == {}


def test_it_is_set_anew() -> None:
    host = Host()
    armed(host, systemd=True)
    armed(host, systemd=True, deadline=SOON + 600)
    assert moment(SOON + 600) in host.files[f"{UNITS}/{TIMER}"].text()
    assert host.files[f"{PLACE}/deadline"].text() == f"{SOON + 600}\n"
    assert host.ran[-1].endswith(f"restart {TIMER}")


def test_a_deadline_that_has_passed_by_then_is_not_missed() -> None:
    host = Host()
    armed(host, systemd=True, deadline=int(time.time()))
    assert host.ran[-1].endswith(f"start {SERVICE}")


@pytest.mark.parametrize("path", [*UNIT_FILES, CRONTAB])
def test_a_file_that_is_not_ours_is_neither_overwritten_nor_removed(path: str) -> None:
    host = Host({path: text("# somebody else's\n")})
    with pytest.raises(StepdownError, match="not ours"):
        armed(host, systemd=path != CRONTAB)
    taken_away(host)
    assert host.files[path].text() == "# somebody else's\n"


@pytest.mark.parametrize("systemd", [True, False])
def test_another_runs_timer_stays(systemd: bool) -> None:
    host = Host()
    armed(host, systemd=systemd, run="20990101T000000Z-another1")
    before = dict(host.files)
    assert taken_away(host) == []
    assert host.files == before


def test_a_timer_that_cannot_be_set_is_no_timer() -> None:
    host = Host()
    host.codes[f"/usr/bin/systemctl restart {TIMER}"] = 1
    with pytest.raises(StepdownError, match="ended with code 1"):
        armed(host, systemd=True)


def test_a_command_that_fails_keeps_no_file_from_being_removed() -> None:
    host = Host()
    armed(host, systemd=True)
    host.codes["/usr/bin/systemctl daemon-reload"] = 1
    assert taken_away(host) == ["/usr/bin/systemctl daemon-reload ended with code 1"]
    assert not set(UNIT_FILES) & set(host.files)


# --- a rollback that began without one -----------------------------------------------------------


@pytest.mark.parametrize("systemd", [True, False])
def test_a_rollback_has_it_set_for_now(systemd: bool) -> None:
    host = Host()
    timer = Timer(RUN, PLACE, 25, systemd)
    see_through(cast(HostWriter, host), timer, quiet)
    assert set(host.files) == {*timer.host_paths(), timer.script, f"{PLACE}/deadline"}
    assert int(host.files[f"{PLACE}/deadline"].text()) <= time.time()
    wanted = (*timer.setting(), *timer.late(), *timer.keeping())
    assert host.ran == [str(one.command) for one in wanted]
    assert taken_away(host) == []
    assert set(host.files) == {timer.script}


@pytest.mark.parametrize("systemd", [True, False])
def test_one_that_is_set_for_later_is_only_given_another_deadline(systemd: bool) -> None:
    """The relay may be down by then."""
    host = Host()
    timer = armed(host, systemd=systemd)
    for path in timer.links():
        host.files[path] = link(timer.host_paths()[0])
    before, ran = dict(host.files), len(host.ran)
    see_through(cast(HostWriter, host), timer, quiet)
    assert host.files.pop(f"{PLACE}/deadline") != before.pop(f"{PLACE}/deadline")
    assert host.files == before
    starting = timer.late() or timer.setting()
    assert host.ran[ran:] == [str(one.command) for one in starting]


@pytest.mark.parametrize("systemd", [True, False])
def test_another_runs_is_not_taken_for_it(systemd: bool) -> None:
    host = Host()
    armed(host, systemd=systemd, run="20990101T000000Z-another1")
    before, ran = dict(host.files), list(host.ran)
    with pytest.raises(StepdownError, match="another run's"):
        see_through(cast(HostWriter, host), Timer(RUN, PLACE, 25, systemd), quiet)
    assert (host.files, host.ran) == (before, ran)


def test_where_systemd_does_not_take_it_the_script_waits_until_a_boot() -> None:
    host = Host()
    timer = Timer(RUN, PLACE, 25, systemd=True)
    host.codes["/usr/bin/systemctl daemon-reload"] = 1
    with pytest.raises(StepdownError, match="ended with code 1"):
        see_through(cast(HostWriter, host), timer, quiet)
    assert host.ran[-1] == str(timer.apart().command)


@pytest.mark.parametrize("place", ["/a b", "/a%b", '/a"b', "/a$b", "relative"])
def test_a_path_that_a_unit_file_would_not_take(place: str) -> None:
    timer = Timer(RUN, place, 25, systemd=True)
    host = Host()
    with pytest.raises(StepdownError, match="cannot stand in a unit file"):
        arm(cast(HostWriter, host), timer, SOON, quiet)
    assert host.files == {}


@pytest.mark.parametrize(
    ("given", "mode", "minutes"),
    [
        (None, Mode.LIVE, 10.0),
        (None, Mode.PRACTICE, 0.0),
        (0.0, Mode.LIVE, 0.0),
        (3.0, Mode.PRACTICE, 3.0),
    ],
)
def test_the_default(given: float | None, mode: Mode, minutes: float) -> None:
    assert minutes_for(given, mode) == minutes


# --- the preview and confirm, on the recorded plan ----------------------------------------------


@pytest.fixture(scope="module")
def plan() -> Plan:
    session = EngineSession(BundleHost.load(str(RECORDED)), Checks(), Runs("/nonexistent"))
    return session.propose()


def test_the_preview_begins_with_it(plan: Plan) -> None:
    first, *rest = preview(plan)
    assert first.step.id == TIMER_STEP
    assert [one.step.id for one in rest] == [step.id for step in plan.steps]
    assert [one.path for one in first.files][:2] == list(UNIT_FILES)
    assert "DEADLINE" in first.files[1].after
    assert first.undo
    never = replace(plan, choices=replace(plan.choices, confirm_within=0.0))
    assert [one.step.id for one in preview(never)] == [step.id for step in plan.steps]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(str(tmp_path))


def waits(runs: Runs, plan: Plan, deadline: float) -> str:
    """A run whose engine is gone, and that waits to be confirmed."""
    run = runs.create(plan, 5.0)
    told = Journal(runs.path(run))
    told.add(JournalRecord(0, 0.0, plan.digest, plan.steps[0].id, 0, OpState.INTENT))
    told.add(PhaseChanged(0, 0.0, Phase.AWAITING_CONFIRMATION, deadline=deadline))
    told.close()
    return run


def last(runs: Runs, run: str) -> Phase:
    found = journal.phase_of(journal.read(runs.path(run)))
    assert found is not None
    return found.phase


def test_no_run_waits(runs: Runs) -> None:
    with pytest.raises(StepdownError, match="no run waits"):
        waiting(runs)


def test_a_run_without_its_engine_is_kept(runs: Runs, plan: Plan) -> None:
    run = waits(runs, plan, time.time() + 60)
    assert waiting(runs) == run
    keep(runs, run)
    assert last(runs, run) is Phase.DONE
    with pytest.raises(StepdownError, match="waits for no confirmation: it is done"):
        keep(runs, run)


def test_too_late(runs: Runs, plan: Plan) -> None:
    run = waits(runs, plan, time.time() - 1)
    with pytest.raises(StepdownError, match="too late"):
        keep(runs, run)
    assert last(runs, run) is Phase.AWAITING_CONFIRMATION


def test_the_rollback_was_quicker(runs: Runs, plan: Plan) -> None:
    run = waits(runs, plan, time.time() + 60)
    told = Journal(runs.path(run))

    def undone() -> None:
        told.add(PhaseChanged(0, 0.0, Phase.ROLLING_BACK, "Nobody confirmed"))

    with runs.lock(run):
        later = Later(0.3, undone)
        later.start()
        with pytest.raises(StepdownError, match=r"too late.*Nobody confirmed"):
            keep(runs, run)
        later.join()


def test_an_engine_that_does_not_answer(
    runs: Runs, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "ANSWER", 0.3)
    run = waits(runs, plan, time.time() + 60)
    with runs.lock(run):
        with pytest.raises(StepdownError, match="does not answer; it is NOT confirmed"):
            keep(runs, run)
    assert not runs.asked(run, "confirm"), "it must not be kept later, behind the admin's back"


# --- what stands in the way -----------------------------------------------------------------------


def test_nothing_is_begun_on_a_host_that_was_not_wholly_undone(runs: Runs, plan: Plan) -> None:
    """What it would keep as the state before is half-way."""
    run = runs.create(plan)
    told = Journal(runs.path(run))
    told.add(PhaseChanged(0, 0.0, Phase.NEEDS_ATTENTION, "Not everything was undone", code=6))
    told.close()
    with pytest.raises(Refused, match="not undone wholly") as refused:
        refuse_while_unfinished([runs.status(run)])
    assert f"stepdown rollback {run}" in refused.value.remedy
    later = replace(runs.status(run), run="later", phase=Phase.DONE)
    refuse_while_unfinished([runs.status(run), later])  # somebody has seen to it since


def test_a_reserve_that_cannot_be_given_up_keeps_nothing_from_being_undone(
    runs: Runs, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that has become read-only meanwhile."""
    run = runs.create(plan)

    def refused(path: Path, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "unlink", refused)
    runs.release_reserve(run)
    assert (runs.path(run) / RESERVE).exists()


def test_a_clock_that_was_set_back_holds_up_nobody_who_follows(runs: Runs, plan: Plan) -> None:
    run = waits(runs, plan, time.time() + 60)
    hour_ahead = time.time() + 3600
    os.utime(runs.path(run), (hour_ahead, hour_ahead))
    assert [type(event) for event in follow_run(runs, run, None)][-1] is PhaseChanged
