"""Writing a report to a file, in the format that the file's ending asks for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wizard.api import Check
from wizard.errors import UsageProblem
from wizard.host.files import write_private
from wizard.report.model import Report

SUFFIXES = (".html", ".md", ".json")


def demand_suffix(path: str) -> str:
    """The ending, in lower case. Raises UsageProblem for any that no format has."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageProblem(f"{path}: the ending must be one of {', '.join(SUFFIXES)}")
    return suffix


def titles_of(checks: Iterable[Check]) -> dict[str, str]:
    """What each check asks and each remedy does, by id."""
    from wizard.remedies.registry import known_remedies

    asked = {one.id: one.question for one in checks}
    return asked | {one.id: one.title for one in known_remedies().values()}


def write_report(made: Report, path: str) -> None:
    """Write it, readable by its owner only. Raises StepdownError, UsageProblem."""
    text = _rendered(made, demand_suffix(path))
    write_private(str(Path(path).expanduser().absolute()), text.encode())


def _rendered(made: Report, suffix: str) -> str:
    """The report in the format that the ending asks for; jinja2 is loaded for HTML alone."""
    if suffix == ".html":
        from wizard.report.html import as_html

        return as_html(made)
    if suffix == ".md":
        from wizard.report.as_markdown import as_markdown

        return as_markdown(made)
    from wizard.report.document import as_json

    return as_json(made)
