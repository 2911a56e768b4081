"""Lists that aliases include, and those that these include.

A list may belong to anybody: what root can read is shown only where its owner could read it too,
so a list of one user cannot make us print another's file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import dirname, normpath

from msgspec import Struct
from msgspec.structs import replace

from wizard.facts.alias.model import AliasEntry, AliasFile
from wizard.facts.alias.sources import split_outside_quotes
from wizard.facts.alias.targets import Target, elsewhere, kind_of, list_path
from wizard.facts.alias.text import KEEP
from wizard.host.base import HostReader, Unreadable
from wizard.model import FileState, Kind

LISTS = 500
"As many lists are followed."
_WORLD_READS = 0o004


class _Wanted(Struct, frozen=True):
    """A list somebody names."""

    name: str
    "Of the alias at the beginning."
    path: str
    via: tuple[str, ...]
    uid: int
    "Owner of the file that names it."


class Lists(Struct):
    """What following them found."""

    files: list[AliasFile]
    unreadable: list[str]


def follow(
    host: HostReader, entries: Iterable[AliasEntry], owners: dict[str, int], own: frozenset[str]
) -> Lists:
    """Read each included list once; owners are those of the alias files, by path."""
    found = Lists([], [])
    waiting = [w for entry in entries for w in _wanted(entry, owners.get(entry.file, 0))]
    seen: set[str] = set()
    for wanted in waiting:  # grows while it is walked
        if wanted.path in seen:
            continue
        if len(seen) >= LISTS:
            found.unreadable.append(f"more than {LISTS} lists are included: the rest is unread")
            break
        seen.add(wanted.path)
        try:
            file, uid = _read(host, wanted, own)
        except Unreadable as problem:
            found.unreadable.append(f"{' -> '.join(wanted.via)}  {problem}")
            continue
        found.files.append(file)
        waiting.extend(w for entry in file.entries for w in _wanted(entry, uid))
    return found


def _wanted(entry: AliasEntry, uid: int) -> Iterator[_Wanted]:
    place = f"{entry.file}:{entry.line}" if entry.line else entry.file
    for target in entry.targets:
        if kind_of(target) is Target.INCLUDE:
            yield _Wanted(entry.name, _path(target), (*entry.via, place), uid)


def _path(target: str) -> str:
    """Where the list is; a name of this host behind it is no part of the path."""
    path = list_path(target)
    return normpath(path.partition("@")[0] if "@" in path.rpartition("/")[2] else path)


def _read(host: HostReader, wanted: _Wanted, own: frozenset[str]) -> tuple[AliasFile, int]:
    """The list, and its owner. Raises Unreadable where it is not read."""
    if not wanted.path.startswith("/"):
        raise Unreadable(f"{wanted.path}: not an absolute path; Sendmail does not find it")
    path = _trusted(host, wanted.path)
    state = host.state(path)
    if state.kind is Kind.ABSENT:
        gone = f"{' -> '.join(wanted.via)}  {path} is not there: mail for {wanted.name} comes back"
        return AliasFile(path, state, (), (gone,)), 0
    _refuse(path, state, wanted.uid, nested=len(wanted.via) > 1)
    state = host.state(path, content=True)
    file = AliasFile(path, replace(state, content=None, xattrs={}), (), ())
    lines = state.text().splitlines()
    entries = tuple(_entries(wanted, path, lines, own))
    total = sum(1 for line in lines if line.strip() and not line.startswith("#"))
    kept = entries[:KEEP]
    return replace(file, entries=kept, total=total, left_out=len(entries) - len(kept)), state.uid


def _trusted(host: HostReader, path: str) -> str:
    """The path; where it is a link, what it leads to, if only root can have made the link."""
    state = host.state(path)
    if state.kind is not Kind.SYMLINK:
        return path
    holder = host.state(host.resolve(dirname(path)))
    if state.uid or holder.uid or holder.mode & 0o022:
        raise Unreadable(f"{path}: a link that not only root can have made; it is not followed")
    return host.resolve(path)


def _refuse(path: str, state: FileState, uid: int, *, nested: bool) -> None:
    """Raise Unreadable for what is no list, or may be a secret that a list leads us to."""
    if state.kind is not Kind.FILE:
        raise Unreadable(f"{path}: is a {state.kind.value}, not a list; it is not opened")
    if state.nlink > 1:
        raise Unreadable(f"{path}: a file with {state.nlink} links; it is not opened")
    own = uid == state.uid != 0
    if nested and not own and not state.mode & _WORLD_READS:
        raise Unreadable(f"{path}: named by another list, and not readable to all; not opened")


def _entries(
    wanted: _Wanted, path: str, lines: list[str], own: frozenset[str]
) -> Iterator[AliasEntry]:
    """Lines that could matter. Each is a list of its own: none continues another."""
    for number, line in enumerate(lines, 1):
        if line.startswith("#") or not line.strip():
            continue
        targets = split_outside_quotes(line)
        if any(not elsewhere(target, own) for target in targets):
            yield AliasEntry(path, number, wanted.name, targets, line.strip(), "", wanted.via)
