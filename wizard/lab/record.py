"""`make recorded`: record the practice relay and one whole run on it.

The bundle opens anywhere, read only (`stepdown review`); the run's plan and journal are what the
screenshots are drawn from. Nothing here is written by hand.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wizard.lab.practice import Lab

PROBE = "hostmaster@example.org"
STATE = "/var/lib/stepdown/runs"
SLOW = """
import smtplib, time
with smtplib.SMTP("127.0.0.1", 25, "mx.example.com", 60) as client:
    client.ehlo()
    client.mail("alice@example.com")
    client.rcpt("hostmaster@example.org")
    client.docmd("DATA")
    client.send(b"Subject: a slow client\\r\\n\\r\\n")
    print("in DATA", flush=True)
    time.sleep(12)
    client.send(b"A message that took its time.\\r\\n.\\r\\n")
    client.getreply()
"""
"A client that is in the middle of its message when the relay is about to stop."


def record(directory: Path) -> None:
    """Write relay.json, and plan.json and journal.jsonl of a run that is kept, then undone."""
    directory.mkdir(parents=True, exist_ok=True)
    with Lab.open("relay", progress=lambda text: print(text, file=sys.stderr)) as lab:
        _run(lab, ["stepdown", "capture", "-o", "/root/relay.json"])
        _run(lab, ["stepdown", "plan", "--probe-to", PROBE, "-o", "/root/plan.json"])
        with (
            _slow_client(lab),
            lab.popen(
                ["stepdown", "apply", "/root/plan.json", "--yes", "--confirm-within", "10"],
                stdout=subprocess.PIPE,
            ) as applying,
        ):
            assert applying.stdout is not None
            for line in applying.stdout:
                if b"Keep it:" in line:
                    _run(lab, ["stepdown", "confirm"])
        _run(lab, ["stepdown", "rollback", "--yes"])
        run = _run(lab, ["ls", STATE]).decode().split()[-1]
        kept = {
            "relay.json": "/root/relay.json",
            "run/plan.json": f"{STATE}/{run}/plan.json",
            "run/journal.jsonl": f"{STATE}/{run}/journal.jsonl",
        }
        for name, path in kept.items():
            place = directory / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(lab.read(path))


@contextmanager
def _slow_client(lab: Lab) -> Iterator[None]:
    """Somebody whom the drain has to wait for; in the middle of its message when this begins."""
    argv = ["/usr/bin/python3", "-c", SLOW]
    with lab.popen(argv, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        client.stdout.readline()
        yield


def _run(lab: Lab, argv: Sequence[str]) -> bytes:
    done = lab.run(argv)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(argv)}: {(done.stdout + done.stderr).decode()}")
    return done.stdout


if __name__ == "__main__":
    record(Path(sys.argv[1]))
