"""RunAsUser in a cf and confRUN_AS_USER in a .mc, read as Sendmail and m4 read them."""

from __future__ import annotations

import re

from msgspec import Struct

from wizard.facts.cf import logical_lines
from wizard.facts.cf_options import full_name
from wizard.facts.model import Accounts

_OPTION = re.compile(r"O\s+([A-Za-z]+)\s*(?:=\s*(.*))?$")
_COMMENT = re.compile(r"^#\s*O\s*RunAsUser\b.*$")
_SEPARATOR = re.compile(r"[.:/]")
"What divides user from group in setoption() of readcf.c."
_MACRO = "confRUN_AS_USER"


class Line(Struct, frozen=True):
    """One line that speaks of RunAsUser."""

    path: str
    number: int
    text: str
    value: str = ""
    "What it sets, where it sets something."
    why_not: str = ""
    "Why it has no effect; empty where it has one, or where that is not seen from the line."

    def __str__(self) -> str:
        """As evidence."""
        return f"{self.path}:{self.number}  {self.text}"


class RunAs(Struct, frozen=True):
    """Who the children become by a value of RunAsUser."""

    value: str
    user: str = ""
    group: str = ""
    uid: int = 0
    gid: int = 0
    problem: str = ""
    "Why the daemon does not start by it, or its children stay root; empty where they step down."


def active(path: str, text: str) -> tuple[Line, ...]:
    """Every active RunAsUser of a cf, in order; Sendmail takes the first that is not root."""
    return tuple(
        Line(path, number, line, (found[2] or "").strip())
        for number, line in logical_lines(text)
        if (found := _OPTION.match(line)) and full_name(found[1]).lower() == "runasuser"
    )


def commented(path: str, text: str) -> tuple[Line, ...]:
    """Comments of a cf that look like the option. The stock cf has one."""
    return tuple(
        Line(path, number, line.strip(), why_not="a comment")
        for number, line in enumerate(text.splitlines(), 1)
        if _COMMENT.match(line)
    )


def resolve(value: str, accounts: Accounts) -> RunAs:
    """Who that is here. Digits are an id and no name, and then no group comes with them."""
    user, *rest = _SEPARATOR.split(value.strip(), maxsplit=1)
    group = rest[0].strip() if rest else ""
    if user.isdigit():
        uid, gid = int(user), 0
        name = next((u.name for u in accounts.users if u.uid == uid), user)
    else:
        account = accounts.user(user)
        if account is None:
            return RunAs(value, user, group, problem=f"there is no account {user!r}")
        uid, gid, name = account.uid, account.gid, user
    if group.isdigit():
        gid = int(group)
    elif group:
        entry = accounts.group(group)
        if entry is None:
            return RunAs(value, name, group, problem=f"there is no group {group!r}")
        gid = entry.gid
    group = next((g.name for g in accounts.groups if g.gid == gid), str(gid))
    problem = "its uid is root's" if uid == 0 else "its group is root's" if gid == 0 else ""
    return RunAs(value, name, group, uid, gid, problem)


def defines(path: str, text: str) -> tuple[Line, ...]:
    """Lines of a .mc that name confRUN_AS_USER, and why those that cannot work do not (fact 6)."""
    return tuple(
        Line(path, number, line.strip(), _defined(line), _no_effect(line))
        for number, line in enumerate(text.splitlines(), 1)
        if _MACRO in line
    )


def _defined(line: str) -> str:
    found = re.search(rf"{_MACRO}'?\s*,\s*`?([^'`)]*)", line)
    return found[1].strip() if found else ""


def _no_effect(line: str) -> str:
    before = line.partition(_MACRO)[0]
    if re.search(r"\bdnl\b", before):
        return "dnl makes it a comment"
    if re.search(r"\b(un)?define\s+\(", before):
        return "a blank before the parenthesis: m4 takes the word for text"
    if before.rstrip().endswith("'"):
        return "an apostrophe where m4 wants a backtick"
    if before.rstrip().endswith("("):
        return "no backtick before the name: m4 puts its value there if it has one"
    return ""
