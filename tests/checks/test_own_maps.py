from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import healthy
from tests.checks.routes import answered, cf, table
from wizard.api import Subject
from wizard.facts.cf_model import CfRule
from wizard.facts.mail_model import TableRow, Tables
from wizard.model import Severity

CHECK = "relay.own-maps"
RULE = CfRule(1047, "ParseLocal", "R$* < @ $+ . > $* $: $(mymap $2 $)", (), ("mymap",))


def _subject(kind: str) -> Subject:
    rows = (TableRow("a.example", f"{kind}:x", 2, kind),)
    return answered(tables=Tables((table("mymap", *rows),)), cf=replace(cf(), rules=(RULE,)))


CASES = (
    passes("only Sendmail's", healthy(), "routing tables: mailertable"),
    finds(
        "one's own",
        _subject("esmtp"),
        Severity.OVERRIDABLE,
        "sendmail.cf:1047  R$* < @",
        "/etc/mail/mymap:2  a.example esmtp:x",
    ),
    unknown(
        "one's own, unreadable",
        answered(tables=Tables((), {"mymap": "sendmail.cf:9  Kmymap ldap: not listed"})),
        "Kmymap ldap",
    ),
    passes("Sendmail's, unreadable", answered(tables=Tables((), {"mailertable": "denied"}))),
    finds("to a local mailer", _subject("local"), Severity.BLOCKER, "names the mailer local"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_own_maps(case: Case) -> None:
    judge(CHECK, case)
