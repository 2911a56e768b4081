"""The MTA's children at work: whose they are, with whom they speak, and what they are at.

Sendmail tells it in the titles of its processes (conf.c, sm_setproctitle); where a system shows no
titles, the process's own connection tells the peer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from msgspec import Struct

from wizard.events import MailSession
from wizard.facts.daemons import BINARIES, is_sendmails
from wizard.host.base import HostReader, Unreadable
from wizard.model import Process
from wizard.waits.peers import peer_of

TITLED = "sendmail: "
RECEIVING = ("DATA", "BDAT")
"States in which a message is on its way in, and not yet answered."
WAITING = "cmd read"
"The state of a child that waits for its client's next command."
STARTUP = "startup"
"The state of a child that has not stepped down yet, whatever its cf says."
_NOT_AT_WORK = re.compile(r"\b(?:accepting|rejecting) connections\b|\bQueue (?:runner@|control\b)")
_PREFIX = re.compile(r"^sendmail: (?:[A-Za-z][\w.-]*: )?")
_SERVER = re.compile(r"^server (?P<peer>.+) cmd read$")
_STARTUP = re.compile(r"^startup with (?P<peer>.+)$")
_RUNNING = re.compile(r"^running queue: (?P<queue>\S+)")
_ENTRY = re.compile(r"^(?P<id>\S+)(?: (?P<peer>[^:\s]\S*(?: \[[^\]]*\])?.*?))?: (?P<state>.+)$")


class Whose(Struct, frozen=True):
    """Which children are meant."""

    uids: frozenset[int]
    queues: tuple[str, ...] = ()
    "The MTA's, in which its processes live: another instance's are not meant. None: any."

    @staticmethod
    def of(subject: str) -> Whose:
        """From an operation's subject: `997 /var/spool/mqueue`. Root's are always meant."""
        uid, _blank, queues = subject.partition(" ")
        return Whose(frozenset({0, int(uid)}), tuple(queues.split(":")) if queues else ())


def at_work(host: HostReader, whose: Whose) -> list[Process]:
    """Children that serve a session, deliver or run the queue; no masters, no idle runners."""
    return [one for one in host.processes(binaries=BINARIES) if _at_work(host, one, whose)]


def _at_work(host: HostReader, process: Process, whose: Whose) -> bool:
    if process.uids[1] not in whose.uids or not is_sendmails(process):
        return False
    if not process.title.startswith(TITLED):
        return bool(peer_of(host, process.pid))
    if not busy(process.title):
        return False
    return lives_in(host, process, whose.queues) is not False


def busy(title: str) -> bool:
    """Whether the title is of a child at work; a master's, an idle runner's and none are not."""
    return title.startswith(TITLED) and not _NOT_AT_WORK.search(title)


def lives_in(host: HostReader, process: Process, queues: tuple[str, ...]) -> bool | None:
    """Whether it works in one of these queues and on this host; None where that cannot be seen.

    An MTA's working directory is its queue. A submission's, run by root, is the client's queue.
    """
    try:
        place = host.state(f"/proc/{process.pid}/cwd").target
        ours = host.state("/proc/1/ns/pid").target
        its = host.state(f"/proc/{process.pid}/ns/pid").target
    except Unreadable:
        return None
    if not place:
        return None
    if ours and its and ours != its:
        return False
    return not queues or any(place == one or place.startswith(one + "/") for one in queues)


def told(host: HostReader, processes: Iterable[Process]) -> tuple[MailSession, ...]:
    """Each of them for a person, the oldest first."""
    now = time.time()
    ordered = sorted(processes, key=lambda one: (one.started, one.pid))
    return tuple(_told(host, one, now) for one in ordered)


def _told(host: HostReader, process: Process, now: float) -> MailSession:
    peer, state = read_title(process.title)
    peer = peer or peer_of(host, process.pid)
    return MailSession(process.pid, peer, state, max(0.0, now - process.started))


def state_of(process: Process) -> str:
    """What it is at, by its title."""
    return read_title(process.title)[1]


def read_title(title: str) -> tuple[str, str]:
    """Peer and state. Of a command only the verb is kept: AUTH's line holds a password."""
    if not title.startswith(TITLED):
        return "", ""
    text = _PREFIX.sub("", title)
    if found := _SERVER.match(text):
        return found["peer"], WAITING
    if found := _STARTUP.match(text):
        return found["peer"], STARTUP
    if found := _RUNNING.match(text):
        return "", f"running queue {found['queue']}"
    if found := _ENTRY.match(text):
        state = found["state"].strip()
        own = state.startswith(("client ", "from queue", "user open"))
        return found["peer"] or "", state if own else state.split()[0].upper()
    return "", text.split(" ", 1)[0]
