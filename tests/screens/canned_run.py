"""What the rehearsal's run tells: the events of a good, a failing and an undone migration."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from tests.screens import canned_plan
from wizard.events import (
    Armed,
    Certificate,
    Event,
    JournalRecord,
    MailSession,
    OpState,
    Outage,
    Output,
    PhaseChanged,
    ProcessTable,
    Progress,
    Proof,
    Sessions,
    SmtpLine,
)
from wizard.model import Outcome, Phase, Process
from wizard.plans import Op, SetMetaTree

START = 1_795_332_601.0
NOW = START + 68.0
"The frozen clock of the tests: a minute into the proof."
DEADLINE = NOW + 552.0
_NOT_BACK = "/etc/mail/mailertable.db: group sendmail instead of smmsp: I/O error [sda1]"
_DIGEST = canned_plan.plan().digest

TIMER = "stepdown-unless-confirmed.timer"
OPEN = (
    MailSession(31240, "mx3.example.org [192.0.2.77]", "DATA", 12.0),
    MailSession(31207, "relay7.example.net [2001:db8:53::c:25]", "cmd read", 48.2),
    MailSession(31251, "", "startup", 0.4),
)
MANIFEST = "3c9d5e8a" * 8
LEFT = (
    "/etc/mail/access.db: edited after the switch; what was there lies in the run's directory as"
    " displaced-access.db",
    "/etc/mail/sendmail.cf.old: has two links and was left alone",
)

TELNET = (
    (True, "telnet 127.0.0.1 25"),
    (False, "220 relay1.example.net ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2"),
    (True, "EHLO relay1.example.net"),
    (False, "250-relay1.example.net Hello localhost [127.0.0.1], pleased to meet you"),
    (False, "250-ENHANCEDSTATUSCODES"),
    (False, "250-PIPELINING"),
    (False, "250 STARTTLS"),
    (True, "MAIL FROM:<postmaster@relay1.example.net>"),
    (False, "250 2.1.0 <postmaster@relay1.example.net>... Sender ok"),
    (True, "RCPT TO:<probe@example.net>"),
    (False, "250 2.1.5 <probe@example.net>... Recipient ok"),
    (True, "DATA"),
    (False, '354 Enter mail, end with "." on a line by itself'),
    (True, "."),
    (False, "250 2.0.0 6AM6gMHq031878 Message accepted for delivery"),
    (True, "QUIT"),
    (False, "221 2.0.0 relay1.example.net closing connection"),
)
ROWS = (
    Process(1628, 1, "root", (0, 0, 0), "sendmail: MTA: accepting connections"),
    Process(1634, 1, "smmsp", (108, 108, 108), "sendmail: Queue runner@00:20:00 for clientmqueue"),
    Process(
        31878, 1628, "sendmail", (988, 988, 988), "sendmail: server localhost [127.0.0.1] cmd read"
    ),
    Process(
        31902, 1, "sendmail", (988, 988, 988), "sendmail: 6AM6gMHq031878 hub.example.net: DATA"
    ),
)
DETAIL = (
    "uid  988 988 988 988     gid  988 988 988 988",
    "groups 988     capabilities none",
)
PROOFS = (
    (
        "child.identity",
        "The child at 127.0.0.1:25 is unprivileged, for good",
        "uids 988, groups 988",
    ),
    ("message.relayed", "A whole message reached the next hop", "6AM6gMHq031878 → hub.example.net"),
    ("ehlo.offers", "EHLO offers what it offered before", "STARTTLS  SIZE  DSN  PIPELINING"),
    ("milters.answer", "The milters answer as before", "milter-greylist  250"),
    ("master.root", "The master is root, as the article expects", "1628 accepting connections"),
    ("delivery.identity", "Mail is handed on by the account", "31902: uids 988, groups 988"),
    ("maps.open", "The account can open every map", "14 maps, 2 class files"),
    ("keys.usable", "The account can use its key", "/etc/mail/tls/relay.key  root:sendmail 0640"),
    ("queue.waiting", "Mail from before the switch is being delivered", "3 of 3 tried by sendmail"),
    ("queue.owned", "Every queue entry is the account's", "41,207 entries"),
    ("account.escape", "Nothing that root reads or runs is the account's to write", "212 paths"),
    ("guard.in-place", "The guard is in its place", "/usr/local/sbin/stepdown-guard"),
    ("log.clean", "The log stays clean", "watching: 48 s, 0 troubling lines"),
)


class _Teller:
    """Numbers and times the events."""

    def __init__(self, start: float = START) -> None:
        self._seq = count(1)
        self.time = start

    def at(self, pause: float) -> tuple[int, float]:
        self.time += pause
        return next(self._seq), self.time

    def phase(self, phase: Phase, message: str = "", deadline: float = 0.0) -> PhaseChanged:
        return PhaseChanged(*self.at(0.05), phase, message, deadline)

    def op(self, step: str, index: int, state: OpState, message: str = "") -> JournalRecord:
        seconds = 0.0 if state in (OpState.INTENT, OpState.UNDOING) else 0.04
        at = self.at(0.04)
        return JournalRecord(*at, _DIGEST, step, index, state, message=message, seconds=seconds)

    def done(self, step: str, index: int, op: Op) -> Iterator[Event]:
        yield self.op(step, index, OpState.INTENT)
        if isinstance(op, SetMetaTree):
            for entries in (*range(0, 41_208, 5_151), 41_207):
                yield Progress(*self.at(0.21), step, min(entries, 41_207), 41_207)
            yield Output(*self.at(0.01), step, "41,207 entries, 2 with several links left alone")
        if step == "switch.reload" and index == 0:
            yield Outage(*self.at(0.01), 0.0, False)
            yield Outage(*self.at(0.02), 0.019, True)
        if step == "account.group":
            yield Output(*self.at(0.01), step, "groupadd: done [gid 988]")
        yield self.op(step, index, OpState.DONE)


def applying(until: str = "") -> Iterator[Event]:
    """All steps, or those up to and into the named one."""
    tell = _Teller()
    yield tell.phase(Phase.CONFIRMED)
    yield tell.phase(Phase.APPLYING)
    yield Armed(*tell.at(0.01), START + 600, TIMER)
    for step in canned_plan.plan().steps:
        for index, op in enumerate(step.ops):
            for event in tell.done(step.id, index, op):
                state = getattr(event, "state", None)
                if step.id == until and state is OpState.DONE:
                    return
                yield event
                if step.id == until and isinstance(event, Progress) and event.done > 23_000:
                    return


def draining() -> Iterator[Event]:
    """Up to the drain, which waits for three sessions, of which one has ended since."""
    yield from applying("queue.first-pass")
    tell = _Teller(NOW - 18)
    for step in canned_plan.plan().steps[3:4]:
        yield tell.op(step.id, 0, OpState.DONE)
    yield tell.op("switch.drain", 0, OpState.INTENT)
    yield Sessions(*tell.at(0.01), "switch.drain", OPEN, 60.0)


def fewer() -> Iterator[Event]:
    """One of them is left, then none."""
    tell = _Teller(NOW - 2)
    yield Sessions(*tell.at(0.01), "switch.drain", OPEN[:1], 44.0)
    yield Sessions(*tell.at(2.0), "switch.drain", (), 42.0)
    yield tell.op("switch.drain", 0, OpState.DONE)


def proving(start: float = START + 20, failed: bool = False) -> Iterator[Event]:
    """A round of proofs."""
    tell = _Teller(start)
    for said in TELNET:
        yield SmtpLine(*tell.at(0.02), *said)
        if said[1].startswith("MAIL"):
            yield ProcessTable(*tell.at(0.01), ROWS[:3], 31878, DETAIL)
    yield ProcessTable(*tell.at(0.01), ROWS, 31878, DETAIL)
    for proof, title, evidence in PROOFS:
        if failed and proof == "maps.open":
            yield Proof(
                *tell.at(0.1),
                proof,
                Outcome.FOUND,
                "The account cannot read a map",
                ("/etc/mail/mailertable.db  root:smmsp 0640", "hash map [mailertable]: unsafe"),
                "Mail is accepted and then queued for ever. Undo now, or give the map's group"
                " to the account and verify again.",
            )
            continue
        yield Proof(*tell.at(0.1), proof, Outcome.PASS, title, (evidence,))


def proven(failed: bool = False) -> Iterator[Event]:
    """Applied, and a round of proofs."""
    yield from applying()
    yield _Teller(START + 19).phase(Phase.VERIFYING)
    yield from proving(failed=failed)


def good() -> Iterator[Event]:
    """Applied, proven, waiting to be kept."""
    yield from proven()
    tell = _Teller(START + 30)
    yield Armed(*tell.at(0.01), DEADLINE, TIMER)
    yield tell.phase(Phase.AWAITING_CONFIRMATION, "", DEADLINE)


def keeping() -> Iterator[Event]:
    """What follows a confirmation."""
    tell = _Teller(START + 60)
    yield Armed(*tell.at(0.01), 0.0)
    yield tell.phase(Phase.DONE, "proven and kept")


def undoing(
    phase: Phase, message: str, code: int = 0, left: tuple[str, ...] = ()
) -> Iterator[Event]:
    """A rollback of everything."""
    tell = _Teller(START + 60)
    yield tell.phase(Phase.ROLLING_BACK, message)
    for step in reversed(canned_plan.plan().steps):
        for index in reversed(range(len(step.ops))):
            yield tell.op(step.id, index, OpState.UNDOING)
            yield tell.op(step.id, index, OpState.UNDONE)
    yield certificate(tell.time, left)
    yield Armed(*tell.at(0.01), 0.0)
    yield PhaseChanged(*tell.at(0.05), phase, message, 0.0, code)


def certificate(at: float, exceptions: tuple[str, ...] = ()) -> Certificate:
    """All is as it was, but for these."""
    after = "e41b7c02" * 8 if exceptions else MANIFEST
    path = "/var/lib/stepdown/runs/20261122T073001Z-7f3a9c1e/certificate.txt"
    return Certificate(1, at, MANIFEST, after, 1_412, exceptions, path)


def undone(left: tuple[str, ...] = ()) -> Iterator[Event]:
    """Applied, a proof failed, rolled back, but for these."""
    yield from proven(failed=True)
    yield from undoing(Phase.ROLLED_BACK, "Verification failed", 5, left)


def stuck() -> Iterator[Event]:
    """A rollback that a person must finish."""
    yield from applying("maps.group")
    tell = _Teller(START + 19)
    yield tell.op("maps.group", 1, OpState.FAILED, "/etc/mail/mailertable.db: I/O error [sda1]")
    yield tell.phase(Phase.ROLLING_BACK, "a step failed")
    for index in (1, 0):
        yield tell.op("config.run-as-user", index, OpState.UNDOING)
        yield tell.op("config.run-as-user", index, OpState.UNDONE)
    yield Output(*tell.at(0.1), "maps.group", "could not give /etc/mail back: I/O error")
    yield Certificate(*tell.at(0.1), MANIFEST, "b7e1" * 16, 1_412, (_NOT_BACK,))
    told = "/etc/mail/mailertable.db could not be given back: I/O error [sda1]"
    yield PhaseChanged(*tell.at(0.05), Phase.NEEDS_ATTENTION, told, 0.0, 6)
