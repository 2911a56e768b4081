"""What comes into a tree's directories, told by the kernel (inotify(7)), since before a walk.

So a second pass looks at what has come and at what was left alone, and at nothing else: its time
does not depend on how much lies in the queue. Names are told without fail, whoever makes, links or
renames them. Changes of content are not asked for: who writes through a map, or through a link
elsewhere, is not told, and to tell the others the kernel goes through all names it knows of the
directory, for which everybody waits.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import threading

from wizard.host.tree.kernel import tells_all

CREATED, MOVED_IN, ONLY_DIRECTORIES = 0x100, 0x80, 0x01000000
OVERFLOW, UNMOUNTED, IGNORED = 0x4000, 0x2000, 0x8000
EVENT = struct.Struct("iIII")
"watch, mask, cookie, length of the name that follows (inotify(7))."
MANY = 500_000
"Names kept at most; with more it is quicker to walk."
READ = 1 << 16
LOOKS = 1.0
"Seconds between two looks whether it was ended, should nothing wake it."


class Arrivals:
    """Names that came into watched directories. Where `lost` is true there may be others."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._watches: dict[int, bytes] = {}
        self._names: dict[bytes, set[bytes]] = {}
        self._count = 0
        self._over, self._wake = os.pipe2(os.O_CLOEXEC)
        self.directories: list[bytes] = []
        "Paths of the directories that were walked, outermost first."
        self.lost = False
        self._ended = False
        try:
            self._queue = int(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        except AttributeError:  # no Linux
            self._queue = -1
        if self._queue < 0:
            self.lost = True
            return
        self._all = threading.Event()
        try:
            threading.Thread(target=self._listen, args=(self._queue,), daemon=True).start()
        except RuntimeError:  # no thread is left: the second pass walks over all again
            os.close(self._queue)
            self._queue, self.lost = -1, True

    def watch(self, directory: int, path: bytes) -> None:
        """Tell from now on what comes into this directory of the tree."""
        if self._queue < 0:
            return
        place = b"/proc/self/fd/%d" % directory
        mask = CREATED | MOVED_IN | ONLY_DIRECTORIES
        watch = int(self._libc.inotify_add_watch(self._queue, place, mask))
        if watch < 0 or not tells_all(directory):
            self.lost = True
        else:
            self._watches[watch] = path

    def add(self, path: bytes, name: bytes) -> None:
        """An entry that was left alone, for the second pass too."""
        names = self._names.setdefault(path, set())
        self._count += name not in names
        names.add(name)
        self.lost = self.lost or self._count > MANY

    def close(self) -> dict[bytes, set[bytes]]:
        """End it; returns the names by directory. Whoever calls looks at `lost` first after it."""
        if self._queue >= 0:
            try:
                os.write(self._wake, b"x")
            except OSError:  # it has failed, and ended; or it looks soon
                self._ended = True
            self._all.wait()
            self._queue = -1
        return self._names

    def _listen(self, queue: int) -> None:
        """Until the end. The kernel takes milliseconds to end a watch: nobody waits for that."""
        try:
            heard: list[int] = []
            while not self._ended and self._over not in heard:
                self._drain(queue)
                heard = select.select([queue, self._over], [], [], LOOKS)[0]
            self._drain(queue)
        except OSError:
            self.lost = True
        finally:
            self._all.set()
            for descriptor in (queue, self._over, self._wake):
                os.close(descriptor)

    def _drain(self, queue: int) -> None:
        while True:
            try:
                data = os.read(queue, READ)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                watch, mask, _cookie, length = EVENT.unpack_from(data, at)
                name = data[at + EVENT.size : at + EVENT.size + length].rstrip(b"\0")
                at += EVENT.size + length
                self._event(watch, mask, name)

    def _event(self, watch: int, mask: int, name: bytes) -> None:
        path = self._watches.get(watch)
        if mask & (OVERFLOW | UNMOUNTED):
            self.lost = True
        elif path is None:
            self.lost = self.lost or not mask & IGNORED
        elif name and not self.lost:
            self.add(path, name)
