"""How a practice relay is made from Debian's stock Sendmail, shared by the scenario files."""

import re

from wizard.lab.boot import PYTHON
from wizard.lab.layout import HOP_ADDRESS, RELAY_ADDRESS
from wizard.lab.seeding import Seed

MC = "/etc/mail/sendmail.mc"
LEFT_OUT = re.compile(
    r"FEATURE\(`(greet_pause|conncontrol|ratecontrol)'|define\(`confCONNECTION_RATE_"
)
ALIASES = """\
# /etc/aliases: nothing is delivered on this host
mailer-daemon: postmaster
postmaster: hostmaster@example.org
nobody: root
hostmaster: root
usenet: root
news: root
webmaster: root
www: root
ftp: root
abuse: root
noc: root
security: root
root: hostmaster@example.org
"""
MAILERTABLE = f"example.org\tesmtp:[{HOP_ADDRESS}]\nexample.net\tesmtp:[{HOP_ADDRESS}]\n"
ACCESS = f"""
# the practice relay's own clients
Connect:{RELAY_ADDRESS}\tRELAY
Connect:127.0.0.1\tRELAY
"""
FEATURES = ("nocanonify", "accept_unresolvable_domains", "mailertable", "virtusertable")
LISTEN = f"DAEMON_OPTIONS(`Family=inet, Name=MTA-relay, Port=smtp, Addr={RELAY_ADDRESS}')dnl"
MAIL_HUB = f"define(`MAIL_HUB', `esmtp:[{HOP_ADDRESS}]')dnl"
BUSY = tuple(f"define(`conf{name}_LA', `1000')dnl" for name in ("QUEUE", "REFUSE"))
"""The load average is the whole machine's: a practice relay does not close its ports for it."""
SEND = (*PYTHON, "wizard.lab.observe", "send")
HISTORY = (
    (*SEND, "alice@example.com", "sales@example.org", "first order"),
    (*SEND, "carol@example.com", "support@example.org", "a question"),
)
"""Real mail through the running relay, so that its log and its next hop are not empty."""


def relay_mc(stock: str, *, mail_hub: bool, more: tuple[str, ...] = ()) -> str:
    """Debian's stock sendmail.mc with what a relay's administrator would add."""
    added = [LISTEN, *BUSY, *(f"FEATURE(`{name}')dnl" for name in FEATURES), *more]
    if mail_hub:
        added.append(MAIL_HUB)
    lines: list[str] = []
    for line in stock.splitlines():
        if line.startswith("MAILER_DEFINITIONS"):
            lines += added
        if not LEFT_OUT.match(line):
            lines.append(line)
    return "\n".join(lines) + "\n"


def build_relay(
    seed: Seed, *, mail_hub: bool = True, aliases: str = ALIASES, added: tuple[str, ...] = ()
) -> None:
    """Write the relay's tables and let Debian's own make build the cf and the maps."""
    seed.rewrite(MC, relay_mc(seed.read(MC), mail_hub=mail_hub, more=added))
    seed.write("/etc/aliases", aliases)
    seed.rewrite("/etc/mail/access", seed.read("/etc/mail/access") + ACCESS)
    for name, text in (("mailertable", MAILERTABLE), ("virtusertable", "# none yet\n")):
        seed.write(f"/etc/mail/{name}", text)
        seed.run(["/bin/chgrp", "smmsp", f"/etc/mail/{name}"])
    services = seed.read("/etc/mail/service.switch")
    seed.rewrite("/etc/mail/service.switch", services.replace("files dns", "files"))
    # The first run writes a Makefile that knows the new tables, the second builds them.
    for _ in range(2):
        seed.run(["/usr/bin/make", "-C", "/etc/mail"])
    seed.run(["/usr/sbin/sendmail", "-bi"])
