"""A plan in full as plain text: every command, file difference, owner, mode and undo."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.diff import StepPreview, totals
from wizard.plans import Plan

STAGES = {
    "before": "Before anything stops",
    "switch": "The switch: the relay is down",
    "after": "Afterwards",
}

MANY = 8
"Owner and mode changes of one step whose undo is told in one line."


def plan_lines(plan: Plan, previews: tuple[StepPreview, ...]) -> Iterator[str]:
    """The plan's lines, without colours."""
    sums = totals(previews)
    yield f"Plan {plan.digest[:8]} for {plan.host} ({plan.platform})"
    yield (
        f"{len(plan.steps)} steps, {sums.commands} commands, {sums.files} files, "
        f"{sums.metadata} owner and mode changes, "
        + ("every step can be undone" if not sums.points_of_no_return else "NOT all can be undone")
    )
    for check_id, reason in plan.accepted.items():
        yield f"Accepted: {check_id}: {reason}"
    yield from outage_lines(plan)
    stage = ""
    for one in previews:
        if one.step.stage != stage:
            stage = one.step.stage
            yield ""
            yield STAGES.get(stage, stage)
        yield from _step(one)


def outage_lines(plan: Plan) -> Iterator[str]:
    """How long port 25 would not answer, by the switch that was chosen, and the advice."""
    chosen = plan.choices.switch
    if chosen in plan.outage:
        rest = {k: v for k, v in plan.outage.items() if k != chosen}
        other = "".join(f"; by {name} about {told(s)}" for name, s in rest.items())
        yield f"Port 25 will not answer for about {told(plan.outage[chosen])} ({chosen}){other}"
    if plan.advice:
        yield f"Recommended switch: {plan.advice}"


def told(seconds: float) -> str:
    """`50 ms`, `2.3 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.1 else f"{seconds:.1f} s"


def _step(one: StepPreview) -> Iterator[str]:
    yield ""
    yield f"  {one.step.title}  [{one.step.id}]"
    yield f"    Why: {one.step.why}"
    for note in one.step.notes:
        yield f"    Note: {note}"
    for command in one.commands:
        prompt = "#" if command.changes else "?"
        yield f"    {prompt} {command.text}" + (
            f"   ({command.meaning})" if command.meaning else ""
        )
    for change in one.files:
        yield f"    {change.path}  {change.summary}" + (f"  {change.note}" if change.note else "")
        yield from (f"      {line}" for line in change.unified)
    for meta in one.metadata:
        tree = "  and all below it" if meta.tree else ""
        note = f"   {meta.note}" if meta.note else ""
        yield f"    {meta.path}{tree}: {meta.before} -> {meta.after}{note}"
        if meta.scope:
            yield f"    which: {meta.scope}"
    if len(one.metadata) > MANY:
        yield f"    undo: give all {len(one.metadata)} back owner and mode, as on the left"
        return
    for line in one.undo:
        yield f"    undo: {line}"
