"""What runs is what is configured: seeded faults on a real migrated relay, each named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.audit.by_hand import NO_CRON
from tests.engine.relay import Relay
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Lab

pytestmark = pytest.mark.lab

CF, MC = "/etc/mail/sendmail.cf", "/etc/mail/sendmail.mc"
KEEP = f"cp -p {CF} {MC} /etc/mail/submit.mc /root/"
BACK = "cp -p /root/sendmail.cf /root/sendmail.mc /root/submit.mc /etc/mail/"
ID = {"cf": "cf.run-as-user", "mc": "cf.built", "now": "daemon.current", "alone": "daemon.alone"}
ELSE = (
    f"sed 's#^O QueueDirectory.*#O QueueDirectory=/var/spool/else#; s#^O RunAsUser#\\#&#; "
    f"s#^O PidFile.*#O PidFile=/run/else.pid#; /^O DaemonPortOptions/d' {CF} > /root/else.cf; "
    "echo 'O DaemonPortOptions=Port=smtp, Addr=127.0.0.9' >> /root/else.cf; "
    "mkdir -p -m 700 /var/spool/else; "
)
SECOND = f"{ELSE} /usr/sbin/sendmail-mta -C /root/else.cf -bd; sleep 1"
SECOND_ENDS = "kill $(head -1 /run/else.pid); sleep 1; rm -rf /var/spool/else /run/else.pid"


@dataclass(frozen=True)
class Fault:
    """A fault, the proof that must name it, and how."""

    name: str
    script: str
    proof: str
    says: str
    undo: str = BACK


def value(text: str) -> str:
    """RunAsUser with another value, in the cf."""
    return f"sed -i 's/^O RunAsUser=.*/O RunAsUser={text}/' {CF}"


def define(line: str) -> str:
    """Another line in the .mc in place of the define."""
    return f"sed -i '/confRUN_AS_USER/d' {MC}; cat >> {MC} <<'END'\n{line}\nEND\n"


FAULTS = (
    Fault("commented", f"sed -i 's/^O RunAsUser/#&/' {CF}", "cf", ": a comment"),
    Fault(
        "second line",
        f"echo 'O RunAsUser=mail:mail' >> {CF}",
        "cf",
        "Sendmail takes the first that is not root",
    ),
    Fault("unknown user", value("nobodyhere"), "cf", "there is no account 'nobodyhere'"),
    Fault("unknown group", value("sendmail:nowhere"), "cf", "there is no group 'nowhere'"),
    Fault("root", value("root"), "cf", "its uid is root's"),
    Fault("a number alone", value("990"), "cf", "its group is root's"),
    Fault(
        "only in submit.mc",
        f"sed -i 's/^O RunAsUser/#&/' {CF}; "
        "echo \"define(\\`confRUN_AS_USER', \\`sendmail')\" >> /etc/mail/submit.mc",
        "cf",
        "that is the MSP's file",
    ),
    Fault(
        "dnl",
        define("dnl define(`confRUN_AS_USER', `sendmail')dnl"),
        "mc",
        "dnl makes it a comment",
    ),
    Fault(
        "apostrophes",
        define("define('confRUN_AS_USER', 'sendmail:sendmail')dnl"),
        "mc",
        "an apostrophe where m4 wants a backtick",
    ),
    Fault(
        "a blank",
        define("define (`confRUN_AS_USER', `sendmail:sendmail')dnl"),
        "mc",
        "a blank before the parenthesis",
    ),
    Fault("no define", f"sed -i '/confRUN_AS_USER/d' {MC}", "mc", "no define of confRUN_AS_USER"),
    Fault("m4 fails", f"echo 'FEATURE(`nosuchfeature'\"'\"')' >> {MC}", "mc", "nosuchfeature"),
    Fault("not restarted", f"sleep 2; touch {CF}", "now", "cf changed"),
    Fault(
        "another cf",
        "/etc/init.d/sendmail stop; cp -p /etc/mail/sendmail.cf /root/other.cf; "
        "/usr/sbin/sendmail-mta -C /root/other.cf -bd; sleep 1",
        "now",
        "no daemon reads /etc/mail/sendmail.cf",
        "kill $(head -1 /run/sendmail/mta/sendmail.pid); sleep 1; /etc/init.d/sendmail start",
    ),
    Fault("second instance", SECOND, "alone", "another daemon", SECOND_ENDS),
    Fault("on 127.0.0.9:25", SECOND, "alone", "on 127.0.0.9:25", SECOND_ENDS),
)


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """A relay that stepdown migrated; each test gives it back as it was."""
    with open_or_skip(init="script") as lab:
        found = Relay(lab)
        found.make_plan()
        found.apply()
        shell(lab, f"{KEEP}; {NO_CRON}")
        yield found


def shell(lab: Lab, script: str) -> None:
    done = lab.run(["/bin/sh", "-c", script])
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def proofs(relay: Relay) -> dict[str, Any]:
    """Each row of `verify --json` by its id."""
    import json

    done = relay.stepdown("verify", "--json")
    return {row["id"]: row for row in json.loads(done.stdout)["results"]}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name)
def test_each_fault_is_named_with_its_place(relay: Relay, fault: Fault) -> None:
    shell(relay.lab, fault.script)
    try:
        row = proofs(relay)[ID[fault.proof]]
    finally:
        shell(relay.lab, fault.undo)
    assert row["outcome"] == "found", row
    assert any(fault.says in line for line in row["evidence"]), row
    assert row["meaning"], "a failed proof says what it means"


def test_the_healthy_relay_is_proven(relay: Relay) -> None:
    rows = proofs(relay)
    assert {rows[one]["outcome"] for one in ID.values()} == {"pass"}


def test_a_dot_is_no_fault_and_is_told(relay: Relay) -> None:
    shell(relay.lab, f"{value('sendmail.sendmail')}; touch -r /root/sendmail.cf {CF}")
    try:
        row = proofs(relay)["cf.run-as-user"]
    finally:
        shell(relay.lab, BACK)
    assert row["outcome"] == "pass"
    assert any("the dot divides" in line for line in row["evidence"])


def test_a_reload_counts_as_reading_the_cf(relay: Relay) -> None:
    """SIGHUP has the daemon start itself anew: the proof must not ask for a restart."""
    shell(relay.lab, f"sleep 2; touch {CF}; /etc/init.d/sendmail reload; sleep 1")
    assert proofs(relay)["daemon.current"]["outcome"] == "pass"
