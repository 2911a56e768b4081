"""A migrated relay whose own tools are let loose on it, as the permanence tests drive it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.engine.relay import Relay
from wizard.lab.boot import PYTHON, PYTHON_ENVIRONMENT

PACKAGES = "/opt/packages"
QUIET = ("env", "DEBIAN_FRONTEND=noninteractive")
GUARD = "/usr/local/sbin/stepdown-guard"
OURS = (
    *(GUARD, "/usr/local/sbin/newaliases", "/etc/mail/GNUmakefile"),
    *("/etc/dpkg/dpkg.cfg.d/stepdown", "/etc/cron.d/stepdown-guard"),
    *(f"/etc/systemd/system/stepdown-guard.{kind}" for kind in ("path", "timer", "service")),
    "/etc/systemd/system/multi-user.target.wants/stepdown-guard.path",
    "/etc/systemd/system/timers.target.wants/stepdown-guard.timer",
)


@dataclass
class Migrated:
    """A migrated relay, and how often something was tried on it."""

    relay: Relay
    uid: str
    tried: int = 0

    def sh(self, script: str, code: int | None = 0) -> str:
        """A line as an admin types it."""
        return self.relay.said("/bin/sh", "-c", script, code=code)

    def add(self, table: str, line: str) -> None:
        """A line at the end of a table, as an editor leaves it: text only."""
        self.sh(f"printf '%s\\n' '{line}' >> /etc/mail/{table}")

    def send(self, sender: str, to: str, code: int = 0) -> str:
        """One message through port 25; returns its subject."""
        self.tried += 1
        subject = f"permanence {self.tried}"
        words = (*PYTHON, "wizard.lab.observe", "send", sender, to, subject)
        done = self.relay.lab.run(words, env=PYTHON_ENVIRONMENT)
        assert (done.returncode == 0) == (code == 0), done.stderr.decode()
        return subject

    def arrives(self, to: str, as_who: str, sender: str = "alice@example.com") -> str:
        """Send to one address and see it arrive at the next hop for another; the sender then."""
        subject = self.send(sender, to)
        assert self.relay.relayed(subject)
        wanted = f"Subject: {subject}".encode()
        got = next(one for one in self.relay.lab.messages() if wanted in one.content)
        assert got.rcpt_tos == (as_who,)
        return got.mail_from

    def still_migrated(self) -> None:
        """It relays, its child is the account, /etc/mail is root's, and verify proves it."""
        self.arrives("someone@example.org", "someone@example.org")
        child = self.relay.serving_child()
        assert child["Uid"].split() == [self.uid] * 4
        mail = self.relay.lab.manifest("/etc/mail")
        for path, entry in mail.items():
            assert str(entry.owner) != self.uid, path
            assert entry.kind == "symlink" or not entry.mode & 0o022, path
        told = self.relay.document(0, "verify")
        assert told["verdict"] == "proven"

    def settled(self, within: float = 20.0) -> None:
        """Wait until the guard has nothing to put right; it has to be called by itself."""
        end = time.monotonic() + within
        while (left := self.sh(f"{GUARD} --check", code=None)) and time.monotonic() < end:
            time.sleep(0.3)
        assert left == ""

    def put_right(self) -> list[str]:
        """What the guard has told the log so far."""
        log = self.relay.lab.read("/var/log/mail.log").decode()
        return [line for line in log.splitlines() if "stepdown: put right" in line]

    def told_more_than(self, before: list[str], within: float = 5.0) -> bool:
        """Whether the guard tells the log of more, within so many seconds."""
        end = time.monotonic() + within
        while (now := self.put_right()) == before and time.monotonic() < end:
            time.sleep(0.2)
        return len(now) > len(before)


def migrate(relay: Relay) -> Migrated:
    """There, and proven."""
    relay.make_plan()
    relay.apply()
    return Migrated(relay, relay.said("id", "-u", "sendmail").strip())
