"""Queue, maps and what else was the account's, as the platform's own package has them."""

from __future__ import annotations

from wizard.errors import StepdownError
from wizard.facts.model import Accounts, MapFiles, Queues, Unknown
from wizard.model import FileState, Kind
from wizard.plans import Await, Condition, Op, SetMeta, SetMetaTree
from wizard.steps.base import (
    Planned,
    Planning,
    StepDefinition,
    change_meta,
    meta_of,
    needed,
)
from wizard.steps.service import DRAIN

RUNTIME = ("DeadLetterDrop", "StatusFile")
"Options that name a file which the children write."


def _idle(p: Planning) -> Planned | None:
    if p.account.uid == 0:
        return None
    return Planned((Await(Condition.ACCOUNT_IDLE, str(p.account.uid), DRAIN),))


def _ids(p: Planning, user: str, group: str) -> tuple[int, int]:
    """Raises StepdownError where the package's own account is not here."""
    needed(p.facts.accounts, "Which accounts there are")
    assert isinstance(p.facts.accounts, Accounts)
    found, of_group = p.facts.accounts.user(user), p.facts.accounts.group(group)
    if found is None or of_group is None:
        raise StepdownError(f"there is no account {user} or no group {group} here")
    return found.uid, of_group.gid


def _queue(p: Planning) -> Planned | None:
    needed(p.facts.queues, "Where the queue is")
    assert isinstance(p.facts.queues, Queues)
    user, group, mode = p.platform.own_queue
    uid, gid = _ids(p, user, group)
    note = f"as the package has it: {user}:{group}"
    ops = [
        SetMetaTree(root, uid, gid, mode, meta_of(p.host.state(root)), note)
        for root in map(p.host.resolve, p.facts.queues.roots)
    ]
    return Planned(tuple(ops))


def _mail_directory(p: Planning) -> Planned | None:
    needed(p.facts.map_files, "What is in the configuration directory")
    files = p.facts.map_files
    assert isinstance(files, MapFiles)
    own = {path: rest for path, *rest in p.platform.own_directories}
    ops: list[SetMeta] = []
    for path, state in files.tree:
        if path in own and state.kind is Kind.DIRECTORY:
            ops.extend(_own(p, path, state))
        elif state.kind in (Kind.FILE, Kind.DIRECTORY) and (state.nlink == 1 or not _file(state)):
            ops.extend(_not_the_accounts(p, path, state))
    note = (
        "Modes stay as they are: which of them the recipe changed cannot be known, and root's "
        "children can read them all."
    )
    return Planned(tuple(ops), (note,)) if ops else None


def _file(state: FileState) -> bool:
    return state.kind is Kind.FILE


def _own(p: Planning, path: str, state: FileState) -> list[SetMeta]:
    """A directory for which the package's own scripts demand owner and mode."""
    found = next(one for one in p.platform.own_directories if one[0] == path)
    uid, gid = _ids(p, found[1], found[2])
    op = change_meta(path, state, uid=uid, gid=gid, mode=found[3], note="as the package has it")
    return [op] if op else []


def _not_the_accounts(p: Planning, path: str, state: FileState) -> list[SetMeta]:
    """Group and owner back where they are the account's; all else stays."""
    uid = 0 if state.uid == p.account.uid else state.uid
    gid = _ids(p, p.platform.own_queue[0], p.platform.own_group)[1]
    gid = gid if state.gid == p.account.gid else state.gid
    op = change_meta(path, state, uid=uid, gid=gid, mode=state.mode)
    return [op] if op else []


def _elsewhere(p: Planning) -> Planned | None:
    """Alias files and what the children wrote, where it is the account's or its group's."""
    cf = p.facts.cf
    ops: list[Op] = []
    for path in map(p.host.resolve, p.platform.etc_aliases):
        state = p.host.state(path)
        if state.kind is Kind.FILE and state.gid == p.account.gid:
            op = change_meta(path, state, uid=state.uid, gid=0, mode=state.mode)
            ops.extend([op] if op else [])
    for path, *_rest in p.platform.own_directories:
        state = p.host.state(path)
        if state.kind is Kind.DIRECTORY and not path.startswith(p.platform.mail_dir):
            ops.extend(_own(p, path, state))
    for name in RUNTIME:
        value = "" if isinstance(cf, Unknown) else cf.option(name)
        path = p.host.resolve(value) if value.startswith("/") else ""
        state = p.host.state(path) if path else FileState(Kind.ABSENT)
        if state.kind is Kind.FILE and state.nlink == 1:
            ops.extend(_not_the_accounts(p, path, state))
    return Planned(tuple(ops)) if ops else None


IDLE = StepDefinition(
    id="restore-idle",
    title="the account's last processes end",
    why="A child that lost the queue in the middle of a delivery would deliver twice.",
    recipe="",
    stage="switch",
    plan=_idle,
    after=("service-stop",),
    purposes=("restore",),
)

QUEUE = StepDefinition(
    id="restore-queue",
    title="the queue as the package has it",
    why="Queue and maps go back first: root's Sendmail cannot write a queue that another account "
    "has closed, and takes an entry of a third account for a forgery.",
    recipe="",
    stage="switch",
    plan=_queue,
    after=("restore-idle",),
    purposes=("restore",),
)

DIRECTORY = StepDefinition(
    id="restore-mail-directory",
    title="/etc/mail as the package has it",
    why="The group of the account loses what it was given; the package's own scripts demand the "
    "rest at their next run.",
    recipe="",
    stage="switch",
    plan=_mail_directory,
    after=("restore-idle",),
    purposes=("restore",),
)

ELSEWHERE = StepDefinition(
    id="restore-elsewhere",
    title="alias files, statistics and dead letters",
    why="What lies outside /etc/mail and was given to the account's group.",
    recipe="",
    stage="switch",
    plan=_elsewhere,
    after=("restore-idle",),
    before=("restore-cf",),
    purposes=("restore",),
)
