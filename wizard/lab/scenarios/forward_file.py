"""A relay with an account whose mail is redirected by a ~/.forward."""

from wizard.lab.relay_host import HISTORY, build_relay
from wizard.lab.seeding import Scenario, Seed


def seed(host: Seed) -> None:
    """alice, an ordinary account; without MAIL_HUB her .forward is consulted."""
    host.run(["/usr/sbin/useradd", "--create-home", "--shell", "/bin/bash", "alice"])
    host.write("/home/alice/.forward", "alice@example.org\n")
    host.run(["/bin/chown", "alice:alice", "/home/alice/.forward"])
    build_relay(host, mail_hub=False)


SCENARIO = Scenario(
    title="a relay on which an account has a .forward file",
    purpose="Mail for alice on this host is local mail, even though it ends up elsewhere.",
    seed=seed,
    after_boot=HISTORY,
)
