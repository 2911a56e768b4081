"""The change packet out of a sealed plan and, where there is one, the journal of its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from wizard.deadman.default import minutes_for
from wizard.diff import FileChange, StepPreview, preview, totals
from wizard.events import Accepted, Event
from wizard.model import Mode
from wizard.plan_text import STAGES
from wizard.plans import Plan
from wizard.report.model import (
    SCHEMA,
    Acceptance,
    FileDiff,
    RemedyTaken,
    Report,
    State,
    StepReport,
    Tone,
)
from wizard.report.scrubbed import scrubbed
from wizard.report.story import Story
from wizard.report.times import moment
from wizard.run_status import RunStatus

PLANNED = State(
    "Planned", Tone.NEUTRAL, "Nothing was changed yet: this is what would be carried out."
)


def report_of_plan(plan: Plan, titles: Mapping[str, str]) -> Report:
    """The packet of a plan that was not carried out. `titles`: of checks and remedies, by id."""
    return _report(plan, titles, PLANNED, None, True)


def report_of_run(
    plan: Plan,
    titles: Mapping[str, str],
    status: RunStatus,
    events: Sequence[Event],
    *,
    unread: int = 0,
    sealed: bool = True,
) -> Report:
    """The packet of a run, finished or not. `unread`: journal lines that were no events."""
    story = Story(plan, status, events, unread)
    return _report(plan, titles, story.state(), story, sealed)


def _report(
    plan: Plan, titles: Mapping[str, str], state: State, story: Story | None, sealed: bool
) -> Report:
    previews = preview(plan, None if not story or story.armed else 0.0)
    return Report(
        schema=SCHEMA,
        made=moment(datetime.now(UTC).timestamp()),
        version=_version(),
        kind="run" if story else "plan",
        host=plan.host,
        host_id=plan.host_id,
        platform=plan.platform,
        plan_digest=plan.digest,
        sealed=sealed,
        state=state,
        account=_account(plan),
        choices=_choices(plan),
        outage_predicted=plan.outage.get(plan.choices.switch),
        switch_advice=plan.advice,
        accepted=_accepted(plan, titles, story),
        remedies=tuple(
            RemedyTaken(one, titles.get(one, ""), value)
            for one, value in plan.choices.remedies.items()
        ),
        totals=totals(previews),
        steps=tuple(_step(number, one, story) for number, one in enumerate(previews, 1)),
        run=story.run() if story else None,
    )


def _version() -> str:
    try:
        return version("sendmail-stepdown")
    except PackageNotFoundError:
        return ""


def _account(plan: Plan) -> str:
    return f"{plan.choices.user}:{plan.choices.group}, uid {plan.uid}, gid {plan.gid}"


def _choices(plan: Plan) -> dict[str, str]:
    """Each choice in words; what is told in a section of its own is left out."""
    choices = plan.choices
    return {
        "user": choices.user,
        "group": choices.group,
        "uid": str(choices.uid or f"left to the program: {plan.uid}"),
        "gid": str(choices.gid or f"left to the program: {plan.gid}"),
        "edit": choices.edit or "left to the program: the .mc where m4 makes the cf of it",
        "switch": choices.switch,
        "open sessions": f"given {choices.drain:g} s" if choices.drain else "not waited for",
        "probe to": choices.probe_to or "no message is sent",
        "undoes itself": _within(choices.confirm_within),
    }


def _within(minutes: float | None) -> str:
    if minutes is None:
        return f"on a live host unless kept within {minutes_for(None, Mode.LIVE):g} minutes"
    return f"unless kept within {minutes:g} minutes" if minutes else "no"


def _accepted(plan: Plan, titles: Mapping[str, str], story: Story | None) -> tuple[Acceptance, ...]:
    """What the plan holds; and what only the journal does, should they ever differ."""
    told = {e.check_id: e.reason for e in story.events if isinstance(e, Accepted)} if story else {}
    return tuple(
        Acceptance(
            check_id,
            titles.get(check_id, ""),
            reason,
            told.get(check_id) == reason if story else None,
        )
        for check_id, reason in {**told, **plan.accepted}.items()
    )


def _step(number: int, one: StepPreview, story: Story | None) -> StepReport:
    step = one.step
    return StepReport(
        number,
        step.id,
        step.title,
        STAGES.get(step.stage, step.stage),
        step.why,
        step.recipe,
        step.notes,
        step.undoable,
        one.commands,
        tuple(_file(change) for change in one.files),
        one.metadata,
        one.undo,
        story.step(step) if story else None,
    )


def _file(change: FileChange) -> FileDiff:
    return FileDiff(
        change.path, change.created, change.summary, change.note, scrubbed(change.unified)
    )
