"""Whether root's Sendmail may be handed a queue entry that the account could have written.

After a rollback root runs the queue again and trusts what it finds. An attacker who has taken
over a child could leave an entry there that runs a program or writes a file. A relay's entries
go to addresses on other hosts, so one that is not plainly such is set aside, by Sendmail's own mark
for what it must not run: the name Qf (op guide, appendix on the queue's file formats).
"""

from __future__ import annotations

import os
import re
import stat

LIMIT = 16 * 1024 * 1024
"Bytes of a qf that are looked at; a larger one is set aside."
CONTROL = (b"qf", b"hf")
"Begin the names of control files: what is run, and what is held until an admin releases it."
CONTROLLING_USER = re.compile(rb"^C", re.MULTILINE)
"""`C`: the user as whom programs, files and lists are reached. Mail for an alias has one too, so it
is borne where every recipient is a mailbox of some host."""
FOLDED = re.compile(rb"\n[ \t]+")
"A line that goes on: Sendmail reads both as one."
ADDRESSED = re.compile(rb"^(?:R(?:[A-Za-z]*:)?|S)(.*)$", re.MULTILINE)
"The address of a recipient, flags aside, and that of the sender."
PLAIN = re.compile(
    rb"(?:[\w!#$&'*+=?^`{}~.\x80-\xff-][\w!#$%&'*+/=?^`{|}~.\x80-\xff-]*(?<![!|/])"
    rb"(?:@[\w.:\[\]\x80-\xff-]+)?)?",
)
"""A mailbox as relays have them. No quotes, comments, routes and lists, in which a program, a file
or an :include: could hide; none of them at the start, where it would be one."""
BEHIND = re.compile(rb"!.*[|/]")
"A mailbox behind another host's name, UUCP's way, that is a program or a file there."
ELSEWHERE = re.compile(rb"^d(?!f)[^\n]*\.\.", re.MULTILINE)
"`d`: a directory for the df that climbs."


def distrusted(directory: int, name: bytes) -> str:
    """Set the entry aside where it is no relay's; returns why, empty where it may stay.

    Raises OSError where it can be neither read nor renamed.
    """
    why, own = _why(directory, name)
    if why:
        aside = b"Q" + name[1:]
        while _exists(directory, aside):
            aside += b".set-aside"
        os.rename(name, aside, src_dir_fd=directory, dst_dir_fd=directory)
        if own:
            os.chown(aside, 0, 0, dir_fd=directory, follow_symlinks=False)
    return why


def _exists(directory: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _why(directory: int, name: bytes) -> tuple[str, bool]:
    """What is the matter, and whether it is a file of its own, whose owner may be changed."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(name, flags, dir_fd=directory)
    except FileNotFoundError:
        return "", False
    except OSError:
        return "a link or something that is no file", False
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(descriptor)
        return "not a file of its own", False
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        if found.st_size > LIMIT:
            return f"a control file of {found.st_size} bytes", True
        return why_distrusted(stream.readall()), True


def why_distrusted(content: bytes) -> str:
    """What in a control file is no relay's; empty: nothing."""
    content = FOLDED.sub(b" ", content)
    if b"\0" in content:
        return "it holds a NUL"
    controlled = CONTROLLING_USER.search(content) is not None
    for found in ADDRESSED.finditer(content):
        address = found[1].strip()
        if address[:1] == b"<" and address[-1:] == b">":
            address = address[1:-1]
        if controlled and found[0][:1] == b"R" and b"@" not in address:
            return "it names a controlling user for what is no mailbox of another host"
        if not PLAIN.fullmatch(address) or BEHIND.search(address):
            return "it is addressed to a program, a file or a list, or in a way that may hide one"
    return "its data lies elsewhere" if ELSEWHERE.search(content) else ""
