from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import healthy
from tests.checks.routes import RULE, answered, cf, here
from wizard.facts.cf_model import Cf, CfRule
from wizard.facts.mail_model import Destination
from wizard.model import Severity

CHECK = "relay.mailers"
OWN = CfRule(1047, "ParseLocal", "R$* < @ lr.example . > $* $#cyrusv2 $: $1", ("cyrusv2",), ())
DEFAULT = CfRule(926, "Parse1", "R$+ $#cyrusv2 $: $1", ("cyrusv2",), ())
REACHED = replace(
    here("bob", "accounts"),
    destinations=(Destination("cyrusv2", "", "bob"),),
    says=("bob... deliverable: mailer cyrusv2, user bob",),
)
SMART = CfRule(940, "Parse1", "R$* < @ $* > $* $: $>MailerToTriple < $S >", ("$S",), ())


def smart_host(value: str) -> Cf:
    """The cf with define(`SMART_HOST', value)."""
    return replace(cf(), rules=(SMART,), macros={"S": value})


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
    passes("SMART_HOST", answered(cf=smart_host("esmtp:[hub.example.org]"))),
    passes("SMART_HOST without a mailer", answered(cf=smart_host("[IPv6:2001:db8::1]"))),
    finds(
        "SMART_HOST that delivers here",
        answered(cf=smart_host("cyrusv2:x")),
        Severity.BLOCKER,
        "SMART_HOST hands mail to cyrusv2",
        "DS cyrusv2:x",
        "sendmail.cf:940  R$* < @ $* > $* $: $>MailerToTriple < $S >",
    ),
    finds(
        "a macro that is set later",
        answered(cf=replace(cf(), rules=(replace(OWN, mailers=("$&{own}",)),))),
        Severity.OVERRIDABLE,
        "The macro own chooses the mailer",
    ),
    finds("reached", answered(REACHED), Severity.BLOCKER, "bob... deliverable: mailer cyrusv2"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mailers(case: Case) -> None:
    judge(CHECK, case)
