"""Seeds a fault on a migrated relay, asks `stepdown verify`, and puts everything back."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.engine.relay import GUARD_WATCHES, PLAN, PROBE, QUEUE, Relay
from tests.faults.fault import Effect, Fault, Foreseen, Seeded

LOG = "/var/log/mail.log"
LIBRARY_PATH = "/root/library.sh"
KEPT = "/root/kept"
GUARD = "stepdown-guard.path stepdown-guard.timer stepdown-guard.service"
LIBRARY = f"""
set -e
account() {{ setpriv --reuid=sendmail --regid=sendmail --clear-groups -- "$@"; }}
not() {{ if "$@"; then return 1; fi; }}
keep() {{
    rm -rf {KEPT}; mkdir -p {KEPT}/files; touch {KEPT}/meta {KEPT}/absent {KEPT}/paths
    for path; do
        if [ ! -e "$path" ]; then printf '%s\n' "$path" >> {KEPT}/absent; continue; fi
        printf '%s\n' "$path" >> {KEPT}/paths
        getfacl -p -- "$path" >> {KEPT}/meta
        if [ -f "$path" ] && [ ! -L "$path" ]; then
            mkdir -p "{KEPT}/files$(dirname "$path")"; cp -a -- "$path" "{KEPT}/files$path"
        fi
    done
}}
give_back() {{
    while IFS= read -r path; do rm -rf -- "$path"; done < {KEPT}/absent
    while IFS= read -r path; do
        chattr -ia -- "$path" || true
        if [ -f "{KEPT}/files$path" ]; then
            cp -a --remove-destination -- "{KEPT}/files$path" "$path"
        fi
    done < {KEPT}/paths
    setfacl --restore={KEPT}/meta
}}
pid() {{ head -1 /run/sendmail/mta/sendmail.pid; }}
reload() {{
    touch /root/before; kill -HUP $(pid)
    for turn in $(seq 200); do
        if [ -n "$(find /run/sendmail/mta/sendmail.pid -newer /root/before)" ]; then return 0; fi
        sleep 0.02
    done
    return 1
}}
"""


class Bench:
    """A migrated relay with one message waiting, and how it looked when it was healthy."""

    def __init__(self, relay: Relay, owner: str) -> None:
        """owner: of the queue and all in it."""
        self.relay = relay
        self.owner = owner
        self.waiting = self._entries()
        relay.lab.write(LIBRARY_PATH, LIBRARY.encode())

    def _entries(self) -> set[str]:
        return set(self.relay.said("ls", QUEUE).split())

    @property
    def qf(self) -> str:
        """The control file of the message that waits."""
        return next(f"{QUEUE}/{name}" for name in self.waiting if name.startswith("qf"))

    def shell(self, lines: str) -> str:
        """Run shell lines with the library; fails unless they end with 0."""
        return self.relay.said("/bin/bash", "-c", self._lines(lines))

    def _lines(self, lines: str) -> str:
        return f". {LIBRARY_PATH}; " + lines.replace("{qf}", self.qf)

    def has(self, effect: Effect) -> bool:
        """Whether the harm is there, waited for a moment."""
        end = time.monotonic() + 3
        while True:
            if self._has(effect):
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.1)

    def _has(self, effect: Effect) -> bool:
        if callable(effect):
            return effect(self.relay)
        return self.relay.lab.run(["/bin/bash", "-c", self._lines(effect)]).returncode == 0

    @contextmanager
    def seeded(self, fault: Seeded) -> Iterator[None]:
        """The relay with the fault; healed again, and what it left in queue and log removed."""
        size = self.shell(f"stat -c %s {LOG}").strip()
        touched = [path.replace("{qf}", self.qf) for path in fault.touches]
        hold = f"systemctl stop {GUARD}; " if fault.held else ""
        self.shell(f"{hold}keep {shlex.join(touched)}")
        try:
            self._do(fault.seed)
            if fault.reloads:
                self.shell("reload")
            yield
        finally:
            self._heal(fault, size)

    def _do(self, act: object) -> None:
        if callable(act):
            act(self.relay)
        elif act:
            self.shell(str(act))

    def _heal(self, fault: Seeded, size: str) -> None:
        self.shell("give_back")
        self._do(fault.heal)
        if fault.reloads:
            self.shell("reload")
        left = self._entries() - self.waiting
        paths = shlex.join(f"{QUEUE}/{name}" for name in left)
        watch = GUARD_WATCHES if fault.held else ""
        own = f"chown -R {self.owner} {QUEUE}"  # a run by root has written entries anew
        self.shell(f"truncate -s {size} {LOG}; rm -rf -- {paths}; {own}; {watch}")

    def verify(self, *, probes: bool = True) -> tuple[int, dict[str, Any]]:
        """`stepdown verify --json`: its exit code and its document."""
        done = self.relay.stepdown("verify", "--json", *(PROBE if probes else ()))
        assert done.returncode in (0, 1), (done.stdout + done.stderr).decode()
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return done.returncode, found


def failing(document: dict[str, Any]) -> dict[str, str]:
    """What does not hold: id, and all that is told of it."""
    return {
        row["id"]: "\n".join((row["outcome"], row["title"], *row["evidence"], row["meaning"]))
        for row in document["results"]
        if row["outcome"] not in ("pass", "skipped")
    }


def assert_healthy(bench: Bench) -> None:
    """Proven, and nothing that was found or could not be seen."""
    code, document = bench.verify()
    assert failing(document) == {}
    assert (code, document["verdict"]) == (0, "proven")


def assert_named(bench: Bench, fault: Fault) -> None:
    """Seed it, see its harm, and see that verify fails with the right proof, naming the thing."""
    with bench.seeded(fault):
        assert bench.has(fault.effect), "the seed did no harm"
        code, document = bench.verify(probes=fault.probes)
    told = failing(document)
    assert (code, document["verdict"]) == (1, "failed"), told
    assert set(fault.proofs) <= set(told), told
    assert not fault.unknown or all(told[one].startswith("unknown") for one in fault.proofs), told
    text = "\n".join(told[proof] for proof in fault.proofs)
    for name in (one.replace("{qf}", bench.qf) for one in fault.names):
        assert name in text, text


def migrated(relay: Relay) -> Bench:
    """Carry out the change on a relay that has one message waiting."""
    relay.queue_waiting("waits since before the change")
    relay.make_plan()
    relay.apply()
    return Bench(relay, "sendmail:sendmail")


def not_migrated(relay: Relay) -> Bench:
    """A relay as Debian has it, with one message waiting."""
    relay.queue_waiting("waits since before the change")
    return Bench(relay, relay.said("stat", "-c", "%U:%G", QUEUE).strip())


def assert_ready(bench: Bench) -> None:
    """Nothing blocks, and it can be planned."""
    done = bench.relay.stepdown("check", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"]) == (0, "ready"), blocking(told)
    bench.relay.make_plan()


def blocking(document: dict[str, Any]) -> dict[str, str]:
    """What blocks: id, and all that is told of it."""
    rows = document["results"]
    severe = ("overridable", "blocker")
    return {
        row["id"]: "\n".join((row["title"], *row["evidence"], row["why"], row["remedy"]))
        for row in rows
        if row["severity"] in severe or row["outcome"] in ("unknown", "crashed")
    }


def assert_foreseen(bench: Bench, fault: Foreseen) -> None:
    """Seed it, and see that the check blocks, naming the thing; the plan where it is asked too."""
    with bench.seeded(fault):
        done = bench.relay.stepdown("check", "--json", *fault.choices)
        told = blocking(json.loads(done.stdout))
        if fault.choices:
            refused = bench.relay.expect(3, "plan", "-o", PLAN, *PROBE, *fault.choices)
            assert fault.finds in refused
    assert done.returncode == 3
    assert fault.finds in told, told
    for name in (one.replace("{qf}", bench.qf) for one in fault.names):
        assert name in told[fault.finds], told[fault.finds]
