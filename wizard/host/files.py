"""One entry of an opened directory: its state, its replacement, its restoration.

Everything works on a name within a directory that is already open, so nothing here can be led
elsewhere by a link on the way, and nothing here follows a link at the end.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from msgspec.structs import replace

from wizard.errors import StepdownError
from wizard.host.base import Unreadable
from wizard.host.entry_meta import opened_entry, restore_meta_at, xattrs_at
from wizard.host.paths import opened_parent
from wizard.model import FileState, Kind

CONTENT_LIMIT = 64 * 1024 * 1024
"Bytes; a larger file is not read whole."
TEMPORARY = ".%s.stepdown-new"
"""Beside each file that is being written. Always the same name, so that what a kill leaves is known
and goes with the next write or with the rollback."""
ACL = "system.posix_acl_access"
"The xattr that holds a POSIX ACL (acl(5)): the one that is looked at without the content."


def state_at(parent: int, name: str, content: bool) -> FileState:
    """The entry itself, its ACL, and content and all xattrs where asked for.

    Raises OSError, Unreadable.
    """
    found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    kind = _kind(found.st_mode)
    target = os.readlink(name, dir_fd=parent) if kind is Kind.SYMLINK else None
    data: bytes | None = None
    xattrs: dict[str, bytes] = {}
    if kind is Kind.FILE and content:
        if found.st_size > CONTENT_LIMIT:
            raise Unreadable(f"{name}: {found.st_size} bytes, too large to be read whole")
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
        with os.fdopen(descriptor, "rb") as stream:
            data = stream.read()
            found = os.fstat(stream.fileno())
            xattrs = xattrs_at(f"/proc/self/fd/{stream.fileno()}")
    elif kind is not Kind.SYMLINK:
        xattrs = _acl(parent, name)
    return FileState(
        kind=kind,
        mode=stat.S_IMODE(found.st_mode),
        uid=found.st_uid,
        gid=found.st_gid,
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        nlink=found.st_nlink,
        content=data,
        xattrs=xattrs,
        target=target,
    )


def state_of_top(root: str) -> FileState:
    """The directory `/` itself, of this host or of one mounted under a root. Raises OSError."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return state_at(descriptor, ".", content=False)
    finally:
        os.close(descriptor)


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.DIRECTORY
    if stat.S_ISSOCK(mode):
        return Kind.SOCKET
    return Kind.SYMLINK if stat.S_ISLNK(mode) else Kind.OTHER


def meta_at(parent: int, name: str, path: str) -> FileState:
    """The entry itself with all its xattrs, without its content. Raises OSError, Unreadable."""
    state = state_at(parent, name, content=False)
    if state.kind is Kind.SYMLINK:
        return state
    with opened_entry(parent, name, path) as itself:
        return replace(state, xattrs=xattrs_at(itself))


def _acl(parent: int, name: str) -> dict[str, bytes]:
    """By way of /proc, as there is no call that takes a directory's descriptor."""
    try:
        path = f"/proc/self/fd/{parent}/{name}"
        return {ACL: os.getxattr(path, ACL, follow_symlinks=False)}
    except OSError:
        return {}


def put_at(parent: int, name: str, content: bytes, *, uid: int, gid: int, mode: int) -> None:
    """Write a regular file in place of what the name was; its xattrs stay. Raises OSError.

    SELinux label and ACL are xattrs, so a replaced file is as accessible as the one before.
    """
    old = state_at(parent, name, content=True) if _present(parent, name) else None
    if old is not None and old.kind is not Kind.FILE:
        raise Unreadable(f"{name}: is a {old.kind}, not a regular file; it is left as it is")
    xattrs = old.xattrs if old is not None else {}
    state = FileState(Kind.FILE, mode, uid, gid, content=content, xattrs=xattrs)
    _write_new(parent, name, state, keep_time=False)


def _write_new(parent: int, name: str, state: FileState, *, keep_time: bool) -> None:
    """Temporary file, metadata, fsync, rename, fsync of the directory."""
    temporary = TEMPORARY % name
    sweep_at(parent, name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(temporary, flags, 0o600, dir_fd=parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(state.content or b"")
            stream.flush()
            os.fchown(stream.fileno(), state.uid, state.gid)
            os.fchmod(stream.fileno(), state.mode)
            for key, value in state.xattrs.items():
                os.setxattr(stream.fileno(), key, value)
            if keep_time:
                os.utime(stream.fileno(), ns=(state.mtime_ns, state.mtime_ns))
            os.fsync(stream.fileno())
        os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
        os.fsync(parent)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=parent)
        raise


def _link_new(parent: int, name: str, state: FileState) -> None:
    """The symbolic link as it was; never followed."""
    temporary = TEMPORARY % name
    sweep_at(parent, name)
    os.symlink(state.target or "", temporary, dir_fd=parent)
    try:
        os.chown(temporary, state.uid, state.gid, dir_fd=parent, follow_symlinks=False)
        times = (state.mtime_ns, state.mtime_ns)
        os.utime(temporary, ns=times, dir_fd=parent, follow_symlinks=False)
        os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
        os.fsync(parent)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=parent)
        raise


def sweep_at(parent: int, name: str) -> None:
    """Remove what a killed write of this name left. Raises OSError.

    Looked for first: where nothing may be written, unlink fails whether it is there or not.
    """
    temporary = TEMPORARY % name
    if not _present(parent, temporary):
        return
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=parent)
        os.fsync(parent)


def restore_at(parent: int, name: str, path: str, state: FileState) -> None:
    """Make the entry what it was. Raises Unreadable where another kind of thing took its place."""
    now = state_at(parent, name, content=True) if _present(parent, name) else None
    if not state.exists:
        if now is not None and now.kind is Kind.DIRECTORY:
            raise Unreadable(f"{path}: a directory took its place; it is left as it is")
        if now is not None:
            os.unlink(name, dir_fd=parent)
            os.fsync(parent)
        return
    if state.kind is Kind.FILE and state.content is not None:
        if now is None or _differs(now, state):
            _write_new(parent, name, state, keep_time=True)
        return
    if state.kind is Kind.SYMLINK and (now is None or now.kind in (Kind.FILE, Kind.SYMLINK)):
        if now is None or (now.kind, now.target) != (state.kind, state.target):
            _link_new(parent, name, state)
        return
    if now is None or now.kind is not state.kind:
        raise Unreadable(f"{path}: is no longer a {state.kind}; it is left as it is")
    restore_meta_at(parent, name, path, state)


def _present(parent: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _differs(now: FileState, then: FileState) -> bool:
    return (now.kind, now.content, now.uid, now.gid, now.mode, now.mtime_ns, now.xattrs) != (
        then.kind,
        then.content,
        then.uid,
        then.gid,
        then.mode,
        then.mtime_ns,
        then.xattrs,
    )


def write_private(path: str, content: bytes) -> None:
    """Write a file that its owner alone may read, atomically. Raises StepdownError, naming it."""
    try:
        with opened_parent(path) as (parent, name):
            put_at(parent, name, content, uid=os.geteuid(), gid=os.getegid(), mode=0o600)
    except OSError as problem:
        raise StepdownError(f"{path}: {problem.strerror}; nothing was written") from problem
