from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import STOCK, alias_file, healthy
from wizard.api import Subject
from wizard.facts.mail_model import Aliases
from wizard.model import Severity

CHECK = "relay.alias-includes"


def _aliases(*targets: str) -> Subject:
    lines = [(14 + n, "ticket", target) for n, target in enumerate(targets)]
    return healthy(aliases=Aliases((STOCK, alias_file(*lines)), ()))


CASES = (
    passes("stock aliases", healthy()),
    passes("an address", _aliases("include@example.org")),
    finds("a list", _aliases(":include:/etc/mail/lists/staff"), Severity.BLOCKER, "lists/staff"),
    finds("in capitals", _aliases('":INCLUDE:/etc/staff"'), Severity.BLOCKER),
    unknown(
        "an alias map out of reach",
        healthy(aliases=Aliases((STOCK,), ("nis:mail.aliases",))),
        "nis:",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alias_includes(case: Case) -> None:
    judge(CHECK, case)
