from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import changed, healthy
from wizard.model import Severity

CHECK = "host.disk"

CASES = (
    passes("room", healthy(), "12.0 GB free", "9.0 MB needed"),
    passes("just enough", changed("disk", free=9 << 20)),
    finds("too little", changed("disk", free=1 << 20), Severity.BLOCKER, "Free 8.0 MB"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_disk(case: Case) -> None:
    judge(CHECK, case)
