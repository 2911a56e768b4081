"""Where a report comes from: a sealed plan in a file, or a run in the state directory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from wizard import journal
from wizard.errors import Drift, StepdownError
from wizard.events import Event
from wizard.plan_file import decode
from wizard.plans import Plan
from wizard.report.build import report_of_plan, report_of_run
from wizard.report.model import Report
from wizard.runs import Runs

RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]+")
"How a run's id looks; a file of such a name is written ./NAME."
MAKE = "stepdown plan -o FILE makes a plan; stepdown status lists the runs."


def report_on(what: str, titles: Mapping[str, str], runs: Runs | None = None) -> Report:
    """The report on a plan file or a run's id. Raises StepdownError that names it.

    titles: what each check asks and each remedy does, by id.
    """
    if RUN.fullmatch(what):
        return _of_run(runs or Runs(), what, titles)
    return report_of_plan(_plan_file(what), titles)


def _plan_file(path: str) -> Plan:
    try:
        return decode(Path(path).read_bytes(), path)
    except FileNotFoundError as problem:
        raise StepdownError(f"{path}: neither a plan file nor a run's id", MAKE) from problem
    except OSError as problem:
        raise StepdownError(f"{path}: {problem.strerror}", MAKE) from problem


def _of_run(runs: Runs, run: str, titles: Mapping[str, str]) -> Report:
    try:
        place = runs.path(run)
        status = runs.status(run)
        events, unread = _journal(place)
        plan, sealed = _sealed_plan(place / "plan.json")
        minutes = runs.confirm_within(run)
    except PermissionError as problem:
        raise StepdownError(f"run {run}: {problem.strerror}", "Run as root.") from problem
    except (OSError, ValueError) as problem:
        raise StepdownError(f"run {run}: {problem}", MAKE) from problem
    plan = replace(plan, choices=replace(plan.choices, confirm_within=minutes or 0.0))
    return report_of_run(plan, titles, status, events, unread=unread, sealed=sealed)


def _journal(place: Path) -> tuple[list[Event], int]:
    """A run's events, and how many whole lines of its journal are none. No journal: no events.

    Lines are counted first: a run that goes on meanwhile only adds events.
    """
    path = place / journal.NAME
    lines = path.read_bytes().count(b"\n") if path.exists() else 0
    events = journal.Reader(place).new_events()
    return events, max(0, lines - len(events))


def _sealed_plan(path: Path) -> tuple[Plan, bool]:
    """The plan of a run, and whether it still is what was sealed. Raises StepdownError."""
    data = path.read_bytes()
    try:
        return decode(data, str(path)), True
    except Drift:
        return decode(data, str(path), trusted=True), False
    except StepdownError as problem:
        raise StepdownError(
            str(problem), "This run's plan is torn; stepdown status lists the other runs."
        ) from problem
