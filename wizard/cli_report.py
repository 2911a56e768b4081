"""`stepdown report`: the change packet of a plan or of a run, as HTML, Markdown or JSON."""

from __future__ import annotations

import click

from wizard.composition import Checks
from wizard.report.write import demand_suffix, titles_of, write_report


@click.command()
@click.argument("what", metavar="PLAN|RUN")
@click.option("-o", "--output", metavar="FILE", required=True, help="Ends in .html, .md or .json.")
def report(what: str, output: str) -> None:
    """Write the change packet of a sealed plan or of a run: what, why, proof and undo."""
    demand_suffix(output)
    from wizard.report.sources import report_on

    made = report_on(what, titles_of(Checks().checks()))
    write_report(made, output)
    click.echo(f"{made.state.word}: {made.host}, plan {made.plan_digest[:8]}. Report: {output}")
