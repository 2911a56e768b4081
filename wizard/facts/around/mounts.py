"""On which file system each directory lies that a migration touches: /proc/self/mountinfo."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from msgspec.structs import replace

from wizard.facts.model import Mount
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind

TABLE = "/proc/self/mountinfo"
_OCTAL = re.compile(r"\\([0-7]{3})")


def gather(host: HostReader, paths: Iterable[str], files: Iterable[str] = ()) -> tuple[Mount, ...]:
    """The mount that holds each path, and every mount below one. Raises Unreadable.

    Of the files only those that are mounts of their own.
    """
    table = host.state(TABLE, content=True)
    if not table.exists:
        raise Unreadable(f"{TABLE} is not there: which file systems these are cannot be told")
    mounted = parse(table.text())
    found: dict[tuple[str, str], Mount] = {}
    for path in paths:
        real = host.resolve(path)
        for mount in (_holding(mounted, path, real), *_below(mounted, path, real)):
            found.setdefault((mount.path, mount.point), mount)
    for path in files:
        mount = _holding(mounted, path, host.resolve(path))
        if mount.point == host.resolve(path):
            found.setdefault((mount.path, mount.point), mount)
    return tuple(
        replace(mount, is_file=host.state(mount.point).kind is Kind.FILE)
        if mount.point != "/"
        else mount
        for mount in found.values()
    )


def parse(text: str) -> tuple[Mount, ...]:
    """Lines of mountinfo (proc(5)): options of the mount and of the file system together."""
    mounts = []
    for line in text.splitlines():
        left, dash, right = line.partition(" - ")
        fields, system = left.split(), right.split()
        if not dash or len(fields) < 6 or len(system) < 2:
            continue
        options = (*fields[5].split(","), *(system[2].split(",") if len(system) > 2 else ()))
        mounts.append(Mount("", _plain(fields[4]), system[0], options, line))
    return tuple(mounts)


def _plain(escaped: str) -> str:
    r"""A path without the `\040` that stands for a blank."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), escaped)


def _holding(mounts: Iterable[Mount], path: str, real: str) -> Mount:
    """The last mount of the longest point: what is mounted over another hides it."""
    best: Mount | None = None
    for mount in mounts:
        inside = PurePosixPath(real).is_relative_to(mount.point)
        if inside and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    if best is None:
        raise Unreadable(f"{TABLE} holds no mount for {path}")
    return replace(best, path=path)


def _below(mounts: Iterable[Mount], path: str, real: str) -> list[Mount]:
    """Mounts below a directory, but for /etc itself, of which a migration writes a few files."""
    if path == "/etc":
        return []
    return [
        replace(mount, path=mount.point)
        for mount in mounts
        if mount.point != real and PurePosixPath(mount.point).is_relative_to(real)
    ]
