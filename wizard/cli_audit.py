"""`stepdown audit`: is a migrated host still as it was proven?"""

from __future__ import annotations

import sys

import click

from wizard.audit.judge import audit as look
from wizard.audit.text import document, lines
from wizard.composition import open_host
from wizard.runs import Runs


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document, schema stepdown.audit/1.")
@click.option("--quiet", is_flag=True, help="Say nothing where all is well: fit for cron.")
def audit(as_json: bool, quiet: bool) -> None:
    """Say whether a migrated host is still as it was proven, and what changed.

    Sends no message, changes nothing, asks nothing. Exit code 0: migrated and still as proven,
    or migrated by hand and working; 4: anything else, what could not be seen included.
    """
    found = look(open_host(), Runs())
    if as_json:
        click.echo(document(found))
    elif not (quiet and found.state.well):
        for line in lines(found):
            click.echo(line)
    sys.exit(0 if found.state.well else 4)
