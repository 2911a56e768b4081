"""What one port says to us: greeting, EHLO, STARTTLS, and a message as far as it is taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import make_msgid

from msgspec import Struct

from wizard.errors import StepdownError
from wizard.events import Event, ProcessTable, SmtpLine
from wizard.facts.daemons import is_sendmails
from wizard.host.base import HostReader, Unreadable
from wizard.probes.process.identity import Ids, ids_of, mail_processes, serving_pid
from wizard.probes.session.endpoints import Endpoint, Endpoints
from wizard.probes.session.smtp import (
    TIMEOUT,
    Refusal,
    Reply,
    SmtpSession,
    message,
    offers,
    queue_id,
)

NOBODY = "postmaster"
"Whom RCPT names where nothing will be sent: RFC 5321 4.5.1 has every relay take it."
PAUSED = 310.0
"Seconds for the greeting where FEATURE(greet_pause) is in use: Sendmail takes 5 minutes at most."


class Asking(Struct, frozen=True):
    """How a port is asked."""

    host: HostReader
    emit: Callable[[Event], None]
    name: str
    "This host's name, for EHLO and the message."
    recipient: str = NOBODY
    send: bool = False
    "Whether the message is sent, through the final dot."
    run: str = ""
    greeting: float = TIMEOUT
    "Seconds for the greeting."


class Talk(Struct):
    """What was said and seen. Everything that was not is empty."""

    endpoint: Endpoint
    serving: int = 0
    "Pid of the child."
    ids: Ids | None = None
    unseen: str = ""
    "Why the child was not seen."
    stranger: str = ""
    "The program that serves us, where it is not Sendmail."
    replies: dict[str, Reply] = {}
    "CONNECT, EHLO, MAIL, RCPT, DATA and `.`, as far as the session came."
    offered: tuple[str, ...] | None = None
    "Keywords of EHLO; with TLS at once, those inside it."
    inside: tuple[str, ...] | None = None
    "Keywords of EHLO after STARTTLS."
    handshake: str = ""
    refusal: Refusal | None = None
    "The reply with which the relay declined the message; the session was whole."
    problem: str = ""
    "Why the session broke."
    tls_problem: str = ""
    "Why STARTTLS did not come to its end."
    queue_id: str = ""
    message_id: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the relay took the message."""
        return "." in self.replies and self.replies["."].code == 250


def greeting_within(endpoints: Endpoints) -> float:
    """Seconds for the greeting of these."""
    return PAUSED if endpoints.paused else TIMEOUT


def converse(endpoint: Endpoint, asking: Asking) -> Talk:
    """Speak to the port; never raises for what the relay does."""
    talk = Talk(endpoint)
    _Conversation(asking, talk).plain()
    if talk.offered is not None and "STARTTLS" in talk.offered:
        _Conversation(asking, talk).encrypted()
    return talk


class _Conversation:
    """One connection to one port."""

    def __init__(self, asking: Asking, talk: Talk) -> None:
        self._asking = asking
        self._talk = talk

    def plain(self) -> None:
        """The telnet part."""
        talk = self._talk
        try:
            with SmtpSession(talk.endpoint.address, self._line, tls=talk.endpoint.tls) as session:
                talk.handshake = session.encrypted
                talk.offered = self._greet(session)
                self._mail(session)
        except StepdownError as problem:
            talk.problem = str(problem)

    def encrypted(self) -> None:
        """STARTTLS; the message goes this way where the relay demands it."""
        talk = self._talk
        demanded = talk.refusal is not None and "STARTTLS" in talk.refusal.reply.text
        try:
            with SmtpSession(talk.endpoint.address, self._line) as session:
                greeting = session.reply(self._asking.greeting)
                session.demand(greeting, "the connection", 220)
                session.command(f"EHLO {self._asking.name}", 250)
                talk.handshake = session.start_tls()
                talk.inside = offers(session.command(f"EHLO {self._asking.name}", 250))
                if demanded:
                    talk.refusal = None
                    self._mail(session)
                else:
                    session.command("QUIT")
        except StepdownError as problem:
            talk.tls_problem = str(problem)
            if demanded and talk.refusal is None:
                talk.problem = talk.tls_problem

    def _greet(self, session: SmtpSession) -> tuple[str, ...]:
        """Greeting and EHLO. The child is judged after the greeting: only then it has dropped."""
        talk = self._talk
        talk.replies["CONNECT"] = session.reply(self._asking.greeting)
        self._look(session)
        session.demand(talk.replies["CONNECT"], "the connection", 220)
        self._ask(session, "EHLO", f"EHLO {self._asking.name}")
        self._look(session)
        self._table()
        return offers(session.demand(talk.replies["EHLO"], "EHLO", 250))

    def _mail(self, session: SmtpSession) -> None:
        """MAIL, RCPT and, where one is to be sent, the message."""
        talk, to = self._talk, self._asking.recipient
        try:
            session.demand(self._ask(session, "MAIL", "MAIL FROM:<>"), "MAIL FROM", 250)
            session.demand(self._ask(session, "RCPT", f"RCPT TO:<{to}>"), "RCPT TO", 250, 251)
            if self._asking.send:
                self._send(session)
        except Refusal as refusal:
            talk.refusal = refusal
        session.command("QUIT", 221)

    def _send(self, session: SmtpSession) -> None:
        talk, asking = self._talk, self._asking
        session.demand(self._ask(session, "DATA", "DATA"), "DATA", 354)
        self._table()
        talk.message_id = make_msgid(domain=asking.name)
        text = message(asking.recipient, asking.name, asking.run, talk.message_id)
        talk.replies["."] = session.body(text)
        talk.queue_id = queue_id(session.demand(talk.replies["."], "the final dot", 250))

    def _ask(self, session: SmtpSession, verb: str, line: str) -> Reply:
        reply = session.command(line)
        self._talk.replies[verb] = reply
        return reply

    def _look(self, session: SmtpSession) -> None:
        """Who serves us, by the socket, and what it may do."""
        talk = self._talk
        pid = serving_pid(*session.ends)
        if not pid:
            talk.unseen = talk.unseen or "its process was not found by its socket; this needs root"
            return
        try:
            talk.serving, talk.ids = pid, ids_of(self._asking.host, pid)
            mine = next((one for one in self._asking.host.processes() if one.pid == pid), None)
            talk.stranger = "" if mine is None or is_sendmails(mine) else mine.exe or mine.title
        except Unreadable as problem:
            talk.unseen = str(problem)

    def _table(self) -> None:
        detail = self._talk.ids.told() if self._talk.ids else ()
        rows = mail_processes(self._asking.host)
        self._asking.emit(ProcessTable(0, time.time(), rows, self._talk.serving, detail))

    def _line(self, sent: bool, text: str) -> None:
        self._asking.emit(SmtpLine(0, time.time(), sent, text))
