from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import changed, facts, healthy
from wizard.api import Subject
from wizard.model import Severity

CHECK = "relay.class-w"


def _named(name: str, macros: dict[str, str]) -> Subject:
    base = changed("classes", w=("localhost", name))
    return replace(base, facts=replace(base.facts, cf=replace(facts().cf, macros=macros)))


OWN = ("localhost", "LOCALHOST.localdomain", "[IPv6:::1]", "[10.0.0.1]", "relay1.localdomain")
CASES = (
    passes("own names", healthy(), "5 names in class w"),
    passes("own names in other words", changed("classes", w=OWN)),
    passes("named by the cf", _named("mx.example.com", {"j": "mx.example.com", "H": ""})),
    finds(
        "a mail domain", _named("example.com", {"H": ""}), Severity.OVERRIDABLE, "$=w  example.com"
    ),
    finds("another's relay1", _named("relay1.example.com", {}), Severity.OVERRIDABLE, "relay1.ex"),
    finds(
        "under MAIL_HUB",
        _named("example.com", {"H": "esmtp:[hub]"}),
        Severity.OVERRIDABLE,
        "to hub, yet",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_class_w(case: Case) -> None:
    judge(CHECK, case)
