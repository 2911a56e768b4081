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

CHECK = "relay.virtusertable"


def _subject(*rows: TableRow, answers: tuple[Resolution, ...] = (), **more: Any) -> Subject:
    return answered(*answers, tables=Tables((table("virtuser", *rows),)), **more)


SALES = TableRow("sales@example.com", "bob", 2, "name")
ALL = TableRow("@example.com", "%1", 3, "name")
AWAY = TableRow("@example.net", "%1@hub.example.net", 4, "elsewhere")
AT = "/etc/mail/virtusertable:2"
HERE = here("sales@example.com", "virtuser", "bob", AT)
CASES = (
    passes("no virtusertable", healthy(), "No virtusertable is in use"),
    passes("to another domain", _subject(AWAY), "1 entry", "1 to other domains"),
    passes(
        "an alias off-host",
        _subject(SALES, answers=(leads_to("sales@example.com", "virtuser", place=AT),)),
        "1 to a name",
    ),
    passes("nobody", _subject(ALL, answers=(refused(f"{NOBODY}@example.com", "virtuser"),))),
    finds(
        "a bare name",
        _subject(SALES, AWAY, answers=(HERE,)),
        Severity.BLOCKER,
        f"{AT}  sales@example.com bob",
        "deliverable: mailer local, user bob",
        "sales@example.com\tsales@",
    ),
    finds(
        "%1",
        _subject(ALL, answers=(here(f"{NOBODY}@example.com", "virtuser", "", f"{AT[:-1]}3"), HERE)),
        Severity.BLOCKER,
        "2 virtual users",
        "@example.com\t%1@",
    ),
    unknown("in LDAP", healthy(tables=Tables((), {"virtuser": "sendmail.cf:170  Kvirtuser ldap"}))),
    unknown(
        "too many", _subject(SALES, left=("virtuser: 40 more destinations of kind name",)), "40"
    ),
    unknown("a map is missing", _subject(SALES, answers=(unsure("x@y.example", "virtuser"),))),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_virtusertable(case: Case) -> None:
    judge(CHECK, case)
