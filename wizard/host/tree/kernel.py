"""What the kernel forbids for us (proc_sys_fs(5)), and what it tells us (inotify(7))."""

from __future__ import annotations

import ctypes

from wizard.host.tree_records import Was

PROTECTED = "/proc/sys/fs/protected_hardlinks"
WRITABLE = 0o022
"By group or others; a POSIX ACL that lets anybody write shows there too, as its mask."
LOCAL = {
    "btrfs": 0x9123683E,
    "ext2, ext3, ext4": 0xEF53,
    "f2fs": 0xF2F52010,
    "overlay": 0x794C7630,
    "tmpfs": 0x01021994,
    "xfs": 0x58465342,
    "zfs": 0x2FC12FC1,
}
"f_type of file systems that nobody else writes to (statfs(2)): no other host, no server."
STATFS = 256
"Bytes enough for a struct statfs, which begins with f_type."


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


def tells_all(directory: int) -> bool:
    """Whether all that happens in the opened directory happens through this kernel."""
    found = ctypes.create_string_buffer(STATFS)
    try:
        code = int(ctypes.CDLL(None).fstatfs(directory, found))
    except AttributeError:  # no Linux
        return False
    kind = ctypes.cast(found, ctypes.POINTER(ctypes.c_long)).contents.value
    return code == 0 and kind & 0xFFFFFFFF in LOCAL.values()
