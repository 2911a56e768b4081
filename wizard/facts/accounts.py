"""Accounts and groups, as getent(1) knows them: files, LDAP and whatever else nsswitch names."""

from __future__ import annotations

import re

from wizard.facts.model import Account, Accounts, Group
from wizard.host.base import HostReader, Unreadable
from wizard.plans import Command

GETENT = "/usr/bin/getent"
OWN_SOURCES = ("files", "compat", "db", "altfiles", "systemd", "mymachines", "cache", "extrausers")
"Of nsswitch.conf(5): they list whom they know."
DEFAULT_SYSTEM_IDS = (101, 999)
"SYS_UID_MIN and SYS_UID_MAX where login.defs(5) does not say."


def gather(host: HostReader) -> Accounts:
    """Ask getent; the files alone where no command can be run. Raises Unreadable."""
    users = _database(host, "passwd")
    groups = _database(host, "group")
    defaults = host.state("/etc/login.defs", content=True).text()
    found = parse_users(users)
    ids = parse_system_ids(defaults)
    return Accounts(found, parse_groups(groups), ids, _unlisted(host, found))


def _unlisted(host: HostReader, users: tuple[Account, ...]) -> tuple[str, ...]:
    """Sources that listed nobody: sssd without enumeration answers for one name at a time only.

    They are told where every account that getent knows stands in /etc/passwd.
    """
    switch = host.state("/etc/nsswitch.conf", content=True).text()
    sources = parse_switch(switch)
    if not sources:
        return ()
    local = {user.name for user in parse_users(host.state("/etc/passwd", content=True).text())}
    return sources if all(user.name in local for user in users) else ()


def parse_switch(text: str) -> tuple[str, ...]:
    """The sources of nsswitch.conf(5)'s passwd line that lie outside this host's own files."""
    for line in text.splitlines():
        database, colon, rest = line.partition("#")[0].partition(":")
        if colon and database.strip() == "passwd":
            words = re.sub(r"\[[^]]*\]", " ", rest).split()
            return tuple(word for word in words if word not in OWN_SOURCES)
    return ()


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
