"""Accounts and groups, as getent(1) knows them: files, LDAP and whatever else nsswitch names."""

from __future__ import annotations

import re

from wizard.facts.model import Account, Accounts, Group
from wizard.host.base import HostReader, Unreadable
from wizard.plans import Command

GETENT = "/usr/bin/getent"
DEFAULT_SYSTEM_IDS = (101, 999)
"SYS_UID_MIN and SYS_UID_MAX where login.defs(5) does not say."


def gather(host: HostReader) -> Accounts:
    """Ask getent; the files alone where no command can be run. Raises Unreadable."""
    users = _database(host, "passwd")
    groups = _database(host, "group")
    defaults = host.state("/etc/login.defs", content=True).text()
    return Accounts(parse_users(users), parse_groups(groups), parse_system_ids(defaults))


def _database(host: HostReader, name: str) -> str:
    try:
        done = host.probe(Command((GETENT, name)))
    except Unreadable:
        state = host.state(f"/etc/{name}", content=True)
        if not state.exists:
            raise
        return state.text()
    if done.code != 0:
        raise Unreadable(f"{GETENT} {name} ended with code {done.code}: {done.output.strip()}")
    return done.stdout.decode("utf-8", "surrogateescape")


def parse_users(text: str) -> tuple[Account, ...]:
    """Lines of passwd(5); malformed ones are no accounts."""
    rows = (line.split(":") for line in text.splitlines())
    return tuple(
        Account(r[0], int(r[2]), int(r[3]), r[5], r[6])
        for r in rows
        if len(r) >= 7 and r[2].isdigit() and r[3].isdigit()
    )


def parse_groups(text: str) -> tuple[Group, ...]:
    """Lines of group(5)."""
    rows = (line.split(":") for line in text.splitlines())
    return tuple(
        Group(r[0], int(r[2]), tuple(m for m in r[3].split(",") if m))
        for r in rows
        if len(r) >= 4 and r[2].isdigit()
    )


def parse_system_ids(text: str) -> tuple[int, int]:
    """SYS_UID_MIN and SYS_UID_MAX of login.defs(5)."""
    low, high = DEFAULT_SYSTEM_IDS
    for key, value in re.findall(r"^\s*(SYS_UID_M(?:IN|AX))\s+(\d+)", text, re.MULTILINE):
        if key == "SYS_UID_MIN":
            low = int(value)
        else:
            high = int(value)
    return low, high
