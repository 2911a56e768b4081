"""Which of very many paths are there: a hundred thousand homes in a second or two.

What lies on a network file system is looked at in a thread of its own: a server that does not
answer makes its paths a problem, it does not keep us waiting.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from threading import Event, Thread
from typing import Protocol

from msgspec import Struct

from wizard.errors import StepdownError
from wizard.model import FileState, Kind

PATIENCE = 5.0
"Seconds without any answer, after which a network file system is given up."
GIVE_UP = 3
"As many of them, and those that remain are not tried."
_NETWORK = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "autofs", "afs", "9p", "ceph", "lustre", "glusterfs")
)
_OCTAL = re.compile(r"\\([0-7]{3})")


class LookedUp(Struct, frozen=True):
    """What was found of the paths that were asked for; those that are absent are left out."""

    found: tuple[tuple[str, str, FileState], ...]
    "The path as it was asked for, the path itself, its state by lstat(2)."
    problems: tuple[tuple[str, str], ...] = ()
    "The path as it was asked for, and why nothing can be told of it."


class _Paths(Struct):
    """Paths that one thread looks at, and what it found so far."""

    paths: list[str]
    found: list[tuple[str, str, FileState]]
    problems: list[tuple[str, str]]
    done: int = 0


def look_up(paths: Iterable[str], mountinfo: str, patience: float = PATIENCE) -> LookedUp:
    """lstat of each path; a `*` in a component stands for any name there.

    A path that ends in `/.` asks for a directory, and follows a link to one.
    """
    near, far = _parted(paths, network_mounts(mountinfo))
    _look_at(near)
    found, problems = list(near.found), list(near.problems)
    silent = 0
    for point, part in far.items():
        answered = silent < GIVE_UP and _in_time(part, patience)
        silent += not answered
        found += part.found
        problems += part.problems
        if not answered:
            why = f"the file system at {point} does not answer"
            problems += [(path, why) for path in part.paths[part.done :]]
    return LookedUp(tuple(found), tuple(problems))


class _Reader(Protocol):
    def state(self, path: str, *, content: bool = False) -> FileState: ...

    def resolve(self, path: str) -> str: ...

    def listdir(self, path: str) -> tuple[str, ...]: ...


def look_up_by(host: _Reader, paths: Iterable[str]) -> LookedUp:
    """The same by questions about one path at a time, for a host that is not this one."""
    found: list[tuple[str, str, FileState]] = []
    problems: list[tuple[str, str]] = []
    for path in paths:
        try:
            for one in _matching(path, host.listdir) if "*" in path else (path,):
                state = _state_by(host, one)
                if state.exists:
                    found.append((path, one, state))
        except StepdownError as problem:
            problems.append((path, str(problem).removeprefix(f"{path.removesuffix('/.')}: ")))
    return LookedUp(tuple(found), tuple(problems))


def _state_by(host: _Reader, path: str) -> FileState:
    if not path.endswith("/."):
        return host.state(path)
    if path == "/.":
        return FileState(Kind.DIRECTORY)
    state = host.state(host.resolve(path.removesuffix("/.")))
    return state if state.kind is Kind.DIRECTORY else FileState(Kind.ABSENT)


def network_mounts(mountinfo: str) -> tuple[str, ...]:
    """Mount points whose server may be away, by /proc/self/mountinfo (proc(5))."""
    points = []
    for line in mountinfo.splitlines():
        fields, _dash, kind = line.partition(" - ")
        words = fields.split(" ")
        name = kind.split(" ")[0]
        if len(words) > 4 and (name in _NETWORK or name.startswith("fuse.")):
            points.append(_OCTAL.sub(lambda code: chr(int(code[1], 8)), words[4]))
    return tuple(sorted(points, key=len, reverse=True))


def _parted(paths: Iterable[str], points: tuple[str, ...]) -> tuple[_Paths, dict[str, _Paths]]:
    """Local paths, and the others by mount point."""
    if not points:
        return _Paths(list(paths), [], []), {}
    near, far = _Paths([], [], []), {point: _Paths([], [], []) for point in points}
    inside = tuple(f"{point.rstrip('/')}/" for point in points)
    for path in paths:
        if not path.startswith(inside):
            near.paths.append(path)
            continue
        starts = zip(points, inside, strict=True)
        point = next(point for point, start in starts if path.startswith(start))
        far[point].paths.append(path)
    return near, {point: part for point, part in far.items() if part.paths}


def _in_time(part: _Paths, patience: float) -> bool:
    """Look in a thread, as long as it gets on. Whether it came to an end."""
    finished = Event()

    def work() -> None:
        _look_at(part)
        finished.set()

    Thread(target=work, daemon=True).start()
    before = -1
    while not finished.wait(patience):
        if part.done == before:
            return False
        before = part.done
    return True


def _look_at(part: _Paths) -> None:
    for path in part.paths:
        try:
            if "*" in path:
                there = (one for one in _matching(path, _names) if os.path.lexists(one))
                part.found += [(path, one, _state(one)) for one in there]
            else:
                part.found.append((path, path, _state(path)))
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as problem:
            part.problems.append((path, problem.strerror or str(problem)))
        part.done += 1


def _state(path: str) -> FileState:
    found = os.lstat(path)
    if path.endswith("/."):
        return FileState(Kind.DIRECTORY)  # a hundred thousand of them are kept in a recording
    mode = found.st_mode
    kind, target = Kind.OTHER, None
    if stat.S_ISREG(mode):
        kind = Kind.FILE
    elif stat.S_ISDIR(mode):
        kind = Kind.DIRECTORY
    elif stat.S_ISLNK(mode):
        kind, target = Kind.SYMLINK, os.readlink(path)
    return FileState(
        kind,
        stat.S_IMODE(mode),
        found.st_uid,
        found.st_gid,
        found.st_size,
        found.st_mtime_ns,
        found.st_nlink,
        target=target,
    )


def _matching(path: str, names: Callable[[str], Sequence[str]]) -> list[str]:
    """Paths that the pattern may stand for. Raises what listing a directory raises."""
    places = [""]
    for part in path.split("/")[1:]:
        if "*" not in part:
            places = [f"{place}/{part}" for place in places]
            continue
        fits = re.compile(re.escape(part).replace(r"\*", ".*"), re.DOTALL)
        places = [
            f"{place}/{n}" for place in places for n in names(place or "/") if fits.fullmatch(n)
        ]
    return places


def _names(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return []
