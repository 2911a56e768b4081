from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import STOCK, alias_file, healthy
from wizard.api import Subject
from wizard.facts.mail_model import AliasEntry, Aliases
from wizard.model import Severity

CHECK = "relay.alias-includes"


def _aliases(*targets: str) -> Subject:
    lines = [(14 + n, "ticket", target) for n, target in enumerate(targets)]
    return healthy(aliases=Aliases((STOCK, alias_file(*lines)), ()))


GONE = "/etc/aliases:9  /etc/mail/staff is not there: mail for staff comes back"
NESTED = AliasEntry(
    "/etc/mail/staff",
    3,
    "staff",
    (":include:/etc/mail/more",),
    ":include:/etc/mail/more",
    via=("/etc/aliases:9",),
)
CASES = (
    passes("stock aliases", healthy()),
    passes("an address", _aliases("include@example.org")),
    finds("a list", _aliases(":include:/etc/mail/lists/staff"), Severity.BLOCKER, "lists/staff"),
    finds("in capitals", _aliases('":INCLUDE:/etc/staff"'), Severity.BLOCKER),
    finds(
        "a list that is gone",
        healthy(aliases=Aliases((STOCK,), (), (replace(STOCK, entries=(), problems=(GONE,)),))),
        Severity.WARNING,
        GONE,
        "An included list is not there",
    ),
    finds(
        "a list that includes a list",
        healthy(aliases=Aliases((STOCK,), (), (replace(STOCK, entries=(NESTED,)),))),
        Severity.BLOCKER,
        "/etc/aliases:9 -> /etc/mail/staff:3  :include:/etc/mail/more",
    ),
    unknown(
        "an alias map out of reach",
        healthy(aliases=Aliases((STOCK,), ("nis:mail.aliases",))),
        "nis:",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alias_includes(case: Case) -> None:
    judge(CHECK, case)
