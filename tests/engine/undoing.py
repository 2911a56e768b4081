"""undo.sh as an admin would run it: on a relay where neither Python nor stepdown can be started."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.engine.relay import Relay

RUNS = "/var/lib/stepdown/runs"
NO_TIMER = """
[ ! -d /run/systemd/system ] || systemctl stop stepdown-unless-confirmed.service
pkill -KILL -f 'unless-confirme[d]$'; true
"""
"Ends what would go on with a rollback by itself; cron comes back within a minute."


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


def killed(relay: Relay, words: tuple[str, ...], line: str) -> None:
    """`stepdown WORDS`, its engine killed as soon as the journal holds the line.

    The timer, which would go on with a rollback, is ended before. Fails where it ended before.
    """
    before = _runs(relay)
    client = relay.lab.popen(["stepdown", *words], stdout=-3, stderr=-3)
    try:
        if "apply" in words:
            _until(lambda: _runs(relay) != before, "a new run")
        wait_for_line(relay, line)
        if "rollback" in words:
            relay.said("/bin/sh", "-c", NO_TIMER)
        relay.said("kill", "-KILL", engine_pid(relay))
    finally:
        client.wait(60)


def wait_for_line(relay: Relay, line: str) -> None:
    """Until the newest run's journal holds a line that matches."""
    path = f"{place_of_latest(relay)}/journal.jsonl"
    _until(lambda: relay.lab.run(["grep", "-q", "-e", line, path]).returncode == 0, line)


def engine_pid(relay: Relay) -> str:
    """Of whoever holds the lock; fails where nobody does."""
    pid = relay.said("cut", "-d", " ", "-f", "3", "/var/lib/stepdown/lock").strip()
    assert pid, "the run had ended before"
    return pid


def _until(happened: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < end, f"{what} never came"


def _runs(relay: Relay) -> list[str]:
    return relay.said("sh", "-c", f"ls {RUNS} 2>/dev/null; true").split()
