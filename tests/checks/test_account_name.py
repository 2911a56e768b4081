from __future__ import annotations

from typing import Any

import pytest

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import facts, healthy
from wizard.api import Subject
from wizard.facts.model import Account, Accounts, Group
from wizard.model import Severity
from wizard.plans import Choices

CHECK = "account.name"


def _chosen(**choices: Any) -> Subject:
    return healthy(choices=Choices(**choices))


def _there(user: Account | None, group: Group) -> Subject:
    before = facts().accounts
    assert isinstance(before, Accounts)
    users = (*before.users, user) if user else before.users
    accounts = Accounts(users, (*before.groups, group), before.system_ids)
    return healthy(accounts=accounts)


GROUP = Group("sendmail", 990, ("hal",))
USER = Account("sendmail", 24, 990, "/var/spool/mqueue", "/usr/sbin/nologin")
PERSON = Account("hal", 1000, 1000, "/home/hal", "/bin/bash")
ALONE = Group("sendmail", 990, ())


def _repaired(user: Account | None, *groups: Group, purpose: str = "repair") -> Subject:
    before = facts().accounts
    assert isinstance(before, Accounts)
    users = (*before.users, user) if user else before.users
    accounts = Accounts(users, (*before.groups, *groups), before.system_ids)
    name = user.name if user else "sendmail"
    group = groups[0].name if groups else "sendmail"
    chosen = Choices(user=name, group=group, purpose=purpose)
    return healthy(accounts=accounts, choices=chosen)


SAME_UID = Account("toor", 101, 990, "/", "/usr/sbin/nologin")
CASES = (
    passes("kept by a repair", _repaired(USER, ALONE), "uid 24, gid 990"),
    passes("made anew by a repair", _repaired(None, ALONE), "sendmail:sendmail"),
    passes("left alone by a restore", _repaired(PERSON, ALONE, purpose="restore"), "hal"),
    finds("shared group", _repaired(USER, GROUP), Severity.BLOCKER, "Others are in", "hal"),
    finds("a person", _repaired(PERSON, ALONE), Severity.BLOCKER, "log in with", "--restore"),
    finds("same uid", _repaired(SAME_UID, ALONE), Severity.BLOCKER, "has the same uid", "smmta"),
    passes("free", healthy(), "sendmail:sendmail, both new"),
    passes("free ids", _chosen(uid=24, gid=990)),
    finds("there", _there(USER, GROUP), Severity.BLOCKER, "Account sendmail exists", "uid 24"),
    finds("the group", _there(None, GROUP), Severity.BLOCKER, "sendmail  gid 990: hal"),
    finds("smmsp", _chosen(user="smmsp"), Severity.BLOCKER, "MSP", "Do not use the special smmsp"),
    finds("smmta", _chosen(user="smmta"), Severity.BLOCKER, "replace sendmail.cf"),
    finds("root", _chosen(user="root", group="root"), Severity.BLOCKER, "step down from"),
    finds("group smmsp", _chosen(group="smmsp"), Severity.BLOCKER, "group  smmsp"),
    finds("mail", _chosen(user="mail"), Severity.BLOCKER, "another service's"),
    finds("a dot", _chosen(user="send.mail"), Severity.BLOCKER, "a dot divides"),
    finds("no name", _chosen(group=""), Severity.BLOCKER, "is no name"),
    finds("uid taken", _chosen(uid=101), Severity.BLOCKER, "uid 101  smmta"),
    finds("gid taken", _chosen(gid=24), Severity.BLOCKER, "gid 24  cdrom"),
    finds("uid 0", _chosen(uid=0), Severity.BLOCKER, "uid 0  root"),
    finds("uid -1", _chosen(uid=-1), Severity.BLOCKER, "above 0"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_account_name(case: Case) -> None:
    judge(CHECK, case)
