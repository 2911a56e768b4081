"""Plans and runs to report on: the recorded one, and one full of what a hostile host may say."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from wizard import journal
from wizard.composition import RECORDED
from wizard.events import (
    Accepted,
    Certificate,
    Event,
    JournalRecord,
    MailSession,
    OpState,
    Outage,
    Output,
    PhaseChanged,
    Proof,
    Sessions,
    SmtpLine,
)
from wizard.model import Kind, Outcome, Phase
from wizard.plan_file import seal
from wizard.plans import Choices, Command, Expected, Plan, RunCommand, SetMeta, Step, WriteFile
from wizard.report.build import report_of_plan, report_of_run
from wizard.report.model import Report
from wizard.run_status import RunStatus

RUN = RECORDED.parent / "run"
ID = "20261122T093949Z-0f49c109"
START = 1_795_340_389.0
TITLES = {"relay.class-w": "For which names is mail local?", "mail-hub": "Mail to the hub"}


def recorded_plan() -> Plan:
    """The plan of the run that ships with the program."""
    return msgspec.json.decode((RUN / "plan.json").read_bytes(), type=Plan)


def recorded_events() -> list[Event]:
    """Its journal."""
    return journal.Reader(RUN, foreign=True).new_events()


def status(phase: Phase = Phase.ROLLED_BACK, *, alive: bool = False) -> RunStatus:
    """Where a run stands."""
    unfinished = not alive and not phase.finished
    return RunStatus(ID, phase, alive, unfinished, START, "0f49c109")


def recorded_run() -> Report:
    """The report on the recorded run."""
    return report_of_run(recorded_plan(), TITLES, status(), recorded_events())


def state_directory(place: Path) -> Path:
    """A state directory with the recorded run in it; returns the run's own."""
    run = place / "runs" / ID
    run.mkdir(parents=True)
    for name in ("plan.json", "journal.jsonl"):
        (run / name).write_bytes((RUN / name).read_bytes())
        (run / name).chmod(0o600)
    for directory in (place, place / "runs", run):
        directory.chmod(0o700)
    return run


def said_by_the_host(word: str) -> Plan:
    """A plan in which all that a host has a say in says this word."""
    lines = f"{word}\n" * 2
    expect = Expected(Kind.FILE, 0, 0, 0o644, "ab" * 32)
    ops = (
        WriteFile(f"/etc/{word}", lines.encode(), 0, 0, 0o644, expect, b"before\n", word),
        SetMeta(f"/srv/{word}", 0, 7, 0o640, expect, word),
        RunCommand(Command(("/bin/echo", word)), Command(("/bin/echo", word)), note=word),
    )
    step = Step("config", f"{word} is edited", "Because.", "", "before", ops, (word,))
    choices = Choices(probe_to=word, accept={"relay.class-w": word}, remedies={"mail-hub": word})
    accepted = {"relay.class-w": word}
    made = Plan("stepdown.plan/1", word, "0" * 16, word, choices, "f", accepted, (step,), 997, 997)
    return seal(made)


def events_with(word: str) -> list[Event]:
    """A run that failed and was undone, all of it told in this word."""
    told: list[Event] = [
        PhaseChanged(1, START, Phase.APPLYING),
        Accepted(2, START, "relay.class-w", word),
        JournalRecord(3, START + 1, "", "config", 0, OpState.INTENT),
        Sessions(3, START + 1, "config", (MailSession(7, word, word, 1.0),), 5.0),
        Sessions(3, START + 1.5, "config", (MailSession(7, word, "DATA", 1.5),), 4.5),
        Outage(4, START + 1, 0.0, False),
        Output(5, START + 1, "config", word),
        JournalRecord(6, START + 2, "", "config", 0, OpState.FAILED, message=word, seconds=1.0),
        SmtpLine(7, START + 2, False, word),
        Proof(8, START + 2, "log.clean", Outcome.FOUND, word, (word,), word),
        PhaseChanged(9, START + 3, Phase.ROLLING_BACK, word),
        JournalRecord(10, START + 3, "", "config", 0, OpState.UNDOING),
        Output(11, START + 4, "config", word, exception=True),
        JournalRecord(12, START + 4, "", "config", 0, OpState.UNDONE, seconds=0.5),
        Certificate(12, START + 4, "ab" * 32, "cd" * 32, 1, (word,)),
        Outage(13, START + 5, 4.0, True),
        Output(14, START + 5, "", word),
        PhaseChanged(15, START + 6, Phase.ROLLED_BACK, word, code=5),
    ]
    return told


def report_saying(word: str) -> Report:
    """The report on that run of that plan."""
    return report_of_run(said_by_the_host(word), TITLES, status(), events_with(word))


def plan_saying(word: str) -> Report:
    """The report on that plan alone."""
    return report_of_plan(said_by_the_host(word), TITLES)


def ended(phase: Phase, message: str = "", *, alive: bool = False) -> Report:
    """The report on a run whose last phase is this one."""
    events = [
        PhaseChanged(1, START, Phase.APPLYING),
        PhaseChanged(2, START + 1, phase, message, deadline=START + 600),
    ]
    return report_of_run(said_by_the_host("x"), TITLES, status(phase, alive=alive), events)


def without_acceptance(report: Report) -> Report:
    """The same report of a journal from before acceptances were journaled."""
    kept = [e for e in events_with("x") if not isinstance(e, Accepted)]
    assert report.run is not None
    plan = replace(said_by_the_host("x"))
    return report_of_run(plan, TITLES, status(), kept)
