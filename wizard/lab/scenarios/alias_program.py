"""A relay on which somebody once fed a ticket system through an alias."""

from wizard.lab.relay_host import ALIASES, HISTORY, build_relay
from wizard.lab.seeding import Scenario, Seed

ALIAS_LINE = 'ticket: "|/usr/local/bin/ticket"\n'
TICKET = "#!/bin/sh\ncat >> /var/tmp/tickets\n"


def seed(host: Seed) -> None:
    """The program, and the alias as the last line of /etc/aliases."""
    host.write("/usr/local/bin/ticket", TICKET, mode=0o755)
    build_relay(host, aliases=ALIASES + ALIAS_LINE)


SCENARIO = Scenario(
    title="a relay with an alias that runs a program",
    purpose="Mail to ticket starts a program on this host. Find the line, and move it elsewhere.",
    seed=seed,
    after_boot=HISTORY,
)
