"""Who listens on TCP, asked of the kernel itself: sock_diag(7), its dump of sockets in LISTEN.

/proc/net/tcp writes out every connection to tell the same; on a busy relay that takes longer than
the gap of a reload lasts.
"""

from __future__ import annotations

import socket
import struct
from ipaddress import IPv6Address, ip_address

NETLINK_SOCK_DIAG = 4  # linux/netlink.h
SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
DONE, ERROR = 3, 2  # NLMSG_DONE, NLMSG_ERROR
LISTENING = 1 << 10  # 1 << TCP_LISTEN
HEADER = struct.Struct("=IHHII")
"nlmsghdr: length, type, flags, sequence, port."
ASKED = struct.Struct("=BBBBI48x")
"inet_diag_req_v2: family, protocol, extensions, padding, states, no socket in particular."
TOLD = struct.Struct("=4x2s2x16s")
"The beginning of inet_diag_msg: source port and address, in network byte order."
ANY = (b"\0" * 16, b"\0" * 4)


class Listeners:
    """Asks again and again over one netlink socket. Raises OSError where the kernel cannot."""

    def __init__(self, address: str) -> None:
        name, _colon, port = address.rpartition(":")
        self._port = int(port).to_bytes(2, "big")
        self._wanted = _packed(name.strip("[]"))
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
        self._socket.settimeout(1.0)

    def close(self) -> None:
        """Done with it."""
        self._socket.close()

    def up(self) -> bool:
        """Whether somebody listens there, or on all addresses."""
        return self._up(socket.AF_INET) or self._up(socket.AF_INET6)

    def _up(self, family: socket.AddressFamily) -> bool:
        body = ASKED.pack(family, socket.IPPROTO_TCP, 0, 0, LISTENING)
        head = HEADER.pack(HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, REQUEST_DUMP, 1, 0)
        self._socket.send(head + body)
        found = False
        while True:
            data, at = self._socket.recv(65536), 0
            while at < len(data):
                size, kind = HEADER.unpack_from(data, at)[:2]
                if kind == DONE:
                    return found
                if kind == ERROR:
                    raise OSError("the kernel has no sock_diag for TCP")
                found = found or self._is_it(family, data, at + HEADER.size)
                at += (size + 3) & ~3

    def _is_it(self, family: socket.AddressFamily, data: bytes, at: int) -> bool:
        port, source = TOLD.unpack_from(data, at)
        if port != self._port:
            return False
        address = source[:4] if family == socket.AF_INET else source
        return address in ANY or address in self._wanted


def _packed(name: str) -> tuple[bytes, ...]:
    """An address as the kernel may tell it: IPv4 also as IPv6 has it."""
    address = ip_address(name)
    if isinstance(address, IPv6Address):
        return (address.packed,)
    return (address.packed, b"\0" * 10 + b"\xff\xff" + address.packed)
