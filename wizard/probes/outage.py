"""How long nobody listened on the relay's port, without speaking to it.

A connection would fork a child each time, fill the log and run into rate limits; the kernel's
own list of listening sockets tells the same: sock_diag(7), or, where the kernel lacks that,
/proc/net/tcp (proc(5), state 0A is LISTEN).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from threading import Event as Flag
from threading import Thread

import psutil

from wizard.host.base import HostReader, Unreadable
from wizard.probes.sock_diag import Listeners

INTERVAL = 0.001
"Seconds between two looks; one takes about a twentieth of that."
TABLED = 0.01
"The same by /proc/net/tcp, which lists every connection."
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
LISTEN = "0A"


def listening(host: HostReader, address: str) -> bool:
    """Whether a socket listens on `ADDRESS:PORT`, or on all addresses. Raises Unreadable."""
    wanted = sockets_of(address)
    for table in TABLES:
        for line in host.state(table, content=True).text().splitlines()[1:]:
            words = line.split()
            if len(words) > 3 and words[3] == LISTEN and words[1] in wanted:
                return True
    return False


def sockets_of(address: str) -> tuple[str, ...]:
    """How the tables write `ADDRESS:PORT`, and that port on all addresses."""
    name, _colon, port = address.rpartition(":")
    return tuple(f"{place}:{int(port):04X}" for place in (_hex(name), "0" * 8, "0" * 32))


def listening_pids(address: str) -> set[int]:
    """Processes that listen on `ADDRESS:PORT`, or on all addresses; needs root."""
    name, _colon, port = address.rpartition(":")
    wanted = {name.strip("[]"), "0.0.0.0", "::"}  # noqa: S104  (compared, never bound)
    return {
        int(one.pid)
        for one in psutil.net_connections(kind="tcp")
        if one.pid
        and one.status == psutil.CONN_LISTEN
        and one.laddr
        and one.laddr.port == int(port)
        and one.laddr.ip in wanted
    }


def _hex(name: str) -> str:
    """An address as the tables write it: 32-bit words in the machine's own byte order."""
    packed = ip_address(name.strip("[]")).packed
    words = (packed[i : i + 4] for i in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)


class OutageWatch:
    """Watches in a thread of its own, from start() to stop(); tells each gap's begin and end."""

    def __init__(self, host: HostReader, address: str, tell: Callable[[float, bool], None]) -> None:
        self._host = host
        self._address = address
        self._tell = tell
        self._total = 0.0
        self._end = Flag()
        self._thread = Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Begin to watch. A host that has no thread left is not watched: nothing depends on it."""
        with suppress(RuntimeError):
            self._thread.start()

    def stop(self) -> float:
        """End, and return the seconds without a listener, all gaps together."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        return self._total

    def _watch(self) -> None:
        kernel = self._kernel()
        try:
            self._gaps(kernel.up if kernel else self._in_tables, INTERVAL if kernel else TABLED)
        finally:
            if kernel:
                kernel.close()

    def _kernel(self) -> Listeners | None:
        """The kernel to be asked itself; None where it cannot be."""
        try:
            found = Listeners(self._address)
            found.up()
        except (OSError, ValueError):
            return None
        return found

    def _in_tables(self) -> bool:
        return listening(self._host, self._address)

    def _gaps(self, is_up: Callable[[], bool], interval: float) -> None:
        since = 0.0
        while True:
            ending = self._end.is_set()
            try:
                up = is_up()
            except (Unreadable, OSError):
                up = True  # what cannot be looked at proves no gap
            now = time.monotonic()
            if not up and not since:
                since = now
                self._tell(self._total, False)
            if since and (up or ending):
                self._total += now - since
                since = 0.0
                self._tell(self._total, up)
            if ending:
                return
            self._end.wait(interval)
