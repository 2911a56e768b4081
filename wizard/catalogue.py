"""The catalogue of checks: what each looks at, how much it weighs, why it asks, what to do.

Made of the registered checks alone, so that it says nothing that is not so: for a terminal, as a
JSON document, and as the page under docs/ that `make catalogue` writes. No host is looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import wrap

import msgspec

from wizard.api import Check, Severity
from wizard.report.markdown import code, prose

SCHEMA = "stepdown.checks/1"
TITLES = {
    "host": "The host",
    "relay": "Is it a pure relay?",
    "needs": "What else needs root, or would break",
    "config": "The configuration",
    "account": "The account",
}
UNKNOWN = (
    "What could not be read, parsed or run is UNKNOWN and blocks, whatever else the check finds."
)
NOTHING = "only what is UNKNOWN"
WIDEST = 110
"Columns: longer lines are hard to read, however wide the terminal is."
LABEL = 10


def list_lines(checks: Sequence[Check], width: int) -> Iterator[str]:
    """The catalogue for a terminal of so many columns."""
    width = max(60, min(width, WIDEST))
    yield from wrap(f"{len(checks)} checks. {UNKNOWN}", width)
    for area, members in groupby(checks, key=_area):
        yield ""
        yield _title(area).upper()
        for one in members:
            yield ""
            yield from _entry(one, width)


def _entry(one: Check, width: int) -> Iterator[str]:
    yield from _hanging(one.id, one.question, width, 24)
    yield from _labelled("Looks at", one.help, width)
    yield from _labelled("Finds", _weights(one), width)
    yield from _labelled("Why", one.why, width)
    yield from _labelled("Remedy", one.remedy, width)


def _labelled(label: str, words: str, width: int) -> Iterator[str]:
    """A paragraph beside its label; nothing where there are no words."""
    if words:
        yield from _hanging(f"  {label}", words, width, LABEL + 2)


def _hanging(label: str, words: str, width: int, indent: int) -> list[str]:
    first = f"{label:{indent}}" if len(label) < indent else f"{label}  "
    return wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _weights(one: Check) -> str:
    """What its findings can weigh, heaviest first, and whether they may be accepted."""
    order = list(Severity)
    told = ", ".join(str(s) for s in sorted(one.severities, key=order.index, reverse=True))
    accepted = f" (accepted with --accept {one.id}=REASON)" if one.overridable else ""
    return told.replace("overridable", f"overridable{accepted}") or NOTHING


def document(checks: Sequence[Check]) -> str:
    """The catalogue as one JSON document, schema stepdown.checks/1."""
    rows = [
        {
            "id": one.id,
            "area": _area(one),
            "question": one.question,
            "looks_at": one.help,
            "severities": [str(severity) for severity in one.severities],
            "overridable": one.overridable,
            "needs": list(one.needs),
            "uses": list(one.uses),
            "why": one.why,
            "remedy": one.remedy,
        }
        for one in checks
    ]
    made = {"schema": SCHEMA, "checks": rows}
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()


def page(checks: Sequence[Check]) -> str:
    """The catalogue as a page of Markdown."""
    return "\n".join(_page(checks)) + "\n"


def _page(checks: Sequence[Check]) -> Iterator[str]:
    yield "# The checks"
    yield ""
    yield (
        f"What `stepdown check` asks before anything is changed: {len(checks)} checks. "
        "Made from the checks themselves by `make catalogue`; `stepdown check --list` shows the "
        "same in a terminal."
    )
    yield ""
    yield f"A *blocker* keeps the migration from starting. {UNKNOWN}"
    yield (
        "An *overridable* finding blocks until it is accepted with a reason, "
        "`--accept ID=REASON`, which is carried into plan, journal and report. A *warning* and an "
        "*info* block nothing."
    )
    areas = [(area, tuple(members)) for area, members in groupby(checks, key=_area)]
    for area, members in areas:
        yield from ("", f"**{_title(area)}**", "", "| Check | Asks | Finds |", "|---|---|---|")
        for one in members:
            anchor = one.id.replace(".", "")
            finds = ", ".join(one.severities) or "UNKNOWN"
            yield f"| [{code(one.id)}](#{anchor}) | {prose(one.question)} | {finds} |"
    for area, members in areas:
        yield from ("", f"## {_title(area)}")
        for one in members:
            yield from _section(one)


def _section(one: Check) -> Iterator[str]:
    yield from ("", f"### {one.id}", "", f"**{prose(one.question)}** {prose(one.help)}", "")
    yield f"- **Why:** {prose(one.why)}"
    yield f"- **Remedy:** {prose(one.remedy)}"
    yield f"- **Finds:** {', '.join(one.severities) or NOTHING}"
    accepted = code(f"--accept {one.id}=REASON")
    yield f"- **Overridable:** {f'yes, with {accepted}' if one.overridable else 'no'}"
    yield f"- **Facts it needs:** {_facts(one)}"


def _facts(one: Check) -> str:
    needs = ", ".join(code(fact) for fact in one.needs) or "none"
    uses = ", ".join(code(fact) for fact in one.uses)
    return f"{needs}; looked at too where known: {uses}" if uses else needs


def _area(one: Check) -> str:
    return one.id.partition(".")[0]


def _title(area: str) -> str:
    return TITLES.get(area, area.capitalize())


def main() -> None:
    """`python -m wizard.catalogue FILE`: write the page there."""
    from wizard.composition import Checks

    Path(sys.argv[1]).write_text(page(Checks().checks()), encoding="utf-8")


if __name__ == "__main__":
    main()
