from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.doors import MILTER, SSL_CERT, acl, directory, leading, relay, socket
from wizard.api import Subject
from wizard.facts.cf_model import Cf
from wizard.facts.model import Accounts
from wizard.facts.way_model import Doors
from wizard.model import FileState, Kind, Severity

CHECK = "needs.milters"
PATH = "/run/milter/sock"
OWN = directory(0o750, MILTER, MILTER)


def _milter(end: FileState, run_milter: FileState = OWN, flags: str = "T", **more: Any) -> Subject:
    way = leading(PATH, "milter clamav", end, {"run_milter": run_milter})
    return relay(milters=(way,), flags={"milter clamav": flags}, **more)


def _with_friend(subject: Subject) -> Subject:
    """The milter's group has another member."""
    facts = subject.facts
    assert isinstance(facts.accounts, Accounts)
    groups = tuple(
        replace(one, members=("backup",)) if one.gid == MILTER else one
        for one in facts.accounts.groups
    )
    accounts = replace(facts.accounts, groups=groups)
    return replace(subject, facts=replace(facts, accounts=accounts))


def _blamed(subject: Subject, flag: str) -> Subject:
    assert isinstance(subject.facts.cf, Cf)
    cf = replace(subject.facts.cf, options={"DontBlameSendmail": (flag,)})
    return replace(subject, facts=replace(subject.facts, cf=cf))


ABSENT = FileState(Kind.ABSENT)
STICKY = directory(0o1777)
CASES = (
    passes("none", relay(), "No milter is asked"),
    passes("over the network", relay(inet_milters=("x inet:8891@localhost",)), "over the network"),
    passes("its own group's", _milter(socket(0o660)), "1 socket"),
    passes("its owner's alone", _milter(socket(0o600), directory(0o700, MILTER, MILTER))),
    passes("anybody's", _milter(socket(0o777), directory(0o755, MILTER))),
    passes("in a directory with others of its group", _with_friend(_milter(socket(0o666)))),
    passes("sticky, and trusted so", _blamed(_milter(socket(0o660), STICKY), "TrustStickyBit")),
    finds(
        "its group has others in it",
        _with_friend(_milter(socket(0o660))),
        Severity.BLOCKER,
        "shared with a group of others",
        "inet:8891@127.0.0.1",
    ),
    finds(
        "readable by an ACL only",
        _milter(socket(0o660, xattrs=acl(0))),
        Severity.BLOCKER,
        f"setfacl -b {PATH}",
        "an ACL does not count",
    ),
    finds(
        "behind root's own directory",
        _milter(socket(0o666), directory(0o700)),
        Severity.BLOCKER,
        "/run/milter  root:root 0700",
    ),
    finds(
        "a directory that its group writes",
        _milter(socket(0o666), directory(0o775, MILTER, SSL_CERT)),
        Severity.BLOCKER,
        "chmod go-w /run/milter",
        "does not start at all",
    ),
    finds("a sticky directory", _milter(socket(0o660), STICKY), Severity.BLOCKER, "1777"),
    finds(
        "down, and mail waits", _milter(ABSENT), Severity.BLOCKER, "451 4.3.2", "Start the milter"
    ),
    finds("down, and mail is refused", _milter(ABSENT, flags="R"), Severity.BLOCKER, "refused"),
    finds(
        "down, and mail passes",
        _milter(ABSENT, flags=""),
        Severity.OVERRIDABLE,
        "without being filtered",
    ),
    finds("no socket", _milter(FileState(Kind.FILE, 0o600, MILTER)), Severity.BLOCKER, "no socket"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_milters(case: Case) -> None:
    judge(CHECK, case)


def test_the_doors_of_a_case_are_what_it_says() -> None:
    doors = _milter(socket(0o660)).facts.doors
    assert isinstance(doors, Doors)
    assert [path for path, _state in doors.milters[0].parts] == ["/", "/run", "/run/milter", PATH]
