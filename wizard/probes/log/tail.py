"""What a log gains from a moment on, each line once: a file that may be rotated, or the journal."""

from __future__ import annotations

import re
import time
from datetime import datetime
from fnmatch import fnmatchcase
from posixpath import basename, dirname

from wizard.host.base import HostReader
from wizard.plans import Command

JOURNALCTL = "/usr/bin/journalctl"
GZIP = "/usr/bin/gzip"
BACK = 256 << 10
"Bytes before the end at which a moment is looked for first; ever more, until it is found."
MARK = 256
"Bytes before where we stopped that must still be there: else it is another file."
UNPACKED = 64 << 20
"Bytes of a rotated and compressed log that are read."
ROTATED = 3
"Predecessors of a log that are looked at."
PACKED = re.compile(r"\.(gz|xz|bz2|zst)$")
ISO_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)")
SYSLOG_STAMP = re.compile(r"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ")


def current_log(host: HostReader, patterns: tuple[str, ...]) -> str:
    """The log that syslog writes now: the shortest name that a pattern matches; empty: none."""
    for pattern in patterns:
        names = [n for n in host.listdir(dirname(pattern)) if fnmatchcase(n, basename(pattern))]
        plain = [n for n in names if not re.search(r"\.\d+$", n) and not PACKED.search(n)]
        if plain:
            return f"{dirname(pattern)}/{min(plain, key=len)}"
    return ""


class FileTail:
    """A log file from a moment on. Raises Unreadable."""

    def __init__(self, host: HostReader, path: str, since: float) -> None:
        self._host = host
        self._path = path
        self._rest = b""
        self._mark = b""
        self._found: list[str] = []
        self.gap = ""
        "Why lines are missing; empty where none are."
        self._offset = host.state(path).size
        if since:
            self._begin(since)
        else:
            start = max(0, self._offset - MARK)
            self._mark = host.read_from(path, start)[: self._offset - start]

    def more(self) -> list[str]:
        """Lines that are new since the last call."""
        found, self._found = self._found, []
        start = self._offset - len(self._mark)
        data = self._host.read_from(self._path, start)
        replaced = self._host.state(self._path).size < self._offset
        if not replaced and data.startswith(self._mark):
            found += self._lines(data[len(self._mark) :])
        else:
            found += self._rest_of_rotated(start)
            self._offset, self._mark, self._rest = 0, b"", b""
        while data := self._host.read_from(self._path, self._offset):
            if self._host.state(self._path).size < self._offset:
                break  # rotated this very moment: the next call sees to it
            found += self._lines(data)
        return found

    def _lines(self, data: bytes) -> list[str]:
        """Whole lines of what was read; the beginning of one waits for its end."""
        self._offset += len(data)
        self._mark = (self._mark + data)[-MARK:]
        whole, newline, rest = (self._rest + data).rpartition(b"\n")
        self._rest = rest
        return whole.decode("utf-8", "replace").split("\n") if newline else []

    def _begin(self, since: float) -> None:
        """Find the moment, going back from the end; in the file's predecessor where it must be."""
        size, back = self._offset, BACK
        while True:
            self._offset = max(0, size - back)
            self._mark, self._rest = b"", b""
            lines = self.more()[1 if size > back else 0 :]  # a first one cut in two
            if size <= back or (lines and not is_after(lines[0], since)):
                break
            back *= 8
        after = [line for line in lines if is_after(line, since)]
        if len(after) == len(lines):
            after = self._before(since) + after
        self._found = after

    def _before(self, since: float) -> list[str]:
        """What the predecessor holds of the moment, where the log was rotated after it."""
        for path in self._predecessors():
            if self._host.state(path).mtime_ns / 1e9 < since:
                return []
            text = self._whole(path).decode("utf-8", "replace")
            return [line for line in text.splitlines() if is_after(line, since)]
        return []

    def _rest_of_rotated(self, start: int) -> list[str]:
        """What was written to the old file after we had read it."""
        for path in self._predecessors():
            data = self._whole(path)
            if data[start:].startswith(self._mark):
                return self._lines(data[start + len(self._mark) :])
        self.gap = f"{self._path} was rotated, and what it held last could not be found"
        return []

    def _predecessors(self) -> list[str]:
        """Rotated logs beside it, the newest first."""
        folder, name = dirname(self._path), basename(self._path)
        states = [
            (f"{folder}/{one}", self._host.state(f"{folder}/{one}"))
            for one in self._host.listdir(folder)
            if one != name and re.match(rf"{re.escape(name)}[.-]\d", one)
        ]
        states.sort(key=lambda found: found[1].mtime_ns, reverse=True)
        return [path for path, _state in states[:ROTATED]]

    def _whole(self, path: str) -> bytes:
        if path.endswith(".gz"):
            done = self._host.probe(Command((GZIP, "-dc", "--", path), keep=UNPACKED))
            return done.stdout
        if PACKED.search(path):
            return b""
        found, offset = b"", 0
        while data := self._host.read_from(path, offset):
            found, offset = found + data, offset + len(data)
            if self._host.state(path).size < offset or offset > 4 * UNPACKED:
                break
        return found


class JournalTail:
    """The journal's mail from a moment on, whatever the tag. Raises Unreadable."""

    gap = ""

    def __init__(self, host: HostReader, since: float) -> None:
        self._host = host
        self._cursor = ""
        self._since = since
        if not since:
            self._since = time.time()
            self._ask("-n", "0")

    def more(self) -> list[str]:
        """Lines that are new since the last call."""
        if self._cursor:
            return self._ask(f"--after-cursor={self._cursor}")
        told = self._ask("--since", f"@{int(self._since)}")
        return [line for line in told if is_after(line, self._since)]

    def _ask(self, *words: str) -> list[str]:
        argv = (JOURNALCTL, "--no-pager", "-q", "-o", "short-iso-precise", "--show-cursor", *words)
        command = Command((*argv, "SYSLOG_FACILITY=2"), ok_codes=(0, 1), keep=UNPACKED)
        told = self._host.probe(command).stdout.decode("utf-8", "replace").splitlines()
        if told and told[-1].startswith("-- cursor: "):
            self._cursor = told.pop().removeprefix("-- cursor: ")
        return told


def is_after(line: str, since: float) -> bool:
    """Whether a line is from the moment on; a line without a readable stamp counts."""
    stamp = stamp_of(line, since)
    if stamp is None:
        return True
    found, exact = stamp
    return found >= (since if exact else int(since))


def stamp_of(line: str, near: float) -> tuple[float, bool] | None:
    """Seconds since the epoch, and whether fractions are told; None where there is no stamp.

    A stamp without a year is of the year that brings it nearest to the given moment.
    """
    if iso := ISO_STAMP.match(line):
        return datetime.fromisoformat(iso.group(0).replace("Z", "+00:00")).timestamp(), bool(iso[2])
    old = SYSLOG_STAMP.match(line)
    if old is None:
        return None
    year = time.localtime(near).tm_year
    told = [t for one in (year - 1, year, year + 1) if (t := _local(f"{one} {old[1]}"))]
    nearest = min(told, key=lambda t: abs(t - near), default=None)
    return None if nearest is None else (nearest, False)


def _local(text: str) -> float:
    """Seconds since the epoch of `2026 Feb 29 08:00:00`; 0 where that year has no such day."""
    try:
        return time.mktime(time.strptime(text, "%Y %b %d %H:%M:%S"))
    except ValueError:
        return 0.0
