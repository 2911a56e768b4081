from __future__ import annotations

import pytest

from wizard.facts import run_as
from wizard.facts.model import Account, Accounts, Group

ACCOUNTS = Accounts(
    (
        Account("root", 0, 0, "/root", "/bin/sh"),
        Account("sendmail", 990, 991, "/var/spool/mqueue", "/usr/sbin/nologin"),
    ),
    (Group("root", 0, ()), Group("sendmail", 991, ()), Group("relay", 992, ())),
    (100, 999),
)


def test_only_active_lines_count_and_every_one_of_them() -> None:
    text = "#O RunAsUser=a\nO RunAsUser=b:c\nO Runasuser = d\nO RunAsUserX=e\nO RunAs=f\n"
    found = run_as.active("cf", text)
    assert [(line.number, line.value) for line in found] == [(2, "b:c"), (3, "d"), (5, "f")]
    assert [line.number for line in run_as.commented("cf", text)] == [1]


@pytest.mark.parametrize(
    ("value", "uid", "gid", "problem"),
    [
        ("sendmail", 990, 991, ""),
        ("sendmail:relay", 990, 992, ""),
        ("sendmail.relay", 990, 992, ""),
        ("sendmail/relay", 990, 992, ""),
        ("990:992", 990, 992, ""),
        ("990", 990, 0, "its group is root's"),
        ("root", 0, 0, "its uid is root's"),
        ("sendmail:root", 990, 0, "its group is root's"),
        ("nobodyhere:relay", 0, 0, "there is no account 'nobodyhere'"),
        ("sendmail:nogroup", 0, 0, "there is no group 'nogroup'"),
        ("", 0, 0, "there is no account ''"),
    ],
)
def test_a_value_is_read_as_sendmail_reads_it(value: str, uid: int, gid: int, problem: str) -> None:
    found = run_as.resolve(value, ACCOUNTS)
    assert (found.uid, found.gid, found.problem) == (uid, gid, problem)


@pytest.mark.parametrize(
    ("line", "why_not"),
    [
        ("define(`confRUN_AS_USER', `sendmail:sendmail')dnl", ""),
        ("#define(`confRUN_AS_USER', `sendmail')", ""),
        ("dnl define(`confRUN_AS_USER', `sendmail')", "dnl makes it a comment"),
        ("define('confRUN_AS_USER', 'sendmail')", "an apostrophe where m4 wants a backtick"),
        ("define (`confRUN_AS_USER', `sendmail')", "a blank before the parenthesis"),
        ("define(confRUN_AS_USER, `sendmail')", "no backtick before the name"),
    ],
)
def test_a_define_that_m4_passes_over_is_told_with_the_reason(line: str, why_not: str) -> None:
    (found,) = run_as.defines("mc", f"OSTYPE(`debian')\n{line}\n")
    assert found.number == 2
    assert found.why_not.startswith(why_not)
    assert bool(found.why_not) == bool(why_not)
