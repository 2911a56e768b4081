"""A run that does not come to a good end undoes itself, and a killed one is undone by the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from signal import SIGHUP, SIGKILL, Signals
from subprocess import DEVNULL

import pytest

from tests.engine.relay import PLAN, QUEUE, Relay, Whole
from wizard.lab.boot import PYTHON, PYTHON_ENVIRONMENT
from wizard.lab.namespaces import InsideProcess

pytestmark = pytest.mark.lab

CF = "/etc/mail/sendmail.cf"


@pytest.fixture
def before(relay: Relay) -> Iterator[Whole]:
    """A plan is made; everything as it is just before the apply. A failure is cleaned up after."""
    relay.make_plan()
    yield relay.whole()
    if relay.said("getent", "passwd", "sendmail", code=None):
        relay.stepdown("rollback", "--yes")


def assert_given_back(relay: Relay, before: Whole, *, but: str = "nothing") -> None:
    """The host is what it was, but for paths that begin so."""
    after = relay.whole()
    differing = {
        path: (before.files.get(path), after.files.get(path))
        for path in {*before.files, *after.files}
        if before.files.get(path) != after.files.get(path) and not path.startswith(but)
    }
    assert not differing
    assert after.service == before.service
    assert after.accounts == before.accounts


@contextmanager
def hop_stopped(relay: Relay) -> Iterator[None]:
    """The next hop answers to nobody meanwhile."""
    if relay.lab.init != "systemd":
        pytest.skip("the next hop is stopped by systemd")
    relay.said("systemctl", "stop", "stepdown-lab-hop")
    try:
        yield
    finally:
        relay.said("systemctl", "start", "stepdown-lab-hop")
        relay.lab.run((*PYTHON, "wizard.lab.observe", "wait", "127.0.0.2"), env=PYTHON_ENVIRONMENT)


def until(what: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for it. Fails where it does not happen."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def applying(relay: Relay, step: str) -> Iterator[InsideProcess]:
    """`stepdown apply` that has come to a step of its own, new run; it goes on meanwhile."""
    known = [run["run"] for run in relay.runs()]
    words = ["stepdown", "apply", PLAN, "--yes"]
    with relay.lab.popen(words, stdout=DEVNULL, stderr=DEVNULL) as front:
        until(lambda: len(relay.runs()) > len(known))
        journal = f"/var/lib/stepdown/runs/{relay.runs()[-1]['run']}/journal.jsonl"
        until(lambda: step in relay.said("cat", journal, code=None))
        yield front


def engine_pid(relay: Relay) -> str:
    """The engine process, by its command line."""
    return relay.said("pgrep", "-o", "-f", "wizard.engine_proces[s]").strip()


def test_a_map_out_of_reach_is_named_before_there_is_a_plan(relay: Relay) -> None:
    relay.said("/bin/sh", "-c", "mkdir -m 0700 /root/maps; cp -a /etc/mail/*.db /root/maps")
    relay.said("sed", "-i", "s|hash /etc/mail/virtusertable|hash /root/maps/virtusertable|", CF)
    try:
        accepted = "config.hand-edited=the maps are elsewhere"
        told = relay.expect(3, "plan", "--edit", "cf", "--accept", accepted)
        assert "needs.files" in told
    finally:
        relay.said("sed", "-i", "s|hash /root/maps/virtusertable|hash /etc/mail/virtusertable|", CF)


def test_a_proof_that_fails(relay: Relay, before: Whole) -> None:
    """The next hop is gone: the proof's message waits, so the change is not kept; mail is."""
    with hop_stopped(relay):
        told = relay.apply(5)
        assert "A whole message reached the next hop" in told
        assert_given_back(relay, before, but=f"{QUEUE}/")
        waiting = [e for p, e in relay.lab.manifest(QUEUE).items() if p != QUEUE]
        assert len(waiting) == 4, "two files of each message: two ports take one"
        assert {e.owner_name for e in waiting} == {"root"}
    relay.run_queue()
    assert relay.relayed("stepdown proof: this relay's children run unprivileged")
    until(lambda: len(relay.lab.manifest(QUEUE)) == 1)


def kill_engine(relay: Relay, step: str) -> None:
    """SIGKILL while the step is at work, and what stepdown says about it."""
    with applying(relay, step) as front:
        relay.said("kill", "-KILL", engine_pid(relay))
        assert front.wait(30) == 1
    assert relay.runs()[-1]["unfinished"] is True
    assert "UNFINISHED" in relay.expect(0, "status")
    refused = relay.expect(3, "apply", PLAN, "--yes")
    assert "never finished" in refused or "checks block" in refused


def test_an_engine_killed_while_the_relay_stops(relay: Relay, before: Whole) -> None:
    """SIGKILL in the switch: status says so, rollback mends it."""
    kill_engine(relay, "service-stop")
    relay.rollback()
    assert_given_back(relay, before)
    assert relay.runs()[-1]["phase"] == "rolled-back"
    assert relay.relays("after an engine killed in the stop")


def test_an_engine_killed_while_the_relay_starts(relay: Relay, before: Whole) -> None:
    """systemd then knows of no service to stop, but the new daemon is there."""
    kill_engine(relay, "service-start")
    relay.rollback()
    assert_given_back(relay, before)
    assert relay.serving_child()["Uid"].split() == ["0"] * 4
    assert relay.relays("after an engine killed in the start")


@pytest.mark.parametrize("signal", [SIGHUP, pytest.param(SIGKILL, marks=pytest.mark.long)])
def test_a_killed_front_end(relay: Relay, before: Whole, signal: Signals) -> None:
    """The engine is a process of its own: it goes on to the end."""
    with applying(relay, "account-group") as front:
        front.send_signal(signal)
        assert front.wait(30) != 0
    until(lambda: relay.runs()[-1]["phase"] == "done", 60)
    assert "Done: proven" in relay.expect(0, "attach")
    relay.rollback()
    assert_given_back(relay, before)


def test_a_full_disk_for_the_state(relay: Relay, before: Whole) -> None:
    """Nothing is begun that could not be undone."""
    relay.said("mkdir", "-m", "0700", "/root/small")
    relay.said("mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "small", "/root/small")
    relay.said("/bin/sh", "-c", "head -c 250k /dev/zero > /root/small/fill", code=None)
    try:
        done = relay.stepdown(*("apply", PLAN, "--yes"), env={"STEPDOWN_STATE_DIR": "/root/small"})
        told = (done.stdout + done.stderr).decode()
        assert done.returncode in (1, 3, 6), told
        assert "Traceback" not in told
        assert "No space left" in told or "room" in told
    finally:
        relay.said("umount", "/root/small")
    assert_given_back(relay, before)


def mounted_small(relay: Relay, room: int) -> None:
    """/etc/mail on a file system of its own with so many KiB free."""
    relay.said("/bin/sh", "-c", "cp --archive /etc/mail /root/mail")
    relay.said("mount", "-t", "tmpfs", "-o", "size=1m,mode=2755", "small", "/etc/mail")
    relay.said("/bin/sh", "-c", "cp --archive /root/mail/. /etc/mail/; rm -r /root/mail")
    fill = f"free=$(df --output=avail -k /etc/mail | tail -1); head -c $((free - {room}))k "
    relay.said("/bin/sh", "-c", f"{fill} /dev/zero > /etc/mail/fill")


@pytest.mark.parametrize("room", [0, 24], ids=["no-room", "room-for-the-mc-only"])
def test_a_full_disk_under_etc_mail(relay: Relay, room: int) -> None:
    """The first file, or the cf in the middle of the switch, cannot be written."""
    mounted_small(relay, room)
    try:
        relay.make_plan()
        before = relay.whole()
        told = relay.apply(1)
        assert "No space left" in told
        assert "Rolled back" in told
        assert ("the relay stops" in told) == (room > 0)
        assert_given_back(relay, before)
        assert relay.relays(f"with a full disk and {room} KiB")
    finally:
        relay.said("umount", "--lazy", "/etc/mail")
        relay.restart()


EVIL = (
    r"V8\nT1\nK0\nN0\nP30\nCroot\nS<alice@example.com>\nRPFD:|/usr/local/bin/evil\n"
    r"H??Subject: x\n.\n"
)


def test_what_a_taken_over_child_leaves_in_the_queue_is_not_run_by_root(
    relay: Relay, before: Whole
) -> None:
    """The account owns the queue; after the rollback root's Sendmail reads it."""
    relay.lab.write("/usr/local/bin/evil", b"#!/bin/sh\nid > /tmp/evil-was-here\n", 0o755)
    relay.apply()
    words = f"umask 077; printf '{EVIL}' > qf6AMevil0000001; echo x > df6AMevil0000001"
    account = ("setpriv", "--reuid=sendmail", "--regid=sendmail", "--clear-groups")
    relay.said(*account, "/bin/sh", "-c", f"cd {QUEUE}; {words}")
    told = relay.rollback()
    assert "qf6AMevil0000001" in told
    assert "does not run" in told
    relay.run_queue()
    assert not came(relay, "/tmp/evil-was-here", 1)
    relay.said("/bin/sh", "-c", f"cd {QUEUE}; mv Qf6AMevil0000001 qf6AMevil0000001")
    relay.run_queue()
    assert came(relay, "/tmp/evil-was-here", 10), "but for the other name it would have been run"
    relay.said("/bin/sh", "-c", f"rm -f {QUEUE}/?f*")
    assert_given_back(relay, before)


def came(relay: Relay, path: str, seconds: float) -> bool:
    """Whether the file appears within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if relay.lab.manifest(path):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.long
def test_a_rollback_that_is_asked_for_during_the_proof(relay: Relay, before: Whole) -> None:
    """Nobody is to confirm, so that nothing but the proof is left: it does not end in `done`."""
    with applying(relay, '"phase":"verifying"') as front:
        relay.said("pkill", "-STOP", "-f", "wizard.engine_proces[s]")
        assert relay.runs()[-1]["phase"] == "verifying"
        mark = f"/var/lib/stepdown/runs/{relay.runs()[-1]['run']}/stop"
        with relay.lab.popen(["stepdown", "rollback", "--yes"], stdout=DEVNULL) as asking:
            until(lambda: "No such" not in relay.said("find", mark, code=None))
            relay.said("pkill", "-CONT", "-f", "wizard.engine_proces[s]")
            assert asking.wait() == 0
        assert front.wait() == 5
    assert relay.runs()[-1]["phase"] == "rolled-back"
    assert_given_back(relay, before)
