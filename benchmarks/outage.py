"""How long nobody greets, 220 to 220: our switch beside a bare SIGHUP, or stop and start.

On the real relay of the lab, by a poller of 1 ms inside it, both in one run, with an empty and with
a long queue. The queue's entries are held ones (hf and df), so that no runner tries them meanwhile.

The queue is a tmpfs: the overlay that a lab lives on reads a directory of 200,000 names in one
system call, a seventh of a second long, in which a processor does nothing else. No file system that
a relay has its queue on does that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile

from benchmarks.frame import Row
from tests.engine.relay import PLAN, QUEUE, Relay
from wizard.lab.practice import Lab

SIZES = (0, 10_000, 100_000)
"Queue entries."
ROUNDS = 3
POLLER = Path(__file__).parent / "outage_poller.py"
PLACE, STOP = "/root/outage_poller.py", "/root/outage_poller.stop"
PID_FILE = "/var/run/sendmail/mta/sendmail.pid"
BARE = {
    "reload": f"kill -HUP $(head -1 {PID_FILE})",
    "restart": "/etc/init.d/sendmail stop; /etc/init.d/sendmail start",
}
"What an admin types instead."
DEMANDED = {"reload": 1.5, "restart": 1.2}
"Ours may be so many times as long at most."
OWN_FILE_SYSTEM = f"""
/etc/init.d/sendmail stop
owner=$(stat -c %u:%g {QUEUE}) mode=$(stat -c %a {QUEUE})
mount -t tmpfs -o size=2g,nr_inodes=0 tmpfs {QUEUE}
chown "$owner" {QUEUE}
chmod "$mode" {QUEUE}
/etc/init.d/sendmail start
"""
FILL = """
import os, sys, time
os.chdir(sys.argv[1])
owner = os.stat(".")
for n in range(int(sys.argv[2])):
    name = "6AMA%010d" % n
    text = "V8\\nT%d\\nK0\\nN0\\nP30000\\nqheld\\nS<a@example.com>\\nRPFD:<x@example.org>\\n.\\n"
    for kind, content in (("hf", text % time.time()), ("df", "held\\n")):
        with open(kind + name, "w") as stream:
            stream.write(content)
        os.chmod(kind + name, 0o600)
"""


def rows(room: Path) -> Iterator[Row]:
    """Ours and the bare one for each switch and queue."""
    del room
    for size in SIZES:
        with Lab.open("relay", init="script") as lab:
            relay = Relay(lab)
            relay.said("rm", "-f", STOP)
            lab.write(PLACE, POLLER.read_bytes())
            relay.said("/bin/sh", "-c", OWN_FILE_SYSTEM)
            relay.said("/usr/bin/python3", "-c", FILL, QUEUE, str(size))
            for switch in ("reload", "restart"):
                yield from _of(relay, switch, size)


def _of(relay: Relay, switch: str, size: int) -> Iterator[Row]:
    gaps: dict[str, list[float]] = {"apply": [], "rollback": [], "bare": []}
    relay.make_plan("--switch", switch)
    for _round in range(ROUNDS):
        began = time.monotonic()
        gaps["apply"].append(_gap(relay, lambda: relay.expect(0, "apply", PLAN, "--yes")))
        took = time.monotonic() - began
        gaps["rollback"].append(_gap(relay, lambda: relay.expect(0, "rollback", "--yes")))
        gaps["bare"].append(_gap(relay, partial(_bare, relay, switch, took)))
    bare = median(gaps["bare"])
    for what in ("apply", "rollback"):
        ours = median(gaps[what])
        verdict = "held" if ours <= DEMANDED[switch] * bare else "NOT held"
        at_most = f"at most {DEMANDED[switch]}x, {verdict}: {ours / bare:.2f}x"
        title = f"outage: {what} --switch {switch}, {size:,} entries"
        all_of = ", ".join(f"{one * 1000:.0f}" for one in gaps[what])
        yield Row(title, ours, bare, BARE[switch], note=f"{at_most}; each round: {all_of} ms")


def _bare(relay: Relay, switch: str, seconds: float) -> None:
    """It is watched for as long as ours: whatever else stops the machine counts for both."""
    until = time.monotonic() + seconds
    relay.said("/bin/sh", "-c", BARE[switch])
    time.sleep(max(1.0, until - time.monotonic()))


def _gap(relay: Relay, act: Callable[[], object]) -> float:
    """Seconds from 220 to 220, at most, while it acts."""
    relay.said("rm", "-f", STOP)
    with TemporaryFile() as told:
        poller = relay.lab.popen(["/usr/bin/python3", PLACE, STOP], stdout=told)
        time.sleep(0.5)
        act()
        relay.said("touch", STOP)
        poller.wait(60)
        told.seek(0)
        longest, _count = told.read().split()
    return float(longest)
