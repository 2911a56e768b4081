"""The checks on real Sendmail: each practice relay gets the verdict that an admin would give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from wizard.lab.practice import Lab, LabUnavailable
from wizard.lab.program import APP, SITE

JUDGE = """
import json, sys
from checks.registry import run_checks, verdict
from wizard.api import Subject
from wizard.facts.gather import gather
from wizard.host.local import LocalReader
from wizard.model import Choices

host = LocalReader()
choices = Choices(edit=sys.argv[1] if len(sys.argv) > 1 else "")
results = run_checks(Subject(gather(host), host.identity(), choices))
told = {}
for result in results:
    evidence = [line for finding in result.findings for line in finding.evidence]
    told[result.check_id] = (result.outcome, result.severity, "\\n".join(evidence))
json.dump({"verdict": verdict(results), "results": told}, sys.stdout)
"""
SEVERE = ("overridable", "blocker")


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


def judge(lab: Lab, *arguments: str, user: str = "root") -> Judged:
    """Gather and judge within the relay, as the command line does."""
    lab.write("/run/judge.py", JUDGE.encode())
    environment = f"PYTHONPATH={APP}:{SITE}"
    argv = ["/usr/bin/env", environment, "/usr/bin/python3", "-P", "/run/judge.py", *arguments]
    done = lab.run(argv, user=user)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    return Judged(told["verdict"], {key: tuple(value) for key, value in told["results"].items()})


def _opened(scenario: str) -> Lab:
    try:
        return Lab.open(scenario)
    except LabUnavailable as reason:
        pytest.skip(f"no practice relay on this machine: {reason.problem}")


@pytest.fixture(scope="module")
def relay() -> Iterator[Lab]:
    """One healthy relay, which each test puts right again."""
    with _opened("relay") as lab:
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
    with _opened(scenario) as lab:
        judged = judge(lab)
    assert judged.verdict == "blocked"
    assert list(judged.blocking()) == [check_id]
    assert evidence in judged.blocking()[check_id]


def test_a_relay_without_a_mc_is_ready_and_told_so() -> None:
    with _opened("no-mc") as lab:
        assert judge(lab).verdict == "ready"
        assert judge(lab).results["config.m4"][1] == "warning"
        assert list(judge(lab, "mc").blocking()) == ["config.m4"]


def test_a_healthy_relay_is_ready(relay: Lab) -> None:
    judged = judge(relay)
    assert judged.blocking() == {}
    assert judged.verdict == "ready"


def test_without_root_what_cannot_be_seen_blocks(relay: Lab) -> None:
    judged = judge(relay, user="smmsp")
    assert judged.results["host.root"][1] == "blocker"
    unknown = {key for key, result in judged.results.items() if result[0] == "unknown"}
    assert {"host.sendmail", "relay.forward", "relay.log-local"} <= unknown


@pytest.mark.parametrize(
    ("path", "added", "check_id", "evidence"),
    [
        ("/etc/aliases", b"a: b,\n  /var/mail/x\n", "relay.alias-files", "a: b, /var/mail/x"),
        ("/etc/aliases", b'l: ":include:/etc/l"\n', "relay.alias-includes", "/etc/l"),
        ("/etc/mail/local-host-names", b"example.com\n", "relay.class-w", "$=w  example.com"),
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


def test_an_edited_text_whose_database_is_old_is_unknown(relay: Lab) -> None:
    before = relay.read("/etc/aliases")
    relay.run(["touch", "-d", "+1 minute", "/etc/aliases"])
    judged = judge(relay)
    relay.write("/etc/aliases", before)
    relay.run(["newaliases"])
    assert "run newaliases" in judged.blocking()["relay.alias-programs"]


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
