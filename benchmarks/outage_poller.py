"""Polls a relay each millisecond, inside the lab, standard library only: `outage_poller.py STOP`.

A poll is a connection whose 220 was read. Until the file STOP is there; then it prints the longest
time from one 220 to the next, in seconds, and how many there were.
"""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

RELAY = ("127.0.0.1", 25)
PERIOD = 0.001
"Seconds between two polls."


def answers() -> bool:
    """Whether the relay greets."""
    try:
        with socket.create_connection(RELAY, 30) as connection:
            return connection.recv(512).startswith(b"220")
    except OSError:
        return False


def main(stop: Path) -> None:
    """Poll, then tell."""
    longest, count, last = 0.0, 0, 0.0
    look = 0
    while look % 50 or not stop.exists():
        look += 1
        if answers():
            now = time.monotonic()
            longest = max(longest, now - last if last else 0.0)
            last, count = now, count + 1
        time.sleep(PERIOD)
    print(f"{longest:.6f} {count}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
