"""Run inside a lab with the host's own python3: prints the serving child's /proc/PID/status.

Connects to port 25, waits for the greeting (the child is root until then), finds the process that
holds the other end of this very connection, and prints what the kernel says about it.
"""

import os
import socket
from pathlib import Path

PORT = 25


def inode_of(remote: int) -> str:
    """Socket inode of the relay's end: local port 25, remote port ours."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        ports = [int(fields[i].rpartition(":")[2], 16) for i in (1, 2)]
        if ports == [PORT, remote]:
            return fields[9]
    raise SystemExit("the connection is not in /proc/net/tcp")


def holder(inode: str) -> str:
    """Pid of the youngest process that has the socket open: the master may still hold it too."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            targets = [str(fd.readlink()) for fd in (process / "fd").iterdir()]
        except OSError:
            continue
        if f"socket:[{inode}]" in targets and int(process.name) != os.getpid():
            found.append(process.name)
    return max(found, key=int)


def main() -> None:
    """Print the status lines."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=20) as connection:
        greeting = connection.recv(512)
        if not greeting.startswith(b"220"):
            raise SystemExit(f"greeted with {greeting!r}")
        connection.sendall(b"NOOP\r\n")
        connection.recv(512)
        pid = holder(inode_of(connection.getsockname()[1]))
        print(Path(f"/proc/{pid}/status").read_text())


if __name__ == "__main__":
    main()
