from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import changed, facts, healthy
from wizard.api import Subject
from wizard.facts.model import Account, Accounts, QueueDirectory
from wizard.model import FileState, Kind, Severity
from wizard.plans import Choices

CHECK = "host.migrated"


def as_is(fact: str) -> Any:
    return getattr(facts(), fact)


def _run_as(value: str) -> Subject:
    return changed("cf", options={"RunAsUser": (value,)})


def _mc(content: bytes) -> Subject:
    return changed("config", mc=FileState(Kind.FILE, 0o644, content=content))


DEFINE = b"OSTYPE(`debian')\n#define(`confRUN_AS_USER', `sendmail:sendmail')dnl\n"
COMMENT = b"dnl define(`confRUN_AS_USER', `sendmail')\n"
ACCOUNT = Account("sendmail", 24, 990, "/var/spool/mqueue", "/usr/sbin/nologin")
OWNED = FileState(Kind.DIRECTORY, 0o700, 24, 990)
HALF = healthy(
    accounts=Accounts((ACCOUNT,), (), (100, 999)),
    queues=replace(
        as_is("queues"),
        directories=(QueueDirectory("/var/spool/mqueue", "/var/spool/mqueue", OWNED, ()),),
    ),
)
REPAIR = replace(_run_as("sendmail:sendmail"), choices=Choices(purpose="repair"))
CASES = (
    passes("a repair goes on from it", REPAIR, "RunAsUser=sendmail:sendmail"),
    passes("never", healthy(), "no RunAsUser"),
    passes("RunAsUser=root", _run_as("root")),
    passes("RunAsUser=0:0", _run_as("0:0")),
    passes("a dnl comment", _mc(COMMENT)),
    finds("migrated", _run_as("sendmail:sendmail"), Severity.BLOCKER, "already", "stepdown verify"),
    finds("another user", _run_as("mail.mail"), Severity.BLOCKER, "O RunAsUser=mail.mail"),
    finds("define, not built", _mc(DEFINE), Severity.WARNING, "sendmail.mc:2"),
    finds("queue taken", HALF, Severity.OVERRIDABLE, "sendmail (24), mode 0700"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_migrated(case: Case) -> None:
    judge(CHECK, case)
