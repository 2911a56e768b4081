"""Sendmail's short-lived processes, caught while they live: delivery children and queue runs.

A child that hands a message to the next hop lives some 10 to 20 ms where that hop is near, too
short for ps. So a thread looks at /proc again and again, only at what is new or young.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from posixpath import basename
from threading import Event as Flag
from threading import Lock, Thread

from msgspec import Struct

from wizard.facts.daemons import BINARIES
from wizard.host.base import HostReader, Unreadable
from wizard.model import FileState
from wizard.probes.process.identity import Ids, ids_in

SHORTEST = 0.001
"Seconds between two looks, at least."
SHARE = 2
"Times as long as a look took: so no more than a third of one processor is ever used."
SETTLED = 0.1
"Seconds after which a process that is not Sendmail's will not become it."
RARELY = 0.5
"Seconds between two looks at a Sendmail that has lived long."
VIEWS = 24
"What is kept of one process: the last views."
KEPT = 2000
"Processes that are kept."
LOOKED_FOR = 30
"Looks at the queue for the files of one message."
QUEUE_ID = re.compile(r"sendmail: (?:[^\s:/]+: )?(?:\S*/)?([0-9A-Za-z]{12,20}) ")
"As a title names it: `sendmail: MTA: ./6AMDiqds001269 [192.0.2.1]: client DATA status`."


class View(Struct, frozen=True):
    """A process as it was at one moment: its title first, then its ids, so never older ones."""

    pid: int
    parent: int
    title: str
    ids: Ids


class Sampler:
    """Looks at Sendmail's processes again and again, from start() to stop()."""

    def __init__(self, host: HostReader) -> None:
        self._host = host
        self._lock = Lock()
        self._views: dict[int, list[View]] = {}
        self._others: dict[int, float] = {}
        "What is not Sendmail's, and since when it has been there."
        self._next: dict[int, tuple[float, float]] = {}
        "Of each of Sendmail's: when it was first seen, and when to look again."
        self._queue: tuple[str, ...] = ()
        self._asked: dict[str, int] = {}
        self._files: dict[str, FileState] = {}
        self._end = Flag()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._end.set()
        if self._thread:
            self._thread.join()

    def look_into(self, directories: tuple[str, ...]) -> None:
        """Also look there for the qf and df files of the messages that titles name."""
        self._queue = directories

    def views(self) -> tuple[View, ...]:
        """All that was seen so far, in order of each process."""
        with self._lock:
            return tuple(view for views in self._views.values() for view in views)

    def files(self) -> dict[str, FileState]:
        """Queue files that were seen, as they were seen last."""
        with self._lock:
            return dict(self._files)

    def _watch(self) -> None:
        while not self._end.is_set():
            begun = time.monotonic()
            with suppress(Unreadable):  # what cannot be looked at is not caught, and unproven
                self._look(begun)
            took = time.monotonic() - begun
            self._end.wait(max(SHORTEST, SHARE * took))

    def _look(self, now: float) -> None:
        pids = {int(name) for name in self._host.listdir("/proc") if name.isdigit()}
        for gone in self._others.keys() - pids:
            del self._others[gone]
        for gone in self._next.keys() - pids:
            del self._next[gone]
        for pid in pids - self._next.keys():
            since = self._others.setdefault(pid, now)
            if now - since > SETTLED:
                continue
            if self._is_sendmails(pid):
                del self._others[pid]
                self._next[pid] = (now, now)
        for pid, (first, due) in list(self._next.items()):
            if now >= due:
                self._next[pid] = (first, now + min(RARELY, (now - first) / 10))
                self._keep(pid)

    def _is_sendmails(self, pid: int) -> bool:
        """By its binary, and not in a container of this host."""
        try:
            binary = self._host.state(f"/proc/{pid}/exe").target or ""
            if basename(binary.removesuffix(" (deleted)")) not in BINARIES:
                return False
            here = self._host.state("/proc/self/ns/pid").target
            return self._host.state(f"/proc/{pid}/ns/pid").target == here
        except Unreadable:
            return False

    def _keep(self, pid: int) -> None:
        try:
            raw = self._host.state(f"/proc/{pid}/cmdline", content=True).content or b""
            title = raw.replace(b"\0", b" ").decode("utf-8", "replace").strip()
            status = self._host.state(f"/proc/{pid}/status", content=True).text()
            view = View(pid, _parent(status), title, ids_in(pid, status))
        except Unreadable:
            return  # it ended meanwhile
        if not title:
            return  # it is about to end
        with self._lock:
            views = self._views.setdefault(pid, [])
            if not views or views[-1] != view:
                views.append(view)
                del views[:-VIEWS]
            while len(self._views) > KEPT:
                del self._views[next(iter(self._views))]
        self._find_files(title)

    def _find_files(self, title: str) -> None:
        found = QUEUE_ID.match(title)
        if not found or not self._queue or len(self._asked) > KEPT:
            return
        name = found.group(1)
        asked = self._asked[name] = self._asked.get(name, 0) + 1
        if asked > LOOKED_FOR:
            return
        for directory in self._queue:
            for kind in ("qf", "df"):
                path = f"{directory}/{kind}{name}"
                state = self._host.state(path)
                if state.exists:
                    with self._lock:
                        self._files[path] = state


def _parent(status: str) -> int:
    found = re.search(r"^PPid:\s*(\d+)", status, re.MULTILINE)
    return int(found.group(1)) if found else 0
