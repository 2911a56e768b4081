"""Who may write by the kernel's rules, POSIX ACLs included (acl(5), path_resolution(7)).

Sendmail judges by the mode bits alone (fact 2); whoever has taken over a child does not.
"""

from __future__ import annotations

from struct import iter_unpack

from wizard.model import FileState

XATTR = "system.posix_acl_access"
_USER, _GROUP_OBJ, _GROUP = 0x02, 0x04, 0x08
"Tags of linux/posix_acl.h; owner and others stand in the mode bits too."
_WRITE = 0o2
_HEAD = 4
"Bytes before the entries: the version."


def how(state: FileState, uid: int, gid: int) -> str:
    """In which way an account with no other groups may write; empty where it may not.

    An owner may always change the mode first. uid 0 may do anything.
    """
    if uid in (0, state.uid):
        return "its owner"
    if XATTR in state.xattrs:
        return _by_acl(state, uid, gid)
    if state.gid == gid:
        return "its group may write" if state.mode & 0o020 else ""
    return "anybody may write" if state.mode & 0o002 else ""


def _by_acl(state: FileState, uid: int, gid: int) -> str:
    """With an ACL the mode's group bits are its mask, so a chmod g-w takes all of it back."""
    mask = bool(state.mode & 0o020)
    groups: list[bool] = []
    for tag, bits, who in _entries(state.xattrs[XATTR]):
        writes = bool(bits & _WRITE)
        if tag == _USER and who == uid:
            return "an ACL lets it write" if writes and mask else ""
        if (tag == _GROUP and who == gid) or (tag == _GROUP_OBJ and state.gid == gid):
            groups.append(writes and mask)
    if groups:
        return "an ACL lets its group write" if any(groups) else ""
    return "anybody may write" if state.mode & 0o002 else ""


def _entries(value: bytes) -> list[tuple[int, int, int]]:
    body = value[_HEAD:]
    return list(iter_unpack("<HHI", body[: len(body) // 8 * 8]))
