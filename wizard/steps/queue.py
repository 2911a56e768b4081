"""The queue changes hands."""

from __future__ import annotations

from posixpath import basename, dirname

from wizard.errors import StepdownError
from wizard.facts.model import Queues
from wizard.plans import SetMetaTree
from wizard.steps.base import (
    Planned,
    Planning,
    StepDefinition,
    change_meta,
    meta_of,
    needed,
)
from wizard.steps.differs import queue_right, repairing
from wizard.steps.service import held_back, reload_back

MODE = 0o700
"Of every queue directory, as the article has it."


def _queue(p: Planning) -> Planned | None:
    queues = _queues(p)
    if repairing(p) and queue_right(p):
        return _special_bits(p, queues)
    _refuse_closed_parents(p, queues)
    mailq = "mailq shows the queue to root only from now on: monitoring may have to ask as root."
    ops = (*reload_back(p), *_handovers(p, queues), *held_back(p))
    count = () if _is_ahead(p) else (_count(queues.entries),)
    return Planned(ops, (*count, mailq))


def _is_ahead(p: Planning) -> bool:
    """Whether the bulk changes hands while root's children run: only where they do."""
    return p.choices.purpose == "migrate"


def _queue_ahead(p: Planning) -> Planned | None:
    if not _is_ahead(p):
        return None
    queues = _queues(p)
    _refuse_closed_parents(p, queues)
    return Planned(_handovers(p, queues, ahead=True), (_count(queues.entries),))


def _special_bits(p: Planning, queues: Queues) -> Planned:
    """chmod(1) leaves a directory's set-gid bit: harmless, but the guard goes by the whole mode."""
    ops = []
    for root in map(p.host.resolve, queues.roots):
        now = p.host.state(root)
        note = "chmod 700 had left the set-gid bit; the relay need not stop for it"
        op = change_meta(root, now, uid=p.account.uid, gid=p.account.gid, mode=MODE, note=note)
        ops.extend([op] if op else [])
    return Planned(tuple(ops), stage="after")


def _queue_again(p: Planning) -> Planned | None:
    if repairing(p) and queue_right(p):
        return None
    return Planned(_handovers(p, _queues(p), again=True))


def _queues(p: Planning) -> Queues:
    needed(p.facts.queues, "Where the queue is")
    assert isinstance(p.facts.queues, Queues)
    return p.facts.queues


def _refuse_closed_parents(p: Planning, queues: Queues) -> None:
    """The children must pass a directory that holds wildcard queues and stays another's."""
    for parent in {dirname(d.pattern) for d in queues.directories if "*" in basename(d.pattern)}:
        path = p.host.resolve(parent)
        mine = any(path == root or path.startswith(root + "/") for root in queues.roots)
        if not mine and p.host.state(path).mode & 0o005 != 0o005:
            raise StepdownError(
                f"{parent} holds queue directories and other things, and is closed to others",
                f"Move the other things out of {parent}, or open it: chmod o+rx {parent}",
            )


def _handovers(
    p: Planning, queues: Queues, *, again: bool = False, ahead: bool = False
) -> tuple[SetMetaTree, ...]:
    account = p.account
    return tuple(
        SetMetaTree(
            *(root, account.uid, account.gid, MODE, meta_of(p.host.state(root))),
            again=again,
            ahead=ahead,
        )
        for root in map(p.host.resolve, queues.roots)
    )


def _count(entries: int) -> str:
    if entries == 0:
        return "The queue is empty now; what arrives until then is re-owned too."
    return f"{entries:,} files are in the queue now."


QUEUE_AHEAD = StepDefinition(
    id="queue-ahead",
    title="the bulk of the queue, while the relay runs",
    why="However much lies in the queue, the relay stands still no longer for it: root's Sendmail "
    "delivers entries of the account as it does its own. What is in use is left alone. The "
    "directories are root's alone until the switch.",
    recipe="",
    stage="before",
    plan=_queue_ahead,
    after=("candidate-maps", "candidate-accepted", "guard", "etc-aliases", "runtime-files"),
    before=("service-drain", "service-rehearsal", "service-stop"),
    purposes=("migrate",),
)

QUEUE = StepDefinition(
    id="queue-owner",
    title="the queue belongs to the account",
    why="The children create, read and remove queue entries. An entry that another account owns "
    "is never run, and nothing is logged.",
    recipe="The queue directory should be owned by whatever user and group you created to run "
    "the MTA daemon as. The permissions on the /var/spool/mqueue directory should already be "
    "mode 700, but a little redundancy never hurt anybody.",
    stage="switch",
    plan=_queue,
    after=("service-stop", "service-rehearsal"),
)

QUEUE_AGAIN = StepDefinition(
    id="queue-again",
    title="what arrived during the switch",
    why="What root's daemon queued until its end is root's; the children would never run such an "
    "entry, and nothing would be logged.",
    recipe="",
    stage="after",
    plan=_queue_again,
    after=("service-start", "old-children"),
)
