from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import healthy, leads_to
from tests.checks.routes import answered, cf, here, refused, unsure
from wizard.model import Severity

CHECK = "relay.double-bounce"
SET = cf(
    options={"DoubleBounceAddress": ("bounces",), "DeadLetterDrop": ("/var/tmp/dead",)},
    places={"O DoubleBounceAddress": 487},
)
COPY = cf(options={"PostmasterCopy": ("Postmaster",)}, places={"O PostmasterCopy": 293})
KIND = "double bounces"
CASES = (
    passes("the hub's postmaster", healthy(), "postmaster: to hub.example.org"),
    passes("copied off-host", answered(leads_to("Postmaster", "postmaster copy"), cf=COPY)),
    finds(
        "here",
        answered(here("bounces", KIND), cf=SET),
        Severity.BLOCKER,
        "sendmail.cf:487  O DoubleBounceAddress=bounces",
        "sendmail -bv bounces",
        "define(`confDOUBLE_BOUNCE_ADDRESS', `postmaster@",
    ),
    finds(
        "lost",
        answered(refused("bounces", KIND), cf=SET),
        Severity.OVERRIDABLE,
        "would be lost",
        "/var/tmp/dead",
    ),
    finds("by default", answered(here("postmaster", KIND)), Severity.BLOCKER, "(the default)"),
    finds(
        "a copy here",
        answered(here("Postmaster", "postmaster copy"), cf=COPY),
        Severity.BLOCKER,
        "Copies of bounces are delivered here",
        ":293  O PostmasterCopy=Postmaster",
        "confCOPY_ERRORS_TO",
    ),
    unknown("a map is missing", answered(unsure("postmaster", KIND)), "missing map file"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_double_bounce(case: Case) -> None:
    judge(CHECK, case)
