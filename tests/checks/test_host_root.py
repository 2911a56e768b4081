from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, skips
from tests.checks.healthy import healthy
from wizard.model import Identity, Mode, Severity

CHECK = "host.root"

NOBODY = Identity("relay1.example.net", "0" * 16, 1000, "hal", Mode.LIVE)
REVIEWER = Identity("relay1.example.net", "0" * 16, 1000, "hal", Mode.REVIEW)
TRAINEE = Identity("relay1.example.net", "0" * 16, 1000, "hal", Mode.PRACTICE)
CASES = (
    passes("root", healthy(), "Run as root"),
    finds("not root", healthy(identity=NOBODY), Severity.BLOCKER, "1000 (hal)", "sudo stepdown"),
    finds("practice", healthy(identity=TRAINEE), Severity.BLOCKER, "1000"),
    skips("a review", healthy(identity=REVIEWER), "nothing is changed"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_root(case: Case) -> None:
    judge(CHECK, case)
