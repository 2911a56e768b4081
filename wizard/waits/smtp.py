"""Waiting for a port: that it answers, or that nobody listens on it any more."""

from __future__ import annotations

import socket
import time

from wizard.host.base import HostWriter
from wizard.probes.outage import listening, listening_pids
from wizard.waits.base import GRACE, Talk, until

BORN = 1.0
"Seconds that may have passed since the SIGHUP."


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


def daemon_anew(pid_file: str, timeout: float, host: HostWriter, talk: Talk) -> bool:
    """Wait until the pid file was written since the SIGHUP, just before.

    The file alone is looked at: the daemon needs the processor now, and clients wait for it.
    """
    since = time.time() - BORN
    path = host.resolve(pid_file)
    return until(timeout, lambda: host.state(path).mtime_ns > since * 1e9, talk)


def port_closed(address: str, timeout: float, host: HostWriter, talk: Talk) -> bool:
    """Wait until nobody listens on the address; then end a Sendmail that still does.

    systemd loses sight of a daemon whose start was interrupted, and `stop` then stops nothing.
    """

    def closed() -> bool:
        return not listening(host, address)

    if until(timeout, closed):
        return True
    pids = listening_pids(address)
    for process in host.processes():
        if process.pid in pids and process.title.startswith("sendmail: "):
            talk.say(f"asks to end: {process.pid} {process.title}")
            host.end_process(process.pid, process.started, force=False)
    return until(GRACE, closed)
