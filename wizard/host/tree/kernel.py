"""What the kernel lets an account do with files that are not its own (proc_sys_fs(5))."""

from __future__ import annotations

from wizard.host.tree_records import Was

PROTECTED = "/proc/sys/fs/protected_hardlinks"
WRITABLE = 0o022
"By group or others; a POSIX ACL that lets anybody write shows there too, as its mask."


def protects_hardlinks() -> bool:
    """Whether nobody can link a file that he neither owns nor may read and write."""
    try:
        with open(PROTECTED, "rb") as stream:
            return stream.read().strip() == b"1"
    except OSError:
        return False


def only_root_links(was: Was) -> bool:
    """Whether, where the kernel protects, nobody but root could link a file that is this."""
    return was.uid == 0 and not was.mode & WRITABLE
