from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, skips, unknown
from tests.checks.healthy import changed, healthy
from wizard.api import Subject
from wizard.model import FileState, Kind, Severity
from wizard.plans import Choices

CHECK = "config.hand-edited"


def _config(edit: str, **fields: Any) -> Subject:
    return replace(changed("config", **fields), choices=Choices(edit=edit))


EDIT = ("@@ -9,2 +9,1 @@", " O LogLevel=9", "-O MaxMessageSize=1000000")
AHEAD = ("@@ -9,1 +9,2 @@", " O LogLevel=9", "+O MaxMessageSize=1000000")
BUILT = "O LogLevel=9\nO RunAsUser=sendmail:sendmail\n"


def _repair(more: str = "") -> Subject:
    cf = FileState(Kind.FILE, 0o644, content=f"O LogLevel=9\n{more}".encode())
    subject = changed("config", cf=cf, built=BUILT.encode(), difference=EDIT)
    return replace(subject, choices=Choices(purpose="repair"))


SIZE = "-O MaxMessageSize"
CASES = (
    passes("m4 reproduces it", healthy(), "no edits by hand"),
    finds("edited", _config("", difference=EDIT), Severity.BLOCKER, SIZE, "edited by hand"),
    finds("edited, mc", _config("mc", difference=EDIT), Severity.OVERRIDABLE, SIZE, "drops 1 line"),
    finds("edited, cf", _config("cf", difference=EDIT), Severity.INFO, SIZE, "keeps"),
    finds(
        "ahead",
        _config("", difference=AHEAD, mc_newer=True),
        *(Severity.BLOCKER, "is ahead", "Rebuild the cf from the .mc"),
    ),
    passes("only RunAsUser, in a repair", _repair(), "that is what is put right"),
    finds(
        "more than RunAsUser, in a repair",
        _repair("O LogLevel=12\n"),
        *(Severity.BLOCKER, SIZE, "edited by hand"),
    ),
    skips("no .mc", _config("", mc=FileState(Kind.ABSENT))),
    skips("m4 fails, cf", _config("cf", m4_problem="m4 is not installed")),
    unknown("m4 fails", _config("", m4_problem="m4 is not installed"), "not installed"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_config_hand_edited(case: Case) -> None:
    judge(CHECK, case)
