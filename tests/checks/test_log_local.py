from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, healthy, log_file
from wizard.api import Subject
from wizard.facts.mail_model import LogFile
from wizard.model import Severity

CHECK = "relay.log-local"


def _logs(files: tuple[LogFile, ...], since: float | None) -> Subject:
    return changed("logs", files=files, last_local="Nov 22 06:25:01", days_since_local=since)


LINE = "Nov 22 06:25:01 relay1 sm-mta[7]: 4A: to=<root@relay1>, mailer=local, stat=Sent"
LOCAL = (log_file(LINE), log_file(path="/var/log/mail.log.1"))
CASES = (
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
