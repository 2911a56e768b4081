"""The live proof: telnet and ps as the article has it, then what telnet and ps cannot see.

A host can pass the article's test and deliver nothing (fact 1). So one whole message goes through
the final dot and is followed to the next hop, each map is opened as the account, and the log
since the switch is searched for trouble.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from wizard.events import Event, ProcessTable, Proof, SmtpLine
from wizard.host.base import HostReader, Unreadable
from wizard.model import Outcome, Process
from wizard.platforms.base import Platform
from wizard.probes.account import account_proofs
from wizard.probes.identity import Ids, ids_of, mail_processes, serving_pid
from wizard.probes.log_watch import LogWatch
from wizard.probes.proof import UNDO, Target, holds, proof_of
from wizard.probes.smtp import Reply, SmtpFailure, SmtpSession, message, offers

Emit = Callable[[Event], None]
DELIVERY = 60.0
"Seconds for the message to reach the next hop."
QUEUE_ID = re.compile(r"250 2\.0\.0 (\S+) ")
KEPT_HERE = re.compile(r"mailer=(local|prog|\*file\*|\*include\*)")
"Delivered, but not to a next hop."
TRY_LATER = re.compile(r"relay=[^,]*\[[^,]*, .*\breply=4\d\d.*stat=Deferred")
"The next hop itself answered 4xx: greylisting, for one."


class Verifier:
    """Runs the proofs once and tells them as they come."""

    def __init__(self, host: HostReader, platform: Platform, target: Target, emit: Emit) -> None:
        self._host = host
        self._platform = platform
        self._target = target
        self._emit = emit
        self._serving = 0
        self._ids: Ids | None = None
        self._ehlo: Reply | None = None
        self._failed = False

    def run(self) -> bool:
        """True where nothing failed. What could not be proven is told as SKIPPED, with why."""
        try:
            watch = LogWatch(self._host, self._platform, self._target.since)
            sent = LogWatch(self._host, self._platform)
        except Unreadable as problem:
            self._prove(
                "log.readable", Outcome.UNKNOWN, "The mail log can be read", (str(problem),)
            )
            return False
        queue_id = self._session()
        self._identity()
        self._master()
        self._offers()
        for proof in account_proofs(self._host, self._platform, self._target):
            self._tell(proof)
        if queue_id:
            self._delivered(sent, queue_id)
        self._log(watch)
        return not self._failed

    def _session(self) -> str:
        """The telnet part; returns the queue id of the message, where one was accepted."""
        try:
            with SmtpSession(self._target.address, self._line) as session:
                return self._talk(session)
        except SmtpFailure as problem:
            self._prove(
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
        host = self._host.identity().host
        self._ehlo = session.command(f"EHLO {host}", 250)
        self._serving = serving_pid(session.peer_port, session.local_port)
        if self._serving:
            self._ids = ids_of(self._host, self._serving)
        self._table()
        if not self._target.probe_to:
            session.command("QUIT", 221)
            reason = "no probe address was given (--probe-to ADDRESS)"
            self._prove("message.relayed", Outcome.SKIPPED, "Unproven: a whole message", (reason,))
            return ""
        session.command("MAIL FROM:<>", 250)
        session.command(f"RCPT TO:<{self._target.probe_to}>", 250)
        session.command("DATA", 354)
        self._table()
        accepted = session.body(message(self._target.probe_to, host, self._target.run))
        session.command("QUIT", 221)
        found = QUEUE_ID.match(accepted.text)
        return found.group(1) if found else ""

    def _identity(self) -> None:
        title = "The child that answers is unprivileged, for good"
        if self._ids is None:
            reason = "its process was not found by its socket; this needs root"
            self._prove("child.identity", Outcome.UNKNOWN, title, (reason,))
            return
        good = self._target.uid > 0 and self._ids.unprivileged(self._target.uid, self._target.gid)
        meaning = (
            f"The process that serves this connection is not {self._target.user} alone: an "
            f"attacker who takes it over has what it has. {UNDO}"
        )
        self._prove(
            "child.identity",
            Outcome.PASS if good else Outcome.FOUND,
            title,
            (self._ids.summary(), *self._ids.told()),
            meaning,
        )

    def _master(self) -> None:
        masters = [p for p in mail_processes(self._host) if "accepting connections" in p.title]
        rooted = [p for p in masters if p.uids[1] == 0]
        told = tuple(f"{p.user} {p.pid} {p.title}" for p in masters) or ("no master was found",)
        self._prove(
            "master.root",
            Outcome.PASS if rooted and len(rooted) == len(masters) else Outcome.FOUND,
            "The master is root, as the article expects",
            told,
            "Only root can bind port 25 and fork children that step down.",
        )

    def _offers(self) -> None:
        title = "EHLO offers what it offered before"
        if self._ehlo is None:
            return
        if self._target.offered is None:
            self._prove("ehlo.offers", Outcome.SKIPPED, f"Unproven: {title}", ("not recorded",))
            return
        now = offers(self._ehlo)
        lost = sorted(set(self._target.offered) - set(now))
        self._prove(
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
                self._prove(
                    "message.relayed", Outcome.PASS, title, (f"{queue_id}  {_relayed(sent)}",)
                )
                return
            later = next((x for x in lines if TRY_LATER.search(x)), "")
            if later:
                told = "Unproven: the next hop was reached and asked to try later"
                self._prove(
                    "message.relayed", Outcome.SKIPPED, told, (f"{queue_id}  {_relayed(later)}",)
                )
                return
            if sent or any(
                re.search(r"stat=(Deferred|User unknown|Service unavailable|Local conf)", x)
                for x in lines
            ):
                break
            time.sleep(0.2)
        self._prove(
            "message.relayed",
            Outcome.FOUND,
            title,
            tuple(lines[-3:]) or (f"{queue_id}: nothing in {watch.source}",),
            f"The relay accepted the message and did not pass it on. {UNDO}",
        )

    def _log(self, watch: LogWatch) -> None:
        bad, harmless = watch.trouble(self._target.user)
        if not watch.lines():
            told = (f"{watch.source}: not one line of Sendmail's since",)
            self._prove("log.clean", Outcome.UNKNOWN, "The log since the switch is clean", told)
            return
        evidence = tuple(bad[:5]) or (f"{watch.source}: {len(watch.lines())} lines since",)
        self._prove(
            "log.clean",
            Outcome.FOUND if bad else Outcome.PASS,
            "The log since the switch is clean",
            (*evidence, *(f"known to be harmless: {why}" for why in harmless)),
            UNDO,
        )

    def _table(self) -> None:
        rows: tuple[Process, ...] = mail_processes(self._host)
        detail = self._ids.told() if self._ids else ()
        self._emit(ProcessTable(0, time.time(), rows, self._serving, detail))

    def _line(self, sent: bool, text: str) -> None:
        self._emit(SmtpLine(0, time.time(), sent, text))

    def _prove(
        self,
        proof_id: str,
        outcome: Outcome,
        title: str,
        evidence: tuple[str, ...] = (),
        meaning: str = "",
    ) -> None:
        self._tell(proof_of(proof_id, outcome, title, evidence, meaning))

    def _tell(self, proof: Proof) -> None:
        self._failed = self._failed or not holds(proof)
        self._emit(proof)


def _relayed(line: str) -> str:
    """`relay=... stat=Sent (...)` of a log line."""
    found = re.search(r"relay=[^,]*", line)
    stat = line[line.index("stat=") :]
    return f"{found.group(0) if found else ''} {stat}".strip()


def ehlo_offers(address: str, host: str) -> tuple[str, ...]:
    """What EHLO offers now. Raises SmtpFailure."""
    with SmtpSession(address, lambda _sent, _text: None) as session:
        session.reply()
        found = offers(session.command(f"EHLO {host}", 250))
        session.command("QUIT")
        return found
