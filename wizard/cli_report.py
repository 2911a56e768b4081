"""`stepdown report`: the change packet of a plan or of a run, as HTML, Markdown or JSON."""

from __future__ import annotations

from pathlib import Path

import click

from wizard.composition import Checks
from wizard.errors import UsageProblem
from wizard.host.files import write_private
from wizard.report.model import Report

SUFFIXES = (".html", ".md", ".json")


@click.command()
@click.argument("what", metavar="PLAN|RUN")
@click.option("-o", "--output", metavar="FILE", required=True, help="Ends in .html, .md or .json.")
def report(what: str, output: str) -> None:
    """Write the change packet of a sealed plan or of a run: what, why, proof and undo."""
    suffix = Path(output).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageProblem(f"{output}: the ending must be one of {', '.join(SUFFIXES)}")
    from wizard.report.sources import report_on

    made = report_on(what, _titles())
    write_private(str(Path(output).expanduser().absolute()), _rendered(made, suffix).encode())
    click.echo(f"{made.state.word}: {made.host}, plan {made.plan_digest[:8]}. Report: {output}")


def _titles() -> dict[str, str]:
    """What each check asks and each remedy does, by id."""
    from wizard.remedies.registry import known_remedies

    asked = {one.id: one.question for one in Checks().checks()}
    return asked | {one.id: one.title for one in known_remedies().values()}


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
