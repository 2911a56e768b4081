from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, skips, unknown
from tests.checks.healthy import changed, healthy
from wizard.facts.around.attributes import NO_TOOL
from wizard.facts.model import Unknown
from wizard.model import Severity

CHECK = "host.immutable"
DENIED = "lsattr: Permission denied While reading flags on /etc/shadow"
CASES = (
    passes("none", healthy()),
    finds(
        "a map",
        changed("ground", immutable=("/etc/mail/access  +i",)),
        Severity.BLOCKER,
        "1 file cannot be changed",
        "/etc/mail/access  +i",
        "chattr -i /etc/mail/access",
    ),
    finds(
        "append-only passwd",
        changed("ground", immutable=("/etc/passwd  +a", "/etc/mail  +i")),
        Severity.BLOCKER,
        "2 files",
        "chattr -a /etc/passwd",
    ),
    skips("no lsattr", changed("ground", unknown={"immutable": Unknown(NO_TOOL)}), NO_TOOL),
    unknown(
        "not root",
        changed("ground", unknown={"immutable": Unknown(DENIED, "root")}),
        DENIED,
        "as root",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_immutable(case: Case) -> None:
    judge(CHECK, case)
