"""Waiting for the host, bounded: port 25 to answer, old sessions to end, an account to be idle."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from wizard.host.base import HostReader, HostWriter
from wizard.model import Process
from wizard.plans import Await, Condition
from wizard.probes.outage import listening, listening_pids

INTERVAL = 0.05
"Seconds between two looks."
GRACE = 10.0
"Seconds between SIGTERM and SIGKILL for an account's last processes."


def wait_for(op: Await, host: HostWriter, say: Callable[[str], None]) -> bool:
    """Wait as the operation says; False where time ran out."""
    if op.condition is Condition.SMTP_ANSWERS:
        return _until(op.timeout, lambda: smtp_answers(op.subject))
    if op.condition is Condition.NO_SENDMAIL_CHILDREN:
        return _children_gone(op, host, say)
    if op.condition is Condition.PORT_CLOSED:
        return port_closed(op.subject, op.timeout, host, say)
    return account_idle(int(op.subject), op.timeout, host, say)


def smtp_answers(address: str, timeout: float = 5.0) -> bool:
    """Whether `ADDRESS:PORT` greets with 220."""
    name, _colon, port = address.rpartition(":")
    try:
        with socket.create_connection((name.strip("[]"), int(port)), timeout) as connection:
            connection.settimeout(timeout)
            with connection.makefile("rwb") as stream:
                greeting: bytes = stream.readline()
                stream.write(b"QUIT\r\n")
                stream.flush()
                return greeting.startswith(b"220")
    except OSError:
        return False


def mta_processes(host: HostReader) -> list[Process]:
    """Sendmail's root processes: the master and children that have not stepped down."""
    return [p for p in host.processes() if p.title.startswith("sendmail: ") and p.uids[1] == 0]


def account_idle(uid: int, timeout: float, host: HostWriter, say: Callable[[str], None]) -> bool:
    """Wait until no process of the uid is left; then ask the rest to end, then end them.

    A child that is asked to end puts its message back into the queue, so nothing is lost.
    """

    def left() -> list[Process]:
        return [p for p in host.processes() if uid in p.uids]

    if _until(min(timeout, GRACE), lambda: not left()):
        return True
    for force in (False, True):
        for process in left():
            say(f"{'ends' if force else 'asks to end'}: {process.pid} {process.title}")
            host.end_process(process.pid, process.started, force=force)
        if _until(GRACE, lambda: not left()):
            return True
    return False


def port_closed(address: str, timeout: float, host: HostWriter, say: Callable[[str], None]) -> bool:
    """Wait until nobody listens on the address; then end a Sendmail that still does.

    systemd loses sight of a daemon whose start was interrupted, and `stop` then stops nothing.
    """

    def closed() -> bool:
        return not listening(host, address)

    if _until(timeout, closed):
        return True
    pids = listening_pids(address)
    for process in host.processes():
        if process.pid in pids and process.title.startswith("sendmail: "):
            say(f"asks to end: {process.pid} {process.title}")
            host.end_process(process.pid, process.started, force=False)
    return _until(GRACE, closed)


def _children_gone(op: Await, host: HostReader, say: Callable[[str], None]) -> bool:
    told: set[int] = set()

    def gone() -> bool:
        children = mta_processes(host)
        for child in children:
            if child.pid not in told:
                told.add(child.pid)
                say(f"still at work: {child.pid} {child.title}")
        return not children

    return _until(op.timeout, gone)


def _until(timeout: float, happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + timeout
    while not happened():
        if time.monotonic() >= deadline:
            return False
        time.sleep(INTERVAL)
    return True
