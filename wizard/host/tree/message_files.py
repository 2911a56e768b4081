"""Which entries of a queue are a message's files, and which of them lead root elsewhere.

Sendmail as root opens a df through a link: it would mail the content of whatever that leads to.
"""

from __future__ import annotations

import os
import stat

SPLIT = (b"qf", b"df", b"xf")
"Names by which Sendmail takes a directory, or a link to one, for a part of its queue."


def of_a_message(name: bytes) -> bool:
    """Whether Sendmail would take it for one of a message's files: qf, df, xf, tf and others."""
    return len(name) > 2 and name[1:2] == b"f" and name[:1].isalpha()


def leads_elsewhere(found: os.stat_result, *, ours: bool) -> bool:
    """Whether root's Sendmail would mail or write something else's content through this entry.

    As the account could have made it: a link of its own, or another's file linked into the queue,
    where the kernel lets it (protected_hardlinks, proc_sys_fs(5)).
    """
    if stat.S_ISDIR(found.st_mode):
        return False
    if stat.S_ISREG(found.st_mode):
        return found.st_nlink != 1 and not ours
    return ours or found.st_nlink != 1
