from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, skips
from tests.checks.healthy import changed, healthy
from wizard.api import Subject
from wizard.model import FileState, Kind, Severity
from wizard.plans import Choices

CHECK = "config.m4"


def _config(edit: str, **fields: Any) -> Subject:
    return replace(changed("config", **fields), choices=Choices(edit=edit))


NO_MC = FileState(Kind.ABSENT)
PROBLEM = "m4: /etc/mail/sendmail.mc:12: ERROR: end of file in string"
CASES = (
    passes("m4 works", healthy(), "/etc/mail/sendmail.mc"),
    finds("m4 stops", _config("", m4_problem=PROBLEM), Severity.BLOCKER, "mc:12", "sendmail-cf"),
    finds("m4 stops, mc", _config("mc", m4_problem=PROBLEM), Severity.BLOCKER, PROBLEM),
    skips("m4 stops, cf", _config("cf", m4_problem=PROBLEM), "not needed"),
    finds("no .mc", _config("", mc=NO_MC), Severity.WARNING, "the cf itself will be edited"),
    finds("no .mc, cf", _config("cf", mc=NO_MC), Severity.WARNING, "absent"),
    finds("no .mc, mc", _config("mc", mc=NO_MC), Severity.BLOCKER, "no .mc to edit"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_config_m4(case: Case) -> None:
    judge(CHECK, case)
