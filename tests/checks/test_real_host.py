"""The checks on real Sendmail: each practice relay gets the verdict that an admin would give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.lab.opening import open_or_skip
from wizard.lab.practice import Lab

SEVERE = ("overridable", "blocker")
WITHOUT_MAIL_HUB = {
    "forward-file": {"relay.local-accounts"},
    "local-log": {"relay.local-accounts", "relay.mailboxes"},
}
"What blocks besides: on these two relays every account could get mail."


class Judged(NamedTuple):
    """What the checks said inside the relay."""

    verdict: str
    results: dict[str, tuple[str, str | None, str]]

    def blocking(self) -> dict[str, str]:
        """Evidence of what blocks, by check id."""
        return {
            check_id: evidence
            for check_id, (outcome, severity, evidence) in self.results.items()
            if severity in SEVERE or outcome in ("unknown", "crashed")
        }


def judge(lab: Lab, *choices: str, user: str = "root") -> Judged:
    """What `stepdown check` says within the relay."""
    done = lab.run(["stepdown", "check", "--json", *choices], user=user)
    assert done.returncode in (0, 3), done.stderr.decode()
    told = json.loads(done.stdout)
    assert done.returncode == (0 if told["verdict"] == "ready" else 3)
    results = {
        row["id"]: (row["outcome"], row["severity"], "\n".join(row["evidence"]))
        for row in told["results"]
    }
    return Judged(told["verdict"], results)


@pytest.fixture(scope="module")
def relay() -> Iterator[Lab]:
    """One healthy relay, which each test puts right again."""
    with open_or_skip("relay") as lab:
        yield lab


@pytest.mark.parametrize(
    ("scenario", "check_id", "evidence"),
    [
        ("alias-program", "relay.alias-programs", '"|/usr/local/bin/ticket"'),
        ("forward-file", "relay.forward", "/home/alice/.forward:1  alice@example.org"),
        ("local-log", "relay.log-local", "mailer=local"),
        ("hand-edited-cf", "config.hand-edited", "-O MaxMessageSize=20971520"),
    ],
)
def test_what_each_scenario_is_about_blocks_it(scenario: str, check_id: str, evidence: str) -> None:
    with open_or_skip(scenario) as lab:
        judged = judge(lab)
    assert judged.verdict == "blocked"
    assert evidence in judged.blocking().pop(check_id)
    others = set(judged.blocking()) - {check_id}
    assert others <= WITHOUT_MAIL_HUB.get(scenario, set())


def test_a_relay_without_a_mc_is_ready_and_told_so() -> None:
    with open_or_skip("no-mc") as lab:
        assert judge(lab).verdict == "ready"
        assert judge(lab).results["config.m4"][1] == "warning"
        assert list(judge(lab, "--edit", "mc").blocking()) == ["config.m4"]


def test_a_healthy_relay_is_ready(relay: Lab) -> None:
    judged = judge(relay)
    assert judged.blocking() == {}
    assert judged.verdict == "ready"


def test_without_root_what_cannot_be_seen_blocks(relay: Lab) -> None:
    judged = judge(relay, user="smmsp")
    assert judged.results["host.root"][1] == "blocker"
    unknown = {key for key, result in judged.results.items() if result[0] == "unknown"}
    assert {"host.sendmail", "relay.forward", "relay.log-local"} <= unknown


def test_what_m4_may_not_read_is_unknown(relay: Lab) -> None:
    """Debian's .mc includes /etc/mail/m4/*, which others may not read."""
    relay.run(["useradd", "-r", "plain"])
    judged = judge(relay, user="plain")
    relay.run(["userdel", "plain"])
    assert judged.results["config.m4"][0] == "unknown"


@pytest.mark.parametrize(
    ("path", "added", "check_id", "evidence"),
    [
        ("/etc/aliases", b"a: b,\n  /var/mail/x\n", "relay.alias-files", "a: b, /var/mail/x"),
        ("/etc/aliases", b'l: ":include:/etc/l"\n', "relay.alias-includes", "/etc/l"),
        ("/etc/mail/sendmail.mc", b"define(`x', `y'\n", "config.m4", "sendmail.mc"),
    ],
)
def test_one_line_more_blocks(
    relay: Lab, path: str, added: bytes, check_id: str, evidence: str
) -> None:
    before = relay.read(path)
    relay.write(path, before + added)
    relay.run(["newaliases"])
    try:
        blocking = judge(relay).blocking()
    finally:
        relay.write(path, before)
        relay.run(["newaliases"])
    assert evidence in blocking.pop(check_id, "")
    assert set(blocking) <= {"config.hand-edited"}


def test_an_older_name_of_a_feature_blocks_nothing(relay: Lab) -> None:
    """m4 remarks upon it and builds all the same; stock files of years ago have it."""
    path = "/etc/mail/sendmail.mc"
    before = relay.read(path)
    feature = b"FEATURE(`blacklist_recipients')dnl\nMAILER_DEFINITIONS\n"
    relay.write(path, before.replace(b"MAILER_DEFINITIONS\n", feature))
    try:
        blocking = judge(relay).blocking()
    finally:
        relay.write(path, before)
    assert set(blocking) == {"config.hand-edited"}  # the cf in use is without it


def test_local_mail_in_a_rotated_log_is_found(relay: Lab) -> None:
    line = "Nov  1 06:25:01 relay1 sm-mta[7]: 4AA1P1: to=root, delay=0, mailer=local, stat=Sent"
    relay.run(["sh", "-c", f"echo '{line}' | gzip > /var/log/mail.log.2.gz"])
    try:
        assert f"mail.log.2.gz:1  {line}" in judge(relay).blocking()["relay.log-local"]
    finally:
        relay.run(["rm", "/var/log/mail.log.2.gz"])


def test_a_migrated_cf_and_a_stopped_relay_block(relay: Lab) -> None:
    path = "/etc/mail/sendmail.cf"
    before = relay.read(path)
    relay.write(path, before.replace(b"#O RunAsUser=sendmail", b"O RunAsUser=smmta:smmsp"))
    migrated = judge(relay).blocking()
    relay.write(path, before)
    assert "O RunAsUser=smmta:smmsp" in migrated["host.migrated"]
    relay.run(["systemctl", "stop", "sendmail"])
    stopped = judge(relay).blocking()
    relay.run(["systemctl", "start", "sendmail"])
    assert "127.0.0.2:25" in stopped["host.sendmail"]
