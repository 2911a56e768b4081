"""A relay that is less pure than it looks: its log shows a real local delivery."""

from wizard.lab.relay_host import HISTORY, SEND, build_relay
from wizard.lab.seeding import Scenario, Seed


def seed(host: Seed) -> None:
    """bob, an ordinary account, whose mail stays on this host."""
    host.run(["/usr/sbin/useradd", "--create-home", "--shell", "/bin/bash", "bob"])
    build_relay(host, mail_hub=False)


SCENARIO = Scenario(
    title="a relay whose log shows local delivery",
    purpose="Nothing in the configuration says so, but mail for bob is delivered here.",
    seed=seed,
    after_boot=(*HISTORY, (*SEND, "carol@example.com", "bob@relay1.example.net", "report")),
)
