"""Whether root's Sendmail may be handed a queue entry that the account could have written.

After a rollback root runs the queue again and trusts what it finds. An attacker who has taken
over a child could leave an entry there that runs a program or writes a file. A relay's entries
go to addresses on other hosts, so one that does not is set aside, by Sendmail's own mark for what
it must not run: the name Qf (op guide, appendix on the queue's file formats).
"""

from __future__ import annotations

import os
import re
import stat

LIMIT = 16 * 1024 * 1024
"Bytes of a qf that are looked at; a larger one is set aside."
CONTROLLING_USER = re.compile(rb"^C", re.MULTILINE)
"`C`: the user as whom programs and files are reached."
LOCAL_RECIPIENT = re.compile(
    rb'^R[^:\n]*:?\s*[<"\\\s]*(?:[|/]|:include:)', re.MULTILINE | re.IGNORECASE
)
"A recipient that is a program, a file or a list."
ELSEWHERE = re.compile(rb"^d(?!f)[^\n]*\.\.", re.MULTILINE)
"`d`: a directory for the df that climbs."


def distrusted(directory: int, name: str) -> str:
    """Set the entry aside where it is no relay's; returns why, empty where it may stay.

    Raises OSError where it can be neither read nor renamed.
    """
    why = _why(directory, name)
    if why:
        aside = "Q" + name[1:]
        while _exists(directory, aside):
            aside += ".set-aside"
        os.rename(name, aside, src_dir_fd=directory, dst_dir_fd=directory)
        os.chown(aside, 0, 0, dir_fd=directory, follow_symlinks=False)
    return why


def _exists(directory: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _why(directory: int, name: str) -> str:
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(name, flags, dir_fd=directory)
    except OSError:
        return "a link or something that is no file"
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            return "not a file of its own"
        if found.st_size > LIMIT:
            return f"a control file of {found.st_size} bytes"
        content = stream.read()
    if CONTROLLING_USER.search(content):
        return "it names a controlling user"
    if LOCAL_RECIPIENT.search(content):
        return "it is addressed to a program, a file or a list"
    return "its data lies elsewhere" if ELSEWHERE.search(content) else ""
