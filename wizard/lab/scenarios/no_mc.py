"""A relay of which only the sendmail.cf is left."""

from wizard.lab.relay_host import HISTORY, build_relay
from wizard.lab.seeding import Scenario

LOST = tuple(f"/etc/mail/{name}" for name in ("sendmail.mc", "Makefile", "databases"))
"""The Makefile too: it would answer a missing .mc with a new stock one, and a cf made from that."""

SCENARIO = Scenario(
    title="a relay without a .mc file",
    purpose=(
        "Only sendmail.cf is there: the article's second-best way, editing it directly. "
        "Mind that Debian's script refuses to start a relay without a .mc: reload this one."
    ),
    seed=build_relay,
    # After the boot, because the script would not have started it.
    after_boot=(*HISTORY, ("/bin/rm", *LOST)),
)
