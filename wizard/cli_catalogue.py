"""`stepdown check --list`: the catalogue of checks. Looks at no host and needs no root."""

from __future__ import annotations

import click

from wizard.catalogue import document, list_lines
from wizard.composition import Checks


def tell_catalogue(*, as_json: bool) -> None:
    """Every check, wrapped to the terminal's width, or as one JSON document."""
    from rich.console import Console

    checks = Checks().checks()
    if as_json:
        click.echo(document(checks))
        return
    for line in list_lines(checks, Console().width):
        click.echo(line)
