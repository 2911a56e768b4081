"""What an account needs to reach a file or socket that the cf names, and what stands in the way.

By Sendmail's own rules (safefile() and safedirpath() in libsmutil/safefile.c): mode bits alone,
no ACL and no second group, and no directory on the way that others may write. Steps plan the
changes from here, and checks tell the troubles.
"""

from __future__ import annotations

from struct import iter_unpack

from msgspec import Struct

from wizard.facts.acl import XATTR
from wizard.facts.cf_model import Cf
from wizard.facts.doors import KEYS
from wizard.facts.model import Accounts, MapFiles
from wizard.facts.passages import may_search
from wizard.facts.way_model import Passage
from wizard.model import FileState, Kind

READ, READ_WRITE = 0o4, 0o6
NOBODY_YET = -1
"Id of an account that is still to be made: nothing on the host is its own."
GROUP_READABLE_KEY = "GroupReadableKeyFile"
_STICKY, _OTHERS_WRITE, _GROUP_WRITE = 0o1000, 0o002, 0o020
_GROUP_OBJ = 0x04
"Tag of linux/posix_acl.h."
_WAIVED = {
    "map": "mapinunsafedirpath",
    "aliases": "mapinunsafedirpath",
    "class": "classfileinunsafedirpath",
}
"What in DontBlameSendmail makes a directory that others may write no matter, by role."


class Change(Struct, frozen=True):
    """Group and mode that something on the way needs; the owner stays."""

    path: str
    state: FileState
    gid: int
    mode: int
    note: str


class Trouble(Struct, frozen=True):
    """Something on the way that is not ours to change."""

    kind: str
    "`closed`, `writable`, `shared`, `acl`, `links` or `absent`."
    path: str
    evidence: str
    "The path with owner and mode, and what is the matter."


class Way(Struct, frozen=True):
    """What it takes to reach the end of a passage."""

    passage: Passage
    changes: tuple[Change, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    @property
    def end(self) -> str:
        """The path itself, every link followed."""
        return self.passage.parts[-1][0]


class Around(Struct, frozen=True):
    """Who is to reach it, and what else decides."""

    uid: int
    gid: int
    directory: str
    "The configuration directory: a step of its own opens what is below it."
    own_groups: frozenset[int]
    "Groups of Sendmail's own: taking a file from them takes it from nobody else."
    accounts: Accounts
    blamed: frozenset[str]
    "DontBlameSendmail, in small letters."


SENDMAILS = ("smmsp", "smmta")
"Groups of Sendmail's own on some platforms."


def around(cf: Cf, files: MapFiles, accounts: Accounts, uid: int, gid: int) -> Around:
    """What decides for an account on this host; NOBODY_YET for one that is still to be made."""
    own = {g.gid for g in accounts.groups if g.name in SENDMAILS}
    own |= {0, *(state.gid for path, state in files.tree if path == files.directory)}
    option = cf.option("DontBlameSendmail")
    return Around(uid, gid, files.directory, frozenset(own), accounts, blamed(option))


def blamed(option: str) -> frozenset[str]:
    """What an option DontBlameSendmail names, in small letters; comma, blank or tab between."""
    return frozenset(option.lower().replace(",", " ").split())


def way(passage: Passage, around: Around) -> Way:
    """To a key, a certificate, a map or another file that is read."""
    troubles = list(_writable(passage, around))
    for path, state in _directories(passage):
        if not (_inside(path, around) or _searched(state, around)):
            troubles.append(_trouble("closed", path, state, "no passage for others", around))
    change, more = _file(passage, around)
    return Way(passage, (change,) if change else (), (*troubles, *more))


def way_to_socket(passage: Passage, around: Around) -> Way:
    """To a milter's socket, which is read and written."""
    changes: list[Change] = []
    troubles = list(_writable(passage, around))
    for path, state in _directories(passage):
        if may_search(state, around.uid, around.gid):
            continue
        opened = _opened(path, state, around)
        if isinstance(opened, Trouble):
            troubles.append(opened)
        else:
            changes.append(opened)
    path, end = passage.parts[-1]
    if not end.exists:
        troubles.append(Trouble("absent", passage.path, f"{passage.path}  is not there"))
    elif not _grants(end, READ_WRITE, around):
        given = _socket(path, end, around)
        (troubles if isinstance(given, Trouble) else changes).append(given)  # type: ignore[arg-type]
    return Way(passage, tuple(changes), tuple(troubles))


def _directories(passage: Passage) -> list[tuple[str, FileState]]:
    return [(p, s) for p, s in passage.parts[:-1] if s.kind is Kind.DIRECTORY]


def _searched(state: FileState, around: Around) -> bool:
    return may_search(state, around.uid, around.gid)


def _inside(path: str, around: Around) -> bool:
    return f"{path}/".startswith(f"{around.directory}/")


def _writable(passage: Passage, around: Around) -> list[Trouble]:
    """Directories on the way that Sendmail takes for unsafe, today as root already."""
    if _WAIVED.get(passage.role.split()[0]) in around.blamed:
        return []
    bits = _OTHERS_WRITE
    if "groupwritabledirpathsafe" not in around.blamed:
        bits |= _GROUP_WRITE
    sticky = "truststickybit" in around.blamed
    return [
        _trouble("writable", path, state, "others may write there", around)
        for path, state in _directories(passage)
        if state.mode & bits and not (sticky and state.mode & _STICKY) and not _inside(path, around)
    ]


def _file(passage: Passage, around: Around) -> tuple[Change | None, list[Trouble]]:
    path, end = passage.parts[-1]
    if end.kind is Kind.DIRECTORY and not (_inside(path, around) or _searched(end, around)):
        return None, [_trouble("closed", path, end, "no passage for others", around)]
    if not end.exists or end.kind is Kind.DIRECTORY or _grants(end, READ, around):
        return None, []
    if end.kind is Kind.FILE and end.nlink != 1:
        return None, [_trouble("links", path, end, f"has {end.nlink} names", around)]
    if not _acl_gives(end, READ):
        return None, [_trouble("acl", path, end, "its ACL gives its group nothing", around)]
    if _inside(path, around):
        return None, []
    if end.mode & 0o070 and end.gid not in (*around.own_groups, around.gid):
        return None, [_trouble("shared", path, end, "read by its group", around)]
    mode = (end.mode | 0o040) & ~(0o027 if passage.role in KEYS else 0o022)
    note = f"{passage.role} of the cf; only root and its old group could read it"
    return Change(path, end, around.gid, mode, note), []


def _opened(path: str, state: FileState, around: Around) -> Change | Trouble:
    """A closed directory before a socket: the account may pass, and nobody loses anything."""
    if XATTR in state.xattrs:
        return _trouble("acl", path, state, "closed, with an ACL", around)
    if state.uid == 0 and not state.mode & 0o070:
        return _trouble("closed", path, state, "root's alone", around)
    if state.mode & 0o070 and others_in(state.gid, state.uid, around.accounts):
        note = "search only; its group keeps what others in it need"
        return Change(path, state, state.gid, state.mode | 0o001, note)
    note = "search for the account's group; its owner's group had nobody else in it"
    return Change(path, state, around.gid, state.mode | 0o010, note)


def _socket(path: str, end: FileState, around: Around) -> Change | Trouble:
    if end.kind is not Kind.SOCKET:
        return _trouble("absent", path, end, f"a {end.kind}, no socket", around)
    if not _acl_gives(end, READ_WRITE):
        return _trouble("acl", path, end, "its ACL gives its group too little", around)
    if end.mode & 0o060 and others_in(end.gid, end.uid, around.accounts):
        return _trouble("shared", path, end, "used by others of its group", around)
    note = "Sendmail must read and write it, by the mode bits"
    return Change(path, end, around.gid, end.mode | 0o060, note)


def _grants(state: FileState, wanted: int, around: Around) -> bool:
    """By the mode bits as they are now; an ACL must not take it back."""
    if around.uid == 0:
        return True
    if state.uid == around.uid:
        return (state.mode >> 6) & wanted == wanted
    if state.gid == around.gid:
        return (state.mode >> 3) & wanted == wanted and _acl_gives(state, wanted)
    return state.mode & wanted == wanted


def _acl_gives(state: FileState, wanted: int) -> bool:
    """Whether the owning group gets it once the mode's group bits, the ACL's mask, allow it."""
    if XATTR not in state.xattrs:
        return True
    body = state.xattrs[XATTR][4:]
    entries = iter_unpack("<HHI", body[: len(body) // 8 * 8])
    return any(tag == _GROUP_OBJ and bits & wanted == wanted for tag, bits, _who in entries)


def others_in(gid: int, owner: int, accounts: Accounts) -> list[str]:
    """Accounts in a group, but for the owner of the thing and root."""
    group = next((g for g in accounts.groups if g.gid == gid), None)
    names = set(group.members if group else ())
    names |= {u.name for u in accounts.users if u.gid == gid}
    own = {u.name for u in accounts.users if u.uid in (owner, 0)}
    return sorted(names - own)


def _trouble(kind: str, path: str, state: FileState, matter: str, around: Around) -> Trouble:
    users = {u.uid: u.name for u in around.accounts.users}
    groups = {g.gid: g.name for g in around.accounts.groups}
    owner = f"{users.get(state.uid, state.uid)}:{groups.get(state.gid, state.gid)}"
    return Trouble(kind, path, f"{path}  {owner} {state.mode:04o}: {matter}")
