"""What a report tells of a plan, and of a run in each of the ways in which one can end."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from screens.run_view import RunView
from tests.report import packets
from wizard.deadman.layout import TIMER_STEP
from wizard.diff import preview
from wizard.events import Accepted, Event, JournalRecord, OpState, PhaseChanged
from wizard.model import Kind, Phase
from wizard.narrate import Narrator
from wizard.plans import Expected, Plan, Step, WriteFile
from wizard.report.as_markdown import as_markdown
from wizard.report.build import report_of_plan, report_of_run
from wizard.report.document import as_json
from wizard.report.html import as_html
from wizard.report.model import Report, StepReport, Tone
from wizard.report.times import duration, moment

AUTHINFO = 'AuthInfo:hub "U:relay" "P:open sesame"\n'


def test_a_plan_is_told_in_full() -> None:
    plan = packets.recorded_plan()
    report = report_of_plan(plan, packets.TITLES)
    assert (report.kind, report.run, report.state.word) == ("plan", None, "Planned")
    wanted = [TIMER_STEP, *(step.id for step in plan.steps)]
    assert [step.id for step in report.steps] == wanted
    for told, shown in zip(report.steps, preview(plan), strict=True):
        assert (told.commands, told.metadata, told.undo) == (
            shown.commands,
            shown.metadata,
            shown.undo,
        )
        assert [file.path for file in told.files] == [file.path for file in shown.files]
        assert told.ran is None
    assert report.plan_digest == plan.digest


def test_the_recorded_run() -> None:
    report = packets.recorded_run()
    run = report.run
    assert run is not None
    assert [span.phase for span in run.phases] == [
        "applying",
        "verifying",
        "awaiting-confirmation",
        "done",
        "rolling-back",
        "rolled-back",
    ]
    assert (len(run.outage), run.trouble, run.exceptions) == (2, (), ())
    proofs = {proof.title: proof.evidence for proof in run.proofs}
    assert len(proofs) > 25
    assert [gap.during for gap in run.outage] == ["Applying", "Rolling back"]
    gaps = [gap.seconds or 0.0 for gap in run.outage]
    assert all(gap > 0 for gap in gaps)
    assert run.outage_seconds == pytest.approx(sum(gaps))
    assert {step.ran.state for step in report.steps if step.ran} == {"undone"}
    assert run.smtp[0] == "> telnet 127.0.0.1 25"
    relayed = proofs["A whole message reached the next hop: 127.0.0.1:25"]
    assert any(re.search(r"\w{14} +relay=.* stat=Sent", line) for line in relayed)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", run.begun)


def test_a_run_cut_short_is_told_step_by_step() -> None:
    events = packets.recorded_events()
    at = next(n for n, e in enumerate(events) if getattr(e, "step", "") == "queue-owner")
    report = report_of_run(
        packets.recorded_plan(), {}, packets.status(Phase.APPLYING), events[: at + 1]
    )
    states = {step.id: step.ran.state for step in report.steps if step.ran}
    assert states["account-group"] == "done"
    assert states["queue-owner"] == "not finished"
    assert states["service-start"] == "not begun"
    assert (report.state.word, report.state.tone) == ("Unfinished", Tone.BAD)
    assert "stepdown rollback" in report.state.sentence
    assert report.run is not None and report.run.code is None
    assert report.run.outage[-1].seconds is None


def test_a_failure_its_rollback_and_its_exceptions() -> None:
    report = packets.report_saying("oh")
    run, (step,) = report.run, report.steps
    assert run is not None and step.ran is not None
    assert (step.ran.state, step.ran.problems) == ("undone", ("oh",))
    assert (step.ran.seconds, step.ran.undo_seconds) == (1.0, 0.5)
    assert run.exceptions == ("oh",)
    assert [line.partition("  ")[2] for line in run.trouble] == [
        "config: oh",
        "not proven: oh: oh",
        "oh",
    ]
    assert (run.code, run.outage[0].seconds, run.outage[0].during) == (5, 4.0, "Applying")


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ((OpState.DONE, OpState.UNDONE), "partly undone"),
        ((OpState.UNDONE, OpState.UNDONE), "undone"),
        ((OpState.UNDONE, OpState.FAILED), "failed"),
        ((OpState.UNDONE, OpState.UNDOING), "not undone"),
    ],
)
def test_a_step_is_undone_only_where_all_of_it_is(last: tuple[OpState, ...], state: str) -> None:
    records = [JournalRecord(n, packets.START, "", "config", n, one) for n, one in enumerate(last)]
    events: list[Event] = [PhaseChanged(1, packets.START, Phase.ROLLING_BACK), *records]
    plan = packets.said_by_the_host("x")
    report = report_of_run(plan, {}, packets.status(Phase.ROLLING_BACK), events)
    assert report.steps[0].ran is not None and report.steps[0].ran.state == state


@pytest.mark.parametrize(
    ("phase", "alive", "word", "tone"),
    [
        (Phase.DONE, False, "Done", Tone.GOOD),
        (Phase.ROLLED_BACK, False, "Rolled back", Tone.WARN),
        (Phase.NEEDS_ATTENTION, False, "Needs attention", Tone.BAD),
        (Phase.AWAITING_CONFIRMATION, True, "Proven, not kept yet", Tone.WARN),
        (Phase.APPLYING, True, "At work", Tone.NEUTRAL),
        (Phase.ROLLING_BACK, False, "Unfinished", Tone.BAD),
    ],
)
def test_how_a_run_stands(phase: Phase, alive: bool, word: str, tone: Tone) -> None:
    report = packets.ended(phase, "so it was", alive=alive)
    assert (report.state.word, report.state.tone) == (word, tone)


def test_a_run_that_never_began() -> None:
    report = report_of_run(packets.recorded_plan(), {}, packets.status(Phase.PLANNED), [])
    assert report.state.word == "Never begun"
    assert {step.ran.state for step in report.steps if step.ran} == {"not begun"}
    for render in (as_html, as_markdown, as_json):
        assert "Never begun" in render(report)


def test_acceptances_are_told_with_their_reason_and_where_they_stand() -> None:
    (one,) = packets.report_saying("we know").accepted
    assert (one.check_id, one.reason, one.journaled) == ("relay.class-w", "we know", True)
    assert one.question == packets.TITLES["relay.class-w"]
    (old,) = packets.without_acceptance(packets.report_saying("x")).accepted
    assert old.journaled is False
    (planned,) = packets.plan_saying("we know").accepted
    assert planned.journaled is None


def test_who_follows_a_run_is_told_what_was_accepted() -> None:
    event = Accepted(1, packets.START, "relay.class-w", "we know")
    assert Narrator().tell(event) == ["  accepted: relay.class-w: we know"]
    view = RunView()
    view.take(event)
    assert "accepted: relay.class-w: we know" in view.log[-1]


def test_remedies_are_told() -> None:
    report = packets.plan_saying("hub.example.org")
    assert [(one.title, one.value) for one in report.remedies] == [
        ("Mail to the hub", "hub.example.org")
    ]
    for render in (as_html, as_markdown, as_json):
        assert "hub.example.org" in render(report)


def _with_secret() -> Plan:
    op = WriteFile(
        "/etc/mail/authinfo",
        AUTHINFO.encode() + b"new\n",
        0,
        0,
        0o600,
        Expected(Kind.FILE, 0, 0, 0o600, "ab" * 32),
        AUTHINFO.encode(),
    )
    plan = packets.said_by_the_host("x")
    return replace(plan, steps=(Step("secret", "t", "w", "", "before", (op,)),))


@pytest.mark.parametrize("render", [as_html, as_markdown, as_json])
def test_no_secret_is_told(render: object) -> None:
    assert callable(render)
    told = render(report_of_plan(_with_secret(), {}))
    assert "open sesame" not in told
    assert "[scrubbed]" in told


def test_our_own_words_are_not_scrubbed() -> None:
    def words(step: StepReport) -> str:
        return " ".join((step.why, *step.undo))

    told = " ".join(words(step) for step in packets.recorded_run().steps)
    assert "locked password, no shell" in told
    assert "scrubbed" not in told


def test_a_plan_changed_after_it_was_sealed_is_told() -> None:
    report: Report = report_of_run(
        packets.recorded_plan(), {}, packets.status(), packets.recorded_events(), sealed=False
    )
    for render in (as_html, as_markdown):
        assert "changed after it was sealed" in render(report)


def test_torn_lines_are_counted() -> None:
    report = report_of_run(packets.recorded_plan(), {}, packets.status(), [], unread=2)
    for render in (as_html, as_markdown):
        assert "2 lines of the journal" in render(report)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0.00 s"),
        (0.04, "0.04 s"),
        (59.94, "59.9 s"),
        (185, "3 min 05 s"),
        (7380, "2 h 03 min"),
    ],
)
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_moments() -> None:
    assert moment(1_795_340_389.9) == "2026-11-22T09:39:49Z"
    assert moment(0) == ""
