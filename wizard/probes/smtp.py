"""An SMTP session as telnet would show it, each line told as it happens (RFC 5321)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from email.utils import formatdate, make_msgid
from types import TracebackType

from msgspec import Struct

from wizard.errors import StepdownError

Line = Callable[[bool, str], None]
"""Told for each line: True for what we send, and the text."""

TIMEOUT = 60.0
"Seconds for each answer; RFC 5321 4.5.3.2 would allow minutes, a person watching would not."


class SmtpFailure(StepdownError):
    """The relay did not answer as hoped; the message holds its own words."""


class Reply(Struct, frozen=True):
    """One reply, all its lines."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The last line as received."""
        return self.lines[-1] if self.lines else ""


class SmtpSession:
    """One connection. A context manager; leaving it closes the socket."""

    def __init__(self, address: str, line: Line) -> None:
        host, _colon, port = address.rpartition(":")
        self._peer = (host.strip("[]"), int(port))
        self._line = line

    def __enter__(self) -> SmtpSession:
        """Connect. Raises SmtpFailure where nobody answers."""
        self._line(True, f"telnet {self._peer[0]} {self._peer[1]}")
        try:
            self._socket = socket.create_connection(self._peer, TIMEOUT)
        except OSError as problem:
            raise SmtpFailure(f"{self._peer[0]}:{self._peer[1]}: {problem.strerror}") from problem
        self._stream = self._socket.makefile("rb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close without ceremony."""
        self._stream.close()
        self._socket.close()

    @property
    def local_port(self) -> int:
        """Our end's port: how the serving child is found among all others."""
        return int(self._socket.getsockname()[1])

    @property
    def peer_port(self) -> int:
        """The relay's port."""
        return self._peer[1]

    def reply(self) -> Reply:
        """Read one reply. Raises SmtpFailure where the connection breaks."""
        lines: list[str] = []
        while True:
            try:
                raw: bytes = self._stream.readline(4096)
            except OSError as problem:
                raise SmtpFailure(f"no answer within {TIMEOUT:g} s: {problem}") from problem
            if not raw:
                raise SmtpFailure("the relay closed the connection")
            text = raw.decode("utf-8", "replace").rstrip("\r\n")
            self._line(False, text)
            lines.append(text)
            if text[3:4] != "-":
                break
        code = int(text[:3]) if text[:3].isdigit() else 0
        return Reply(code, tuple(lines))

    def command(self, text: str, *wanted: int) -> Reply:
        """Send a line and read its reply. Raises SmtpFailure for a code that is not wanted."""
        self._line(True, text)
        self._socket.sendall(text.encode() + b"\r\n")
        reply = self.reply()
        if wanted and reply.code not in wanted:
            raise SmtpFailure(f"{text.split(':', maxsplit=1)[0]} was answered with: {reply.text}")
        return reply

    def body(self, lines: list[str]) -> Reply:
        """Send a message's lines and the final dot. Raises SmtpFailure unless it is accepted."""
        for text in lines:
            self._line(True, text)
        data = "".join(f".{t}\r\n" if t.startswith(".") else f"{t}\r\n" for t in lines)
        self._socket.sendall(data.encode())
        return self.command(".", 250)


def offers(ehlo: Reply) -> tuple[str, ...]:
    """Keywords that EHLO offers, AUTH's mechanisms included.

    SIZE without its number: an account cannot lose it, and an admin may have let a limit go.
    """
    told = (line[4:].strip().upper() for line in ehlo.lines[1:])
    return tuple(sorted("SIZE" if words.startswith("SIZE ") else words for words in told))


def message(to: str, host: str, run: str) -> list[str]:
    """The proof's own message: short, dated, with an id that no other message has."""
    return [
        f"From: stepdown <postmaster@{host}>",
        f"To: <{to}>",
        "Subject: stepdown proof: this relay's children run unprivileged",
        f"Date: {formatdate(localtime=True)}",
        f"Message-ID: {make_msgid(domain=host)}",
        "Auto-Submitted: auto-generated",
        "",
        f"Sent by stepdown on {host} to prove that mail still leaves it. Run: {run or 'none'}.",
    ]
