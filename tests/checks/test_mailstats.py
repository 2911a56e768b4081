from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, healthy, leads_to, log_file
from wizard.api import Subject
from wizard.facts.mail_model import LocalRecipient, MailStats, Resolutions
from wizard.facts.model import Unknown
from wizard.model import Severity

CHECK = "relay.mailstats"
PATH = "/var/lib/sendmail/sendmail.st"
LINE = "Nov 22 06:25:01 relay1 sm-mta[7]: 4A: to=bob, mailer=local, stat=Sent"
BOB = LocalRecipient("bob", "local", 3, "Nov 22 06:25:01", "/var/log/mail.log:10")


def _counted(days: float = 400.0, mailer: str = "local", **logs: Any) -> Subject:
    subject = changed("logs", **logs)
    stats = MailStats(PATH, True, "2025-10-18 11:00 UTC", {mailer: 1500, "esmtp": 90_000}, days)
    return replace(subject, facts=replace(subject.facts, mailstats=stats))


def _with_days(days: float) -> Subject:
    subject = _counted()
    logs = changed("logs", days=days).facts.logs
    return replace(subject, facts=replace(subject.facts, logs=logs))


def _led(subject: Subject) -> Subject:
    answers = Resolutions((leads_to("bob", "logged"),))
    return replace(subject, facts=replace(subject.facts, log_recipients=answers))


DELIVERED: dict[str, Any] = {
    "files": (log_file(LINE),),
    "recipients": (BOB,),
    "days_since_local": 0.5,
}
CASES = (
    passes("no file", healthy(), "Sendmail keeps no statistics", f"{PATH}: not there"),
    passes("no option", healthy(mailstats=MailStats("", False)), "no StatusFile in the cf"),
    passes("just made", healthy(mailstats=MailStats(PATH, True)), "0 messages"),
    passes("a relay", _counted(mailer="relay"), "91,500 messages by 2 mailers since 2025-10-18"),
    passes("a zero", healthy(mailstats=MailStats(PATH, True, "x", {"local": 0}, 9.0))),
    finds(
        "old counts, clean logs",
        _counted(),
        Severity.OVERRIDABLE,
        "Sendmail counted 1,500 messages delivered locally",
        f"{PATH}  local: 1,500 since 2025-10-18",
    ),
    finds("counted lately", _counted(days=2.0), Severity.BLOCKER),
    finds("programs", _counted(days=2.0, mailer="prog"), Severity.BLOCKER, "prog: 1,500"),
    finds("delivered lately", _counted(**DELIVERED), Severity.BLOCKER),
    finds("logs of three days", _with_days(3.0), Severity.BLOCKER),
    finds("led elsewhere by now", _led(_counted(**DELIVERED)), Severity.OVERRIDABLE, "hub.example"),
    unknown("unreadable", healthy(mailstats=Unknown("bad magic number")), "bad magic"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mailstats(case: Case) -> None:
    judge(CHECK, case)
