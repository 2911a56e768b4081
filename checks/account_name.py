"""Are the account's names and ids free, and fit for it?"""

from __future__ import annotations

import re

from checks.evidence import conclude
from checks.reserved_names import reserved
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.model import Accounts
from wizard.plans import Choices

_ID = "account.name"
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
NO_SHELLS = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/dev/null")
_NEW = "The article: “create a new user and group ID”. "


@check(
    _ID,
    "Are the account and its ids free?",
    rank=10,
    needs=("accounts",),
    severities=(Severity.BLOCKER,),
    why=(
        "Whoever takes over a child becomes this account: what it owns, reads or runs "
        "elsewhere would be theirs too."
    ),
    remedy=(
        "Choose names and ids that nobody has (`--user`, `--group`, `--uid`, `--gid`), or "
        "remove an account that nothing uses."
    ),
)
def account_name(subject: Subject) -> Verdict:
    """The children will run as an account of their own, which nobody logs in to.

    It is made new and shared with nobody: everything it may read or write, whoever takes over a
    child may too. That is why an account that exists is not taken, whatever it is for.
    """
    accounts, choices = known(subject.facts.accounts), subject.choices
    if choices.purpose == "restore":
        return Verdict("The account is left alone", f"{choices.user}: who made it is not known")
    if choices.purpose == "repair":
        return conclude(_unfit_for_repair(accounts, choices), *_kept(accounts, choices))
    findings = _unfit(choices) or [*_there_already(accounts, choices), *_ids(accounts, choices)]
    title = "The account and its ids are free"
    return conclude(findings, title, f"{choices.user}:{choices.group}, both new")


def _blocker(title: str, evidence: str, why: str, remedy: str) -> Finding:
    return Finding(_ID, Severity.BLOCKER, title, (evidence,), why, remedy)


def _unfit(choices: Choices) -> list[Finding]:
    """Names that cannot be, or that belong to others by custom."""
    found = []
    for what, name in (("user", choices.user), ("group", choices.group)):
        remedy = f"Choose another with --{what}."
        if why := reserved(what, name):
            title = f"{name} must not be the {what}"
            found.append(_blocker(title, f"{what}  {name}", why, remedy))
        elif not _NAME.fullmatch(name):
            why = "Lower-case letters, digits, _ and -; in RunAsUser a dot divides user and group."
            found.append(_blocker(f"{name!r} is no name for a {what}", name, why, remedy))
    return found


def _there_already(accounts: Accounts, choices: Choices) -> list[Finding]:
    """Names that somebody has: what they own, the children would."""
    found = []
    if user := accounts.user(choices.user):
        line = f"{user.name}  uid {user.uid}, gid {user.gid}, home {user.home}, shell {user.shell}"
        why = f"{_NEW}What this one owns or runs already, the children could change or stop."
        remedy = f"Choose another with --user; or, if nothing uses {user.name}, remove it."
        found.append(_blocker(f"Account {user.name} exists already", line, why, remedy))
    if group := accounts.group(choices.group):
        primary = (u.name for u in accounts.users if u.gid == group.gid)
        members = ", ".join(dict.fromkeys((*primary, *group.members))) or "no members"
        line = f"{group.name}  gid {group.gid}: {members}"
        why = (
            f"{_NEW}The group will read all of Sendmail's configuration, passwords for a smart "
            "host included, and its files would be the children's to read."
        )
        remedy = f"Choose another with --group; or, if nothing uses {group.name}, remove it."
        found.append(_blocker(f"Group {group.name} exists already", line, why, remedy))
    return found


def _kept(accounts: Accounts, choices: Choices) -> tuple[str, str]:
    user = accounts.user(choices.user)
    if user is None:
        return "The account is made anew", f"{choices.user}:{choices.group}"
    return "The account that is there is kept", f"{user.name}  uid {user.uid}, gid {user.gid}"


def _unfit_for_repair(accounts: Accounts, choices: Choices) -> list[Finding]:
    """Of an account that is there: shell and password lock are put right, not so the rest."""
    way_out = (
        "Go back first (`stepdown plan --restore -o PLAN`), then migrate to an account of its own."
    )
    found = [
        _blocker(f"{name} must not be the {what}", f"{what}  {name}", why, way_out)
        for what, name in (("user", choices.user), ("group", choices.group))
        if (why := reserved(what, name))
    ]
    user, group = accounts.user(choices.user), accounts.group(choices.group)
    if user and user.uid > accounts.system_ids[1] and user.shell not in NO_SHELLS:
        line = f"{user.name}  uid {user.uid}, home {user.home}, shell {user.shell}"
        why = f"{_NEW}This one looks like a person's: what is theirs, the children could change."
        found.append(_blocker(f"{user.name} is an account to log in with", line, why, way_out))
    for other in accounts.users if user else ():
        if user and other.uid == user.uid and other.name != user.name:
            line = f"{other.name}  uid {other.uid}"
            why = "Two names of one id are one account to the kernel."
            found.append(_blocker(f"{other.name} has the same uid", line, why, way_out))
    others = [u.name for u in accounts.users if group and u.gid == group.gid]
    sharing = [
        name for name in (*others, *(group.members if group else ())) if name != choices.user
    ]
    if sharing:
        names = ", ".join(dict.fromkeys(sharing))
        why = (
            "The group reads all of Sendmail's configuration, passwords for a smart host included."
        )
        remedy = f"Take them out of the group {choices.group}, then re-check."
        line = f"{choices.group}  {names}"
        found.append(_blocker(f"Others are in the group {choices.group}", line, why, remedy))
    return found


def _ids(accounts: Accounts, choices: Choices) -> list[Finding]:
    """Ids asked for that are root's, or somebody's already."""
    found = []
    holders = (
        ("uid", choices.uid, {u.uid: u.name for u in accounts.users}),
        ("gid", choices.gid, {g.gid: g.name for g in accounts.groups}),
    )
    for what, wanted, names in holders:
        if wanted is None or (wanted > 0 and wanted not in names):
            continue
        whose = names.get(wanted, "nobody: it must be above 0")
        why = "Two names of one id are one account to the kernel, and 0 is root's."
        remedy = f"Leave --{what} out, and a free system id is taken."
        title = f"{what} {wanted} cannot be taken"
        found.append(_blocker(title, f"{what} {wanted}  {whose}", why, remedy))
    return found
