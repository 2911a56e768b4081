"""Ways to keys, sockets and files, for subjects of the checks that judge them."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import dirname
from struct import pack
from typing import Any

from msgspec.structs import replace

from tests.checks.healthy import facts, healthy
from wizard.api import Subject
from wizard.facts.acl import XATTR
from wizard.facts.cf_model import Cf
from wizard.facts.model import Account, Accounts, Group, MapFiles
from wizard.facts.way_model import Doors, Passage
from wizard.model import FileState, Kind

CF = "/etc/mail/sendmail.cf"
MILTER, SSL_CERT = 107, 110
OPEN = FileState(Kind.DIRECTORY, 0o755)


def directory(mode: int, uid: int = 0, gid: int = 0, **more: Any) -> FileState:
    return FileState(Kind.DIRECTORY, mode, uid, gid, **more)


def file(mode: int, uid: int = 0, gid: int = 0, **more: Any) -> FileState:
    return FileState(Kind.FILE, mode, uid, gid, **more)


def socket(mode: int, uid: int = MILTER, gid: int = MILTER, **more: Any) -> FileState:
    return FileState(Kind.SOCKET, mode, uid, gid, **more)


def acl(group: int) -> dict[str, bytes]:
    """The xattr of an ACL that gives the owning group these bits, and a user reading."""
    entries = ((0x01, 6, 0), (0x02, 6, 34), (0x04, group, 0), (0x10, 6, 0), (0x20, 0, 0))
    return {XATTR: pack("<I", 2) + b"".join(pack("<HHI", *one) for one in entries)}


def leading(
    path: str,
    role: str,
    end: FileState,
    on_the_way: Mapping[str, FileState] | None = None,
    line: int = 7,
) -> Passage:
    """A passage whose directories are open, but for those named: run_x for /run/x."""
    given = {"/" + name.replace("_", "/"): state for name, state in (on_the_way or {}).items()}
    above = [dirname(path)]
    while above[-1] != "/":
        above.append(dirname(above[-1]))
    parts = [(one, given.get(one, OPEN)) for one in reversed(above)]
    return Passage(path, role, (*parts, (path, end)), f"{CF}:{line}")


def relay(
    *, map_files: MapFiles | None = None, cf: dict[str, Any] | None = None, **doors: Any
) -> Subject:
    """A healthy relay with these doors, a milter's account, and a group of others."""
    known = facts()
    assert isinstance(known.accounts, Accounts)
    assert isinstance(known.cf, Cf)
    users = (
        *known.accounts.users,
        Account("milter", MILTER, MILTER, "/nonexistent", "/usr/sbin/nologin"),
        Account("backup", 34, 34, "/var/backups", "/usr/sbin/nologin"),
    )
    groups = (
        *known.accounts.groups,
        Group("milter", MILTER, ()),
        Group("ssl-cert", SSL_CERT, ("postgres",)),
    )
    return healthy(
        accounts=replace(known.accounts, users=users, groups=groups),
        doors=replace(Doors((), (), ()), **doors),
        map_files=map_files
        or MapFiles((), "/etc/mail", (("/etc/mail", directory(0o2755, 101, 104)),)),
        cf=replace(known.cf, **(cf or {})),
    )
