from __future__ import annotations

from typing import Any

import pytest

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import facts, healthy
from wizard.api import Subject
from wizard.facts.model import Account, Accounts, Group
from wizard.model import Choices, Severity

CHECK = "account.name"
NEEDS: tuple[str, ...] = ("accounts",)


def _chosen(**choices: Any) -> Subject:
    return healthy(choices=Choices(**choices))


def _there(user: Account | None, group: Group, **choices: Any) -> Subject:
    before = facts().accounts
    assert isinstance(before, Accounts)
    users = (*before.users, user) if user else before.users
    accounts = Accounts(users, (*before.groups, group), before.system_ids)
    return healthy(accounts=accounts, choices=Choices(**choices))


QUEUE = "/var/spool/mqueue"
NOLOGIN = "/usr/sbin/nologin"
GROUP = Group("sendmail", 990, ())
CASES = (
    passes("free", healthy(), "sendmail:sendmail, both new"),
    passes("free ids", _chosen(uid=24, gid=990)),
    passes(
        "made before",
        _there(Account("sendmail", 24, 990, QUEUE, NOLOGIN), GROUP),
        "group there already",
    ),
    passes("made by hand", _there(Account("sendmail", 24, 990, QUEUE, "/dev/null"), GROUP)),
    finds("smmsp", _chosen(user="smmsp"), Severity.BLOCKER, "MSP", "Do not use the special smmsp"),
    finds("smmta", _chosen(user="smmta"), Severity.BLOCKER, "replace sendmail.cf"),
    finds("root", _chosen(user="root", group="root"), Severity.BLOCKER, "step down from"),
    finds("group smmsp", _chosen(group="smmsp"), Severity.BLOCKER, "group  smmsp"),
    finds("mail", _chosen(user="mail"), Severity.BLOCKER, "another service's"),
    finds("a dot", _chosen(user="send.mail"), Severity.BLOCKER, "a dot divides"),
    finds("uid taken", _chosen(uid=101), Severity.BLOCKER, "uid 101 is taken by smmta"),
    finds("gid taken", _chosen(gid=24), Severity.BLOCKER, "gid 24 is taken by cdrom"),
    finds("uid 0", _chosen(uid=0), Severity.BLOCKER, "taken by root"),
    finds(
        "other uid",
        _there(Account("sendmail", 24, 990, QUEUE, NOLOGIN), GROUP, uid=25),
        Severity.BLOCKER,
        "has another uid",
    ),
    finds(
        "a login",
        _there(Account("sendmail", 1001, 990, "/home/s", "/bin/bash"), GROUP),
        Severity.BLOCKER,
        "login",
    ),
    finds(
        "uid 0 there",
        _there(Account("sendmail", 0, 990, QUEUE, NOLOGIN), GROUP),
        Severity.BLOCKER,
        "root by another name",
    ),
    finds(
        "other group",
        _there(Account("sendmail", 24, 8, QUEUE, NOLOGIN), GROUP),
        Severity.BLOCKER,
        "not its group",
    ),
    finds(
        "other home",
        _there(Account("sendmail", 24, 990, "/opt/milter", NOLOGIN), GROUP),
        Severity.OVERRIDABLE,
        "/opt/milter",
    ),
    finds("members", _there(None, Group("sendmail", 990, ("hal",))), Severity.OVERRIDABLE, "hal"),
    finds("root's group", _there(None, Group("sendmail", 0, ())), Severity.BLOCKER, "gid 0"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_account_name(case: Case) -> None:
    judge(CHECK, case)
