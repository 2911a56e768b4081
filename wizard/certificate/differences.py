"""What differs between two manifests, each path named. Both are read once, side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypeAlias

from msgspec import Struct

Key: TypeAlias = tuple[int, list[bytes], int, bytes, int, int]
FIELDS = ("kind", "mode", "uid", "gid", "links", "size", "time", "content", "xattrs")
_SECRET = ("content", "xattrs")
"Fields of which only that they differ is told: a digest of a secret may betray it."


class Line(Struct, frozen=True):
    """One line of a manifest."""

    key: Key
    "Its place: lines of both manifests come in the order of their keys."
    fields: tuple[str, ...]
    "As FIELDS."
    path: str


def parsed(line: bytes) -> Line:
    """A line that wizard/host/manifest.py wrote. Raises ValueError."""
    *fields, path = line.removesuffix(b"\n").split(b" ", len(FIELDS))
    plain = re.sub(rb"\\(.)", lambda found: b"\n" if found[1] == b"n" else found[1], path)
    words = tuple(field.decode() for field in fields)
    return Line(_key(words, plain), words, plain.decode("utf-8", "surrogateescape"))


def _key(fields: tuple[str, ...], path: bytes) -> Key:
    kind, mode, uid, gid = fields[:4]
    parts = path.split(b"/")
    if kind == "name":
        return 1, parts[:-1], 0, parts[-1], 0, 0
    if kind == "queue":
        return 2, parts, 0, b"", 0, 0
    if kind == "entries":
        return 2, parts, 1, mode.encode(), int(uid), int(gid)
    return 0, parts, 0, b"", 0, 0


def differences(
    before: Iterable[bytes], after: Iterable[bytes], account: int
) -> Iterator[tuple[str, str]]:
    """Each path that differs, and how. account: the uid that may own nothing of a queue's.

    Raises ValueError where a manifest is damaged.
    """
    pairs = _side_by_side(map(parsed, before), map(parsed, after))
    differing = ((then, now) for then, now in pairs if _fields(then) != _fields(now))
    for (path, entries), group in groupby(differing, key=_subject):
        if entries:
            yield path, _counted(list(group), account)
        else:
            yield from ((path, _told(then, now)) for then, now in group)


Pair: TypeAlias = tuple[Line | None, Line | None]


def _side_by_side(before: Iterator[Line], after: Iterator[Line]) -> Iterator[Pair]:
    then, now = next(before, None), next(after, None)
    while then is not None or now is not None:
        if now is None or (then is not None and then.key < now.key):
            yield then, None
            then = next(before, None)
        elif then is None or now.key < then.key:
            yield None, now
            now = next(after, None)
        else:
            yield then, now
            then, now = next(before, None), next(after, None)


def _fields(line: Line | None) -> tuple[str, ...]:
    return line.fields if line is not None else ()


def _subject(pair: Pair) -> tuple[str, bool]:
    one = pair[0] or pair[1]
    assert one is not None
    return one.path, one.fields[0] == "entries"


def _told(then: Line | None, now: Line | None) -> str:
    if then is None or (then.fields[0] == "absent" and now is not None):
        return "was not there before"
    if now is None or now.fields[0] == "absent":
        return "is gone"
    pairs = zip(FIELDS, then.fields, now.fields, strict=True)
    return "; ".join(_change(name, a, b) for name, a, b in pairs if a != b)


def _change(name: str, then: str, now: str) -> str:
    if name in _SECRET:
        return f"{name} differs" if name == "content" else "xattrs differ"
    if name == "time":
        return "time of its last change differs"
    return f"{name} {then} is now {now}"


def _counted(pairs: list[Pair], account: int) -> str:
    """How the entries of one directory of a queue differ in number."""
    then, now = (_sum(pairs, side, lambda _line: True) for side in (0, 1))
    foreign = _sum(pairs, 1, lambda line: line.fields[2] == str(account))
    foreign -= _sum(pairs, 0, lambda line: line.fields[2] == str(account))
    change = f"{abs(now - then):,} entries {'more' if now > then else 'fewer'}"
    told = "as many entries, of other owners or modes" if now == then else change
    why = "delivered and arrived since; contents of a queue are never restored"
    left = f"; {foreign:,} more belong to uid {account}, the account's" if foreign > 0 else ""
    return f"{told}: {why}{left}"


def _sum(pairs: list[Pair], side: int, wanted: Callable[[Line], bool]) -> int:
    lines = (pair[side] for pair in pairs)
    return sum(int(line.fields[5]) for line in lines if line is not None and wanted(line))
