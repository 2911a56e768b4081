"""How checks ended, told in a terminal or as JSON (schema stepdown.check/1).

What stepdown itself can put right is named beside the finding, as the option that does it. Only
colours and streaming are the front ends' own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from wizard.model import CheckResult, Finding, Outcome
from wizard.remedies.base import RemedyOffer

SCHEMA = "stepdown.check/1"
MARKS = {
    Outcome.PASS: "✔",
    Outcome.FOUND: "✖",
    Outcome.SKIPPED: "-",
    Outcome.UNKNOWN: "?",
    Outcome.CRASHED: "?",
}


def option_of(offer: RemedyOffer) -> str:
    """`--remedy mail-hub=VALUE`, as one types it."""
    value = f"={offer.suggestion or 'VALUE'}" if offer.asks else ""
    return f"--remedy {offer.id}{value}"


def open_offers(result: CheckResult, offers: Iterable[RemedyOffer]) -> list[RemedyOffer]:
    """The remedies that may put this result right: possible here, not taken yet."""
    if not result.findings:
        return []
    return [
        one
        for one in offers
        if result.check_id in one.checks and one.taken is None and not one.impossible
    ]


def check_document(
    host: str, verdict: str, results: tuple[CheckResult, ...], offers: tuple[RemedyOffer, ...]
) -> str:
    """One JSON document, indented."""
    rows = [_row(one, offers) for one in results]
    document = {"schema": SCHEMA, "host": host, "verdict": verdict, "results": rows}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _row(one: CheckResult, offers: tuple[RemedyOffer, ...]) -> dict[str, object]:
    heaviest = [f for f in one.findings if f.severity is one.severity]
    row: dict[str, object] = {
        "id": one.check_id,
        "outcome": one.outcome.value,
        "severity": one.severity.value if one.severity else None,
        "title": one.title,
        "evidence": [line for f in one.findings for line in f.evidence],
        "why": heaviest[0].why if heaviest else "",
        "remedy": heaviest[0].remedy if heaviest else "",
    }
    if possible := open_offers(one, offers):
        row["options"] = [option_of(offer) for offer in possible]
    return {**row, "accepted": one.accepted} if one.accepted else row


def check_lines(
    results: tuple[CheckResult, ...], verdict: str, offers: tuple[RemedyOffer, ...]
) -> Iterator[str]:
    """Every result, a paragraph each, and the verdict."""
    for one in results:
        warns = one.outcome is Outcome.FOUND and not one.blocks
        mark = "⚠" if warns else MARKS[one.outcome]
        yield f"{mark} {one.title}  [{one.check_id}]  {one.summary}".rstrip()
        for finding in one.findings:
            yield from _finding_lines(finding)
        for offer in open_offers(one, offers):
            yield f"      stepdown can do it: {option_of(offer)}   ({offer.title})"
        if one.accepted:
            yield f"    accepted: {one.accepted}"
    yield f"Verdict: {verdict}"


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield f"    {finding.severity.value}: {finding.title}"
    yield from (f"      {line}" for line in finding.evidence)
    yield f"      Why: {finding.why}" if finding.why else "      Why: see above"
    if finding.remedy:
        yield f"      What to do: {finding.remedy}"
