"""An SMTP session as telnet would show it, each line told as it happens (RFC 5321, RFC 3207).

Every wait ends: a relay that hangs, or sends a line without an end, is told as such.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable
from email.utils import formatdate
from ipaddress import ip_address
from types import TracebackType

from msgspec import Struct

from wizard.errors import StepdownError
from wizard.probes.session.endpoints import split

Line = Callable[[bool, str], None]
"""Told for each line: True for what we send, and the text."""

CONNECT = 20.0
"Seconds to be connected: it is this very host."
TIMEOUT = 60.0
"Seconds for each answer; RFC 5321 4.5.3.2 would allow minutes, a person watching would not."
LONGEST = 64 * 1024
"Bytes of one reply."
UNVERIFIED = "certificate and name not verified"
QUEUE_ID = re.compile(r"^250[ -](?:\d\.\d+\.\d+ )?([0-9A-Za-z]{8,}) Message accepted")


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


class Refusal(SmtpFailure):
    """A reply of another code than was hoped for; the session itself goes on."""

    def __init__(self, asked: str, reply: Reply) -> None:
        super().__init__(f"{asked} was answered with: {reply.text}")
        self.reply = reply


class SmtpSession:
    """One connection. A context manager; leaving it closes the socket."""

    def __init__(self, address: str, line: Line, *, tls: bool = False) -> None:
        self._peer = split(address)
        self._line = line
        self._tls = tls
        self._waiting_for = "the greeting"
        self._buffer = b""
        self.encrypted = ""
        "TLS version and cipher; empty without TLS."

    def __enter__(self) -> SmtpSession:
        """Connect. Raises SmtpFailure where nobody answers, or not in TLS where that is due."""
        source = _source(self._peer[0])
        self._line(True, self._opening(source))
        try:
            from_there = (source, 0) if source else None
            self._socket = socket.create_connection(self._peer, CONNECT, from_there)
        except OSError as problem:
            told = problem.strerror or str(problem)
            raise SmtpFailure(f"{self._peer[0]}:{self._peer[1]}: {told}") from problem
        if self._tls:
            try:
                self._encrypt()
            except SmtpFailure:
                self._socket.close()
                raise
        return self

    def _opening(self, source: str) -> str:
        if self._tls:
            ip, port = self._peer
            return f"openssl s_client -connect {f'[{ip}]' if ':' in ip else ip}:{port}"
        bound = f"-b {source} " if source else ""
        return f"telnet {bound}{self._peer[0]} {self._peer[1]}"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close without ceremony."""
        self._socket.close()

    @property
    def ends(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """The relay's address and port, and ours: how the serving child is found among all."""
        return _end(self._socket.getpeername()), _end(self._socket.getsockname())

    def reply(self, within: float = 0.0) -> Reply:
        """Read one reply. Raises SmtpFailure where the connection breaks or hangs."""
        within = within or TIMEOUT
        deadline = time.monotonic() + within
        lines: list[str] = []
        size = 0
        while True:
            raw = self._read_line(deadline, within)
            size += len(raw)
            if size > LONGEST:
                raise SmtpFailure(f"{self._waiting_for}: a reply that does not end")
            text = raw.decode("utf-8", "replace").rstrip("\r\n")
            self._line(False, text)
            lines.append(text)
            if text[3:4] != "-":
                break
        code = int(text[:3]) if text[:3].isdigit() else 0
        return Reply(code, tuple(lines))

    def _read_line(self, deadline: float, within: float) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > LONGEST:
                raise SmtpFailure(f"{self._waiting_for}: a line that does not end")
            left = deadline - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                self._socket.settimeout(left)
                received = self._socket.recv(4096)
            except TimeoutError as problem:
                told = f"no answer within {within:g} s to {self._waiting_for}"
                raise SmtpFailure(told) from problem
            except OSError as problem:
                raise SmtpFailure(f"{self._waiting_for}: {_told(problem)}") from problem
            if not received:
                raise SmtpFailure(f"the relay closed the connection ({self._waiting_for})")
            self._buffer += received
        line, _end_of_line, self._buffer = self._buffer.partition(b"\n")
        return line

    def command(self, text: str, *wanted: int) -> Reply:
        """Send a line and read its reply. Raises Refusal for a code that is not wanted."""
        self._line(True, text)
        asked = text.split(":", maxsplit=1)[0]
        self._waiting_for = asked
        self._send(text.encode() + b"\r\n")
        return self.demand(self.reply(), asked, *wanted)

    @staticmethod
    def demand(reply: Reply, asked: str, *wanted: int) -> Reply:
        """The reply. Raises Refusal for a code that is not wanted."""
        if wanted and reply.code not in wanted:
            raise Refusal(asked, reply)
        return reply

    def body(self, lines: list[str]) -> Reply:
        """Send a message's lines and the final dot. Returns the reply to it."""
        for text in lines:
            self._line(True, text)
        data = "".join(f".{t}\r\n" if t.startswith(".") else f"{t}\r\n" for t in lines)
        self._waiting_for = "the message"
        self._send(data.encode())
        return self.command(".")

    def start_tls(self) -> str:
        """STARTTLS and its handshake. Returns version and cipher. Raises SmtpFailure."""
        self.command("STARTTLS", 220)
        if self._buffer:
            raise SmtpFailure("the relay spoke before the TLS handshake")
        return self._encrypt()

    def _encrypt(self) -> str:
        self._waiting_for = "the TLS handshake"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        # What the relay offers is looked at, and no secret is sent: old versions and keys will do.
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:@SECLEVEL=0")
        try:
            self._socket.settimeout(TIMEOUT)
            wrapped = context.wrap_socket(self._socket)
        except (OSError, ValueError) as problem:
            raise SmtpFailure(f"the TLS handshake: {_told(problem)}") from problem
        self._socket = wrapped
        cipher = wrapped.cipher()
        self.encrypted = f"{wrapped.version()} {cipher[0] if cipher else ''}".strip()
        self._line(False, f"({self.encrypted}, {UNVERIFIED})")
        return self.encrypted

    def _send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(TIMEOUT)
            self._socket.sendall(data)
        except OSError as problem:
            raise SmtpFailure(f"{self._waiting_for}: {_told(problem)}") from problem


def _source(peer: str) -> str:
    """Loopback as our own end where another address of this host is asked.

    So the relay takes us for a client of its own, as mail from this host is, and no limit for
    strangers (greet pause, rate, relaying) stands in the way.
    """
    found = ip_address(peer)
    return "" if found.is_loopback else {4: "127.0.0.1", 6: "::1"}[found.version]


def _end(name: tuple[str, int] | tuple[str, int, int, int]) -> tuple[str, int]:
    return name[0], name[1]


def _told(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return f"no answer within {TIMEOUT:g} s"
    if isinstance(problem, ssl.SSLError) and problem.reason:
        return problem.reason.lower().replace("_", " ")
    return getattr(problem, "strerror", None) or str(problem)


def offers(ehlo: Reply) -> tuple[str, ...]:
    """Keywords that EHLO offers, AUTH's mechanisms each by itself.

    SIZE without its number: an account cannot lose it, and an admin may have let a limit go.
    """
    found: set[str] = set()
    for line in ehlo.lines[1:]:
        words = line[4:].strip().upper().replace("AUTH=", "AUTH ").split()
        if words[:1] == ["AUTH"]:
            found.update(f"AUTH {mechanism}" for mechanism in words[1:])
        elif words:
            found.add("SIZE" if words[0] == "SIZE" else " ".join(words))
    return tuple(sorted(found))


def queue_id(accepted: Reply) -> str:
    """The queue id that the reply to the final dot names; empty where it names none."""
    found = QUEUE_ID.match(accepted.text)
    return found.group(1) if found else ""


def message(to: str, host: str, run: str, message_id: str) -> list[str]:
    """The proof's own message: short, dated, with an id that no other message has."""
    return [
        f"From: stepdown <postmaster@{host}>",
        f"To: <{to}>",
        "Subject: stepdown proof: this relay's children run unprivileged",
        f"Date: {formatdate(localtime=True)}",
        f"Message-ID: {message_id}",
        "Auto-Submitted: auto-generated",
        "",
        f"Sent by stepdown on {host} to prove that mail still leaves it. Run: {run or 'none'}.",
    ]
