"""Bad input is refused by name and changes nothing: the host's manifest stays what it was."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.engine.relay import PLAN, PROBE, Relay

pytestmark = pytest.mark.lab

MC = "/etc/mail/sendmail.mc"
CF = "/etc/mail/sendmail.cf"
GUARD = "/etc/mail/GNUmakefile"
ENTRY = "/var/spool/mqueue"
STATE = "/var/lib/stepdown"


@pytest.fixture(autouse=True)
def untouched(relay: Relay) -> Iterator[None]:
    """What a test itself changes it puts back; what stepdown changed shows here."""
    before = relay.whole()
    yield
    after = relay.whole()
    assert after.files == before.files
    assert (after.service, after.accounts) == (before.service, before.accounts)


@pytest.fixture(scope="module")
def plan(relay: Relay) -> bytes:
    """A good plan for this host, which PLAN holds before each test that asks for it."""
    relay.make_plan()
    return relay.lab.read(PLAN)


def moved_away(relay: Relay, path: str) -> None:
    relay.said("mv", path, f"{path}.away")


def moved_back(relay: Relay, path: str) -> None:
    relay.said("mv", f"{path}.away", path)


def with_mc(relay: Relay, content: bytes, *words: str) -> tuple[int, str]:
    """Exit code and words of a command while the .mc has other content."""
    relay.said("cp", "--archive", MC, "/root/mc")
    relay.said("cp", "--archive", CF, "/root/cf")
    relay.said("/bin/sh", "-c", f"cat > {MC} <<'END'\n{content.decode()}\nEND")
    try:
        done = relay.stepdown(*words)
    finally:
        relay.said("cp", "--archive", "/root/mc", MC)
        relay.said("cp", "--archive", "/root/cf", CF)
    return done.returncode, (done.stdout + done.stderr).decode()


def test_not_root(relay: Relay) -> None:
    relay.said("install", "-m", "644", "/dev/null", "/tmp/plan.json")
    checked = relay.stepdown("check", user="smmsp")
    assert checked.returncode == 3
    assert "host.root" in checked.stdout.decode()
    planned = relay.stepdown("plan", "-o", "/tmp/other.json", user="smmsp")
    assert planned.returncode == 3
    assert "host.root" in planned.stderr.decode()
    for words in (("rollback", "--yes"), ("confirm",)):
        done = relay.stepdown(*words, user="smmsp")
        assert done.returncode != 0
        assert b"Traceback" not in done.stderr


def test_apply_of_a_good_plan_by_someone_else(relay: Relay, plan: bytes) -> None:
    relay.lab.write("/tmp/plan.json", plan, 0o644)
    done = relay.stepdown("apply", "/tmp/plan.json", "--yes", user="smmsp")
    assert done.returncode == 3, done.stderr.decode()
    assert b"root" in done.stderr


def test_no_sendmail(relay: Relay) -> None:
    moved_away(relay, "/usr/sbin/sendmail")
    try:
        told = relay.expect(3, "check")
        assert "host.sendmail" in told
        assert "host.sendmail" in relay.expect(3, "plan", "-o", "/root/none.json", *PROBE)
    finally:
        moved_back(relay, "/usr/sbin/sendmail")


def test_an_unreadable_mc(relay: Relay) -> None:
    """root reads every file; what it cannot read is one that is no file."""
    moved_away(relay, MC)
    relay.said("mkdir", MC)
    try:
        told = relay.expect(3, "check")
        assert MC in told
        planned = relay.expect(3, "plan", "-o", "/root/none.json")
        assert "config.m4" in planned
    finally:
        relay.said("rmdir", MC)
        moved_back(relay, MC)


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ("define(`confLOG_LEVEL', `9'", "config.m4"),
        ("FEATURE(`no_such_feature')dnl", "config.m4"),
        ("divert(0)\ninclude(`/etc/mail/not-there.m4')", "config.m4"),
    ],
    ids=["missing-parenthesis", "unknown-feature", "missing-include"],
)
def test_an_mc_that_m4_does_not_build(relay: Relay, spoilt: str, told: str) -> None:
    content = relay.lab.read(MC) + spoilt.encode()
    code, words = with_mc(relay, content, "plan", "-o", "/root/none.json")
    assert code == 3
    assert told in words
    assert "Traceback" not in words


def test_an_mc_that_ends_too_early(relay: Relay) -> None:
    content = relay.lab.read(MC) + b"m4exit(0)"
    code, words = with_mc(relay, content, "plan", "-o", "/root/none.json")
    assert code == 3
    assert "config.m4" in words


def test_no_m4(relay: Relay) -> None:
    moved_away(relay, "/usr/bin/m4")
    try:
        told = relay.expect(3, "check")
        assert "apt-get install m4" in told
    finally:
        moved_back(relay, "/usr/bin/m4")


def spoilt_plan(relay: Relay, data: bytes) -> str:
    relay.lab.write("/root/spoilt.json", data, 0o600)
    return "/root/spoilt.json"


def test_a_plan_from_another_host(relay: Relay, plan: bytes) -> None:
    relay.said("cp", "--archive", "/etc/machine-id", "/root/machine-id")
    relay.said("/bin/sh", "-c", "echo 0123456789abcdef0123456789abcdef > /etc/machine-id")
    try:
        told = relay.expect(4, "apply", PLAN, "--yes")
    finally:
        relay.said("cp", "--archive", "/root/machine-id", "/etc/machine-id")
    assert "the plan is for relay1.example.net" in told


def test_a_plan_edited_by_hand(relay: Relay, plan: bytes) -> None:
    edited = plan.replace(b'"uid": 997', b'"uid": 0')
    assert edited != plan
    told = relay.expect(4, "apply", spoilt_plan(relay, edited), "--yes")
    assert "changed after it was sealed" in told


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": "other/1"}'])
def test_a_plan_that_is_none(relay: Relay, data: bytes) -> None:
    told = relay.expect(1, "apply", spoilt_plan(relay, data), "--yes")
    assert "/root/spoilt.json" in told
    assert "Traceback" not in told


def test_a_torn_plan(relay: Relay, plan: bytes) -> None:
    told = relay.expect(1, "apply", spoilt_plan(relay, plan[: len(plan) // 2]), "--yes")
    assert "not a stepdown plan" in told


def test_a_plan_that_is_not_there_or_a_directory(relay: Relay) -> None:
    assert "No such file" in relay.expect(1, "apply", "/root/nowhere.json", "--yes")
    assert "directory" in relay.expect(1, "apply", "/etc", "--yes")


@pytest.mark.parametrize(
    ("drift", "back", "named"),
    [
        (("chmod", "0600", CF), ("chmod", "0644", CF), CF),
        (("chown", "root", ENTRY), ("chown", "smmta", ENTRY), ENTRY),
        (("chmod", "0755", ENTRY), ("chmod", "2750", ENTRY), ENTRY),
        (("chgrp", "mail", "/etc/aliases"), ("chgrp", "root", "/etc/aliases"), "/etc/aliases"),
        (("touch", GUARD), ("rm", GUARD), GUARD),
    ],
    ids=["cf-mode", "queue-owner", "queue-mode", "aliases-group", "guard-there"],
)
def test_a_drifted_host(
    relay: Relay, plan: bytes, drift: tuple[str, ...], back: tuple[str, ...], named: str
) -> None:
    relay.said(*drift)
    try:
        told = relay.expect(4, "apply", PLAN, "--yes")
    finally:
        relay.said(*back)
    assert named in told


def test_a_cf_and_mc_that_were_edited_since(relay: Relay, plan: bytes) -> None:
    content = relay.lab.read(MC) + b"define(`confLOG_LEVEL', `10')dnl"
    code, words = with_mc(relay, content, "apply", PLAN, "--yes")
    assert code in (3, 4)
    assert MC in words or "hand-edited" in words


def test_an_account_that_was_taken_since(relay: Relay, plan: bytes) -> None:
    relay.said("cp", "--archive", "/etc/passwd", "/root/passwd")
    relay.said("/bin/sh", "-c", "echo games2:x:997:60::/:/bin/false >> /etc/passwd")
    try:
        told = relay.expect(4, "apply", PLAN, "--yes")
    finally:
        relay.said("cp", "--archive", "/root/passwd", "/etc/passwd")
    assert "account" in told


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ("mkdir -m 700 $1; chown games $1", "chown root /tmp/state && chmod 0700 /tmp/state"),
        ("mkdir -m 770 $1", "(owner 0, mode 0770)"),
        ("mkdir -m 700 /tmp/real; ln -s real $1", "Name what it is: /tmp/real"),
    ],
)
def test_a_state_directory_that_someone_else_prepared(
    relay: Relay, plan: bytes, made: str, why: str
) -> None:
    """Told by the checks already, and first of all; never used."""
    relay.said("/bin/sh", "-ec", f"rm -rf /tmp/state; {made}", "sh", "/tmp/state")
    env = {"STEPDOWN_STATE_DIR": "/tmp/state"}
    told = relay.expect(3, "check", env=env)
    assert told.startswith("✖ The records of stepdown cannot be used: /tmp/state")
    assert why in told
    planned = relay.expect(3, "plan", "-o", "/tmp/other.json", *PROBE, env=env)
    applied = relay.expect(3, "apply", PLAN, "--yes", env=env)
    for text in (planned, applied):
        assert "The records of stepdown cannot be used: /tmp/state" in text
    assert not relay.said("find", "/tmp/state/", "-mindepth", "1")


def test_a_plan_is_never_written_where_it_cannot_be(relay: Relay) -> None:
    told = relay.expect(1, "plan", "-o", "/proc/nothing/plan.json", *PROBE)
    assert "/proc/nothing" in told
    assert json.loads(relay.lab.read(PLAN))["schema"] == "stepdown.plan/1"
