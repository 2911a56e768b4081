"""What lies in a mail spool: how many mailboxes, and those that changed last.

A mailbox is a file, or a directory of messages. A hundred thousand of them are looked at in one
pass over the directory; nothing is opened and no link is followed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from heapq import nlargest
from itertools import islice

from msgspec import Struct

KEEP = 200
"Mailboxes that are told one by one."
INSIDE = 1000
"Entries of a directory's parts that are counted."
_LOCKS = (".lock", ".lck")
_PARTS = ("", "new", "cur")
"Of a maildir: where its messages are."
_OWN = ("new", "cur", "tmp")


class SpoolEntry(Struct, frozen=True):
    """One mailbox."""

    name: str
    uid: int
    size: int
    "Bytes of a file; entries of a directory."
    mtime_ns: int
    directory: bool = False


class Spool(Struct, frozen=True):
    """One spool directory."""

    exists: bool
    empty: int = 0
    "Mailboxes with nothing in them."
    emptied_ns: int = 0
    "When the last of those changed."
    held: int = 0
    "Mailboxes with something in them."
    newest: tuple[SpoolEntry, ...] = ()
    "Of these the ones that changed last, at most KEEP."


def look_into(descriptor: int) -> Spool:
    """Look at every entry of an opened directory. Raises OSError."""
    empty = emptied = held = 0
    newest: list[SpoolEntry] = []
    for entry in _entries(descriptor):
        if not entry.size:
            empty += 1
            emptied = max(emptied, entry.mtime_ns)
            continue
        held += 1
        newest.append(entry)
        if len(newest) > 20 * KEEP:
            newest = _last_changed(newest)
    return Spool(True, empty, emptied, held, tuple(_last_changed(newest)))


def _last_changed(entries: list[SpoolEntry]) -> list[SpoolEntry]:
    return nlargest(KEEP, entries, key=lambda entry: (entry.mtime_ns, entry.name))


def _entries(descriptor: int) -> Iterator[SpoolEntry]:
    """Files and directories, but for locks; links and what else there is are no mailboxes."""
    with os.scandir(descriptor) as found:
        for one in found:
            if one.name.endswith(_LOCKS):
                continue
            try:
                state = one.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # gone since
            name = os.fsencode(one.name).decode("utf-8", "backslashreplace")
            if stat.S_ISREG(state.st_mode):
                yield SpoolEntry(name, state.st_uid, state.st_size, state.st_mtime_ns)
            elif stat.S_ISDIR(state.st_mode):
                size, changed = _inside(descriptor, one.name)
                yield SpoolEntry(name, state.st_uid, size, changed or state.st_mtime_ns, True)


def _inside(parent: int, name: str) -> tuple[int, int]:
    """Entries of a maildir or of another directory, and when one came or went last."""
    size = changed = 0
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    for part in _PARTS:
        try:
            opened = os.open(f"{name}/{part}" if part else name, flags, dir_fd=parent)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            if part:
                continue  # a link in place of `new`: nothing of it is followed
            raise
        try:
            with os.scandir(opened) as entries:
                size += sum(1 for one in islice(entries, INSIDE) if one.name not in _OWN)
            changed = max(changed, os.fstat(opened).st_mtime_ns)
        finally:
            os.close(opened)
    return size, changed
