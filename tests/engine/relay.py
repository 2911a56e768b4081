"""A practice relay as the engine's tests drive and see it, by nothing that is under test.

Looks at /proc, at files and at what the next hop received; `stepdown` itself is only ever run as
a command, as an admin would run it.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from wizard.lab.boot import PYTHON, PYTHON_ENVIRONMENT
from wizard.lab.practice import Lab, ManifestEntry

SERVING = (Path(__file__).parent / "serving_child.py").read_text()
HOP = "esmtp:[127.0.0.2]"
NOBODY_THERE = "esmtp:[127.0.0.9]"
"A next hop on which nothing listens: mail for it waits in the queue."
QUEUE = "/var/spool/mqueue"
PLAN = "/root/plan.json"
PROBE = ("--probe-to", "x@example.org")
_UNITS = "stepdown-guard.path stepdown-guard.timer"
GUARD_WATCHES = f"systemctl reset-failed {_UNITS}; systemctl start {_UNITS}"
"""The guard's units started, the count of starts anew: systemd refuses a sixth within 10 s."""

Manifest = dict[str, ManifestEntry]


@dataclass(frozen=True)
class Whole:
    """All that a rollback must give back."""

    files: Manifest
    service: tuple[str, ...]
    accounts: str


class Relay:
    """One lab, driven from outside."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def said(self, *argv: str, code: int | None = 0) -> str:
        """Both streams of a command; fails unless it ends with the code (None: any)."""
        done = self.lab.run(argv)
        text = (done.stdout + done.stderr).decode(errors="replace")
        assert code is None or done.returncode == code, f"{argv}: {done.returncode}\n{text}"
        return text

    def stepdown(
        self, *words: str, env: dict[str, str] | None = None, user: str | None = None
    ) -> CompletedProcess[bytes]:
        """`stepdown WORDS` without a terminal."""
        return self.lab.run(["stepdown", *words], env=env, user=user)

    def expect(self, code: int, *words: str, env: dict[str, str] | None = None) -> str:
        """Both streams of `stepdown WORDS`; fails unless it ends with the code."""
        done = self.stepdown(*words, env=env)
        text = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode == code, f"stepdown {words} ended with {done.returncode}:\n{text}"
        return text

    def document(self, code: int, *words: str) -> dict[str, Any]:
        """The one JSON document of `stepdown WORDS --json`, its standard error empty."""
        done = self.stepdown(*words, "--json")
        assert done.returncode == code, (done.stdout + done.stderr).decode()
        assert done.stderr == b""
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    def make_plan(self, *choices: str) -> dict[str, Any]:
        """A plan at PLAN, and as JSON."""
        return dict(json.loads(self.planned(*choices).stdout))

    def planned(self, *choices: str) -> CompletedProcess[bytes]:
        """`stepdown plan -o PLAN --json` that has to succeed."""
        done = self.stepdown("plan", "--json", "-o", PLAN, *PROBE, *choices)
        assert done.returncode == 0, done.stderr.decode()
        return done

    def apply(self, code: int = 0) -> str:
        """`stepdown apply PLAN --yes`, to its end."""
        return self.expect(code, "apply", PLAN, "--yes")

    def rollback(self, code: int = 0) -> str:
        """`stepdown rollback --yes`, to its end."""
        return self.expect(code, "rollback", "--yes")

    def runs(self) -> list[dict[str, Any]]:
        """What `status` tells."""
        return list(self.document(0, "status")["runs"])

    def whole(self) -> Whole:
        """Everything that counts, at this moment."""
        accounts = self.said("getent", "passwd") + self.said("getent", "group")
        files = self.lab.manifest("/etc", QUEUE, "/var/spool/mqueue-client", "/var/lib/sendmail")
        return Whole(files, self.service(), accounts)

    def service(self) -> tuple[str, ...]:
        """The master's user and title, and the service manager's word where there is one."""
        rows = self.said("ps", "-eo", "user=,args=").splitlines()
        masters = [" ".join(row.split()) for row in rows if "accepting connections" in row]
        if self.lab.init == "systemd":
            masters.append(self.said("systemctl", "is-active", "sendmail", code=None).strip())
        return tuple(masters)

    def guard_sleeps(self) -> None:
        """Nobody watches any more, so that what a test breaks stays broken."""
        if self.lab.init == "systemd":
            units = (f"stepdown-guard.{kind}" for kind in ("path", "timer", "service"))
            self.said("systemctl", "stop", *units)
        else:
            self.said("rm", "/etc/cron.d/stepdown-guard")
            self.said("/usr/local/sbin/stepdown-guard", "--stop")

    def restart(self) -> None:
        """As an admin restarts Sendmail."""
        if self.lab.init == "systemd":
            self.said("systemctl", "restart", "sendmail")
        else:
            self.said("/etc/init.d/sendmail", "restart")

    def send(self, subject: str, to: str = "someone@example.org") -> None:
        """One message through port 25; fails unless the relay takes it."""
        words = (*PYTHON, "wizard.lab.observe", "send", "alice@example.com", to, subject)
        done = self.lab.run(words, env=PYTHON_ENVIRONMENT)
        assert done.returncode == 0, done.stderr.decode()

    def relayed(self, subject: str, within: float = 15.0) -> bool:
        """Whether the next hop has it, or gets it within so many seconds."""
        wanted = f"Subject: {subject}".encode()
        end = time.monotonic() + within
        while not any(wanted in one.content for one in self.lab.messages()):
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
        return True

    def relays(self, subject: str, to: str = "someone@example.org") -> bool:
        """Send one and see whether it arrives."""
        self.send(subject, to)
        return self.relayed(subject)

    def serving_child(self) -> dict[str, str]:
        """`/proc/PID/status` of the process that serves a connection, read while it does."""
        done = self.lab.run(["/usr/bin/python3", "-c", SERVING])
        assert done.returncode == 0, done.stderr.decode()
        lines = done.stdout.decode().splitlines()
        return {key: value.strip() for key, _colon, value in (x.partition(":") for x in lines)}

    def cf(self) -> str:
        """The live sendmail.cf."""
        return self.lab.read("/etc/mail/sendmail.cf").decode()

    def route(self, domain: str, mailer: str) -> None:
        """Edit the mailertable as an admin does, in place; the map is not rebuilt."""
        script = 'grep -v "^$1[[:space:]]" $3 > /root/table; printf "%s\\t%s\\n" "$1" "$2" '
        script += ">> /root/table; cat /root/table > $3"
        self.said("/bin/sh", "-c", script, "sh", domain, mailer, "/etc/mail/mailertable")

    def queue_waiting(self, subject: str) -> None:
        """A message that waits: its next hop answers to nobody."""
        self.route("later.example", NOBODY_THERE)
        self.said("make", "-C", "/etc/mail")
        self.send(subject, "x@later.example")
        assert self.deferred("later.example"), self.said("mailq", code=None)

    def run_queue(self) -> None:
        """One queue run, now."""
        self.said("sendmail", "-q")

    def deferred(self, domain: str, within: float = 10.0) -> bool:
        """Whether `mailq` shows a message for the domain that was tried in vain."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            listed = self.said("mailq", "-Ac", code=None) + self.said("mailq", code=None)
            if re.search(rf"Deferred[^\n]*\n\s+<?\S+@{domain}", listed):
                return True
            time.sleep(0.2)
        return False

    def queued(self) -> dict[str, list[str]]:
        """Each queue file's lines that make the message: no counters, times and states."""
        names = self.said("find", QUEUE, "-type", "f", "-printf", "%f\\n").split()
        files = {name: self.lab.read(f"{QUEUE}/{name}").decode("latin-1") for name in names}
        return {
            name: [x for x in text.splitlines() if name[0] == "d" or x[:1] not in "KNMIPFV"]
            for name, text in files.items()
        }
