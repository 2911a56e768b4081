"""The way to a path: every directory on it, links followed, each with its state.

Whoever may write one of these may replace what the path leads to; whoever may not search one of
them cannot reach it. Sendmail judges by the mode bits alone; the kernel by ACLs too (fact 2).
"""

from __future__ import annotations

from posixpath import dirname, join, normpath

from msgspec import Struct
from msgspec.structs import replace

from wizard.facts import acl
from wizard.facts.way_model import Passage
from wizard.host.base import HostReader, Unreadable
from wizard.model import FileState, Kind

LINKS = 40
"The kernel's own limit for one path (path_resolution(7))."


def passage(
    host: HostReader,
    path: str,
    role: str,
    place: str = "",
    seen: dict[str, FileState] | None = None,
) -> Passage:
    """Walk to an absolute path. Raises Unreadable where a part cannot be looked at.

    seen: states that other walks of the same moment have asked for, and this one adds to.
    """
    seen = {} if seen is None else seen
    parts: dict[str, FileState] = {"/": _state(host, "/", seen)}
    waiting, at, links = _words(path), "/", 0
    while waiting:
        word = waiting.pop(0)
        step = dirname(at) if word == ".." else normpath(join(at, word))
        state = _state(host, step, seen)
        parts.pop(step, None)  # what is passed last stands last
        parts[step] = state
        if state.kind is Kind.SYMLINK:
            links += 1
            if links > LINKS:
                raise Unreadable(f"{path}: too many links")
            target = state.target or ""
            at = "/" if target.startswith("/") else at
            waiting = _words(target) + waiting
            continue
        at = step
        if not state.exists:
            break
    return Passage(path, role, tuple(parts.items()), place)


def _state(host: HostReader, path: str, seen: dict[str, FileState]) -> FileState:
    """Without what changes all the time: size and time say nothing about who may write."""
    if path not in seen:
        seen[path] = replace(host.state(path), size=0, mtime_ns=0)
    return seen[path]


def _words(path: str) -> list[str]:
    return [word for word in path.split("/") if word not in ("", ".")]


def may_write(state: FileState, uid: int, gid: int) -> bool:
    """Whether an account with no other groups may write: as owner, by its group or as anybody.

    An owner may always change the mode first. uid 0 may do anything.
    """
    if uid in (0, state.uid):
        return True
    if state.gid == gid:
        return bool(state.mode & 0o020)
    return bool(state.mode & 0o002)


def may_search(state: FileState, uid: int, gid: int) -> bool:
    """Whether the mode bits let the account pass a directory."""
    return _bits(state, uid, gid, 0o1)


def may_read(state: FileState, uid: int, gid: int) -> bool:
    """Whether the mode bits let the account read."""
    return _bits(state, uid, gid, 0o4)


def _bits(state: FileState, uid: int, gid: int, wanted: int) -> bool:
    if uid == 0:
        return True
    shift = 6 if state.uid == uid else 3 if state.gid == gid else 0
    return bool((state.mode >> shift) & wanted)


def closed(found: Passage, uid: int, gid: int) -> list[str]:
    """Directories on the way that the account may not pass, by their mode bits."""
    return [
        path
        for path, state in found.parts
        if state.kind is Kind.DIRECTORY
        and path != found.parts[-1][0]
        and not may_search(state, uid, gid)
    ]


class Hold(Struct, frozen=True):
    """Where an account can take hold of a path: something on the way that it may write."""

    path: str
    "The directory or file that is the account's to write."
    state: FileState
    how: str
    "`its owner`, `its group may write`, `an ACL lets it write`, `anybody may write`."
    replaces: str
    "What it could put something else in place of: the path itself, or an entry of the directory."


def holds(found: Passage, uid: int, gid: int) -> list[Hold]:
    """Everything on the way that an account with no other groups may write, by the kernel's rules.

    In a sticky directory it may replace what is its own or not there yet, and nothing else.
    """
    states, last = dict(found.parts), found.parts[-1][0]
    held: dict[tuple[str, str], Hold] = {}
    for path, state in found.parts:
        parent = dirname(path)
        above = states.get(parent) if path != "/" else None
        if above and above.kind is Kind.DIRECTORY and _may_replace(above, state, uid, gid):
            held[(parent, path)] = Hold(parent, above, acl.how(above, uid, gid), path)
        own = state.kind is Kind.FILE or (state.kind is Kind.DIRECTORY and path == last)
        if own and (how := acl.how(state, uid, gid)):
            held[(path, path)] = Hold(path, state, how, path)
    return list(held.values())


def _may_replace(directory: FileState, entry: FileState, uid: int, gid: int) -> bool:
    if not acl.how(directory, uid, gid):
        return False
    sticky = bool(directory.mode & 0o1000)
    return not sticky or not entry.exists or uid in (0, directory.uid, entry.uid)
