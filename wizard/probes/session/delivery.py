"""Following the proof's messages through the log to the next hop, by their queue ids."""

from __future__ import annotations

import re
import time

from msgspec import Struct

from wizard.events import ProcessTable
from wizard.model import Outcome
from wizard.plans import Command
from wizard.probes.log.lines import parts
from wizard.probes.process.identity import mail_processes
from wizard.probes.proof import UNDO, Proving
from wizard.probes.queue.entries import paths_of, queue_of
from wizard.probes.session.conversation import Talk

DELIVERY = 60.0
"Seconds for all the messages to reach the next hop."
SILENCE = 10.0
"Seconds without one line of Sendmail's: at once after the final dot it logs `from=`."
QUEUE_RUN = 10.0
"Seconds for the queue run of one message; where it fails again, Sendmail logs nothing more."
KEPT_HERE = re.compile(r"mailer=(local|prog|\*file\*|\*include\*)")
"Delivered, but not to a next hop."
TRY_LATER = re.compile(r"relay=[^,]*\[[^,]*, .*\breply=4\d\d.*stat=Deferred")
"The next hop itself answered 4xx: greylisting, for one."
QUEUED = re.compile(r"\bstat=queued\b")
"DeliveryMode: it waits for a queue run."
LEAVES = 3.0
"Seconds for a message that was sent to leave the queue."
UNSEEN = "What becomes of mail cannot be seen. Have syslog write the mail log, then prove again."
LOGGED = 8
"LogLevel from which on Sendmail logs a delivery."
STAT = re.compile(r"\bstat=(.*)$")


class Message(Struct):
    """One message under way."""

    proof_id: str
    address: str
    "Of the port that took it."
    queue_id: str
    message_id: str
    lines: list[str] = []
    "What became of it: its `to=` lines."
    faults: list[str] = []
    "Sendmail's own faults with it: its SYSERR lines."
    run_asked: float = 0.0
    "When a queue run for it alone was asked for, by the monotonic clock; 0: it was not."
    sent_at: float = 0.0
    "When the log first said that it was sent, by the same."
    waits: bool = False
    "It was still in the queue when it was last looked for there."


class Following:
    """All the messages of a round."""

    def __init__(self, proving: Proving) -> None:
        self._p = proving
        self._open: list[Message] = []
        self._queue: tuple[str, ...] = ()

    def add(self, proof_id: str, talk: Talk) -> None:
        """A message that the relay took."""
        where = talk.endpoint.address
        self._open.append(Message(proof_id, where, talk.queue_id, talk.message_id))

    def run(self) -> None:
        """Tell of each as soon as its end is known; none is waited for longer than DELIVERY.

        Deferred is the end too: the next try is a queue run away, and the relay waits on us.
        """
        level = self._p.cf().option("LogLevel", "9")
        if level.isdigit() and int(level) < LOGGED:
            self._unlogged(level)
        if self._open:  # a queue may be a link in a directory that is the account's
            paths = paths_of(queue_of(self._p.host, self._p.cf()))
            self._queue = tuple(map(self._p.host.resolve, paths))
        begun = time.monotonic()
        deadline = begun + DELIVERY
        while self._open and time.monotonic() < deadline:
            self._p.emit(ProcessTable(0, time.time(), mail_processes(self._p.host)))
            log = self._p.of_round.lines()
            self._open = [one for one in self._open if not self._ended(one, log)]
            if time.monotonic() > begun + SILENCE and not self._logged(log):
                self._unseen()
            if self._open:
                time.sleep(0.2)
        for one in self._open:
            self._lost(one)
        self._open = []

    def _logged(self, log: list[str]) -> bool:
        """Whether the log tells of any of the messages, be it only that it came."""
        names = [name for one in self._open for name in (one.queue_id, one.message_id) if name]
        return any(name in line for line in log for name in names)

    def _unseen(self) -> None:
        """Nobody writes this log, or Sendmail does not: that says nothing of the messages."""
        source = self._p.of_round.source
        reason = f"not one line of Sendmail's about them in {source} for {SILENCE:.0f} s"
        for one in self._open:
            title = f"A whole message reached the next hop: {one.address}"
            told = (f"{one.queue_id or one.message_id} was taken", reason)
            self._p.prove(one.proof_id, Outcome.UNKNOWN, title, told, UNSEEN)
        self._open = []

    def _unlogged(self, level: str) -> None:
        """Nothing is waited for that will not be logged."""
        reason = f"LogLevel is {level}: Sendmail logs a delivery from {LOGGED} on"
        for one in self._open:
            title = f"Unproven: a whole message through {one.address}"
            told = (f"{one.queue_id or one.message_id} was taken", reason)
            self._p.prove(one.proof_id, Outcome.SKIPPED, title, told)
        self._open = []

    def _ended(self, one: Message, log: list[str]) -> bool:
        """Whether it was told how this message ended."""
        one.queue_id = one.queue_id or _by_message_id(log, one.message_id)
        if not one.queue_id:
            return False
        one.lines = of_message(log, one.queue_id)
        one.faults = [line for line in log if _says(line, one.queue_id, "SYSERR(")]
        sent = next((x for x in one.lines if "stat=Sent" in x), "")
        sent = "" if KEPT_HERE.search(sent) else sent
        if sent and self._waits(one):
            return False
        if sent and not one.waits:
            title = f"A whole message reached the next hop: {one.address}"
            self._tell(one, Outcome.PASS, title, sent)
            return True
        later = next((x for x in one.lines if TRY_LATER.search(x)), "")
        if later:
            asked = "Unproven: the next hop was reached and asked to try later"
            self._tell(one, Outcome.SKIPPED, f"{asked}: {one.address}", later)
            return True
        waits = one.lines and QUEUED.search(one.lines[-1]) and not one.faults
        if not one.lines or (waits and self._runs(one)):
            return False
        self._lost(one)
        return True

    def _waits(self, one: Message) -> bool:
        """Whether the queue still has it for a moment: what was sent has left it.

        Any user of this host may write into the log, and queue ids show in every ps.
        """
        names = (f"{path}/qf{one.queue_id}" for path in self._queue)
        one.waits = any(self._p.host.state(name).exists for name in names)
        one.sent_at = one.sent_at or time.monotonic()
        return one.waits and time.monotonic() < one.sent_at + LEAVES

    def _runs(self, one: Message) -> bool:
        """A queue run for this message alone: where all mail waits for one, so does this."""
        if not one.run_asked:
            one.run_asked = time.monotonic()
            self._p.host.probe(Command((self._p.platform.sendmail, f"-qI{one.queue_id}")))
        return time.monotonic() < one.run_asked + QUEUE_RUN

    def _tell(self, one: Message, outcome: Outcome, title: str, line: str) -> None:
        told = (f"{one.address}  {one.queue_id}  {_relayed(line)}", line)
        self._p.prove(one.proof_id, outcome, title, told)

    def _lost(self, one: Message) -> None:
        nothing = f"{one.queue_id or one.message_id}: nothing in {self._p.of_round.source}"
        waits = (f"{one.queue_id} still waits in the queue",) if one.waits else ()
        self._p.prove(
            one.proof_id,
            Outcome.FOUND,
            f"A whole message reached the next hop: {one.address}",
            (*one.faults[-2:], *one.lines[-3:], *waits) or (nothing,),
            f"The relay accepted the message and did not pass it on. {UNDO}",
        )


def of_message(log: list[str], queue_id: str) -> list[str]:
    """What became of the recipients of this very message, by its id and by nothing else."""
    return [x for x in log if _says(x, queue_id, "to=") and STAT.search(x)]


def _says(line: str, queue_id: str, begin: str) -> bool:
    if queue_id not in line:  # most lines of a busy relay
        return False
    told = parts(line)
    return told.queue_id == queue_id and told.said.startswith(begin)


def _by_message_id(log: list[str], message_id: str) -> str:
    """The queue id that the log names with our Message-ID, where the relay's reply did not."""
    named = f"msgid={message_id},"
    mine = (parts(line) for line in log if named in f"{line},")
    return next((one.queue_id for one in mine if one.said.startswith("from=")), "")


def _relayed(line: str) -> str:
    """`relay=... stat=Sent (...)` of a log line."""
    found = re.search(r"relay=[^,]*", line)
    stat = STAT.search(line)
    return f"{found.group(0) if found else ''} {stat.group(0) if stat else ''}".strip()
