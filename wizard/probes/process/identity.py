"""Who serves this very connection: the process at the other end of our socket, and its ids.

Judge only after the 220 was read: before it the child looks up our name and is still root
(fact 2).
"""

from __future__ import annotations

import psutil
from msgspec import Struct

from wizard.host.base import HostReader, Unreadable
from wizard.model import Process
from wizard.probes.session.endpoints import plain


class Ids(Struct, frozen=True):
    """The `Uid`, `Gid`, `Groups` and `Cap...` lines of proc_pid_status(5)."""

    pid: int
    uids: tuple[int, ...]
    "Real, effective, saved, file system."
    gids: tuple[int, ...]
    groups: tuple[int, ...]
    capabilities: int
    "What it has or may take again: effective and permitted, as one bit set."

    def unprivileged(self, uid: int, gid: int) -> bool:
        """All eight ids are the account's, no other group, no capability."""
        return (
            set(self.uids) == {uid}
            and set(self.gids) == {gid}
            and set(self.groups) <= {gid}
            and self.capabilities == 0
        )

    def summary(self) -> str:
        """All of it in one line, ids that are the same written once."""
        uids, gids, groups = (
            " ".join(map(str, dict.fromkeys(ids))) or "none"
            for ids in (self.uids, self.gids, self.groups)
        )
        powers = "no capabilities" if self.capabilities == 0 else "WITH capabilities"
        return f"pid {self.pid}: uids {uids}, gids {gids}, groups {groups}, {powers}"

    def told(self) -> tuple[str, ...]:
        """The ids spelled out: uids and gids, then groups and capabilities."""
        groups = " ".join(map(str, self.groups)) or "none"
        capabilities = "none" if self.capabilities == 0 else f"{self.capabilities:#x}"
        return (
            f"uid  {' '.join(map(str, self.uids))}     gid  {' '.join(map(str, self.gids))}",
            f"groups {groups}     capabilities {capabilities}",
        )


def serving_pid(server: tuple[str, int], client: tuple[str, int]) -> int:
    """Pid of the process that holds the server's end of our connection; 0 where none is seen."""
    for one in psutil.net_connections(kind="tcp"):
        if one.pid and one.laddr and one.raddr and one.status == psutil.CONN_ESTABLISHED:
            ours = one.raddr.port == client[1] and plain(one.raddr.ip) == plain(client[0])
            its = one.laddr.port == server[1] and plain(one.laddr.ip) == plain(server[0])
            if ours and its:
                return int(one.pid)
    return 0


def ids_of(host: HostReader, pid: int) -> Ids:
    """Ids of a live process. Raises Unreadable where it has gone."""
    return ids_in(pid, host.state(f"/proc/{pid}/status", content=True).text())


def ids_in(pid: int, text: str) -> Ids:
    """Ids in the text of a `/proc/PID/status`. Raises Unreadable where they are not all there."""
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    try:
        return Ids(
            pid,
            tuple(int(word) for word in fields["Uid"].split()),
            tuple(int(word) for word in fields["Gid"].split()),
            tuple(int(word) for word in fields["Groups"].split()),
            int(fields["CapEff"], 16) | int(fields["CapPrm"], 16),
        )
    except (KeyError, ValueError) as problem:
        raise Unreadable(f"process {pid} ended before its ids could be read") from problem


def mail_processes(host: HostReader) -> tuple[Process, ...]:
    """Sendmail's processes as ps would list them."""
    return tuple(p for p in host.processes() if p.title.startswith("sendmail: "))
