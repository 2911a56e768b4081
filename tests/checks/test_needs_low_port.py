from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed
from wizard.api import Subject
from wizard.model import Severity

CHECK = "needs.low-port"


def _client(*values: str, name: str = "ClientPortOptions") -> Subject:
    return changed("cf", options={name: values})


CASES = (
    passes("not set", changed("cf", options={"DaemonPortOptions": ("Port=smtp",)})),
    passes("an address", _client("Family=inet, Addr=198.51.100.25")),
    passes("any port", _client("Family=inet, Port=0")),
    passes("a high port", _client("Family=inet,Port=2000")),
    finds("a low port", _client("Family=inet, Port=1000"), Severity.BLOCKER, "Port=1000"),
    finds("by name", _client("P=smtp,F=inet"), Severity.BLOCKER, "below 1024"),
    finds(
        "only for IPv6", _client("Family=inet", "Family=inet6,Port=25"), Severity.BLOCKER, "inet6"
    ),
    finds("in other letters", _client("Port=999", name="clientportoptions"), Severity.BLOCKER),
    unknown("some name", _client("Port=mailout"), "cannot be told", "Port=mailout"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_low_port(case: Case) -> None:
    judge(CHECK, case)
