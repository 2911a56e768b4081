"""Owner, group, mode and xattrs of one entry of an opened directory; nothing follows a link."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from wizard.host.base import Unreadable
from wizard.model import FileState

ACLS = ("system.posix_acl_access", "system.posix_acl_default")
"The xattrs that hold POSIX ACLs, acl(5)."


def xattrs_at(itself: str) -> dict[str, bytes]:
    """All of them, of an entry by its descriptor's link in /proc; none where there can be none."""
    try:
        return {name: os.getxattr(itself, name) for name in os.listxattr(itself)}
    except OSError as problem:
        if problem.errno == errno.ENOTSUP:
            return {}
        raise


@contextmanager
def opened_entry(parent: int, name: str, path: str) -> Iterator[str]:
    """The very entry, whatever it is but a link: the way to it that no rename can lead astray."""
    descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=parent)
    try:
        if stat.S_ISLNK(os.fstat(descriptor).st_mode):
            raise Unreadable(f"{path}: is a symbolic link; it is left as it is")
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def open_plain(parent: int, name: str, path: str) -> int:
    """Descriptor of a directory or of a file with one link. Raises Unreadable for all else."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    found = os.fstat(descriptor)
    if stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1):
        return descriptor
    os.close(descriptor)
    what = f"a file with {found.st_nlink} links" if stat.S_ISREG(found.st_mode) else "no plain file"
    raise Unreadable(f"{path}: {what}; its owner is not changed")


def set_meta_at(parent: int, name: str, path: str, *, uid: int, gid: int, mode: int) -> None:
    """Owner, group and mode of the entry itself. Raises Unreadable, OSError.

    Directories, files with one link, and sockets that keep their owner.
    """
    if stat.S_ISSOCK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
        _set_meta_of_socket(parent, name, path, uid=uid, gid=gid, mode=mode)
        return
    descriptor = open_plain(parent, name, path)
    try:
        os.fchown(descriptor, uid, gid)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _set_meta_of_socket(
    parent: int, name: str, path: str, *, uid: int, gid: int, mode: int
) -> None:
    """By a descriptor of the very socket that was looked at: its directory may be another's.

    A socket cannot be opened but by O_PATH, and that way it is changed through the descriptor's
    link in /proc, which leads to it wherever its name leads meanwhile (chmod(2), notes).
    """
    descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=parent)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISSOCK(found.st_mode) or found.st_nlink != 1:
            raise Unreadable(f"{path}: no plain socket; its owner is not changed")
        if found.st_uid != uid:
            raise Unreadable(f"{path}: belongs to uid {found.st_uid}, not {uid}; it is left alone")
        itself = f"/proc/self/fd/{descriptor}"
        os.chown(itself, uid, gid)
        os.chmod(itself, mode)
    finally:
        os.close(descriptor)


def restore_meta_at(parent: int, name: str, path: str, state: FileState) -> None:
    """Owner, group, mode and xattrs. A chown takes capabilities and set-id bits away, and a mode
    is an ACL's mask, so the xattrs come last; ACLs that were not there go first. Other xattrs that
    came since are somebody else's: they open the file to nobody.

    The time of a file whose content was left alone is its content's: it was not changed.
    """
    with opened_entry(parent, name, path) as itself:
        before = xattrs_at(itself)
        for key in {*before} & {*ACLS} - {*state.xattrs}:
            os.removexattr(itself, key)
        now = os.stat(itself)
        if (now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode)) != (
            state.uid,
            state.gid,
            state.mode,
        ):
            set_meta_at(parent, name, path, uid=state.uid, gid=state.gid, mode=state.mode)
        for key, value in state.xattrs.items():
            if xattrs_at(itself).get(key) != value:
                os.setxattr(itself, key, value)
