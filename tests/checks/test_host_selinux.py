from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, healthy
from wizard.facts.model import Unknown
from wizard.model import Severity

CHECK = "host.selinux"
UNSURE = Unknown("Neither enforce nor filesystems is there")
CASES = (
    passes("none", healthy(), "SELinux is not active"),
    finds(
        "enforcing",
        changed("ground", selinux="enforcing"),
        Severity.OVERRIDABLE,
        "/sys/fs/selinux/enforce  1",
        "restorecon",
    ),
    finds("permissive", changed("ground", selinux="permissive"), Severity.INFO, "only logs"),
    finds(
        "in a container",
        changed("ground", selinux="active"),
        Severity.OVERRIDABLE,
        "a container hides",
    ),
    unknown("nothing tells", changed("ground", unknown={"selinux": UNSURE}), "is there"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_selinux(case: Case) -> None:
    judge(CHECK, case)
