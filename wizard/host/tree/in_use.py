"""Which queue entries some Sendmail is at work on, so that they are left alone while it runs.

A message is several files, and its `qf` is locked while one process has it: what is open or
locked is in use, and so is every file with the same identifier (op guide, appendix B).
"""

from __future__ import annotations

import os
import re
import time

EVERY = 0.25
"Seconds after which what is in use is looked up anew."
QUEUE_FILE = re.compile(rb"[A-Za-z]f(\w+)")
LOCK = re.compile(rb":(\d+) \S+ \S+$")
"The end of a line of /proc/locks: `MAJOR:MINOR:INODE START END` (proc(5))."


class InUse:
    """What is open in a Sendmail process or locked by anybody."""

    def __init__(self) -> None:
        self._inodes: set[int] = set()
        self._messages: set[bytes] = set()
        self._at = 0.0

    def refresh(self) -> None:
        """Look again, unless that was a moment ago."""
        if self._at and time.monotonic() - self._at < EVERY:
            return
        self._inodes, self._messages = _locked(), set()
        for pid in (name for name in os.listdir("/proc") if name.isdigit()):
            if _is_sendmail(pid):
                self._add(f"/proc/{pid}/fd")
        self._at = time.monotonic()

    def holds(self, name: bytes, inode: int) -> bool:
        """Whether this entry, or one of the same message, is in use."""
        if inode in self._inodes:
            return True
        match = QUEUE_FILE.fullmatch(name)
        return match is not None and match[1] in self._messages

    def _add(self, place: str) -> None:
        try:
            names = os.listdir(place)
        except OSError:
            return  # the process has ended
        for name in names:
            try:
                path = os.fsencode(os.readlink(f"{place}/{name}"))
                inode = os.stat(f"{place}/{name}").st_ino
            except OSError:
                continue
            if match := QUEUE_FILE.fullmatch(path.rpartition(b"/")[2]):
                self._inodes.add(inode)
                self._messages.add(match[1])


def _is_sendmail(pid: str) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            return b"sendmail" in stream.read(4096)
    except OSError:
        return False


def _locked() -> set[int]:
    try:
        with open("/proc/locks", "rb") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return set()
    return {int(found[1]) for line in lines if (found := LOCK.search(line))}
