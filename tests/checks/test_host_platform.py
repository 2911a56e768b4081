from __future__ import annotations

import pytest

from tests.checks.cases import Case, judge, passes, unknown
from tests.checks.healthy import healthy
from wizard.facts.model import Unknown

CHECK = "host.platform"

CASES = (
    passes("debian", healthy(), "bookworm"),
    unknown("plan 9", healthy(platform=Unknown("ID=plan9 in /etc/os-release")), "plan9", "guess"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_platform(case: Case) -> None:
    judge(CHECK, case)
