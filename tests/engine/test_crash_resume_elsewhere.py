"""`stepdown resume` where systemd keeps the relay, and where the daemon is only sent SIGHUP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.engine.crashing import killed, story
from tests.engine.relay import PROBE, QUEUE, Relay, Whole
from tests.lab.opening import open_or_skip

pytestmark = [pytest.mark.lab, pytest.mark.long]
STEPS = {
    "restart": ("account-user", "guard-watch", "queue-ahead", "service-stop", "config-cf",
                "queue-owner", "service-start"),
    "reload": ("config-mc", "queue-ahead", "config-cf", "queue-owner", "service-start"),
}  # fmt: skip
"Where its engine is killed: around the switch, and at what systemd itself is told."
CASES = [(switch, step) for switch, steps in STEPS.items() for step in steps]


@pytest.fixture(scope="module", params=["systemd", "script"])
def relay(request: pytest.FixtureRequest) -> Iterator[Relay]:
    """A relay with a message that waits, so that there is a queue to give away."""
    with open_or_skip(init=request.param) as lab:
        relay = Relay(lab)
        relay.queue_waiting("waits")
        yield relay


def looked_at(relay: Relay) -> tuple[Whole, set[str]]:
    """All that must be the same again; of mail, which is tried meanwhile, the owners alone."""
    now = relay.whole()
    kept = {path: one for path, one in now.files.items() if not path.startswith(f"{QUEUE}/")}
    owners = relay.said("find", QUEUE, "-type", "f", "-printf", "%u:%g %m\\n").splitlines()
    return replace(now, files=kept), set(owners)


@pytest.mark.parametrize(("switch", "step"), CASES)
def test_a_killed_run_goes_on(relay: Relay, switch: str, step: str) -> None:
    if relay.lab.init == "script" and switch == "restart":
        pytest.skip("in test_crash_resume")
    relay.make_plan("--switch", switch)
    before = looked_at(relay)
    run = killed(relay, f'"step":"{step}"')
    told = relay.expect(0, "resume", run, "--yes")
    assert "Done: proven" in told
    done = [row for row in story(relay) if row["type"] == "op" and row["state"] == "done"]
    assert len([row for row in done if row["step"] == "account-group"]) == 1, "what is done stays"
    assert relay.document(0, "verify", *PROBE)["verdict"] == "proven"
    assert set(relay.serving_child()["Uid"].split()) != {"0"}
    assert relay.relays(f"after {run} went on")
    relay.rollback()
    assert looked_at(relay) == before
    assert relay.relays(f"after {run} was undone")
