"""A relay of which only the sendmail.cf is left."""

from wizard.lab.relay_host import HISTORY, build_relay
from wizard.lab.seeding import Scenario, Seed


def seed(host: Seed) -> None:
    """The .mc is gone, and so is the Makefile that would create a new stock one on the next start."""
    build_relay(host)
    for name in ("sendmail.mc", "Makefile", "databases"):
        host.remove(f"/etc/mail/{name}")


SCENARIO = Scenario(
    title="a relay without a .mc file",
    purpose="Only sendmail.cf is there: the article's second-best way, editing it directly.",
    seed=seed,
    after_boot=HISTORY,
)
