"""The timer in a practice relay: what is done to the run meanwhile, and how late it was undone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from subprocess import DEVNULL
from typing import Any

from tests.engine.relay import PLAN, Relay, Whole

RUNS = "/var/lib/stepdown/runs"
KEPT_BY = (
    "/etc/systemd/system/stepdown-unless-confirmed.timer",
    "/etc/systemd/system/stepdown-unless-confirmed.service",
    "/etc/systemd/system/timers.target.wants/stepdown-unless-confirmed.timer",
    "/etc/systemd/system/multi-user.target.wants/stepdown-unless-confirmed.service",
    "/etc/cron.d/stepdown-unless-confirmed",
)
ON_A_TERMINAL = """
import os, pty, sys, time
pid, master = pty.fork()
if not pid:
    os.execvp(sys.argv[1], sys.argv[1:])
while not os.path.exists("/root/hang-up"):
    os.set_blocking(master, False)
    try:
        os.read(master, 65536)
    except BlockingIOError:
        time.sleep(0.05)
os.unlink("/root/hang-up")
os.close(master)
print(os.waitpid(pid, 0)[1])
"""
"A session on a terminal of its own, whose other side closes as when SSH is cut."


@dataclass(frozen=True)
class Lateness:
    """One case, measured."""

    case: str
    init: str
    """systemd or script."""
    fired: float
    """Seconds from the deadline, or from a kill or the end of a boot that came after it, until the
    rollback had begun and had said so in the journal."""
    undone: bool
    """The host is as it was before the apply."""
    code: int
    """That the run's last phase tells."""
    message: str
    allowed: float = 2.0
    """Seconds within which it has to fire."""

    def line(self) -> str:
        """For a person."""
        same = "as before" if self.undone else "NOT as before"
        return f"{self.init:8} {self.case:34} {self.fired:6.2f} s late, host {same}: {self.message}"


class Run:
    """One apply that nobody confirms, followed from outside."""

    def __init__(self, relay: Relay, minutes: float) -> None:
        self.relay = relay
        self.minutes = minutes
        self.before: Whole
        self.run = ""
        self.killed = 0.0
        """When its engine was, seconds since the epoch: until then it is at work."""

    def journal(self) -> list[dict[str, Any]]:
        """All events so far, but for one that is being written or was cut short by a kill."""
        text = self.relay.said("cat", f"{RUNS}/{self.run}/journal.jsonl", code=None)
        whole = (x for x in text.splitlines() if x.startswith("{") and x.endswith("}"))
        return [json.loads(line) for line in whole]

    def phases(self) -> list[dict[str, Any]]:
        """The phases so far."""
        return [one for one in self.journal() if one["type"] == "phase"]

    def phase(self) -> str:
        """The last phase; empty before the first."""
        found = self.phases()
        return str(found[-1]["phase"]) if found else ""

    @property
    def deadline(self) -> float:
        """The last one that was set."""
        armed = [one["deadline"] for one in self.journal() if one["type"] == "armed"]
        return float(next(one for one in reversed(armed) if one))

    def start(self, *, terminal: bool = False) -> None:
        """`stepdown apply` in a session of its own, left alone; returns once it has a run."""
        self.relay.make_plan()
        self.before = self.relay.whole()
        known = len(self.relay.runs())
        words = ["stepdown", "apply", PLAN, "--yes", "--confirm-within", f"{self.minutes:g}"]
        if terminal:
            words = ["/usr/bin/python3", "-c", ON_A_TERMINAL, *words]
        told = ["/bin/sh", "-c", 'exec "$@" >/root/apply.log 2>&1', "sh", *words]
        self.front = self.relay.lab.popen(told, stdout=DEVNULL, stderr=DEVNULL)
        until(lambda: len(self.relay.runs()) > known or self.front.poll() is not None, 120)
        assert len(self.relay.runs()) > known, self.relay.lab.read("/root/apply.log").decode()
        self.run = str(self.relay.runs()[-1]["run"])

    def come_to(self, phase: str) -> None:
        """Wait for a phase."""
        until(lambda: self.phase() == phase, 180)

    def come_to_step(self, step: str) -> None:
        """Wait until a step is at work."""
        until(lambda: any(one.get("step") == step for one in self.journal()), 120)

    def signal_engine(self, signal: str) -> None:
        """To the engine process itself."""
        self.relay.said("pkill", f"-{signal}", "-f", "wizard.engine_proces[s]")
        self.killed = time.time() if signal == "KILL" else self.killed

    def kill_both(self) -> None:
        """SIGKILL of wizard and engine."""
        self.kill_front()
        self.signal_engine("KILL")

    def kill_front(self) -> None:
        """The wizard, at once."""
        self.front.kill()
        self.front.wait(30)

    def undone(self) -> None:
        """Wait until it has ended, nothing of the timer is left, and the front is gone."""
        ended = ("rolled-back", "needs-attention")
        until(lambda: self.phase() in ended and not self.kept(), 240)
        if self.front.poll() is None:
            self.front.kill()
        self.front.wait(30)

    def kept(self) -> list[str]:
        """What of the timer is on the host."""
        return sorted(self.relay.lab.manifest(*KEPT_BY))

    def measured(self, case: str, since: float = 0.0, allowed: float = 2.0) -> Lateness:
        """How late it was. since: when the host was up again. allowed: seconds."""
        began = [one["time"] for one in self.phases() if one["phase"] == "rolling-back"]
        last = self.phases()[-1]
        return Lateness(
            case,
            self.relay.lab.init,
            began[0] - max(self.deadline, self.killed, since),
            self.relay.whole() == self.before,
            int(last["code"]),
            str(last["message"]),
            allowed,
        )

    def booted(self) -> float:
        """When the latest boot was through, seconds since the epoch."""
        if self.relay.lab.init == "systemd":
            words = ("show", "--value", "--timestamp=us+utc", "--property=FinishTimestamp")
            told = self.relay.said("date", "-d", self.relay.said("systemctl", *words), "+%s.%N")
            return float(told)
        return float(self.relay.said("stat", "-c", "%.Y", "/run/stepdown-lab/booted"))


def until(what: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for it. Fails where it does not happen."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def hang_up(relay: Relay) -> Lateness:
    """The terminal is gone: SIGHUP to its session. The engine itself undoes it."""
    run = Run(relay, 0.1)
    run.start(terminal=True)
    run.come_to("awaiting-confirmation")
    relay.said("touch", "/root/hang-up")
    run.undone()
    return run.measured("SIGHUP of the terminal")


def kill_both(relay: Relay) -> Lateness:
    """SIGKILL of wizard and engine while the change waits to be confirmed."""
    run = Run(relay, 0.1)
    run.start()
    run.come_to("awaiting-confirmation")
    run.kill_both()
    run.undone()
    return run.measured("SIGKILL of wizard and engine")


def kill_early(relay: Relay) -> Lateness:
    """SIGKILL of both as soon as anything was changed: the cheapest case."""
    run = Run(relay, 0.07)
    run.start()
    run.come_to_step("account-group")
    run.kill_both()
    assert run.kept(), "the timer was there before the first change"
    run.undone()
    return run.measured("SIGKILL after the first change")


def kill_while_applying(relay: Relay) -> Lateness:
    """SIGKILL of both while the relay is down."""
    run = Run(relay, 0.3)
    run.start()
    run.come_to_step("service-stop")
    run.kill_both()
    run.undone()
    return run.measured("SIGKILL in the switch")


def stop_engine(relay: Relay) -> Lateness:
    """An engine that is stopped answers nobody: it is ended, five seconds later."""
    run = Run(relay, 0.1)
    run.start()
    run.come_to("awaiting-confirmation")
    run.signal_engine("STOP")
    run.undone()
    return run.measured("SIGSTOP of the engine (5 s given)", allowed=7.0)


def without_python(relay: Relay) -> Lateness:
    """SIGKILL of both, and no Python any more: the plain script undoes it."""
    run = Run(relay, 0.1)
    run.start()
    run.come_to("awaiting-confirmation")
    run.kill_both()
    python = relay.said("readlink", "-f", "/usr/bin/python3").strip()
    relay.said("chmod", "a-x", python)
    gone = "import sys; sys.exit(1)"
    assert relay.lab.run(["/usr/bin/python3", "-c", gone]).returncode == 126
    time.sleep(max(0.0, run.deadline - time.time()))
    ended = ("/bin/sh", "-c", f"grep -q rolled-back {RUNS}/{run.run}/journal.jsonl")
    until(lambda: relay.lab.run(ended).returncode == 0, 120)
    relay.said("chmod", "a+x", python)
    run.undone()
    return run.measured("SIGKILL of both, no Python any more")


def reboot_before(relay: Relay) -> Lateness:
    """The host boots again before the deadline."""
    run = Run(relay, 0.5)
    run.start()
    run.come_to("awaiting-confirmation")
    relay.lab.reboot()
    assert time.time() < run.deadline, "the deadline is still ahead"
    run.undone()
    return run.measured("a reboot, the deadline ahead")


def reboot_after(relay: Relay) -> Lateness:
    """The deadline passes while the host is down."""
    run = Run(relay, 0.1)
    run.start()
    run.come_to("awaiting-confirmation")
    run.kill_both()
    if relay.lab.init == "systemd":
        units = (f"stepdown-unless-confirmed.{kind}" for kind in ("timer", "service"))
        relay.said("systemctl", "stop", *units)
    else:
        relay.said("/etc/init.d/cron", "stop")
        relay.said("pkill", "-KILL", "-f", "unless-confirme[d]")
    time.sleep(max(0.0, run.deadline - time.time()))
    assert run.phase() == "awaiting-confirmation", "nothing is there to undo it"
    relay.lab.reboot()
    run.undone()
    return run.measured("a reboot, the deadline passed", run.booted())


def reboot_meanwhile(relay: Relay) -> Lateness:
    """The host shuts down in the middle of the rollback: the next boot ends it."""
    run = Run(relay, 0.1)
    run.start()
    run.come_to("awaiting-confirmation")
    run.kill_both()
    run.come_to("rolling-back")
    relay.lab.reboot()
    run.undone()
    return run.measured("a reboot during the rollback")


CASES: tuple[Callable[[Relay], Lateness], ...] = (
    hang_up,
    kill_early,
    kill_both,
    kill_while_applying,
    stop_engine,
    without_python,
    reboot_before,
    reboot_after,
    reboot_meanwhile,
)
"Each leaves the relay as it found it."
