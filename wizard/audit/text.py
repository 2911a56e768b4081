"""An audit as one JSON document, or as lines for a person or a cron mail."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from wizard.audit.model import SCHEMA, Audit, Row
from wizard.model import Outcome
from wizard.printable import printable

MARKS = {Outcome.UNKNOWN: "?", Outcome.CRASHED: "?", Outcome.FOUND: "✖"}


def document(found: Audit) -> str:
    """Schema stepdown.audit/1."""
    fields = {"schema": SCHEMA, "host": found.host, "state": found.state.value}
    verdict = "well" if found.state.well else "attention"
    more = {
        "verdict": verdict,
        "summary": found.summary,
        "run": found.run,
        "remedies": found.remedies,
        "changes": found.changes,
        "results": found.rows,
    }
    return msgspec.json.format(msgspec.json.encode({**fields, **more}), indent=2).decode()


def lines(found: Audit) -> Iterator[str]:
    """The summary alone where all is well; else what is not, and the ways on."""
    yield printable(found.summary)
    if found.state.well:
        return
    for row in found.rows:
        if not row.holds:
            yield from _row(row)
    for remedy in found.remedies:
        yield printable(remedy)


def _row(row: Row) -> Iterator[str]:
    yield printable(f"  {MARKS.get(row.outcome, '✖')} {row.title}  [{row.id}]")
    for line in row.evidence:
        yield printable(f"      {line}")
    if row.meaning:
        yield printable(f"      {row.meaning}")
