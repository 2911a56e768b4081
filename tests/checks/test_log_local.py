from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, healthy, leads_to, log_file
from wizard.api import Subject
from wizard.facts.mail_model import LocalRecipient, LogFile, Resolutions
from wizard.model import Severity

CHECK = "relay.log-local"


def _logs(files: tuple[LogFile, ...], since: float | None) -> Subject:
    return changed("logs", files=files, last_local="Nov 22 06:25:01", days_since_local=since)


LINE = "Nov 22 06:25:01 relay1 sm-mta[7]: 4A: to=<root@relay1>, mailer=local, stat=Sent"
LOCAL = (log_file(LINE), log_file(path="/var/log/mail.log.1"))
ROOT = LocalRecipient("<root@relay1>", "local", 42, "Nov 22 06:25:01", "/var/log/mail.log:10")


def _led(mailer: str = "esmtp", *, more: int = 0, left_out: tuple[str, ...] = ()) -> Subject:
    subject = changed(
        "logs", files=LOCAL, days_since_local=0.5, recipients=(ROOT,), more_recipients=more
    )
    answers = Resolutions((leads_to("root@relay1", "logged", mailer),), left_out)
    return replace(subject, facts=replace(subject.facts, log_recipients=answers))


CASES = (
    finds(
        "who gets it",
        changed("logs", files=LOCAL, recipients=(ROOT,)),
        Severity.BLOCKER,
        "/var/log/mail.log:10  <root@relay1>: 42 by mailer local, 2.0 a day, last Nov 22 06:25:01",
    ),
    finds("still here", _led("local"), Severity.BLOCKER),
    finds(
        "led elsewhere by now",
        _led(),
        Severity.OVERRIDABLE,
        "Mail was delivered locally, and would go to hub.example.org now",
    ),
    finds("not all are known", _led(more=1), Severity.BLOCKER),
    finds("not all were asked", _led(left_out=("logged: 9",)), Severity.BLOCKER),
    finds(
        "logs that ended",
        changed("logs", days_ago=12.0),
        Severity.OVERRIDABLE,
        "The mail logs ended 12 days ago",
        "/var/log/mail.log",
    ),
    finds(
        "logged elsewhere too",
        changed("logs", elsewhere=("/etc/rsyslog.conf:9  mail.* @loghost",)),
        Severity.INFO,
        "rsyslog.conf:9  mail.* @loghost",
    ),
    passes("a relay", healthy(), "in 21 days of logs", "1,200 deliveries, 1 file, LogLevel 9"),
    finds(
        "local mail",
        _logs(LOCAL, 0.5),
        Severity.BLOCKER,
        f"mail.log:10  {LINE}",
        "1 local delivery, last Nov 22",
    ),
    finds("no time known", _logs(LOCAL, None), Severity.BLOCKER, "mailer=local"),
    finds("put right since", _logs(LOCAL, 8.0), Severity.OVERRIDABLE, "a week ago"),
    finds("no log", changed("logs", files=(), days=None), Severity.OVERRIDABLE, "no mail log"),
    finds("LogLevel 7", changed("logs", log_level=7), Severity.OVERRIDABLE, "O LogLevel=7"),
    finds("three days", changed("logs", days=3.2), Severity.WARNING, "only 3 days", "Nov  1"),
    unknown("unreadable", changed("logs", unreadable=("/var/log/mail.log: denied",)), "denied"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_log_local(case: Case) -> None:
    judge(CHECK, case)
