"""undo.sh on a real relay, without Python: after the change, in the middle of it, of a rollback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.engine.relay import PLAN, QUEUE, Manifest, Relay
from tests.engine.undoing import killed, place_of_latest, undo
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab
HOSTILE = {
    "qfaa00000000000001": 'V8\nT1\nSalice@example.com\nRPFD:"|/bin/touch /tmp/owned"\n.\n',
    "qfaa00000000000002": "V8\nT1\nCroot\nSalice@example.com\nRPFD:<localuser>\n.\n",
    "qfaa00000000000003": "V8\nT1\nd../../tmp\nSalice@example.com\nRPFD:<x@later.example>\n.\n",
}


@pytest.fixture(
    scope="module",
    params=["script", pytest.param("systemd", marks=pytest.mark.long)],
)
def relay(request: pytest.FixtureRequest) -> Iterator[Relay]:
    """A relay with a message that waits."""
    with open_or_skip(init=request.param) as lab:
        relay = Relay(lab)
        relay.queue_waiting("waits")
        yield relay


@dataclass(frozen=True)
class Remembered:
    """What has to be the same again: all but the mail, that comes and goes."""

    files: Manifest
    service: tuple[str, ...]
    accounts: str
    entries: frozenset[str]
    """Owner, group and mode of the queue's entries, each once."""


def remembered(relay: Relay) -> Remembered:
    """As it is now."""
    now = relay.whole()
    files = {path: one for path, one in now.files.items() if not path.startswith(f"{QUEUE}/")}
    found = relay.said("find", QUEUE, "-type", "f", "-printf", "%u:%g %m\\n").split("\n")
    return Remembered(files, now.service, now.accounts, frozenset(found) - {""})


def journal(relay: Relay) -> str:
    """The newest run's journal."""
    return relay.lab.read(f"{place_of_latest(relay)}/journal.jsonl").decode()


def plant(relay: Relay) -> None:
    """What an attacker who has the account leaves in the queue."""
    for name, content in HOSTILE.items():
        relay.lab.write(f"{QUEUE}/{name}", content.encode(), 0o600)
        relay.said("chown", "sendmail:sendmail", f"{QUEUE}/{name}")
    relay.said("su", "-s", "/bin/sh", "sendmail", "-c", f"ln -s /etc/shadow {QUEUE}/dflink")


def test_a_change_that_was_kept_is_undone(relay: Relay) -> None:
    before = remembered(relay)
    relay.make_plan()
    relay.apply()
    relay.send("arrived since", "y@later.example")
    plant(relay)
    told = undo(relay)
    aside = sorted(f"Q{name[1:]}" for name in HOSTILE)
    found = relay.said("find", QUEUE, "-name", "Qf*", "-user", "root", "-printf", "%f\\n").split()
    assert sorted(found) == aside, told
    assert "dflink: a link" in told
    relay.said("sh", "-c", f"rm {QUEUE}/Qf* {QUEUE}/dflink")
    assert remembered(relay) == before
    assert relay.runs()[-1]["phase"] == "rolled-back"
    assert relay.relays("root relays again")
    assert "nothing is left to do" in undo(relay)
    assert remembered(relay) == before


@pytest.mark.long
def test_a_change_that_was_killed_half_way_is_undone(relay: Relay) -> None:
    before = remembered(relay)
    relay.make_plan()
    killed(relay, ("apply", PLAN, "--yes"), '"step":"config-mc","op":0,"state":"intent"')
    assert relay.runs()[-1]["unfinished"], relay.runs()
    assert remembered(relay) != before
    undo(relay)
    assert remembered(relay) == before
    assert relay.relays("after a kill")


@pytest.mark.long
def test_a_rollback_that_was_killed_half_way_is_finished(relay: Relay) -> None:
    before = remembered(relay)
    relay.make_plan()
    relay.apply()
    relay.lab.write("/etc/mail/sendmail.mc", b"dnl the admin's own since\n")
    killed(relay, ("rollback", "--yes"), '"step":"guard-watch","op":[0-9],"state":"undone"')
    assert relay.runs()[-1]["phase"] == "rolling-back"
    told = undo(relay)
    assert remembered(relay) == before
    assert "/etc/mail/sendmail.mc was edited since" in told + journal(relay)
    assert relay.relays("after a killed rollback")


def test_nothing_is_done_beside_an_engine(relay: Relay) -> None:
    run = place_of_latest(relay)
    holder = relay.lab.popen(["flock", "/var/lib/stepdown/lock", "sleep", "60"])
    try:
        taken = ["sh", "-c", "until ! flock -n /var/lib/stepdown/lock true; do sleep 0.1; done"]
        assert relay.lab.run(taken).returncode == 0
        done = relay.lab.run(["/bin/sh", f"{run}/undo.sh"])
    finally:
        holder.kill()
        holder.wait()
    assert done.returncode == 1
    assert b"another run is at work" in done.stderr
