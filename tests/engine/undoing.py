"""undo.sh as an admin would run it: on a relay where neither Python nor stepdown can be started."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import CompletedProcess

from tests.engine.relay import Relay

RUNS = "/var/lib/stepdown/runs"


def place_of_latest(relay: Relay) -> str:
    """The directory of the newest run."""
    return f"{RUNS}/{relay.said('ls', RUNS).split()[-1]}"


@contextmanager
def without_python(relay: Relay) -> Iterator[None]:
    """No Python can be started in the lab meanwhile."""
    names = "find -L /usr/bin /usr/local/bin /opt -name 'python3*' -type f -perm /111"
    found = relay.said("sh", "-c", f"{names} 2>/dev/null; true").split()
    own = [path for path in found if path.startswith("/usr/bin/")]
    relay.said("chmod", "a-x", *own)
    try:
        assert relay.lab.run(["/usr/bin/python3", "-c", ""]).returncode != 0
        yield
    finally:
        relay.said("chmod", "a+x", *own)


def undo(relay: Relay, code: int = 0) -> str:
    """`sh undo.sh` of the newest run, with nothing in its environment; what it told."""
    script = f"{place_of_latest(relay)}/undo.sh"
    with without_python(relay):
        done = relay.lab.run(["/usr/bin/env", "-i", "/bin/sh", script])
    text = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == code, text
    return text


def killed(relay: Relay, words: tuple[str, ...], line: str) -> CompletedProcess[bytes]:
    """`stepdown WORDS`, its engine killed as soon as the journal holds the line.

    Fails where it ended before. The engine's own pid is in the lock.
    """
    before = set(relay.said("sh", "-c", f"ls {RUNS} 2>/dev/null; true").split())
    client = relay.lab.popen(["stepdown", *words], stdout=-3, stderr=-3)
    try:
        end = time.monotonic() + 60
        fresh = "rollback" in words
        while not fresh or not _holds(relay, line):
            fresh = fresh or set(_runs(relay)) != before
            assert time.monotonic() < end, f"{line} never came"
        pid = relay.said("cut", "-d", " ", "-f", "3", "/var/lib/stepdown/lock").strip()
        assert pid, "the run had ended before"
        return relay.lab.run(["kill", "-KILL", pid])
    finally:
        client.wait(60)


def _runs(relay: Relay) -> list[str]:
    return relay.said("sh", "-c", f"ls {RUNS} 2>/dev/null; true").split()


def _holds(relay: Relay, line: str) -> bool:
    path = f"{place_of_latest(relay)}/journal.jsonl"
    return relay.lab.run(["grep", "-q", "-e", line, path]).returncode == 0
