"""A relay whose sendmail.cf was changed by hand after m4 built it."""

from wizard.lab.relay_host import HISTORY, build_relay
from wizard.lab.seeding import Scenario, Seed

CF = "/etc/mail/sendmail.cf"
EDIT = ("#O MaxMessageSize=0", "O MaxMessageSize=20971520")


def seed(host: Seed) -> None:
    """The limit is in the cf only: building it from the .mc again would lose it."""
    build_relay(host)
    host.rewrite(CF, _edited(host.read(CF)))


def _edited(text: str) -> str:
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.rstrip().startswith(EDIT[0].split("=")[0]) or line.startswith("O MaxMessageSize"):
            lines[number] = EDIT[1] + "\n"
            return "".join(lines)
    raise RuntimeError("the cf has no MaxMessageSize line to edit")


SCENARIO = Scenario(
    title="a relay whose sendmail.cf was edited by hand",
    purpose="m4 does not reproduce the live cf. See the difference and choose what to keep.",
    seed=seed,
    after_boot=HISTORY,
)
