from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import STOCK, changed, healthy
from wizard.facts.mail_model import Aliases
from wizard.model import Severity

CHECK = "relay.alias-loops"
LOOP = ("/etc/aliases:16  a: b", "/etc/aliases:17  b: a")
CASES = (
    passes("stock aliases", healthy(), "No aliases lead in a circle"),
    finds("a loop", changed("aliases", loops=(LOOP,)), Severity.WARNING, *LOOP, "\na: a@your"),
    unknown("unreadable", healthy(aliases=Aliases((STOCK,), ("nis:mail.aliases",))), "nis:"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alias_loops(case: Case) -> None:
    judge(CHECK, case)
