from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import healthy
from tests.checks.routes import RULE, answered, cf, here
from wizard.facts.mail_model import Destination
from wizard.facts.model import CfRule
from wizard.model import Severity

CHECK = "relay.mailers"
OWN = CfRule(1047, "ParseLocal", "R$* < @ lr.example . > $* $#cyrusv2 $: $1", ("cyrusv2",), ())
DEFAULT = CfRule(926, "Parse1", "R$+ $#cyrusv2 $: $1", ("cyrusv2",), ())
REACHED = replace(
    here("bob", "accounts"),
    destinations=(Destination("cyrusv2", "", "bob"),),
    says=("bob... deliverable: mailer cyrusv2, user bob",),
)
CASES = (
    passes("stock", healthy(), "local, prog"),
    passes("defined, not used", answered(), "local, prog, cyrusv2"),
    passes("local mail is another check's", answered(here("bob", "accounts"))),
    passes("confLOCAL_MAILER", answered(REACHED, cf=replace(cf(), rules=(DEFAULT,)))),
    finds(
        "LOCAL_RULE_0",
        answered(cf=replace(cf(), rules=(RULE, OWN))),
        Severity.OVERRIDABLE,
        "hands mail to cyrusv2",
        "sendmail.cf:1047  R$* < @ lr.example",
        "sendmail.cf:1930  Mcyrusv2, P=[IPC]",
    ),
    finds(
        "two rules",
        answered(cf=replace(cf(), rules=(OWN, OWN))),
        Severity.OVERRIDABLE,
        "2 rules of the cf",
    ),
    finds("reached", answered(REACHED), Severity.BLOCKER, "bob... deliverable: mailer cyrusv2"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mailers(case: Case) -> None:
    judge(CHECK, case)
