from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import healthy
from tests.checks.routes import answered, cf, here, refused, unsure
from wizard.model import Severity

CHECK = "relay.luser-relay"
KIND = "unknown user"
LUSER = cf(macros={"L": "local:bob"}, places={"DL": 114})
CASES = (
    passes("to the hub", healthy(), "leaves this host", "to hub.example.org"),
    passes("refused", answered(refused("nobody-here", KIND)), "is refused"),
    finds(
        "to bob",
        answered(here("nobody-here", KIND, "bob"), cf=LUSER),
        Severity.BLOCKER,
        "sendmail.cf:114  DLlocal:bob",
        "mailer local, user bob",
        "define(`LUSER_RELAY', `esmtp:[",
    ),
    finds("Cyrus knows", answered(here("nobody-here", KIND)), Severity.BLOCKER, "MAIL_HUB"),
    unknown("a map is missing", answered(unsure("nobody-here", KIND)), "missing map file"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_luser_relay(case: Case) -> None:
    judge(CHECK, case)
