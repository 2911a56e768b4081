from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import changed
from wizard.model import Severity

CHECK = "needs.non-root-safe-addr"
DEBIAN = ",AssumeSafeChown,TrustStickyBit,NonRootSafeAddr,GroupWritableIncludeFile"
CASES = (
    passes("not set", changed("cf", options={"DontBlameSendmail": ("safe",)})),
    finds(
        "Debian's own",
        changed("cf", options={"DontBlameSendmail": (DEBIAN,)}),
        Severity.INFO,
        "NonRootSafeAddr is set",
    ),
    finds(
        "in other letters",
        changed("cf", options={"dontblamesendmail": ("nonrootsafeaddr",)}),
        Severity.INFO,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_non_root_safe_addr(case: Case) -> None:
    judge(CHECK, case)
