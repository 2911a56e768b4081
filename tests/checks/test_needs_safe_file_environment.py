from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import changed
from wizard.model import Severity

CHECK = "needs.safe-file-environment"
CASES = (
    passes("not set", changed("cf", options={}), "not set"),
    passes("Debian's own", changed("cf", options={"SafeFileEnvironment": ("/",)}), "=/"),
    finds(
        "a directory",
        changed("cf", options={"SafeFileEnvironment": ("/srv/safe",)}),
        Severity.WARNING,
        "O SafeFileEnvironment=/srv/safe",
        "Cannot chroot",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_safe_file_environment(case: Case) -> None:
    judge(CHECK, case)
