"""The way to a path: every directory on it, links followed, each with its state.

Whoever may write one of these may replace what the path leads to; whoever may not search one of
them cannot reach it. Sendmail judges by the mode bits alone; the kernel by ACLs too (fact 2).
"""

from __future__ import annotations

from posixpath import dirname, join, normpath

from wizard.facts.model import Passage
from wizard.host.base import HostReader, Unreadable
from wizard.model import FileState, Kind

LINKS = 40
"The kernel's own limit for one path (path_resolution(7))."


def passage(host: HostReader, path: str, role: str, place: str = "") -> Passage:
    """Walk to an absolute path. Raises Unreadable where a part cannot be looked at."""
    parts: dict[str, FileState] = {}
    waiting, at, links = _words(path), "/", 0
    parts["/"] = host.state("/")
    while waiting:
        word = waiting.pop(0)
        step = dirname(at) if word == ".." else normpath(join(at, word))
        state = host.state(step)
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
