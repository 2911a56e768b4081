"""The group and the user that the children run as."""

from __future__ import annotations

from wizard.plans import RunCommand
from wizard.steps.base import Planned, Planning, StepDefinition


def _group(p: Planning) -> Planned:
    command = p.platform.add_group(p.account.group, p.account.gid)
    undo = p.platform.remove_group(p.account.group)
    op = RunCommand(command, undo, p.platform.account_files(), note="creates the group")
    return Planned((op,), p.account.notes)


def _user(p: Planning) -> Planned:
    queue = _home(p)
    command = p.platform.add_user(p.account.user, p.account.uid, p.account.gid, queue)
    undo = p.platform.remove_user(p.account.user)
    op = RunCommand(command, undo, p.platform.account_files(), note="creates the account, locked")
    return Planned((op,))


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
