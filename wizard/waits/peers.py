"""With whom a process speaks SMTP, by its own connection: for titles that do not tell."""

from __future__ import annotations

import re

from wizard.facts.daemons import hex_address
from wizard.host.base import HostReader, Unreadable

TABLES = ("net/tcp", "net/tcp6")
ESTABLISHED = "01"  # TCP_ESTABLISHED in include/net/tcp_states.h
_SOCKET = re.compile(r"socket:\[(\d+)\]")


def peer_of(host: HostReader, pid: int) -> str:
    """`[192.0.2.7]`; empty where it has no connection, is gone, or cannot be looked at."""
    try:
        held = _held_sockets(host, pid)
        return _peer(host, pid, held) if held else ""
    except Unreadable:
        return ""


def _held_sockets(host: HostReader, pid: int) -> set[str]:
    targets = (
        host.state(f"/proc/{pid}/fd/{name}").target or ""
        for name in host.listdir(f"/proc/{pid}/fd")
    )
    return {found[1] for target in targets if (found := _SOCKET.fullmatch(target))}


def _peer(host: HostReader, pid: int, held: set[str]) -> str:
    for table in TABLES:
        text = host.state(f"/proc/{pid}/{table}", content=True).text()
        for line in text.splitlines()[1:]:
            fields = line.split()
            if len(fields) > 9 and fields[3] == ESTABLISHED and fields[9] in held:
                return f"[{hex_address(fields[2].rpartition(':')[0])}]"
    return ""
