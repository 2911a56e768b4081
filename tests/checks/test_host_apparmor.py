from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, healthy
from wizard.api import Subject
from wizard.facts.model import Profile, Unknown
from wizard.model import Severity

CHECK = "host.apparmor"
PLACE = "/etc/apparmor.d/usr.sbin.sendmail"


def _profile(name: str, mode: str, place: str = PLACE) -> Subject:
    return changed("ground", apparmor=(Profile(name, mode, place),))


CASES = (
    passes("none", healthy(), "does not confine"),
    finds(
        "enforced",
        _profile("/usr/sbin/sendmail", "enforce"),
        Severity.OVERRIDABLE,
        PLACE,
        "aa-complain /usr/sbin/sendmail",
    ),
    finds("complains", _profile("/usr/sbin/sendmail", "complain"), Severity.INFO, "only logs"),
    finds(
        "the container's",
        _profile("docker-default", "enforce", "/proc/1/attr/current"),
        Severity.INFO,
        "docker-default (enforce)",
    ),
    unknown(
        "not root", changed("ground", unknown={"apparmor": Unknown("profiles", "root")}), "root"
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_apparmor(case: Case) -> None:
    judge(CHECK, case)
