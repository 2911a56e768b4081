"""Is the account's name free for it, and fit for it?"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from checks.evidence import conclude
from checks.reserved_names import SHARED, reserved
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known
from wizard.facts.model import Account, Accounts, Group
from wizard.model import Choices

_ID = "account.name"
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_NO_SHELLS = {"nologin", "false", "null", "noshell"}
_QUEUE_HOME = "/var/spool/mqueue"
"The home that the recipe gives the account."


@check(_ID, "Are the account and its ids free?", rank=10)
def account_name(subject: Subject) -> Verdict:
    """The children will run as an account of their own, which nobody logs in to.

    It must not be shared: everything it may read or write, whoever takes over a child may too.
    The article: “create a new user and group ID”.
    """
    accounts, choices = known(subject.facts.accounts), subject.choices
    user, group = accounts.user(choices.user), accounts.group(choices.group)
    findings = [*_unfit(choices), *_ids_taken(accounts, choices)]
    if not findings and group is not None:
        findings += _group_in_use(accounts, choices, group)
    if not findings and user is not None:
        queues = subject.facts.queues
        homes = () if isinstance(queues, Unknown) else queues.roots
        findings += _user_in_use(choices, user, group, (_QUEUE_HOME, *homes))
    title = "The account is fit for it" if user else "The account and its ids are free"
    there = [what for what, held in (("user", user), ("group", group)) if held is not None]
    state = f"{' and '.join(there)} there already, nobody else's" if there else "both new"
    return conclude(findings, title, f"{choices.user}:{choices.group}, {state}")


def _blocker(title: str, evidence: str, why: str) -> Finding:
    remedy = "Choose another with --user, --group, --uid or --gid."
    return Finding(_ID, Severity.BLOCKER, title, (evidence,), why, remedy)


def _unfit(choices: Choices) -> list[Finding]:
    """Names that cannot be, or that belong to others by custom."""
    found = []
    for what, name in (("user", choices.user), ("group", choices.group)):
        if why := reserved(what, name):
            found.append(_blocker(f"{name} must not be the {what}", f"{what}  {name}", why))
        elif not _NAME.fullmatch(name):
            why = "Lower-case letters, digits, _ and -; in RunAsUser a dot divides user and group."
            found.append(_blocker(f"{name!r} is no name for a {what}", f"{what}  {name}", why))
    return found


def _ids_taken(accounts: Accounts, choices: Choices) -> list[Finding]:
    """Ids asked for that are root's, or somebody else's already."""
    found = []
    holders = (
        ("uid", choices.uid, {u.name: u.uid for u in accounts.users}, choices.user),
        ("gid", choices.gid, {g.name: g.gid for g in accounts.groups}, choices.group),
    )
    for what, wanted, ids, name in holders:
        if wanted is None:
            continue
        taken = [other for other, held in ids.items() if held == wanted and other != name]
        if wanted <= 0 or taken:
            whose = taken[0] if taken else "root"
            why = "Two names of one id are one account to the kernel."
            found.append(
                _blocker(f"{what} {wanted} is taken by {whose}", f"{whose}  {what} {wanted}", why)
            )
        elif ids.get(name, wanted) != wanted:
            why = "Changing the id of an account leaves all its files behind."
            evidence = f"{name}  {what} {ids[name]}"
            found.append(_blocker(f"{name} has another {what} already", evidence, why))
    return found


def _group_in_use(accounts: Accounts, choices: Choices, group: Group) -> list[Finding]:
    """A group that exists and has somebody else in it."""
    if group.gid == 0:
        return [_blocker(f"Group {group.name} is root's", f"{group.name}  gid 0", SHARED)]
    primary = [u.name for u in accounts.users if u.gid == group.gid]
    others = [name for name in (*primary, *group.members) if name != choices.user]
    if not others:
        return []
    why = (
        "The group will be able to read all of Sendmail's configuration and maps, passwords for "
        "a smart host included; and what the group may, the children may."
    )
    return [
        Finding(
            _ID,
            Severity.OVERRIDABLE,
            f"Group {group.name} has other members",
            (f"{group.name}  gid {group.gid}: {', '.join(others)}",),
            why,
            "Choose another group with --group; or accept, if they may read that.",
        )
    ]


def _user_in_use(
    choices: Choices, user: Account, group: Group | None, homes: tuple[str, ...]
) -> list[Finding]:
    """An account that exists and serves somebody, or something, else."""
    line = f"{user.name}  uid {user.uid}, gid {user.gid}, home {user.home}, shell {user.shell}"
    if user.uid == 0:
        return [_blocker(f"{user.name} is root by another name", line, SHARED)]
    if PurePosixPath(user.shell).name not in _NO_SHELLS:
        why = "The account exists and can log in: it is a person's or another service's."
        return [_blocker(f"{user.name} is somebody's login", line, why)]
    if group is None or user.gid != group.gid:
        why = f"The account exists, and {choices.group} is not its group: something else uses it."
        return [_blocker(f"{user.name} is in another group", line, why)]
    if user.home in homes:
        return []
    return [
        Finding(
            _ID,
            Severity.OVERRIDABLE,
            f"Account {user.name} exists already",
            (line,),
            "Its home is not the mail queue, so the recipe did not make it: something else may use "
            "it, and would share all that Sendmail's children may.",
            "Choose another name with --user; or accept, if it was made for this.",
        )
    ]
