"""Who listens for SMTP, and which processes are Sendmail's.

The owner of a socket is seen by root only: anybody else gets pid 0, which is "not seen", never
"nobody". `ss` is asked where there is one; elsewhere /proc tells the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath

from msgspec import Struct

from wizard.facts import instances
from wizard.facts.model import Daemons, Listener
from wizard.host.base import HostReader, Unreadable
from wizard.model import Process
from wizard.plans import Command

SMTP_PORTS = (25, 465, 587)
HIDDEN = "Other users' processes cannot be seen (hidepid)"
BINARIES = {"sendmail", "sendmail-mta", "sendmail-msp", "sendmail.sendmail", "sm-mta"}
"Names that Sendmail's binary goes by."
_SS = ("/usr/bin/ss", "/usr/sbin/ss", "/bin/ss", "/sbin/ss")
_PROC_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTEN = "0A"  # TCP_LISTEN in include/net/tcp_states.h
_SS_USER = re.compile(r'\("(?P<name>[^"]*)",pid=(?P<pid>\d+),')
_MASTER = re.compile(r"\b(?:accepting|rejecting) connections\b")
_SOCKET = re.compile(r"socket:\[(\d+)\]")


class Socket(Struct, frozen=True):
    """A listening socket as the kernel shows it."""

    address: str
    port: int
    pid: int = 0
    "The oldest owner; 0 where it is not seen."
    name: str = ""
    "The owner's short name, where the source of this knows it."
    inode: str = ""


def gather(host: HostReader) -> Daemons:
    """Listeners on the SMTP ports, and Sendmail's processes. Raises Unreadable."""
    processes = host.processes()
    by_pid = {process.pid: process for process in processes}
    own = tuple(process for process in processes if is_sendmails(process))
    hidden = "" if _sees_all(host) or 1 in by_pid else HIDDEN
    return Daemons(
        tuple(_listener(socket, by_pid) for socket in _sockets(host, processes)),
        own,
        instances.of(host, own),
        hidden,
    )


def _sees_all(host: HostReader) -> bool:
    """Whether the first process can be looked at, and so others' too (proc(5), hidepid)."""
    try:
        return host.state("/proc/1/stat").exists
    except Unreadable:
        return False


def is_master(process: Process) -> bool:
    """Whether it is a daemon's master; under a high load (RefuseLA) it closes its ports."""
    return bool(_MASTER.search(process.title))


def is_sendmails(process: Process) -> bool:
    """Whether the process is Sendmail's: by its binary where that is seen, else by its title."""
    shown = process.exe.removesuffix(" (deleted)") or process.title.split(" ", 1)[0].rstrip(":")
    return PurePosixPath(shown).name in BINARIES


def parse_ss(text: str) -> tuple[Socket, ...]:
    """Sockets on the SMTP ports in the output of `ss -H -ltnp`."""
    found = []
    for line in text.splitlines():
        fields = line.split(None, 5)
        if len(fields) < 5 or fields[0] != "LISTEN":
            continue
        address, _, port = fields[3].rpartition(":")
        if not port.isdigit() or int(port) not in SMTP_PORTS:
            continue
        owners = _SS_USER.findall(fields[5]) if len(fields) > 5 else []
        name, pid = min(owners, key=lambda owner: int(owner[1]), default=("", "0"))
        found.append(Socket(_plain_address(address), int(port), int(pid), name))
    return tuple(found)


def parse_proc_net(text: str) -> tuple[Socket, ...]:
    """Sockets on the SMTP ports in /proc/net/tcp or tcp6 (proc(5))."""
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10 or fields[3] != _LISTEN:
            continue
        address, _, port = fields[1].rpartition(":")
        if int(port, 16) in SMTP_PORTS:
            found.append(Socket(hex_address(address), int(port, 16), inode=fields[9]))
    return tuple(found)


def _plain_address(shown: str) -> str:
    """`[::]`, `*` and `127.0.0.1%lo` without brackets, star and interface."""
    bare = shown.strip("[]").partition("%")[0]
    return "::" if bare == "*" else bare


def hex_address(digits: str) -> str:
    """The kernel's hexadecimal words, each in the machine's (little) byte order."""
    words = bytes.fromhex(digits)
    packed = b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))
    return str(IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed))


def _sockets(host: HostReader, processes: Iterable[Process]) -> tuple[Socket, ...]:
    for path in _SS:
        if host.state(path).exists:
            answer = host.probe(Command((path, "-H", "-l", "-t", "-n", "-p"), timeout=20))
            if answer.code == 0:
                return parse_ss(answer.stdout.decode("utf-8", "replace"))
    return _sockets_from_proc(host, processes)


def _sockets_from_proc(host: HostReader, processes: Iterable[Process]) -> tuple[Socket, ...]:
    tables = [host.state(path, content=True) for path in _PROC_TABLES]
    if not any(table.exists for table in tables):
        raise Unreadable("Neither ss nor /proc/net/tcp tells who listens here")
    sockets = [socket for table in tables for socket in parse_proc_net(table.text())]
    owners = _owners(host, processes, {socket.inode for socket in sockets})
    return tuple(
        Socket(socket.address, socket.port, owners.get(socket.inode, 0)) for socket in sockets
    )


def _owners(host: HostReader, processes: Iterable[Process], inodes: set[str]) -> dict[str, int]:
    """The oldest process that holds each of these sockets, as far as we may look."""
    owners: dict[str, int] = {}
    for process in sorted(processes, key=lambda process: (not is_sendmails(process), process.pid)):
        if owners.keys() >= inodes:
            break
        for inode in _held_sockets(host, process.pid) & inodes:
            owners.setdefault(inode, process.pid)
    return owners


def _held_sockets(host: HostReader, pid: int) -> set[str]:
    """Inodes of the sockets a process holds; none where it is gone or not ours to look at."""
    held = set()
    try:
        for descriptor in host.listdir(f"/proc/{pid}/fd"):
            target = host.state(f"/proc/{pid}/fd/{descriptor}").target or ""
            if found := _SOCKET.fullmatch(target):
                held.add(found[1])
    except Unreadable:
        return held
    return held


def _listener(socket: Socket, by_pid: dict[int, Process]) -> Listener:
    owner = by_pid.get(socket.pid)
    title = owner.title if owner else socket.name
    exe = owner.exe if owner else ""
    return Listener(socket.address, socket.port, socket.pid, title, exe)
