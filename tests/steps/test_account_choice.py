"""Which account is planned: the article's 24 when free, and never one that exists."""

from __future__ import annotations

import pytest

from wizard.errors import Refused, StepdownError
from wizard.facts.model import Account, Accounts, Group, Unknown
from wizard.planner import choose_account
from wizard.plans import Choices

LOW, HIGH = 100, 999


def host(users: dict[str, int], groups: dict[str, int]) -> Accounts:
    return Accounts(
        tuple(Account(n, i, i, "/", "/bin/sh") for n, i in {"root": 0, **users}.items()),
        tuple(Group(n, i, ()) for n, i in {"root": 0, **groups}.items()),
        (LOW, HIGH),
    )


def test_24_when_free() -> None:
    found = choose_account(host({}, {}), Choices())
    assert (found.uid, found.gid, found.notes) == (24, 24, ())
    assert found.run_as() == "sendmail:sendmail"


def test_debians_cdrom_has_gid_24_so_both_ids_move_together() -> None:
    found = choose_account(host({}, {"cdrom": 24}), Choices())
    assert found.uid == found.gid == HIGH
    assert "cdrom" in found.notes[0]


def test_an_id_that_is_either_ones_is_passed_over() -> None:
    found = choose_account(host({"a": HIGH}, {"cdrom": 24, "b": HIGH - 1}), Choices())
    assert found.gid not in (24, HIGH, HIGH - 1)
    assert found.uid == found.gid


def test_what_is_asked_for_is_what_is_planned() -> None:
    found = choose_account(host({}, {}), Choices("relay", "relays", 433, 434))
    assert (found.user, found.group, found.uid, found.gid) == ("relay", "relays", 433, 434)


@pytest.mark.parametrize("name", ["root", "smmsp", "smmta", "mail", "nobody"])
def test_accounts_that_own_something_else_are_refused(name: str) -> None:
    with pytest.raises(Refused, match=name):
        choose_account(host({}, {}), Choices(user=name))
    with pytest.raises(Refused, match=name):
        choose_account(host({}, {}), Choices(group=name))


def test_taken_names_and_ids_are_refused_by_name() -> None:
    accounts = host({"sendmail": 5, "bob": 433}, {"staff": 434})
    with pytest.raises(Refused, match="sendmail exists"):
        choose_account(accounts, Choices())
    for choices, owner in (
        (Choices("x", "y", uid=433), "bob"),
        (Choices("x", "y", gid=434), "staff"),
    ):
        with pytest.raises(Refused, match=owner):
            choose_account(accounts, choices)


def test_no_free_id_and_unknown_accounts() -> None:
    full = {f"g{i}": i for i in (24, *range(LOW, HIGH + 1))}
    with pytest.raises(Refused, match="no free system gid"):
        choose_account(host({}, full), Choices())
    with pytest.raises(StepdownError, match="not known"):
        choose_account(Unknown("no permission"), Choices())
