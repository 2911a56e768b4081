"""The change packet as Markdown, for a ticket or a merge request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.report.markdown import cell, code, fenced, text
from wizard.report.model import FileDiff, Report, RunReport, StepReport
from wizard.report.words import (
    OUTCOMES,
    certified,
    counts,
    marks,
    proofs_told,
    read_duration,
    read_moment,
    session_end,
    undo_of,
    undoing,
)


def as_markdown(report: Report) -> str:
    """The page. Host text stands in code or is escaped: none of it can become markup."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    yield f"# Change packet: {text(report.host)}"
    yield ""
    yield f"**{text(report.state.word)}.** {text(report.state.sentence)}"
    yield ""
    if not report.sealed:
        yield "**The plan in this run's directory was changed after it was sealed.**"
        yield ""
    yield from _summary(report)
    yield from _accepted(report)
    yield from _choices(report)
    if report.run:
        yield from _happened(report.run)
        yield from _proofs(report.run)
    yield from _steps(report)
    if report.run:
        yield from ("", "## The SMTP session", "", _block(report.run.smtp, "There was none."))
        yield from ("", "## The journal in words", "", "Times are UTC.", "")
        yield _block(report.run.log, "It is empty.")
    source = f"run {code(report.run.id)}" if report.run else "the sealed plan"
    yield from ("", "---", "")
    yield (
        f"Made by stepdown {text(report.version)} at {read_moment(report.made)} from {source}. "
        "Secrets in file contents are scrubbed."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Cells must be escaped already."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _block(lines: Sequence[str], none: str) -> str:
    return fenced("\n".join(lines)) if lines else none


def _summary(report: Report) -> Iterator[str]:
    rows = [
        ("Host", text(report.host)),
        ("Host id", cell(report.host_id)),
        ("Platform", text(report.platform)),
        ("Account of the children", cell(report.account)),
        ("Plan", counts(report.totals)),
        ("Undo", undoing(report.totals)),
        *_predicted(report),
        ("Accepted findings", str(len(report.accepted) or "none")),
        ("Digest of the sealed plan (SHA-256)", cell(report.plan_digest)),
    ]
    if run := report.run:
        at = next(n for n, (name, _value) in enumerate(rows) if name == "Accepted findings")
        took = f"{read_moment(run.begun)}, {read_duration(run.seconds)}"
        rows[at:at] = [
            ("Run", cell(run.id)),
            ("Took place", took),
            ("Port 25 was closed", f"{read_duration(run.outage_seconds)} in all"),
            ("Proofs", proofs_told(run.proofs)),
        ]
    yield from ("## Summary", "")
    yield from _table(("", ""), rows)


def _predicted(report: Report) -> list[tuple[str, str]]:
    if report.outage_predicted is None:
        return []
    return [("Predicted outage", read_duration(report.outage_predicted))]


def _accepted(report: Report) -> Iterator[str]:
    yield from ("", "## Accepted findings", "")
    if not report.accepted:
        yield "None: the checks found nothing that had to be accepted."
        return
    words = {None: "", True: "yes", False: "no"}
    rows = [
        (cell(one.check_id), text(one.question), text(one.reason), words[one.journaled])
        for one in report.accepted
    ]
    head = ("Check", "Asks", "Reason given", "In the journal")
    width = len(head) if report.run else 3
    yield from _table(head[:width], [row[:width] for row in rows])


def _choices(report: Report) -> Iterator[str]:
    yield from ("", "## Choices", "")
    yield from _table(
        ("", ""), [(text(name), text(value)) for name, value in report.choices.items()]
    )
    if report.remedies:
        yield from ("", "### Remedies taken", "")
        for one in report.remedies:
            value = f": {code(one.value)}" if one.value else ""
            yield f"- {code(one.id)} {text(one.title)}{value}"


def _happened(run: RunReport) -> Iterator[str]:
    yield from ("", "## What happened", "")
    rows = [
        (
            text(one.title),
            read_moment(one.begun),
            read_duration(one.seconds) if one.seconds else "",
            text(one.message),
        )
        for one in run.phases
    ]
    yield from _table(("Phase", "Begun", "Took", ""), rows)
    if run.code is not None:
        yield from ("", f"Exit code {run.code}.")
    yield from ("", "### Outage", "")
    for gap in run.outage:
        told = f"{read_moment(gap.begun)}, closed for {read_duration(gap.seconds)}"
        yield f"- {text(gap.during)}: {told}"
    if not run.outage:
        yield "Port 25 was open all the time."
    yield from _waited_for(run)
    yield from _certificate(run)
    yield from ("", "### Trouble", "", _block(run.trouble, "None."))
    if run.exceptions:
        yield from ("", "### What the rollback could not give back as it was", "")
        yield _block(run.exceptions, "")
    if run.unread:
        yield ""
        yield f"**{run.unread} lines of the journal are torn or not known to this program.**"


def _waited_for(run: RunReport) -> Iterator[str]:
    if not run.sessions:
        return
    yield from ("", "### Sessions that were waited for", "")
    rows = [
        (cell(one.peer), cell(one.state), read_duration(one.waited), session_end(one))
        for one in run.sessions
    ]
    yield from _table(("Peer", "Last seen at", "Waited", ""), rows)


def _certificate(run: RunReport) -> Iterator[str]:
    if (one := run.certificate) is None:
        return
    yield from ("", "### The rollback's certificate", "", certified(one), "")
    yield from _table(
        ("Manifest", "SHA-256"), [("Before", cell(one.before)), ("After", cell(one.after))]
    )
    if one.exceptions:
        yield from ("", _block(one.exceptions, ""))


def _proofs(run: RunReport) -> Iterator[str]:
    yield from ("", "## Proofs", "")
    if not run.proofs:
        yield "The run did not come to a proof."
    for one in run.proofs:
        word = OUTCOMES.get(one.outcome, one.outcome)
        yield f"### {marks(one.outcome)} {text(word)}: {text(one.title)} ({code(one.id)})"
        yield from ("", _block(one.evidence, ""), "")
        if one.meaning:
            yield from (text(one.meaning), "")


def _steps(report: Report) -> Iterator[str]:
    yield from ("", "## The steps")
    stage = ""
    for step in report.steps:
        if step.stage != stage:
            stage = step.stage
            yield from ("", f"**{text(stage)}**")
        yield from _step(step)


def _step(step: StepReport) -> Iterator[str]:
    state = f": {marks(step.ran.state)} {step.ran.state}" if step.ran else ""
    yield from ("", f"### {step.number}. {text(step.title)} ({code(step.id)}){state}", "")
    yield text(step.why)
    if step.recipe:
        yield from ("", f"> {text(step.recipe)}")
    if not step.undoable:
        yield from ("", "**A point of no return.**")
    for note in step.notes:
        yield from ("", f"Note: {text(note)}")
    if step.ran:
        spent = f"Took {read_duration(step.ran.seconds)}"
        undone = f", its undo {read_duration(step.ran.undo_seconds)}"
        yield from ("", spent + (undone if step.ran.undo_seconds else "") + ".")
        for problem in step.ran.problems:
            yield from ("", f"**Failed:** {text(problem)}")
    yield from _commands(step)
    for file in step.files:
        yield from _file(file)
    if step.metadata:
        yield ""
        rows = [
            (
                cell(one.path) + text(one.extent),
                cell(one.before),
                cell(one.after),
                text(one.note),
            )
            for one in step.metadata
        ]
        yield from _table(("Path", "Before", "After", ""), rows)
    if step.ran and step.ran.said:
        yield from ("", "What it said:", "", _block(step.ran.said, ""))
    if step.undo:
        yield from ("", "Undo:", "")
        yield from (f"- {text(line)}" for line in undo_of(step))


def _commands(step: StepReport) -> Iterator[str]:
    if step.commands:
        told = (
            f"{'#' if one.changes else '?'} {one.text}"
            + (f"   ({one.meaning})" if one.meaning else "")
            for one in step.commands
        )
        yield from ("", fenced("\n".join(told)))


def _file(file: FileDiff) -> Iterator[str]:
    note = f"; {text(file.note)}" if file.note else ""
    yield from ("", f"{code(file.path)} {text(file.summary)}{note}", "")
    yield fenced("\n".join(file.diff), "diff")
