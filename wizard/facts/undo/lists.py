"""Lists of owners and modes that something applies: tmpfiles.d, permissions files, etckeeper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from wizard.facts.grep import Line
from wizard.facts.undo.found import Found, located
from wizard.facts.way_model import Undoer

TMPFILES = (
    "/etc/tmpfiles.d",
    "/run/tmpfiles.d",
    "/usr/local/lib/tmpfiles.d",
    "/usr/lib/tmpfiles.d",
)
"In the order in which a file hides another of its name (tmpfiles.d(5))."
RUN = ("/run/sendmail", "/var/run/sendmail")
PERMISSIONS = tuple(f"/etc/permissions{end}" for end in ("", ".local", ".easy", ".secure"))
ETCKEEPER = "/etc/.etckeeper"


def collect(found: Found) -> Iterator[Undoer]:
    """Whatever names the places. Raises Unreadable."""
    yield from _tmpfiles(found)
    yield from _permissions(found)
    yield from _etckeeper(found)


def _tmpfiles(found: Found) -> Iterator[Undoer]:
    by_name: dict[str, str] = {}
    for directory in TMPFILES:
        for path in found.names(directory):
            by_name.setdefault(basename(path), path)
    lines = found.lines(rf"{found.places.pattern()}|{'|'.join(RUN)}|^Z", by_name.values())
    ours, runs = [], []
    for line in lines:
        fields = line.text.split()
        if len(fields) < 2 or not _changes(fields):
            continue
        recursive = fields[0][0] == "Z" and found.places.above(fields[1])
        if found.places.holds(fields[1]) or recursive:
            ours.append(line)
        elif fields[1].startswith(RUN):
            runs.append(line)
    when = "at each boot, and when its package is upgraded"
    if ours:
        yield Undoer("tmpfiles.d", f"owner, group and mode, {when}", located(ours), guarded=False)
    if runs:
        what = f"the directory of pid file and sockets, {when}: the migration leaves it as it is"
        yield Undoer("tmpfiles.d for /run", what, located(runs), guarded=True)


def _changes(fields: list[str]) -> bool:
    """Whether the line sets something: a type that does, and more than dashes; or it removes."""
    kind = fields[0][0]
    if kind in "rRD":
        return True
    return kind in "dDevqQzZmfFCpaA" and any(one != "-" for one in fields[2:5])


def _permissions(found: Found) -> Iterator[Undoer]:
    files = [*PERMISSIONS, *found.names("/etc/permissions.d")]
    lines = found.lines(found.places.pattern(), files)
    ours = [line for line in lines if found.places.holds(line.text.split()[0])]
    if ours:
        when = "when permissions are set: chkstat, SuSEconfig, an upgrade"
        yield Undoer("permissions", f"owner, group and mode, {when}", located(ours), guarded=False)


def _etckeeper(found: Found) -> Iterator[Undoer]:
    """Its list is of paths below /etc, quoted."""
    below = [one for one in (*found.places.trees, *found.places.files) if one.startswith("/etc/")]
    names = "|".join(re.escape(one.removeprefix("/etc/")) for one in below)
    lines = found.lines(rf"maybe ch(own|grp|mod) .*'(\./)?({names})['/]", [ETCKEEPER])
    if lines:
        resets = (
            "owner, group and mode as of the last commit, when /etc is checked out or "
            "`etckeeper init` runs"
        )
        yield Undoer("etckeeper", resets, _few(lines), guarded=False)


def _few(lines: list[Line]) -> tuple[str, ...]:
    return located(lines[:5])
