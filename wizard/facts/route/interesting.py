"""Addresses that the configuration makes interesting: where would their mail go?

In the order of their weight, because there is a limit to how many are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import Table, TableRow, Tables
from wizard.facts.model import Account, Accounts, Classes
from wizard.host.base import HostReader, Unreadable

T = TypeVar("T")

NOBODY = "no-such-user-of-stepdown"
"A name that no host has."
SOMEBODY = "root"
"A name that every host has."
ACCOUNTS = 60
"People asked for, and as many system accounts."
NAMES = 300
USERS = 100
PER_KIND = 3
"Rows asked of each kind of a table that leads elsewhere."
_NOBODY_UID = 65534


class Question(NamedTuple):
    """An address to be asked for."""

    address: str
    asked_for: str
    place: str


def questions(
    host: HostReader, cf: Cf, classes: Classes, tables: Tables, accounts: Accounts
) -> tuple[list[Question], list[str]]:
    """All questions, and what is not asked because there is too much of it."""
    left: list[str] = []
    asked = [
        *_system(cf, classes),
        *_notices(cf),
        *_unknown_user(cf),
        *_local_users(cf, classes, left),
        *_accounts(accounts, own_name(cf, classes), left),
        *_names(host, cf, classes, left),
        *_rows(tables, left),
    ]
    return list(dict.fromkeys(asked)), left


def own_name(cf: Cf, classes: Classes) -> str:
    """The host's own name, qualified: macro j where the cf spells it out, else out of class w."""
    written = cf.macros.get("j", "")
    if written and "$" not in written:
        return written
    names = [name for name in classes.w if not name.startswith("[")]
    return max(names, key=lambda name: name.count("."), default="localhost")


def _system(cf: Cf, classes: Classes) -> Iterator[Question]:
    """Those that every host has, the sender of its bounces, and root as cron's mail has it."""
    for name in ("root", "postmaster", "MAILER-DAEMON"):
        yield Question(name, "system", "")
    yield Question(f"root@{own_name(cf, classes)}", "system", "")
    if (daemon := cf.macros.get("n", "")) and "$" not in daemon:
        yield Question(daemon, "system", cf.place("Dn"))


def _notices(cf: Cf) -> Iterator[Question]:
    """Where Sendmail itself sends what it could not deliver (op guide, 5.6)."""
    options = (
        ("DoubleBounceAddress", "double bounces", "postmaster"),
        ("PostmasterCopy", "postmaster copy", ""),
    )
    for option, asked_for, default in options:
        if address := cf.option(option, default).strip('"'):
            yield Question(address, asked_for, cf.place(f"O {option}"))


def _unknown_user(cf: Cf) -> Iterator[Question]:
    """Somebody who is not there: LUSER_RELAY and MAIL_HUB show."""
    place = cf.place("DL") if cf.macros.get("L") else ""
    yield Question(NOBODY, "unknown user", place)
    yield Question(f"{NOBODY}+detail", "unknown user", place)


def _local_users(cf: Cf, classes: Classes, left: list[str]) -> Iterator[Question]:
    """LOCAL_USER."""
    for user in _some(classes.l, USERS, "local users", left):
        yield Question(user, "local users", cf.place("CL"))


def _accounts(accounts: Accounts, host: str, left: list[str]) -> Iterator[Question]:
    """All accounts where they are few, else people and system accounts, evenly spread.

    With and without the host's name: under stickyhost and LOCAL_RELAY the two go different ways.
    """
    people = [user for user in accounts.users if is_person(user, accounts)]
    others = [user for user in accounts.users if not is_person(user, accounts)]
    wanted = [
        *_some(people, ACCOUNTS, "accounts", left),
        *_some(others, ACCOUNTS, "accounts", left),
    ]
    for user in wanted:
        yield Question(user.name, "accounts", f"uid {user.uid}")
        yield Question(f"{user.name}@{host}", "accounts", f"uid {user.uid}")


def is_person(user: Account, accounts: Accounts) -> bool:
    """Whether the uid lies beyond those of the system."""
    return user.uid > accounts.system_ids[1] and user.uid != _NOBODY_UID


def _names(host: HostReader, cf: Cf, classes: Classes, left: list[str]) -> Iterator[Question]:
    """Somebody and nobody at each name of class w."""
    places = _class_places(host, cf)
    for name in _some(classes.w, NAMES, "class w", left):
        place = places.get(name.lower(), "$=w")
        yield Question(f"{SOMEBODY}@{name}", "class w", place)
        yield Question(f"{NOBODY}@{name}", "class w", place)


def _class_places(host: HostReader, cf: Cf) -> dict[str, str]:
    """Lines of the files and of the cf that put a name into class w."""
    found = {name.lower(): cf.place("Cw") for name in cf.classes.get("w", ())}
    for letter, path, _line in cf.class_files:
        if letter != "w":
            continue
        try:
            text = host.state(host.resolve(path), content=True).text()
        except Unreadable:
            continue  # class w itself is known; only the place is not
        for number, line in enumerate(text.splitlines(), 1):
            for word in line.partition("#")[0].split():
                found.setdefault(word.lower(), f"{path}:{number}")
    return found


def _rows(tables: Tables, left: list[str]) -> Iterator[Question]:
    """A sample of each kind of row; every one that may be local mail."""
    for table in tables.tables:
        asked_for = "domaintable" if table.map in _DOMAINS else table.map
        for kind in dict.fromkeys(row.kind for row in table.rows):
            rows = [row for row in table.rows if row.kind == kind]
            doubtful = kind in ("name", "here", "local")
            if doubtful and (more := table.more.get(kind)):
                left.append(f"{asked_for}: {more:,} more destinations of kind {kind}")
            for row in rows if doubtful else rows[:PER_KIND]:
                if address := sample(table, row):
                    yield Question(address, asked_for, table.place(row))
                elif doubtful:
                    left.append(f"{asked_for}: {table.place(row)}  {row.key} {row.value}")


_DOMAINS = {"domaintable": "", "bitdomain": ".BITNET", "uudomain": ".UUCP"}
"Tables of domains, and what Sendmail takes off the domain before it asks them."


def sample(table: Table, row: TableRow) -> str:
    """An address that this row decides; empty where none can be made up."""
    key = row.key
    if table.map in _DOMAINS:
        return f"{SOMEBODY}@{key}{_DOMAINS[table.map]}"
    if table.map == "mailertable":
        below = "stepdown.invalid" if key == "." else f"stepdown{key}"
        return f"{NOBODY}@{below if key.startswith('.') else key}"
    user, at, domain = key.partition("@")
    if table.map == "virtuser" and at and domain and "+" not in user and "!" not in user:
        return f"{user or NOBODY}@{domain}"
    return row.value if row.kind == "name" and "%" not in row.value else ""


def _some(items: Sequence[T], limit: int, kind: str, left: list[str]) -> Iterable[T]:
    """The items, or as many as the limit allows, evenly spread."""
    if len(items) <= limit:
        return items
    left.append(f"{kind}: {len(items) - limit:,} of {len(items):,} were not asked")
    return [items[at * len(items) // limit] for at in range(limit)]
