"""A client in the middle of a message, run inside the lab: `slow_client.py NAME FILE REPLIES`.

It sends all but the final dot, waits for FILE, sends the dot, and comes again, in a new session,
until it is answered 250. REPLIES gets each answer to a dot, a line each; `-` for none.
"""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path


class Client:
    """One session, as telnet has it."""

    def __init__(self) -> None:
        self.connection = socket.create_connection(("127.0.0.1", 25), 30)
        self.stream = self.connection.makefile("rb")
        self.stream.readline()

    def say(self, line: str) -> str:
        """Send a line; the last line of the answer, `-` where the session is gone."""
        try:
            self.connection.sendall(line.encode() + b"\r\n")
            answer = self.stream.readline()
            while answer[3:4] == b"-":
                answer = self.stream.readline()
        except OSError:
            return "-"
        return answer.decode().strip() or "-"

    def begin(self, name: str) -> bool:
        """All up to the dot; whether it came so far."""
        words = ("EHLO slow", "MAIL FROM:<alice@example.com>", "RCPT TO:<x@example.org>", "DATA")
        answers = [self.say(one) for one in words]
        self.connection.sendall(f"Subject: {name}\r\n\r\nhello\r\n".encode())
        return answers[-1].startswith("354")


def main(name: str, go: str, replies: str) -> None:
    """The whole life of one message."""
    answer, client = "-", Client()
    client.begin(name)
    Path(f"{replies}.begun").touch()
    while not Path(go).exists():
        time.sleep(0.05)
    while not answer.startswith("250"):
        answer = client.say(".")
        with Path(replies).open("a") as stream:
            stream.write(f"{answer}\n")
        if not answer.startswith("250"):
            time.sleep(0.2)
            client = Client()
            client.begin(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
