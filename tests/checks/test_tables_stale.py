from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import healthy
from tests.checks.routes import answered, table
from wizard.facts.mail_model import Tables
from wizard.model import Severity

CHECK = "relay.tables-stale"
UNLIKE = ("/etc/mail/mailertable:3  new.example local:  (not in the database)",)
ONLY_THERE = ("/etc/mail/mailertable.db  old.example esmtp:[x]  (not in the text)",)
CASES = (
    passes("they agree", healthy(), "1 table, 1 entry"),
    passes("none", healthy(tables=Tables(()))),
    finds(
        "they differ",
        answered(tables=Tables((table("mailertable", unlike=UNLIKE),))),
        Severity.OVERRIDABLE,
        UNLIKE[0],
        "makemap hash /etc/mail/mailertable < /etc/mail/mailertable",
    ),
    finds(
        "more in the database",
        answered(tables=Tables((table("mailertable", unlike=ONLY_THERE),))),
        Severity.OVERRIDABLE,
        "makemap hash /etc/mail/mailertable < /etc/mail/mailertable",
    ),
    unknown("in LDAP", healthy(tables=Tables((), {"mailertable": "Kmailertable ldap"})), "ldap"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tables_stale(case: Case) -> None:
    judge(CHECK, case)
