"""Re-owning a tree, in one walk or in three.

whole   Directories are taken, every entry is re-owned, the directories are given.
ahead   The same while the relay runs as root: entries in use are left alone, and the directories
        stay taken. Root's daemon works in them as before; nobody else can swap an entry.
rest    The relay stands still. After a walk ahead of this very process only what was left alone
        and what has come since (inotify(7)); otherwise the whole.
again   The new daemon runs, the directories are the account's and stay so: each entry is held by a
        descriptor, and changed through it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from wizard.host.tree.arrivals import Arrivals
from wizard.host.tree.change import Job, change, change_where_it_is
from wizard.host.tree.in_use import InUse
from wizard.host.tree.polite import politely
from wizard.host.tree.walk import (
    TOP,
    Told,
    below,
    chunks,
    count,
    give,
    give_all,
    look,
    opened_below,
    subdirectories,
    take_all,
    was_of,
)
from wizard.host.tree.workers import HELPED, Helper, helper
from wizard.host.tree_records import Recorder

BATCH = 50_000
"Entries that are recorded, and on disk, before any of them is changed; one progress report each."
BATCH_AHEAD = 5000
"The same while the relay runs: what is in use is looked up anew in between."
HELD = 200
"Descriptors open at a time in the walk again."

Progress = Callable[[int, int], None]
"Takes how many entries are done and how many there are; 0: not known."


class Target:
    """To whom a tree goes, where its records go, and who is told how far it is."""

    def __init__(
        self, uid: int, gid: int, dir_mode: int, record: Recorder, progress: Progress
    ) -> None:
        self.uid, self.gid, self.dir_mode = uid, gid, dir_mode
        self.record = record
        self.progress = progress
        self.told = Told()

    def job(self, record: Recorder | None = None, total: int = 0, factor: int = 1) -> Job:
        """For one process of the walk; it does one of so many shares."""
        return Job(
            *(self.uid, self.gid, record or self.record, self.told),
            lambda done: self.progress(min(done * factor, total) if total else done, total),
        )


def whole(top: int, target: Target, helped: int = HELPED) -> list[str]:
    """Re-own it all. Returns what was left alone, and why.

    helped: from how many entries on a second process does half of them.
    """
    directories = take_all(top, target.record, target.told)
    second = helper(count(top, enough=helped), helped)
    if second is None:
        _change_all(top, directories, target.job())
    else:
        with second:
            _halves(top, directories, target, second)
    target.record.given()
    give_all(top, directories, target.uid, target.gid, target.dir_mode)
    return target.told.lines()


def _halves(top: int, directories: list[bytes], target: Target, second: Helper) -> None:
    def other_half(told: Told) -> None:
        job = target.job(target.record.of_worker(1))
        job.told, job.progress = told, lambda _done: None
        _change_all(top, directories, job, share=1, shares=2)

    second.start(other_half)
    _change_all(top, directories, target.job(factor=2), share=0, shares=2)
    for line in second.finish():
        target.told.line(line)


def _change_all(
    top: int, directories: list[bytes], job: Job, *, share: int = 0, shares: int = 1
) -> None:
    size = BATCH if job.in_use is None else BATCH_AHEAD
    for path in directories:
        with opened_below(top, path) as directory:
            if directory is None:
                continue
            for names in chunks(directory, size, share=share, shares=shares):
                change(job, directory, path, names)


def ahead(top: int, target: Target) -> tuple[list[str], Arrivals]:
    """The bulk, while root's daemon runs. Returns what was left alone, and what watches on."""
    arrivals = Arrivals()
    try:
        with politely():
            job = target.job(total=count(top))
            job.in_use, job.left = InUse(), arrivals.add
            directories = take_all(top, target.record, target.told, taken=arrivals.watch)
            arrivals.directories = directories
            _change_all(top, directories, job)
    except BaseException:
        arrivals.close()
        raise
    return target.told.lines(), arrivals


def rest(top: int, target: Target, arrivals: Arrivals) -> list[str]:
    """What a walk ahead left and what has come since; then the directories are given."""
    came = arrivals.close()
    if arrivals.lost:
        return whole(top, target)
    job, directories = target.job(), arrivals.directories
    for path, names in sorted(came.items()):
        with opened_below(top, path) as directory:
            if directory is not None:
                directories = [*directories, *_came(top, directory, path, names, job, target)]
    target.record.given()
    give_all(top, directories, target.uid, target.gid, target.dir_mode)
    return target.told.lines()


def _came(
    top: int, directory: int, path: bytes, names: set[bytes], job: Job, target: Target
) -> list[bytes]:
    """Re-own these; a directory among them with all below it. Returns such directories' paths."""
    new: list[bytes] = []
    found = [(one.st_ino, name) for name in names if (one := look(directory, name)) is not None]
    change(job, directory, path, [name for _inode, name in sorted(found)])
    for name in sorted(names):
        with opened_below(directory, name) as inner:
            if inner is None:
                continue
        made = take_all(top, target.record, target.told, start=below(path, name))
        _change_all(top, made, job)
        new += made
    return new


def again(top: int, target: Target) -> list[str]:
    """What came before the new daemon ran, while it runs: no directory is taken."""
    with politely():
        return _again(top, target)


def _again(top: int, target: Target) -> list[str]:
    job = target.job()
    owners = {0} | target.record.owners()
    pending = [TOP]
    while pending:
        path = pending.pop()
        with opened_below(top, path) as directory:
            if directory is None or not _give_new(target, directory, path, owners):
                continue
            for names in chunks(directory, BATCH):
                _foreign(job, directory, path, names, owners)
                job.done += len(names)
                job.progress(job.done)
            pending += subdirectories(directory, path, target.told)
    return target.told.lines()


def _foreign(
    job: Job, directory: int, path: bytes, names: Sequence[bytes], owners: set[int]
) -> None:
    """Hold and change those that are not the account's yet, some at a time."""
    found = [
        name
        for name in names
        if (one := look(directory, name)) and (one.st_uid, one.st_gid) != (job.uid, job.gid)
    ]
    for start in range(0, len(found), HELD):
        change_where_it_is(job, directory, path, found[start : start + HELD], owners)


def _give_new(target: Target, directory: int, path: bytes, owners: set[int]) -> bool:
    """See that the directory is the account's; False: it is another's, and left alone."""
    now = os.fstat(directory)
    if (now.st_uid, now.st_gid) == (target.uid, target.gid):
        return True
    if now.st_uid not in owners:
        target.told.add(path, f"a directory of uid {now.st_uid}; left alone")
        return False
    target.record({was_of(now): [path]})
    give(directory, target.uid, target.gid, target.dir_mode)
    return True
