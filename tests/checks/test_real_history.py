"""History on the real Sendmail: what it logs, counts and leaves in mailboxes."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator

import pytest
import zstandard

from tests.checks.test_real_host import Judged, judge
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Lab

LOCAL, BOXES, STATS = "relay.log-local", "relay.mailboxes", "relay.mailstats"
LINE = "Nov  1 06:25:01 relay1 sm-mta[7]: 4AA1P1aa000007: to=root, delay=0, mailer=local, stat=Sent"
TALK = r"""
import smtplib, sys
for recipient in sys.argv[1:]:
    with smtplib.SMTP("127.0.0.1") as session:
        session.ehlo()
        session.docmd("MAIL FROM:<alice@example.com>")
        code, says = session.docmd("RCPT TO:" + recipient)
        assert code == 250, says
        session.data("Subject: x\n\nhello\n")
"""
FOOLING = (
    '<"x, delay=00:00:00, mailer=local, pri=1, "@example.org>',
    r'<"a\", delay=00:00:00, mailer=local, "@example.org>',
    "<sales(: to=x, mailer=local, )@example.org>",
)
HIDING = (
    "<(, delay=00:00:00, mailer=esmtp, )bob@relay1.example.net>",
    "(x: to=a, delay=00:00:00, mailer=esmtp, pri=1)<bob@relay1.example.net>",
)


def _send(lab: Lab, *recipients: str) -> None:
    """Hand the relay a message for each, and wait until it logged what became of it."""
    before = lab.read("/var/log/mail.log").count(b" stat=")
    done = lab.run(["/usr/bin/python3", "-c", TALK, *recipients])
    assert done.returncode == 0, done.stderr.decode()
    for _ in range(100):
        if lab.read("/var/log/mail.log").count(b" stat=") >= before + len(recipients):
            return
        time.sleep(0.1)
    raise AssertionError("the relay did not deliver")


def _title(judged: Judged, check_id: str) -> tuple[str, str | None]:
    return judged.results[check_id][0], judged.results[check_id][1]


@pytest.fixture(scope="module")
def relay() -> Iterator[Lab]:
    with open_or_skip("relay") as lab:
        yield lab


@pytest.fixture(scope="module")
def keeper() -> Iterator[Lab]:
    """A relay on which bob's mail stays."""
    with open_or_skip("local-log") as lab:
        yield lab


def test_a_relay_with_a_day_of_logs_is_warned_and_no_more(relay: Lab) -> None:
    judged = judge(relay)
    assert _title(judged, LOCAL) == ("found", "warning")
    assert _title(judged, BOXES) == ("pass", None)
    assert _title(judged, STATS) == ("pass", None)


def test_a_sender_cannot_make_it_look_local(relay: Lab) -> None:
    _send(relay, *FOOLING)
    log = relay.read("/var/log/mail.log")
    assert log.count(b", mailer=local, ") >= len(FOOLING)
    assert _title(judge(relay), LOCAL) == ("found", "warning")


@pytest.mark.parametrize("ending", ["gz", "zst", "1"])
def test_rotated_logs_on_the_real_host(relay: Lab, ending: str) -> None:
    raw = f"{LINE}\n".encode()
    pack = {"gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress}.get(ending, bytes)
    path = f"/var/log/mail.log-20261101.{ending}"
    relay.write(path, pack(raw))
    try:
        found = judge(relay)
        relay.write(path, pack(raw)[:-2] if ending != "1" else raw)
        spoiled = judge(relay)
    finally:
        relay.run(["rm", path])
    assert f"{path}:1  {LINE}" in found.blocking()[LOCAL]
    assert _title(found, LOCAL) == ("found", "overridable")  # three weeks ago
    if ending != "1":
        assert f"{path}: damaged or cut short" in spoiled.blocking()[LOCAL]
        assert spoiled.results[LOCAL][0] == "unknown"


def test_what_is_no_log_beside_the_logs(relay: Lab) -> None:
    relay.run(["mkdir", "/var/log/mail.log.d"])
    relay.run(["mkfifo", "/var/log/mail.log.2"])
    try:
        judged = judge(relay)
    finally:
        relay.run(["rm", "-r", "/var/log/mail.log.d", "/var/log/mail.log.2"])
    assert "/var/log/mail.log.2: not a regular file" in judged.blocking()[LOCAL]
    assert "mail.log.d" not in judged.blocking()[LOCAL]


@pytest.mark.parametrize(
    ("age", "severity"),
    [("1 hour ago", "blocker"), ("12 days ago", "overridable"), ("1 year ago", "warning")],
)
def test_mailboxes_by_their_age(relay: Lab, age: str, severity: str) -> None:
    path = "/var/mail/od\x1b[2Jd"
    relay.write(path, b"From x\n\nhello\n")
    relay.run(["touch", "-d", age, path])
    try:
        judged = judge(relay)
    finally:
        relay.run(["rm", path])
    assert _title(judged, BOXES) == ("found", severity)
    assert "/var/mail/od\\x1b[2Jd  14 bytes" in judged.results[BOXES][2]


def test_syslog_that_writes_elsewhere_is_followed_or_told(relay: Lab) -> None:
    relay.write("/etc/rsyslog.d/mta.conf", b"mail.* /srv/mta.log\nmail.* @loghost\n")
    relay.write("/srv/mta.log", f"{LINE}\n".encode())
    try:
        judged = judge(relay)
    finally:
        relay.run(["rm", "/etc/rsyslog.d/mta.conf", "/srv/mta.log"])
    assert "/srv/mta.log:1" in judged.blocking()[LOCAL]
    assert "/etc/rsyslog.d/mta.conf:2  mail.* @loghost" in judged.results[LOCAL][2]


def test_recipients_that_lead_elsewhere_by_now(keeper: Lab) -> None:
    aliases = keeper.read("/etc/aliases")
    keeper.write("/etc/aliases", aliases + b"bob: bob@example.org\n")
    keeper.run(["newaliases"])
    try:
        judged = judge(keeper)
    finally:
        keeper.write("/etc/aliases", aliases)
        keeper.run(["newaliases"])
    assert _title(judged, LOCAL) == ("found", "overridable")
    assert _title(judged, BOXES) == ("found", "overridable")


def test_local_mail_and_its_recipients(keeper: Lab) -> None:
    _send(keeper, *HIDING)
    judged = judge(keeper)
    assert _title(judged, LOCAL) == ("found", "blocker")
    assert "<bob@relay1.example.net>: 1 by mailer local" in judged.blocking()[LOCAL]
    for recipient in HIDING:
        assert f"{recipient}: 1 by mailer local" in judged.blocking()[LOCAL]
    assert _title(judged, BOXES) == ("found", "blocker")
    assert "/var/mail/bob" in judged.blocking()[BOXES]


def test_sendmails_own_counts_and_they_stay_as_they_are(keeper: Lab) -> None:
    path = "/var/lib/sendmail/sendmail.st"
    keeper.run(["install", "-o", "root", "-g", "smmsp", "-m", "660", "/dev/null", path])
    assert _title(judge(keeper), STATS) == ("pass", None)
    _send(keeper, "<sales@example.org>", "<bob@relay1.example.net>")
    before = keeper.read(path)
    judged = judge(keeper)
    assert keeper.read(path) == before
    assert _title(judged, STATS) == ("found", "blocker")
    assert f"{path}  local: 1 since " in judged.blocking()[STATS]


def test_without_root_history_is_unknown(relay: Lab) -> None:
    judged = judge(relay, user="smmsp")
    assert judged.results[LOCAL][0] == "unknown"


def test_a_host_with_the_journal_alone(keeper: Lab) -> None:
    keeper.run(["mv", "/var/log/mail.log", "/root/kept.log"])
    try:
        judged = judge(keeper)
    finally:
        keeper.run(["mv", "/root/kept.log", "/var/log/mail.log"])
    if keeper.init == "systemd":
        assert "/var/log/mail.log" not in judged.blocking()[LOCAL]
        assert "mailer=local" in judged.blocking()[LOCAL]
    else:
        assert "no mail log" in str(judged.results[LOCAL])
