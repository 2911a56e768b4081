"""undo.sh on a real relay, without Python: after the change, in the middle of it, of a rollback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.engine.relay import PLAN, QUEUE, Manifest, Relay
from tests.engine.undoing import engine_pid, killed, place_of_latest, undo, wait_for_line
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab
CF = "/etc/mail/sendmail.cf"
DATABASES = "/etc/mail/databases"
HOSTILE = {
    "qfaa00000000000001": 'V8\nT1\nSalice@example.com\nRPFD:"|/bin/touch /tmp/owned"\n.\n',
    "qfaa00000000000002": "V8\nT1\nCroot\nSalice@example.com\nRPFD:<localuser>\n.\n",
    "qfaa00000000000003": "V8\nT1\nd../../tmp\nSalice@example.com\nRPFD:<x@later.example>\n.\n",
}


NOT_ROOTS = {
    "a program": 'S<a@example.com>\nRPFD:"|/bin/touch /tmp/owned"\n',
    "one by an alias of root's": "S<a@example.com>\nCroot:0:0:<x@localhost>\n"
    'RPFD:"|/bin/touch /tmp/owned"\n',
    "a file": "S<a@example.com>\nCroot:0:0:<x@localhost>\nRPFD:/tmp/owned\n",
    "a list": "S<a@example.com>\nRPFD::include:/tmp/list\n",
    "a sender": 'S"|/bin/touch /tmp/owned"\nRPFD:<x@no.such.invalid>\n',
    "a directory": "S<a@example.com>\nd../../tmp\nRPFD:<x@later.example>\n",
}
"Control files that root's Sendmail finds between the two halves of a rollback, at the worst."


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


def make_anew(relay: Relay) -> None:
    """As a start of the relay may once the .mc has changed."""
    relay.lab.write(DATABASES, relay.lab.read(DATABASES) + b"# once more\n")


def test_a_change_that_was_kept_is_undone(relay: Relay) -> None:
    before = remembered(relay)
    relay.make_plan()
    relay.apply()
    relay.send("arrived since", "y@later.example")
    plant(relay)
    make_anew(relay)
    told = undo(relay)
    assert f"{DATABASES} was edited since; that version is kept in" in told
    aside = sorted(f"Q{name[1:]}" for name in HOSTILE)
    found = relay.said("find", QUEUE, "-name", "Qf*", "-user", "root", "-printf", "%f\\n").split()
    assert sorted(found) == aside, told
    assert "dflink: a link" in told
    relay.said("sh", "-c", f"rm {QUEUE}/Qf* {QUEUE}/set-aside.dflink")
    assert remembered(relay) == before
    assert relay.runs()[-1]["phase"] == "rolled-back"
    assert relay.relays("root relays again")
    assert "nothing is left to do" in undo(relay)
    assert remembered(relay) == before


@pytest.mark.long
@pytest.mark.parametrize(
    ("switch", "line"),
    [
        ("restart", '"step":"account-user","op":0,"state":"intent"'),
        ("restart", '"step":"config-mc","op":0,"state":"intent"'),
        ("reload", '"step":"queue-ahead","op":0,"state":"intent"'),
        ("reload", '"step":"service-start","op":0,"state":"intent"'),
    ],
)
def test_a_change_that_was_killed_half_way_is_undone(relay: Relay, switch: str, line: str) -> None:
    before = remembered(relay)
    relay.make_plan("--switch", switch)
    killed(relay, ("apply", PLAN, "--yes"), line)
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
    make_anew(relay)
    killed(relay, ("rollback", "--yes"), '"step":"guard-watch","op":[0-9],"state":"undone"')
    assert relay.runs()[-1]["phase"] == "rolling-back"
    told = undo(relay)
    assert remembered(relay) == before
    assert "/etc/mail/sendmail.mc was edited since" in told + journal(relay)
    assert relay.relays("after a killed rollback")


@pytest.mark.long
@pytest.mark.parametrize("switch", ["restart", "reload"])
def test_an_undo_that_was_killed_goes_on_when_it_is_called_again(relay: Relay, switch: str) -> None:
    before = remembered(relay)
    relay.make_plan("--switch", switch)
    relay.apply()
    script = ["/bin/sh", f"{place_of_latest(relay)}/undo.sh"]
    process = relay.lab.popen(script, stdout=-3, stderr=-3)
    line = '"step":"queue-owner","op":[0-9]*,"state":"undoing"'
    wait_for_line(relay, line)
    relay.said("kill", "-KILL", engine_pid(relay))
    process.wait(60)
    assert relay.runs()[-1]["phase"] == "rolling-back"
    undo(relay)
    assert remembered(relay) == before
    assert relay.relays(f"after a killed undo.sh, {switch}")


@pytest.mark.long
def test_a_rollback_gives_back_what_a_tool_made_anew_and_not_what_an_admin_wrote(
    relay: Relay,
) -> None:
    before = remembered(relay)
    relay.make_plan()
    relay.apply()
    make_anew(relay)
    domains = "/etc/mail/relay-domains"
    relay.lab.write(domains, b"new.example\n")
    told = relay.rollback()
    assert f"{DATABASES} was made anew since; that version is kept in" in told
    assert f"{domains} was changed by others since; left as it is now" in told
    relay.said("rm", domains)
    assert remembered(relay) == before


@pytest.mark.long
def test_a_rollback_goes_on_where_the_script_was_killed(relay: Relay) -> None:
    before = remembered(relay)
    relay.make_plan()
    relay.apply()
    script = ["/bin/sh", f"{place_of_latest(relay)}/undo.sh"]
    process = relay.lab.popen(script, stdout=-3, stderr=-3)
    wait_for_line(relay, '"step":"service-stop","op":[0-9]*,"state":"undoing"')
    relay.said("kill", "-KILL", engine_pid(relay))
    process.wait(60)
    assert "the manifest is as it was" in relay.rollback()
    assert remembered(relay) == before


@pytest.mark.long
def test_what_could_not_be_undone_is_named_and_undone_the_next_time(relay: Relay) -> None:
    before = remembered(relay)
    relay.make_plan()
    relay.apply()
    relay.said("chattr", "+i", CF)
    try:
        told = undo(relay, 6)
    finally:
        relay.said("chattr", "-i", CF)
    assert f"NOT undone: {CF} cannot be written" in told
    assert "the account is kept" in told
    assert relay.runs()[-1]["phase"] == "needs-attention"
    undo(relay)
    assert remembered(relay) == before
    assert relay.relays("after a cf that was immutable")


def test_roots_sendmail_does_not_do_what_an_entry_that_is_not_roots_says(relay: Relay) -> None:
    """What a rollback rests on while entries are the account's, and root's daemon runs."""
    relay.lab.write("/tmp/list", b'"|/bin/touch /tmp/owned"\n')
    relay.said("useradd", "-r", "mallory")
    for number, body in enumerate(NOT_ROOTS.values()):
        content = f"V8\nT1\nK0\nN0\nP30000\n{body}H??From: a@example.com\n.\n"
        for kind, text in (("df", "text\n"), ("qf", content)):
            path = f"{QUEUE}/{kind}aMAAAA000000000{number}"
            relay.lab.write(path, text.encode(), 0o600)
            relay.said("chown", "mallory", path)
    told = relay.said("/usr/sbin/sendmail", "-q", "-v", "-qIaMAAAA")
    found = relay.said("find", "/tmp", "-name", "owned")
    relay.said("sh", "-c", f"rm -f /tmp/list {QUEUE}/*aMAAAA*; userdel mallory")
    assert found == ""
    for what in ("programs", "files", ":include:s"):
        assert f"Cannot mail directly to {what}" in told, told


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
