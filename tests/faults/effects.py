"""The harm that faults do, seen from outside: at the next hop, in /proc, by the account itself."""

from __future__ import annotations

from tests.engine.relay import Relay

MOMENT = 1.0
"Seconds in which a healthy relay passes a message on many times over."


def stuck(relay: Relay) -> bool:
    """A message is refused, or accepted and not passed on."""
    subject = f"is it stuck? {len(relay.lab.messages())}"
    try:
        relay.send(subject)
    except AssertionError:
        return True
    return not relay.relayed(subject, within=MOMENT)


def served_by_root(relay: Relay) -> bool:
    """The child that answers is root."""
    return set(relay.serving_child()["Uid"].split()) == {"0"}


def silent(relay: Relay) -> bool:
    """Nobody listens on port 25."""
    return relay.lab.run(["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/25"]).returncode != 0
