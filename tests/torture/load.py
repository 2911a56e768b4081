"""No mail lost: a load of unique messages through the relay while it is migrated and undone.

Clients come again where they are told to, as real ones do. Afterwards each message that was
accepted must be at the next hop: one that is not was lost. What came twice is counted and told;
SMTP allows it where a connection ends between the final dot and its answer.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine.relay import HOP, NOBODY_THERE, PLAN, QUEUE, Relay
from tests.torture.queues import many_queues
from wizard.lab.layout import HOP_ADDRESS
from wizard.lab.practice import Lab

INSIDE = Path(__file__).parent / "inside"
RESULTS = "/root/load"
SINK = f"{RESULTS}/arrived"
DRAIN = "5"
"Seconds: the load's own sessions never end by themselves."
EMPTY = 180.0
"Seconds for the queue to be empty after the load."
LATER = "later.example"
WAITING = 60
"Messages that wait in the queues from before the apply until after the rollback."
MANY = 2500
"Messages of each phase on the relay with several queue groups."


@dataclass
class Counted:
    """What became of the load of one phase."""

    phase: str
    accepted: int
    lost: tuple[str, ...]
    "Accepted and not delivered."
    left: tuple[str, ...]
    "In the queue for good."
    twice: int
    bounces: int
    again: dict[str, int] = field(default_factory=dict)
    "Why clients came again, and how often."
    seconds: float = 0.0

    def __str__(self) -> str:
        """A line, and one for each reason to come again."""
        rate = self.accepted / self.seconds if self.seconds else 0.0
        line = f"{self.phase}: {self.accepted:,} accepted ({rate:.0f}/s), {len(self.lost)} lost, "
        line += f"{len(self.left)} left in the queue, {self.twice} delivered twice, "
        line += f"{self.bounces} bounces"
        return "\n".join((line, *(f"    came again {n}x: {why}" for why, n in self.again.items())))

    @property
    def whole(self) -> bool:
        """Nothing lost, nothing stuck, nothing bounced."""
        return not (self.lost or self.left or self.bounces)


class Loaded:
    """A relay with a counting next hop."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._wait: frozenset[str] = frozenset()
        "Queue ids of those that have nowhere to go yet."
        relay.said("mkdir", "-p", RESULTS)
        for name in ("load_client.py", "load_sink.py"):
            relay.lab.write(f"{RESULTS}/{name}", (INSIDE / name).read_bytes())
        self._take_the_hops_place()

    def _take_the_hops_place(self) -> None:
        rows = self.relay.said("ps", "-eo", "pid=,args=").splitlines()
        for row in rows:
            if "wizard.lab.next_hop" in row:
                self.relay.said("kill", row.split()[0])
        argv = ["/usr/bin/python3", f"{RESULTS}/load_sink.py", HOP_ADDRESS, SINK]
        self.sink = self.relay.lab.popen(argv)
        self.relay.said("touch", SINK)

    def defer(self) -> None:
        """Messages that wait, until deliver_deferred()."""
        self.relay.route(LATER, NOBODY_THERE)
        self.relay.said("make", "-C", "/etc/mail")
        told, words = f"{RESULTS}/waits.json", (f"{RESULTS}/waits.stop", f"x@{LATER}")
        self.relay.said("touch", words[0])
        program = ("/usr/bin/python3", f"{RESULTS}/load_client.py")
        self.relay.said(*program, "waits", str(WAITING), "4", told, *words)
        self._wait = frozenset(row.split()[0][2:] for row in self._waiting())
        assert len(self._wait) >= WAITING, "a message did not wait"

    def deliver_deferred(self) -> Counted:
        """They have somewhere to go: each has to arrive."""
        self.relay.route(LATER, HOP)
        self.relay.said("make", "-C", "/etc/mail")
        self._wait = frozenset()
        told = json.loads(self.relay.lab.read(f"{RESULTS}/waits.json"))
        return self._counted("waits", told, 0.0)

    @contextmanager
    def under(self, phase: str, count: int, workers: int) -> Iterator[list[Counted]]:
        """A load meanwhile, of at least so many messages; what became of it is in the list."""
        result, stop = f"{RESULTS}/{phase}.json", f"{RESULTS}/{phase}.stop"
        program = f"{RESULTS}/load_client.py"
        words = (phase, str(count), str(workers), result, stop)
        found: list[Counted] = []
        begun = time.monotonic()
        client = self.relay.lab.popen(["/usr/bin/python3", program, *words])
        time.sleep(1.0)
        try:
            yield found
        finally:
            self.relay.said("touch", stop)
            client.wait(1800)
        seconds = time.monotonic() - begun
        found.append(self._counted(phase, json.loads(self.relay.lab.read(result)), seconds))

    def _counted(self, phase: str, told: dict[str, object], seconds: float) -> Counted:
        left = self._emptied()
        rows = [row.split() for row in self.relay.lab.read(SINK).decode().splitlines()]
        arrived = Counter(name for name, kind in rows if kind == "mail")
        accepted = told["accepted"]
        again = told["again"]
        assert isinstance(accepted, list) and isinstance(again, dict)
        return Counted(
            phase,
            len(accepted),
            tuple(name for name in accepted if not arrived[name]),
            left,
            sum(number - 1 for name, number in arrived.items() if name.startswith(f"{phase}-")),
            sum(kind == "bounce" for _name, kind in rows),
            again,
            seconds,
        )

    def _emptied(self) -> tuple[str, ...]:
        """Run the queue until nothing waits; what stays after EMPTY seconds."""
        end = time.monotonic() + EMPTY
        while waiting := self._waiting():
            if time.monotonic() > end:
                return waiting
            self.relay.said("sendmail", "-q", code=None)
            time.sleep(1.0)
        return ()

    def _waiting(self) -> tuple[str, ...]:
        kind = ("-type", "f", "-name", "[qQht]f*")
        argv = ("find", "-L", QUEUE, *kind, "-printf", "%f %u %m\\n")
        rows = self.relay.said(*argv).splitlines()
        return tuple(row for row in rows if row.split()[0][2:] not in self._wait)


def loaded(
    lab: Lab, switch: str, count: int, workers: int = 8, *, many: bool = False
) -> list[Counted]:
    """Apply under load, then roll back under load, in this very lab.

    many: with several queue groups, and messages that wait in them meanwhile and come at last.
    """
    relay = Relay(lab)
    if many:
        many_queues(relay)
    load = Loaded(relay)
    if many:
        load.defer()
    relay.make_plan("--switch", switch, "--drain", DRAIN)
    counted = []
    with load.under(f"apply-{switch}", count, workers) as found:
        relay.expect(0, "apply", PLAN, "--yes")
    counted += found
    with load.under(f"rollback-{switch}", count, workers) as found:
        relay.expect(0, "rollback", "--yes")
    counted += found
    if many:
        counted.append(load.deliver_deferred())
    load.sink.kill()
    load.sink.wait()
    return counted


def main(seed: int, count: int = 10_000) -> int:
    """Both switches, `count` messages during each phase. 0 where nothing was lost.

    Then both once more with fewer, with several queue groups.
    """
    del seed
    wrong = 0
    for many in (False, True):
        for switch in ("restart", "reload"):
            wrong += _one(switch, min(count, MANY) if many else count, many=many)
    return wrong


def _one(switch: str, count: int, *, many: bool) -> int:
    """How many of its phases went wrong."""
    if many:
        print("several queue groups:", flush=True)
    with Lab.open("relay", init="script") as lab:
        counted = loaded(lab, switch, count, many=many)
    for one in counted:
        print(one, flush=True)
    return sum(not one.whole for one in counted)


if __name__ == "__main__":
    sys.exit(main(0, *map(int, sys.argv[1:])))
