"""A healthy relay: what an expert would expect to find before the change."""

from wizard.lab.relay_host import HISTORY, build_relay
from wizard.lab.seeding import Scenario

SCENARIO = Scenario(
    title="a healthy pure relay on Debian",
    purpose=(
        "Everything it gets goes to hub.example.org, system mail included. "
        "All preconditions hold; carry out the change, prove it, and roll it back."
    ),
    seed=build_relay,
    after_boot=HISTORY,
)
