from __future__ import annotations

from typing import Any

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import healthy, leads_to
from tests.checks.routes import answered, here, refused, table, unsure
from wizard.api import Subject
from wizard.facts.mail_model import Resolution, TableRow, Tables
from wizard.facts.route.interesting import NOBODY
from wizard.model import Severity

CHECK = "relay.mailertable"


def _subject(*rows: TableRow, answers: tuple[Resolution, ...] = (), **more: Any) -> Subject:
    return answered(*answers, tables=Tables((table("mailertable", *rows),)), **more)


HUB = TableRow("example.org", "esmtp:[hub.example.org]", 1, "esmtp")
LOCAL = TableRow("example.com", "local:", 4, "local")
CYRUS = TableRow("mail.example", "cyrusv2:x", 5, "cyrusv2")
FAX = TableRow(".fax.example", "fax:x", 6, "fax")
AT = "/etc/mail/mailertable:4"
AWAY = leads_to(f"{NOBODY}@example.com", "mailertable", place=AT)
HERE = here(f"{NOBODY}@example.com", "mailertable", place=AT)
UNKNOWN_MAILER = unsure(f"{NOBODY}@stepdown.fax.example", "mailertable")
GAMES = here("games", "accounts")
CASES = (
    passes("all to the hub", healthy(), "1 entry, /etc/mail/mailertable"),
    passes("no mailertable", healthy(tables=Tables(())), "No mailertable is in use"),
    passes("local: under MAIL_HUB", _subject(HUB, LOCAL, answers=(AWAY,)), "esmtp, local"),
    passes("an error", _subject(TableRow("x.example", "error:5.1.1 no", 2, "error"))),
    finds(
        "local:",
        _subject(HUB, LOCAL, answers=(HERE,)),
        Severity.BLOCKER,
        f"{AT}  example.com local:",
        f"mailer local, user {NOBODY}",
        "example.com\tesmtp:[",
    ),
    finds(
        "local: without a user, and an account with mail here",
        _subject(HUB, LOCAL, answers=(refused(f"{NOBODY}@example.com", "mailertable"), GAMES)),
        Severity.BLOCKER,
        "example.com is a domain of this host's accounts",
        f"{AT}  example.com local:",
        "sendmail -bv games  games... deliverable: mailer local",
    ),
    finds(
        "Cyrus",
        _subject(HUB, CYRUS),
        Severity.BLOCKER,
        "hands mail to cyrusv2",
        "mailertable:5  mail.example cyrusv2:x",
    ),
    finds(
        "two to Cyrus", _subject(CYRUS, CYRUS), Severity.BLOCKER, "2 rows of the mailertable hand"
    ),
    finds(
        "a mailer that there is none",
        _subject(FAX, answers=(UNKNOWN_MAILER,)),
        Severity.WARNING,
        "mailertable:6  .fax.example fax:x",
    ),
    unknown(
        "in LDAP",
        healthy(tables=Tables((), {"mailertable": "sendmail.cf:170  Kmailertable ldap"})),
        "Kmailertable ldap",
    ),
    unknown("a map is missing", _subject(HUB, answers=(unsure("x@example.org", "mailertable"),))),
    unknown(
        "too many",
        _subject(HUB, LOCAL, answers=(AWAY,), left=("mailertable: 40 more rows",)),
        "40 more rows",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mailertable(case: Case) -> None:
    judge(CHECK, case)
