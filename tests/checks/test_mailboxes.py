from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, healthy, leads_to, log_file
from wizard.api import Subject
from wizard.facts.mail_model import LocalRecipient, Mailbox, Mailboxes, Resolutions
from wizard.facts.model import Unknown
from wizard.model import Severity

CHECK = "relay.mailboxes"
LINE = "Nov 22 06:25:01 relay1 sm-mta[7]: 4A: to=bob, mailer=local, stat=Sent"
BOB = LocalRecipient("bob", "local", 3, "Nov 22 06:25:01", "/var/log/mail.log:10")


def _box(days: float, name: str = "bob", size: int = 585) -> Mailbox:
    return Mailbox(f"/var/mail/{name}", 1000, size, days)


def _boxes(*boxes: Mailbox, **logs: Any) -> Subject:
    subject = changed("logs", **logs)
    found = Mailboxes(("/var/mail",), boxes, len(boxes))
    return replace(subject, facts=replace(subject.facts, mailboxes=found))


def _led(subject: Subject, mailer: str) -> Subject:
    answers = Resolutions((leads_to("bob", "logged", mailer),))
    return replace(subject, facts=replace(subject.facts, log_recipients=answers))


DELIVERED: dict[str, Any] = {
    "files": (log_file(LINE),),
    "recipients": (BOB,),
    "days_since_local": 0.5,
}
CASES = (
    passes("none", healthy(), "No mail lies in a mailbox", "/var/mail"),
    passes(
        "empty ones",
        changed("mailboxes", empty=3, emptied_days=90.0),
        "3 empty mailboxes in /var/mail",
    ),
    passes("no spool", changed("mailboxes", directories=()), "no spool directory"),
    finds(
        "changed, and the logs cannot tell",
        _boxes(_box(0.1), days=2.0),
        Severity.BLOCKER,
        "1 mailbox changed within a week",
        "/var/mail/bob  585 bytes, uid 1000, changed today",
    ),
    finds("changed, no logs", _boxes(_box(1.0), days=None), Severity.BLOCKER, "1 day ago"),
    finds("changed, quiet log level", _boxes(_box(1.0), log_level=5), Severity.BLOCKER),
    finds("changed, logs ended", _boxes(_box(1.0), days_ago=30.0), Severity.BLOCKER),
    finds("changed, as logged", _led(_boxes(_box(1.0), **DELIVERED), "local"), Severity.BLOCKER),
    finds(
        "changed, and led elsewhere by now",
        _led(_boxes(_box(1.0), **DELIVERED), "esmtp"),
        Severity.OVERRIDABLE,
        "lead to hub.example.org by now",
    ),
    finds("changed, logs silent", _boxes(_box(3.0)), Severity.OVERRIDABLE, "somebody read mail"),
    finds("a fortnight", _boxes(_box(14.2)), Severity.OVERRIDABLE, "14 days ago", "monthly"),
    finds("a year", _boxes(_box(365.0)), Severity.WARNING, "Old mail lies in 1 mailbox"),
    finds(
        "hostile name",
        _boxes(_box(400.0, "[red]\n\x1b[2J")),
        Severity.WARNING,
        "/var/mail/[red]\\n\\x1b[2J  585",
    ),
    finds(
        "many",
        replace(
            healthy(),
            facts=replace(
                healthy().facts,
                mailboxes=Mailboxes(("/var/mail",), (_box(0.0), _box(50.0)) * 100, 100_000),
            ),
        ),
        Severity.OVERRIDABLE,
        "100 mailboxes or more changed within a week",
        "100,000 mailboxes, last changed today",
        "and 92 more",
    ),
    finds(
        "just emptied",
        changed("mailboxes", empty=1, emptied_days=0.2),
        Severity.INFO,
        "1 empty mailbox, one today",
    ),
    unknown("unreadable", healthy(mailboxes=Unknown("/var/mail: denied", "root")), "denied"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mailboxes(case: Case) -> None:
    judge(CHECK, case)
