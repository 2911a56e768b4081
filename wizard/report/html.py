"""The change packet as one HTML file: no scripts, nothing from elsewhere, fit for print.

Everything is escaped by default, what acts on a terminal or turns text around is shown instead,
and a policy in the page itself forbids scripts and requests, should all that fail.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wizard.report.markdown import visible
from wizard.report.model import Report
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


def as_html(report: Report) -> str:
    """The page."""
    return _environment().get_template("report.html").render(report=report)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("wizard.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters.update(
        duration=read_duration, moment=read_moment, kind=diff_kind, mark=marks, counts=counts
    )
    made.globals.update(
        outcomes=OUTCOMES,
        undoing=undoing,
        undo_of=undo_of,
        proofs_told=proofs_told,
        session_end=session_end,
        certified=certified,
    )
    return made


def _shown(value: object) -> object:
    """Host text as it is written, never as it acts. Our own markup stays."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def diff_kind(line: str) -> str:
    """Which part of a unified diff a line is, as a class of the style sheet."""
    return {"+": "add", "-": "del", "@": "at"}.get(line[:1], "same")
