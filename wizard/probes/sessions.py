"""SMTP as telnet would speak it, through the final dot, and who served it."""

from __future__ import annotations

import re
import time

from wizard.events import ProcessTable, SmtpLine
from wizard.model import Outcome
from wizard.probes.identity import Ids, ids_of, mail_processes, serving_pid
from wizard.probes.log_watch import LogWatch
from wizard.probes.proof import UNDO, Proving
from wizard.probes.smtp import Reply, SmtpFailure, SmtpSession, message, offers

DELIVERY = 60.0
"Seconds for the message to reach the next hop."
QUEUE_ID = re.compile(r"250 2\.0\.0 (\S+) ")
KEPT_HERE = re.compile(r"mailer=(local|prog|\*file\*|\*include\*)")
"Delivered, but not to a next hop."
TRY_LATER = re.compile(r"relay=[^,]*\[[^,]*, .*\breply=4\d\d.*stat=Deferred")
"The next hop itself answered 4xx: greylisting, for one."


def prove(p: Proving) -> None:
    """Tell the proofs of a session with the relay."""
    Session(p).run()


class Session:
    """One session and what follows from it."""

    def __init__(self, proving: Proving) -> None:
        self._p = proving
        self._serving = 0
        self._ids: Ids | None = None
        self._ehlo: Reply | None = None

    def run(self) -> None:
        """Speak, judge who answered, and follow the message."""
        queue_id = self._session()
        self._identity()
        self._offers()
        if queue_id:
            self._delivered(self._p.of_round, queue_id)

    def _session(self) -> str:
        """The telnet part; returns the queue id of the message, where one was accepted."""
        try:
            with SmtpSession(self._p.target.address, self._line) as session:
                return self._talk(session)
        except SmtpFailure as problem:
            self._p.prove(
                "smtp.session",
                Outcome.FOUND,
                "The relay accepts a message",
                (str(problem),),
                f"The relay refused in the middle of an SMTP session. {UNDO}",
            )
            return ""

    def _talk(self, session: SmtpSession) -> str:
        greeting = session.reply()
        if greeting.code != 220:
            raise SmtpFailure(f"greeted with: {greeting.text}")
        target, host = self._p.target, self._p.host.identity().host
        self._ehlo = session.command(f"EHLO {host}", 250)
        self._serving = serving_pid(session.peer_port, session.local_port)
        if self._serving:
            self._ids = ids_of(self._p.host, self._serving)
        self._table()
        if not target.probe_to:
            session.command("QUIT", 221)
            reason = "no probe address was given (--probe-to ADDRESS)"
            title = "Unproven: a whole message"
            self._p.prove("message.relayed", Outcome.SKIPPED, title, (reason,))
            return ""
        session.command("MAIL FROM:<>", 250)
        session.command(f"RCPT TO:<{target.probe_to}>", 250)
        session.command("DATA", 354)
        self._table()
        accepted = session.body(message(target.probe_to, host, target.run))
        session.command("QUIT", 221)
        found = QUEUE_ID.match(accepted.text)
        return found.group(1) if found else ""

    def _identity(self) -> None:
        title, target = "The child that answers is unprivileged, for good", self._p.target
        if self._ids is None:
            reason = "its process was not found by its socket; this needs root"
            self._p.prove("child.identity", Outcome.UNKNOWN, title, (reason,))
            return
        good = target.uid > 0 and self._ids.unprivileged(target.uid, target.gid)
        meaning = (
            f"The process that serves this connection is not {target.user} alone: an "
            f"attacker who takes it over has what it has. {UNDO}"
        )
        outcome = Outcome.PASS if good else Outcome.FOUND
        told = (self._ids.summary(), *self._ids.told())
        self._p.prove("child.identity", outcome, title, told, meaning)

    def _offers(self) -> None:
        title, baseline = "EHLO offers what it offered before", self._p.target.baseline
        if self._ehlo is None:
            return
        before = baseline.door(self._p.target.address) if baseline else None
        if before is None:
            reason = ("not recorded",)
            self._p.prove("ehlo.offers", Outcome.SKIPPED, f"Unproven: {title}", reason)
            return
        now = offers(self._ehlo)
        lost = sorted(set(before.offered) - set(now))
        self._p.prove(
            "ehlo.offers",
            Outcome.FOUND if lost else Outcome.PASS,
            title,
            tuple(f"gone: {word}" for word in lost) or ("  ".join(now),),
            "STARTTLS disappears without a word when the account cannot use its key.",
        )

    def _delivered(self, watch: LogWatch, queue_id: str) -> None:
        """Follow the message by its queue id to the next hop.

        Deferred is the end too: the next try is a queue run away, and the relay waits on us.
        """
        deadline = time.monotonic() + DELIVERY
        title = "A whole message reached the next hop"
        lines: list[str] = []
        while time.monotonic() < deadline:
            self._table()
            lines = watch.of_queue_id(queue_id)
            sent = next((x for x in lines if "stat=Sent" in x), "")
            if sent and not KEPT_HERE.search(sent):
                told = (f"{queue_id}  {_relayed(sent)}",)
                self._p.prove("message.relayed", Outcome.PASS, title, told)
                return
            later = next((x for x in lines if TRY_LATER.search(x)), "")
            if later:
                told = (f"{queue_id}  {_relayed(later)}",)
                asked = "Unproven: the next hop was reached and asked to try later"
                self._p.prove("message.relayed", Outcome.SKIPPED, asked, told)
                return
            if sent or any(
                re.search(r"stat=(Deferred|User unknown|Service unavailable|Local conf)", x)
                for x in lines
            ):
                break
            time.sleep(0.2)
        self._p.prove(
            "message.relayed",
            Outcome.FOUND,
            title,
            tuple(lines[-3:]) or (f"{queue_id}: nothing in {watch.source}",),
            f"The relay accepted the message and did not pass it on. {UNDO}",
        )

    def _table(self) -> None:
        detail = self._ids.told() if self._ids else ()
        rows = mail_processes(self._p.host)
        self._p.emit(ProcessTable(0, time.time(), rows, self._serving, detail))

    def _line(self, sent: bool, text: str) -> None:
        self._p.emit(SmtpLine(0, time.time(), sent, text))


def _relayed(line: str) -> str:
    """`relay=... stat=Sent (...)` of a log line."""
    found = re.search(r"relay=[^,]*", line)
    stat = line[line.index("stat=") :]
    return f"{found.group(0) if found else ''} {stat}".strip()
