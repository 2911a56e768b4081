"""`stepdown go-on`: the admin waits no longer for open sessions."""

from __future__ import annotations

import click

from wizard.composition import open_session


@click.command(name="go-on")
@click.argument("run", default="")
def go_on(run: str) -> None:
    """Wait no longer for open sessions: the run goes on without them."""
    session = open_session()
    session.run = run
    session.end_drain()
    click.echo("Going on. Sessions that are open are told to come again at their next message.")
