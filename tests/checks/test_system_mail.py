from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import healthy
from tests.checks.routes import answered, here, refused, unsure
from wizard.model import Severity

CHECK = "relay.system-mail"
CASES = (
    passes("all leave", healthy(), "to hub.example.org"),
    finds(
        "root stays",
        answered(here("root", "system"), here("root@relay1.example.net", "system")),
        Severity.BLOCKER,
        "Mail for root is delivered here",
        "root... deliverable: mailer local, user root",
        "root: postmaster@",
    ),
    finds("no postmaster", answered(refused("postmaster", "system")), Severity.WARNING, "refused"),
    unknown("a map is missing", answered(unsure("root", "system")), "missing map file"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_system_mail(case: Case) -> None:
    judge(CHECK, case)
