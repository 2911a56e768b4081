"""The way to a path, and who may take hold of it: owners, groups, others, sticky, ACLs, links."""

from __future__ import annotations

from struct import pack

import pytest

from tests.facts.paper_host import DIRECTORY, PaperHost, link
from wizard.facts.acl import XATTR
from wizard.facts.passages import Hold, holds, passage
from wizard.model import FileState, Kind

UID, GID = 997, 996
NOBODY = 0xFFFFFFFF
FILE = FileState(Kind.FILE, 0o644)


def acl(mode: int, *named: tuple[int, int, int], group: int = 0o4) -> dict[str, bytes]:
    """The xattr of an ACL: tag, bits, id of its named entries; the mode has the mask."""
    entries = [(1, 0o6, NOBODY), *named, (4, group, NOBODY), (16, (mode >> 3) & 7, NOBODY)]
    return {XATTR: pack("<I", 2) + b"".join(pack("<HHI", *one) for one in entries)}


def with_acl(mode: int, *named: tuple[int, int, int], gid: int = 0, group: int = 4) -> FileState:
    return FileState(Kind.FILE, mode, 0, gid, xattrs=acl(mode, *named, group=group))


def held(files: dict[str, FileState], path: str = "/etc/mail/sendmail.cf") -> list[Hold]:
    host = PaperHost(
        {"/": DIRECTORY, "/etc": DIRECTORY, "/etc/mail": DIRECTORY, path: FILE} | files
    )
    return holds(passage(host, path, "cf"), UID, GID)


def test_what_is_roots_on_the_whole_way_is_held_by_nobody() -> None:
    assert held({}) == []


@pytest.mark.parametrize(
    ("at", "state", "how"),
    [
        ("/etc/mail/sendmail.cf", FileState(Kind.FILE, 0o400, UID, 0), "its owner"),
        ("/etc/mail/sendmail.cf", FileState(Kind.FILE, 0o664, 0, GID), "its group may write"),
        ("/etc/mail/sendmail.cf", FileState(Kind.FILE, 0o646), "anybody may write"),
        ("/etc/mail", FileState(Kind.DIRECTORY, 0o555, UID, 0), "its owner"),
        ("/etc", FileState(Kind.DIRECTORY, 0o775, 0, GID), "its group may write"),
        ("/", FileState(Kind.DIRECTORY, 0o777), "anybody may write"),
    ],
)
def test_what_the_account_may_write_on_the_way_is_told(at: str, state: FileState, how: str) -> None:
    assert [(one.path, one.how) for one in held({at: state})] == [(at, how)]


def test_anothers_group_and_a_closed_group_of_its_own_give_nothing() -> None:
    assert held({"/etc": FileState(Kind.DIRECTORY, 0o775, 0, 50)}) == []
    # The kernel asks the group's bits of a member of the group, never those of others.
    assert held({"/etc/mail/sendmail.cf": FileState(Kind.FILE, 0o606, 0, GID)}) == []


STICKY = FileState(Kind.DIRECTORY, 0o1777)


def test_in_a_sticky_directory_what_is_roots_is_safe() -> None:
    assert held({"/etc/mail": STICKY}) == []


def test_in_a_sticky_directory_an_absent_name_can_be_made() -> None:
    gone = {"/etc/mail": STICKY, "/etc/mail/sendmail.cf": FileState(Kind.ABSENT)}
    assert [(one.path, one.replaces) for one in held(gone)] == [
        ("/etc/mail", "/etc/mail/sendmail.cf")
    ]


def test_in_a_sticky_directory_its_own_link_can_be_replaced() -> None:
    own = FileState(Kind.SYMLINK, 0o777, UID, 0, target="/etc/real.cf")
    found = held({"/etc/mail": STICKY, "/etc/mail/sendmail.cf": own, "/etc/real.cf": FILE})
    assert [one.replaces for one in found] == ["/etc/mail/sendmail.cf"]


def test_the_directories_behind_a_link_count_too() -> None:
    open_for_all = FileState(Kind.DIRECTORY, 0o777)
    found = held(
        {
            "/etc/mail/sendmail.cf": link("../../srv/mail/sendmail.cf"),
            "/srv": DIRECTORY,
            "/srv/mail": open_for_all,
            "/srv/mail/sendmail.cf": FILE,
        }
    )
    assert [(one.path, one.replaces) for one in found] == [("/srv/mail", "/srv/mail/sendmail.cf")]


def test_behind_an_absent_directory_only_the_one_above_counts() -> None:
    host = PaperHost({"/": DIRECTORY, "/etc": FileState(Kind.DIRECTORY, 0o757)})
    found = holds(passage(host, "/etc/mail/m4/dialup.m4", "m4"), UID, GID)
    assert [(one.path, one.replaces) for one in found] == [("/etc", "/etc/mail")]


@pytest.mark.parametrize(
    ("state", "how"),
    [
        (with_acl(0o664, (2, 0o6, UID)), "an ACL lets it write"),
        (with_acl(0o644, (2, 0o6, UID)), ""),  # the mask takes it back
        (with_acl(0o664, (2, 0o4, UID), (8, 0o6, GID)), ""),  # the user's own entry decides
        (with_acl(0o664, (8, 0o6, GID)), "an ACL lets its group write"),
        (with_acl(0o664, (2, 0o6, 33)), ""),
        (with_acl(0o666, (2, 0o6, 33)), "anybody may write"),
        (with_acl(0o664, (2, 0o6, 33), gid=GID), ""),  # 0664 is the mask: its group has r alone
        (with_acl(0o664, (2, 0o6, 33), gid=GID, group=0o6), "an ACL lets its group write"),
    ],
)
def test_acls_count_as_the_kernel_counts_them(state: FileState, how: str) -> None:
    found = held({"/etc/mail/sendmail.cf": state})
    assert [one.how for one in found] == ([how] if how else [])


def test_a_walk_asks_nothing_twice() -> None:
    host = PaperHost({"/": DIRECTORY, "/etc": DIRECTORY, "/etc/a": FILE, "/etc/b": FILE})
    seen: dict[str, FileState] = {}
    for path in ("/etc/a", "/etc/b"):
        passage(host, path, "x", seen=seen)
    assert host.asked == ["/", "/etc", "/etc/a", "/etc/b"]
