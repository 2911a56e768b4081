"""The group and the user that the children run as."""

from __future__ import annotations

from msgspec.structs import replace

from wizard.errors import StepdownError
from wizard.facts.model import Accounts
from wizard.plans import RunCommand
from wizard.steps.base import Planned, Planning, StepDefinition
from wizard.steps.differs import account_exists, group_exists, repairing


def _group(p: Planning) -> Planned | None:
    if repairing(p) and group_exists(p):
        return None
    command = p.platform.add_group(p.account.group, p.account.gid)
    undo = p.platform.remove_group(p.account.group)
    op = RunCommand(command, undo, p.platform.account_files(), note="creates the group")
    op = replace(op, litter=p.platform.account_litter())
    return Planned((op,), p.account.notes)


def _user(p: Planning) -> Planned | None:
    if repairing(p) and account_exists(p):
        return _mended(p)
    queue = _home(p)
    command = p.platform.add_user(p.account.user, p.account.uid, p.account.gid, queue)
    undo = p.platform.remove_user(p.account.user)
    op = RunCommand(command, undo, p.platform.account_files(), note="creates the account, locked")
    op = replace(op, litter=p.platform.account_litter())
    return Planned((op,))


def _mended(p: Planning) -> Planned | None:
    """The account that is there, made one that nobody logs in to."""
    assert isinstance(p.facts.accounts, Accounts)
    user = p.facts.accounts.user(p.account.user)
    assert user is not None
    ops: list[RunCommand] = []
    files, platform = p.platform.account_files(), p.platform
    if user.shell not in platform.no_shells:
        there = platform.set_shell(user.name, platform.nologin)
        back = platform.set_shell(user.name, user.shell)
        ops.append(RunCommand(there, back, files, note=f"its shell was {user.shell}"))
    if user.gid != p.account.gid:
        there = platform.set_group(user.name, p.account.gid)
        back = platform.set_group(user.name, user.gid)
        ops.append(RunCommand(there, back, files, note=f"its own group was {user.gid}"))
    if not _locked(p):
        lock, unlock = platform.lock(user.name), platform.unlock(user.name)
        ops.append(RunCommand(lock, unlock, files, note="its password was not locked"))
    litter = platform.account_litter()
    return Planned(tuple(replace(op, litter=litter) for op in ops))


def _locked(p: Planning) -> bool:
    command = p.platform.lock_state(p.account.user)
    done = p.host.probe(command)
    words = done.stdout.decode("utf-8", "replace").split()
    if len(words) < 2:
        raise StepdownError(f"{command} does not say whether the account is locked: {done.output}")
    return words[1] in ("L", "LK")


def _home(p: Planning) -> str:
    queues = p.facts.queues
    roots = getattr(queues, "roots", ())
    return str(roots[0]) if roots else "/nonexistent"


GROUP = StepDefinition(
    id="account-group",
    title="a group of its own",
    why="The children run with this group and no other, so it must be theirs alone; the article "
    "warns not to use smmsp, whose queue any submitting program may write.",
    recipe="Note that you need to create the new group first because we're going to use that "
    "group as one of the arguments to the useradd command.",
    stage="before",
    plan=_group,
)

USER = StepDefinition(
    id="account-user",
    title="an account that nobody logs in to",
    why="An attacker who takes over a child becomes this account: it has a locked password, no "
    "shell and no home but the queue.",
    recipe="Nobody will ever actually log in as this user, so you can lock the password entry "
    "and use an invalid shell and home directory.",
    stage="before",
    plan=_user,
    after=("account-group",),
)
