from __future__ import annotations

from typing import Any

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import healthy, leads_to
from tests.checks.routes import answered, cf, here, unsure
from wizard.facts.cf_model import CfMap, CfRule
from wizard.model import Severity

CHECK = "relay.local-features"
KIND = "local users"
USER = cf(classes={"L": ("bob",)}, places={"CL": 155}, macros={"H": "esmtp:[hub]"})
BEST: dict[str, Any] = {
    "maps": (CfMap("bestmx", "bestmx", "", False, 171),),
    "rules": (CfRule(938, "Parse1", "R$* < @ $* > $* $(bestmx $2 $)", (), ("bestmx",)),),
}
CASES = (
    passes("none", healthy(), "none of them is used"),
    passes("an alias for bob", answered(leads_to("bob", KIND), cf=USER), "MAIL_HUB, LOCAL_USER"),
    passes("bestmx under MAIL_HUB", answered(cf=cf(macros={"H": "esmtp:[hub]"}, **BEST))),
    finds(
        "LOCAL_USER",
        answered(here("bob", KIND), cf=USER),
        Severity.BLOCKER,
        "sendmail.cf:155  $=L bob",
        "mailer local, user bob",
        "LOCAL_USER(`bob')",
    ),
    finds(
        "two users", answered(here("bob", KIND), here("al", KIND), cf=USER), Severity.BLOCKER, "2 u"
    ),
    finds(
        "bestmx_is_local",
        answered(cf=cf(**BEST)),
        Severity.OVERRIDABLE,
        "sendmail.cf:938  R$* < @ $* > $* $(bestmx $2 $)",
    ),
    finds(
        "MAIL_HUB is this host",
        answered(cf=cf(macros={"H": "esmtp:[Relay1.example.net]"}, places={"DH": 145})),
        Severity.OVERRIDABLE,
        "sendmail.cf:145  DHesmtp:[Relay1",
        "$=w  relay1.example.net",
    ),
    unknown("a map is missing", answered(unsure("bob", KIND)), "missing map file"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_local_features(case: Case) -> None:
    judge(CHECK, case)
