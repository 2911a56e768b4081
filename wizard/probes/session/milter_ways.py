"""The way to each milter's socket, by Sendmail's own rules: what the log need not tell.

With Milter.LogLevel=0 and no F= a milter out of reach is passed by without a word.
"""

from __future__ import annotations

from wizard.model import FileState, Kind
from wizard.probes.proof import Proving
from wizard.probes.reach.safe_file import Account, Looking, blocked, shown

READ_WRITE = 0o6


def closed(p: Proving, names: tuple[str, ...]) -> list[str]:
    """What keeps the account from these milters, a line each. Raises Unreadable."""
    if p.target.uid == 0:
        return []
    looking = Looking(p)
    told = []
    for one in looking.cf.milters:
        if one.name in names and one.path.startswith("/"):
            found = looking.walk(one.path, one.name)
            why = blocked(found, looking.who)
            last, end = found.parts[-1]
            if end.kind is not Kind.SOCKET:
                why.append(f"{one.path}  no socket is there")
            elif not _reads_and_writes(end, looking.who):
                why.append(f"{shown(last, end)}: {looking.who.user} may not read and write it")
            told += [f"Milter ({one.name}): {line}" for line in why]
    return told


def _reads_and_writes(end: FileState, who: Account) -> bool:
    shift = 6 if end.uid == who.uid else 3 if end.gid == who.gid else 0
    return (end.mode >> shift) & READ_WRITE == READ_WRITE
