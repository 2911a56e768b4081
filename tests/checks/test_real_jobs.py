"""Whom the jobs of a host mail, and where that goes, on real Sendmail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.checks.test_real_host import judge
from tests.checks.test_real_needs import CF, changed, do
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Lab


@pytest.fixture(scope="module")
def relay() -> Iterator[Lab]:
    """One healthy relay, which each test puts right again."""
    with open_or_skip("relay") as lab:
        yield lab


def _jobs(lab: Lab) -> tuple[str, str | None, str]:
    return judge(lab).results["relay.jobs"]


@contextmanager
def _kept_here(lab: Lab) -> Iterator[None]:
    """Without MAIL_HUB, and with an account: her mail is delivered here."""
    do(lab, "id kim 2>/dev/null || useradd -M -d /nonexistent kim")
    lines = [line for line in lab.read(CF).splitlines() if line.startswith(b"DH")]
    with changed(lab, CF, lines[0], b"DH"):
        yield


def test_a_crontab_whose_owner_has_her_mail_here(relay: Lab) -> None:
    with _kept_here(relay):
        do(relay, "echo '5 4 * * * /usr/bin/backup --password hidden' | crontab -u kim -")
        try:
            blocked = _jobs(relay)
            do(relay, "(echo MAILTO=kim@example.org; crontab -u kim -l) | crontab -u kim -")
            elsewhere = _jobs(relay)
            do(relay, "echo '5 4 * * * backup >/dev/null 2>&1' | crontab -u kim -")
            silent = _jobs(relay)
        finally:
            do(relay, "crontab -u kim -r")
    assert blocked[:2] == ("found", "blocker")
    assert "/var/spool/cron/crontabs/kim:" in blocked[2]
    assert "5 4 * * * /usr/bin/backup …" in blocked[2]
    assert "hidden" not in blocked[2]
    assert "deliverable: mailer local, user kim" in blocked[2]
    assert (elsewhere[0], silent[0]) == ("pass", "pass")


def test_a_setting_that_mails_somebody_here(relay: Lab) -> None:
    with _kept_here(relay):
        do(relay, "mkdir -p /etc/mdadm; echo 'MAILADDR kim' > /etc/mdadm/mdadm.conf")
        try:
            blocked = _jobs(relay)
        finally:
            do(relay, "rm -r /etc/mdadm")
    assert blocked[:2] == ("found", "blocker")
    assert "/etc/mdadm/mdadm.conf:1  mdadm: kim" in blocked[2]


def test_a_recipient_that_sendmail_refuses_and_one_nobody_can_ask_for(relay: Lab) -> None:
    with _kept_here(relay):
        do(relay, "printf 'MAILTO=gone9\\n@daily root x\\n' > /etc/cron.d/h")
        refused = _jobs(relay)
        do(relay, "printf 'MAILTO=\"|/bin/x -bd\"\\n@daily root x\\n' > /etc/cron.d/h")
        strange = _jobs(relay)
        do(relay, "rm /etc/cron.d/h")
    assert refused[:2] == ("found", "warning")
    assert "User unknown" in refused[2]
    assert strange[0] == "unknown"


def test_cron_itself_sends_to_whom_was_asked_for(relay: Lab) -> None:
    """What cron submits for root goes where the check said."""
    before = len(relay.messages())
    do(relay, "printf 'Subject: x\\n\\nhi\\n' | /usr/sbin/sendmail -FCronDaemon -i -oem root")
    do(relay, "sleep 1")
    message = relay.messages()[before]
    answer = do(relay, f"/usr/sbin/sendmail -C {CF} -bv root@relay1.example.net")
    assert f"user {message.rcpt_tos[0]}" in answer


def test_a_remedy_sends_job_mail_away(relay: Lab) -> None:
    with _kept_here(relay):
        do(relay, "echo '5 4 * * * backup' | crontab -u kim -")
        try:
            now = _jobs(relay)
            remedy = ("--edit", "mc", "--remedy", "mail-hub=hub.example.org")
            planned = judge(relay, *remedy).results["relay.jobs"]
        finally:
            do(relay, "crontab -u kim -r")
    assert (now[1], planned[0]) == ("blocker", "pass")
