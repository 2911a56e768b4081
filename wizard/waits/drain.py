"""Waiting for sessions in progress, and, where that was in vain, ending the last of them.

Nothing here can lose mail. What a child has answered with 250 is in the queue, on disk; a message
that it has not answered is the client's, who sends it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from wizard.host.base import HostReader, HostWriter
from wizard.model import Process
from wizard.plans import Await
from wizard.waits.base import GRACE, INTERVAL, Stopped, Talk, never
from wizard.waits.sessions import RECEIVING, WAITING, Whose, at_work, state_of, told

SHOWN = 40
"Sessions that are told one by one; a busy relay has hundreds, and the journal keeps each event."
EVERY = 1.0
"Seconds between two events of one wait in its first minute, EVERY_LATER after it."
EVERY_LATER = 5.0
SETTLED = 0.3
"Seconds between two events where the list changes."

Left = Callable[[], list[Process]]


def sessions_drained(op: Await, host: HostReader, talk: Talk) -> bool:
    """Wait until every session that is open now has ended; new ones may come, port 25 is open."""
    whose = Whose.of(op.subject)
    there = {_key(one) for one in at_work(host, whose)}

    def left() -> list[Process]:
        return [one for one in at_work(host, whose) if _key(one) in there] if there else []

    return _drained(host, op.timeout, left, talk)


def children_gone(op: Await, host: HostReader, talk: Talk) -> bool:
    """Wait until root has no child at work, the port being closed: as older plans have it."""
    whose = Whose(frozenset({0}))
    return _drained(host, op.timeout, lambda: at_work(host, whose), talk)


def messages_taken(op: Await, host: HostReader, talk: Talk) -> bool:
    """Wait until every message that is on its way in at this moment has been answered.

    Port 25 is closed meanwhile: whoever was let finish before, and did not, is not waited for.
    """
    whose = Whose.of(op.subject)
    since = time.time() - op.had if op.had else 0.0
    young = [one for one in at_work(host, whose) if one.started > since]
    receiving = {(_key(one), one.title) for one in young if _receives(one)}

    def left() -> list[Process]:
        if not receiving:
            return []
        return [one for one in at_work(host, whose) if (_key(one), one.title) in receiving]

    return _drained(host, op.timeout, left, talk)


def old_children_ended(op: Await, host: HostWriter, talk: Talk) -> bool:
    """Wait for root's children that are there now, the new daemon being up; then end them.

    A child that has not stepped down yet is one of them until it has. The relay answers meanwhile,
    so nobody has to hurry it; a child that loses its queue says 421. None may stay: it would be a
    root process that strangers speak to.
    """
    whose = Whose(frozenset({0}), Whose.of(op.subject).queues)
    there = {_key(one) for one in at_work(host, whose)}

    def left() -> list[Process]:
        return [one for one in at_work(host, whose) if _key(one) in there] if there else []

    patient = replace(talk, go_on=never)
    return _drained(host, op.timeout, left, patient) or end_all(host, left, talk)


def account_idle(op: Await, host: HostWriter, talk: Talk) -> bool:
    """Wait until no process of the uid is at anything; then ask the rest to end, then end them.

    A child that is asked to end leaves its message in the queue, so nothing is lost. One that only
    waits for its client's next command is not waited for: nobody's message is in its hands.
    """
    uid = int(op.subject)

    def left() -> list[Process]:
        return [one for one in host.processes(uids=(uid,)) if uid in one.uids]

    def at_something() -> list[Process]:
        return [one for one in left() if state_of(one) != WAITING]

    if not left():
        return True  # one look: the relay stands still meanwhile
    _drained(host, min(op.timeout, GRACE), at_something, talk)
    return end_all(host, left, talk)


def end_all(host: HostWriter, left: Left, talk: Talk) -> bool:
    """SIGTERM, and SIGKILL for what is there after GRACE seconds; False where some stay."""
    for force in (False, True):
        if not left():
            return True
        for one in told(host, left()):
            talk.say(f"{'ends' if force else 'asks to end'}: {one.pid} {one.peer} {one.state}")
        for process in left():
            host.end_process(process.pid, process.started, force=force)
        deadline = time.monotonic() + GRACE
        while left():
            if time.monotonic() >= deadline:
                break
            time.sleep(INTERVAL)
        else:
            return True
    return False


def _drained(host: HostReader, timeout: float, left: Left, talk: Talk) -> bool:
    """Tell what is left until nothing is, time is over, or the admin goes on. Raises Stopped."""
    board = _Board(host, talk)
    deadline = time.monotonic() + timeout
    while True:
        now, processes = time.monotonic(), left()
        over = now >= deadline or talk.go_on()
        board.show(processes, 0.0 if over else deadline - now, last=over or not processes)
        if not processes:
            return True
        if over:
            if now < deadline:
                talk.say("going on without them, as asked")
            return False
        if talk.stop():
            raise Stopped("stopped on request")
        time.sleep(INTERVAL)


class _Board:
    """Tells the list when it changes and now and then, never more often than can be read."""

    def __init__(self, host: HostReader, talk: Talk) -> None:
        self._host = host
        self._talk = talk
        self._shown: set[tuple[int, float]] | None = None
        self._at = self._begun = time.monotonic()

    def show(self, processes: list[Process], left: float, *, last: bool) -> None:
        """The sessions that are waited for; nothing where there never was one."""
        now, keys = time.monotonic(), {_key(one) for one in processes}
        if self._shown is None and not keys:
            return
        every = EVERY if now - self._begun < 60 else EVERY_LATER
        quiet = SETTLED if keys != self._shown else every
        if self._shown is not None and not last and now - self._at < quiet:
            return
        self._shown, self._at = keys, now
        rows = told(self._host, processes[:SHOWN])
        self._talk.show(rows, len(processes) - len(rows), left)


def _receives(process: Process) -> bool:
    return state_of(process) in RECEIVING


def _key(process: Process) -> tuple[int, float]:
    return process.pid, process.started
