"""The queue changes hands."""

from __future__ import annotations

from wizard.facts.model import Queues
from wizard.model import SetMetaTree
from wizard.steps.base import Planned, Planning, StepDefinition, meta_of, needed

MODE = 0o700
"Of every queue directory, as the article has it."


def _queue(p: Planning) -> Planned:
    needed(p.facts.queues, "Where the queue is")
    queues = p.facts.queues
    assert isinstance(queues, Queues)
    ops = tuple(
        SetMetaTree(
            root, p.account.uid, p.account.gid, MODE, meta_of(p.host.state(p.host.resolve(root)))
        )
        for root in map(p.host.resolve, queues.roots)
    )
    return Planned(ops, (_count(queues.entries),))


def _count(entries: int) -> str:
    if entries == 0:
        return "The queue is empty now; what arrives until then is re-owned too."
    return f"{entries:,} files are in the queue now."


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
    after=("service-stop",),
)
