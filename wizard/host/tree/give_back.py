"""Giving a tree back that a hostile account may have had.

All directories are taken first, outermost first, so that nobody but root can swap an entry while
we look at it. Then every entry of the account becomes root's, whatever it was, and what root's
Sendmail must not run is set aside; then what was recorded gets its owner, group and mode back.
The directories are given last, innermost first.

For a long queue that is done in three parts, so that the relay need not stand still for all of it:

look         The relay runs as the account: the control files are read (`looked`), and the kernel is
             asked to tell what comes from then on.
directories  It stands still, the account has no process: the directories are taken, what root's
             Sendmail must not run or follow is set aside, the directories are given. Only what has
             come since is looked at, or all where that is not known.
entries      Root's daemon runs, and runs entries that are the account's as its own: each is read
             once more, and given. Nobody but root and the directories' owner can swap one.

Killed anywhere on the way it is begun again; root's daemon can use the tree at every moment.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Mapping, Sequence

from wizard.host.tree.back import Back, holder, set_aside
from wizard.host.tree.looked import Looked
from wizard.host.tree.message_files import SPLIT
from wizard.host.tree.polite import politely
from wizard.host.tree.walk import (
    TOP,
    Told,
    below,
    give,
    look,
    opened_below,
    subdirectories,
    take,
    take_all,
)
from wizard.host.tree_records import DIRECTORY, Records, Was


def give_back(
    top: int, records: Records, *, taken_uid: int, progress: Callable[[int], None]
) -> list[str]:
    """Give each recorded entry that still is there its owner back; return the exceptions.

    What arrived since belongs to taken_uid; it becomes root's, with its directory's group,
    because root's Sendmail runs its own entries and loses those of a third account (fact 3).
    Directories that no walk had come to are neither recorded nor taken_uid's: they stay.
    """
    known = _known(records)
    if TOP not in known:
        return []  # killed before the walk began: nothing is changed before it is recorded
    back = Back(taken_uid, records.was_given(), progress)
    directories = _take(top, known, back)
    back.entries(top, directories, known, records)
    for path in reversed(directories):
        _return(top, path, known, back.told)
    progress(back.done)
    return back.told.lines()


def give_directories(
    top: int, records: Records, looked: Looked, *, taken_uid: int, progress: Callable[[int], None]
) -> list[str]:
    """The part for which the relay stands still; returns the exceptions.

    Entries stay the account's, but for those that root's Sendmail must not run or follow.
    """
    known = _known(records)
    if TOP not in known:
        return []
    back = Back(taken_uid, records.was_given(), progress, looked)
    looked.go_on()
    directories = _take_seen(top, known, back, looked.directories)
    came = looked.came()
    if came is None:
        directories = _take(top, known, back, directories)
        for path in directories:
            back.guard_all(top, path)
    else:
        directories += _guard_what_came(top, known, back, directories, came)
    for path in reversed(dict.fromkeys(directories)):
        _return(top, path, known, back.told)
    progress(back.done)
    return back.told.lines()


def give_entries(
    top: int, records: Records, looked: Looked, *, taken_uid: int, progress: Callable[[int], None]
) -> list[str]:
    """The rest, after give_directories, while root's daemon runs; returns the exceptions."""
    with politely():
        return _give_entries(top, records, looked, taken_uid, progress)


def _give_entries(
    top: int, records: Records, looked: Looked, taken_uid: int, progress: Callable[[int], None]
) -> list[str]:
    known = _known(records)
    back = Back(taken_uid, records.was_given(), progress)
    back.theirs = looked.theirs
    owners = {0} | {was.uid for was in known.values()}
    directories: list[bytes] = []
    level = [TOP]
    while level:
        path = level.pop()
        with opened_below(top, path) as directory:
            if directory is not None and os.fstat(directory).st_uid in owners - {taken_uid}:
                directories.append(path)
                level += subdirectories(directory, path, back.told)
    back.entries(top, directories, known, records)
    progress(back.done)
    return back.told.lines()


def _known(records: Records) -> dict[bytes, Was]:
    """What each recorded directory was."""
    known: dict[bytes, Was] = {}
    for group in records.groups():
        if group.was.kind == DIRECTORY:
            for path in group.names():
                known.setdefault(path, group.was)
    return known


def _take(
    top: int,
    known: dict[bytes, Was],
    back: Back,
    taken: Collection[bytes] = (),
    start: bytes = TOP,
) -> list[bytes]:
    """All that are recorded or the account's, and those that have just been taken from it."""
    also = set(taken)
    return take_all(
        *(top, None, back.told),
        start=start,
        ours=lambda path, found: path in known or path in also or found.st_uid == back.uid,
    )


def _take_seen(top: int, known: dict[bytes, Was], back: Back, seen: Sequence[bytes]) -> list[bytes]:
    """The same for directories of which it is known where they are, outermost first."""
    taken: dict[bytes, None] = {}
    for path in seen:
        if path != TOP and holder(path) not in taken:
            continue
        with opened_below(top, path) as directory:
            if directory is not None and (path in known or os.fstat(directory).st_uid == back.uid):
                take(directory)
                taken[path] = None
    return list(taken)


def _guard_what_came(
    top: int,
    known: dict[bytes, Was],
    back: Back,
    directories: Collection[bytes],
    came: Mapping[bytes, set[bytes]],
) -> list[bytes]:
    """Look at these names in the taken directories. Returns directories that are among them."""
    new: list[bytes] = []
    taken = set(directories)
    for path in taken.intersection(came):
        with opened_below(top, path) as directory:
            if directory is None:
                continue
            back.guard(directory, path, came[path])
            for name in sorted(came[path]):
                found = look(directory, name)
                if found is not None and stat.S_ISDIR(found.st_mode):
                    new += _take(top, known, back, taken, below(path, name))
    for path in new:
        back.guard_all(top, path)
    return new


def _return(top: int, path: bytes, known: dict[bytes, Was], told: Told) -> None:
    """One directory to whom it belongs; one that Sendmail would take for its own is set aside."""
    was = known.get(path, known[TOP])
    with opened_below(top, path) as directory:
        if directory is not None:
            give(directory, was.uid, was.gid, was.mode)
    name = path.rpartition(b"/")[2]
    if path not in known and name in SPLIT:
        with opened_below(top, holder(path)) as outer:
            if outer is not None:
                aside = set_aside(outer, name)
                told.add(path, f"a directory that was made since; renamed to {aside}")
