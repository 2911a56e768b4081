from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, healthy
from wizard.model import Severity

CHECK = "relay.forward"

HAL = (("hal", "/home/hal/.forward", '"|/usr/bin/procmail"'),)
EMPTY = (("hal", "/home/hal/.forward", ""),)
CASES = (
    passes("none", healthy(), "212 accounts, 198 homes, 0 unreadable"),
    passes("turned off", changed("forwards", path=""), "turned off"),
    finds("one", changed("forwards", found=HAL), Severity.BLOCKER, '/home/hal/.forward:1  "|/usr'),
    finds("many", changed("forwards", found=HAL * 3), Severity.BLOCKER, "3 .forward files"),
    finds("an empty one", changed("forwards", found=EMPTY), Severity.WARNING, "(empty)"),
    finds(
        "one that is not consulted",
        changed("forwards", found=HAL, elsewhere={"hal": "hal... deliverable: mailer esmtp"}),
        Severity.WARNING,
        '/home/hal/.forward:1  "|/usr/bin/procmail"; hal... deliverable: mailer esmtp',
        "is not consulted",
    ),
    finds("a FIFO", changed("forwards", ignored=(("/h/.forward", "FIFO"),)), Severity.WARNING),
    finds("sssd", changed("forwards", unlisted=("sss",)), Severity.OVERRIDABLE, "Accounts of sss"),
    unknown("an unreadable home", changed("forwards", unreadable=("/home/x: denied",)), "denied"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_forward(case: Case) -> None:
    judge(CHECK, case)
