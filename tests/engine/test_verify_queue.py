"""Processes, queue and files in use of a migrated relay: proven, or named by what is wrong."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.engine.relay import GUARD_WATCHES, PROBE, QUEUE, Relay
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

PROVEN = (
    *("master.root", "delivery.identity", "runner.identity", "msp.runner", "msp.queue"),
    *("queue.owned", "queue.run", "queue.waiting", "queue.new", "queue.writable"),
    *("maps.open", "aliases.open", "classes.read", "files.readable", "status.files"),
    *("pid.file", "log.clean"),
)
MANY = 20_000

Rows = dict[str, dict[str, Any]]


class Migrated:
    """A migrated relay on which one message waits since before the switch."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        relay.queue_waiting("waits since before the change")
        relay.make_plan()
        self.told = relay.apply()
        self.qf = next(x for x in relay.said("ls", QUEUE).split() if x.startswith("qf"))

    def verified(self, *words: str) -> Rows:
        """The proofs by their ids."""
        done = self.relay.stepdown("verify", "--json", *words)
        assert done.returncode in (0, 1), (done.stdout + done.stderr).decode()
        return {row["id"]: row for row in json.loads(done.stdout)["results"]}

    @contextmanager
    def doing(self, seed: str, heal: str) -> Iterator[None]:
        """A fault that the guard does not put right at once, and what takes it back."""
        self.guard("systemctl stop stepdown-guard.path stepdown-guard.timer")
        try:
            self.shell(seed)
            yield
        finally:
            self.shell(heal)

    def guard(self, line: str) -> None:
        """A line about the guard's units, run where there is systemd."""
        if self.relay.lab.init == "systemd":
            self.relay.said("/bin/sh", "-ec", line)

    def shell(self, lines: str) -> str:
        """Shell lines with $Q, $qf and $df."""
        names = f"Q={QUEUE}; qf=$Q/{self.qf}; df=$Q/d{self.qf[1:]}; "
        return self.relay.said("/bin/sh", "-ec", names + lines)


@pytest.fixture(scope="module")
def migrated() -> Iterator[Migrated]:
    with open_or_skip() as lab:
        yield Migrated(Relay(lab))


def told(row: dict[str, Any]) -> str:
    return "\n".join((row["outcome"], *row["evidence"]))


def test_all_is_proven_where_all_is_well(migrated: Migrated) -> None:
    rows = migrated.verified(*PROBE)
    assert {name: rows[name]["outcome"] for name in PROVEN} == dict.fromkeys(PROVEN, "pass")
    assert rows["keys.usable"]["outcome"] == "skipped"
    assert rows["control.socket"]["outcome"] == "skipped"
    assert migrated.qf[2:] in told(rows["queue.waiting"])
    assert re.search(r"ppid 1  sendmail: MTA: \S+ \S+: ", told(rows["delivery.identity"]))


def test_the_switch_itself_proves_what_waited_before_it(migrated: Migrated) -> None:
    after = migrated.told.partition("proven: Mail that waited is tried by the account")[2]
    assert migrated.qf[2:] in after.splitlines()[1]


def test_without_a_probe_nothing_is_said_to_be_proven_that_was_not_seen(migrated: Migrated) -> None:
    rows = migrated.verified()
    assert rows["queue.new"]["outcome"] in ("skipped", "pass")
    assert rows["runner.identity"]["outcome"] == "pass"
    assert {row["outcome"] for row in rows.values()} <= {"pass", "skipped"}


HOSTILE = r"""
import smtplib
client = smtplib.SMTP("127.0.0.1", 25, local_hostname="savemail.panic")
for words in ("HELO savemail panic", "GET /unsafe map file", "SYSERR(root): savemail panic"):
    client.docmd(words)
client.docmd("EHLO", "evil")
client.docmd('MAIL FROM:<"a, unsafe map file /x, Losing ./qf"@localhost>')
client.docmd('RCPT TO:<"savemail panic, collect: Cannot write"@example.org>')
client.docmd('RCPT TO:<"gatherq: cannot open"@not.here.example>')
client.docmd("DATA")
client.send("Message-ID: <savemail panic, cannot rename@x>\r\n")
client.send("Subject: unsafe map file\r\n\r\nx\r\n")
client.docmd(".")
client.quit()
"""
"What a hostile host may say, so that it be logged."


def test_a_hostile_host_makes_no_trouble(migrated: Migrated) -> None:
    migrated.relay.said("python3", "-c", HOSTILE)
    logged = migrated.shell("tail -n 20 /var/log/mail.log")
    assert "savemail panic" in logged
    assert "unsafe map file" in logged
    rows = migrated.verified()
    assert rows["log.clean"]["outcome"] == "pass", told(rows["log.clean"])
    assert "lines of trouble" not in told(rows["log.clean"])


FAULTS = {
    "a qf that is root's": (
        "chown root:root $qf; chmod 600 $qf",
        "chown sendmail:sendmail $qf; chmod 640 $qf",
        {"queue.owned": "never run", "queue.waiting": "never run"},
    ),
    "a qf of a third account": (
        "chown daemon $qf",
        "chown sendmail:sendmail $qf",
        {"queue.owned": "owner 1:", "queue.waiting": "owner 1:"},
    ),
    "a qf that others may write": (
        "chmod 666 $qf",
        "chmod 640 $qf",
        {"queue.owned": "forgery", "queue.waiting": "mode 0666"},
    ),
    "a df that is root's": (
        "chown root:root $df; chmod 600 $df",
        "chown sendmail:sendmail $df; chmod 640 $df; rm -f $Q/tf*",
        {"queue.owned": "cannot be read", "queue.run": "readqf: cannot open"},
    ),
    "a qf of root's where another file system brings in a queue": (
        "sed -i.kept 's,^O QueueDirectory=.*,&/q*,' /etc/mail/sendmail.cf; mkdir $Q/q1 $Q/q2; "
        "mount -t tmpfs none $Q/q2; echo V8 > $Q/q2/qf6AMDsMsI001449; chown sendmail: $Q/q?",
        "umount $Q/q2; rmdir $Q/q?; mv /etc/mail/sendmail.cf.kept /etc/mail/sendmail.cf",
        {"queue.owned": "/q2/qf6AMDsMsI001449  owner 0:0"},
    ),
    "a queue that is root's": (
        "chown root $Q",
        "chown sendmail $Q",
        {"queue.writable": "not sendmail's", "queue.run": "can not chdir"},
    ),
    "a queue that others may write": (
        "chmod 770 $Q",
        "chmod 700 $Q",
        {"queue.writable": "forge"},
    ),
    "a directory on the way that is closed": (
        "chmod o-x /var/spool",
        "chmod o+x /var/spool",
        {"queue.writable": "/var/spool  owner 0:0, mode 0754: closed to sendmail"},
    ),
    "a map of a group that the children drop": (
        "cd /etc/mail; chgrp smmsp mailertable.db; chmod 640 mailertable.db; "
        "usermod -aG smmsp sendmail",
        "gpasswd -d sendmail smmsp; chgrp sendmail /etc/mail/mailertable.db",
        {"maps.open": "in group smmsp, but the children drop all groups"},
    ),
    "a map that only an ACL opens": (
        "cd /etc/mail; chgrp root access.db; chmod 640 access.db; "
        "setfacl -m u:sendmail:r access.db",
        "setfacl -b /etc/mail/access.db; chgrp sendmail /etc/mail/access.db; "
        "chmod 640 /etc/mail/access.db",
        {"maps.open": "it has an ACL, but Sendmail looks at the mode bits only"},
    ),
    "a map directory that anybody may write": (
        "chmod o+w /etc/mail",
        "chmod o-w /etc/mail",
        {"maps.open": "World writable directory", "classes.read": "World writable directory"},
    ),
    "maps that ask a socket and a program out of reach": (
        "cp -a /etc/mail/sendmail.cf /root; mkdir -m 700 /run/asked; "
        "printf '#!/bin/sh\\n' > /run/asked/program; chmod 755 /run/asked/program; "
        "sed -i '/^Kmailertable/a Kasked socket local:/run/asked/socket\\n"
        "Krun program /run/asked/program' /etc/mail/sendmail.cf",
        "rm -r /run/asked; cp -a /root/sendmail.cf /etc/mail",
        {"maps.open": "map run: /run/asked  owner 0:0, mode 0700: closed to sendmail"},
    ),
    "aliases.db that is closed": (
        "chmod 600 /etc/mail/aliases.db",
        "chmod 644 /etc/mail/aliases.db",
        {"aliases.open": "reading text version"},
    ),
    "a class file that is gone": (
        "mv /etc/mail/local-host-names /root",
        "mv /root/local-host-names /etc/mail",
        {"classes.read": "local-host-names"},
    ),
    "a service switch that is closed": (
        "chmod 600 /etc/mail/service.switch",
        "chmod 644 /etc/mail/service.switch",
        {"files.readable": "sendmail may not read it"},
    ),
    "dead letters that are root's": (
        "chmod 600 /var/lib/sendmail/dead.letter",
        "chmod 660 /var/lib/sendmail/dead.letter",
        {"status.files": "DeadLetterDrop: /var/lib/sendmail/dead.letter"},
    ),
    "passwords that only group sasl may have checked": (
        "echo 'C{TrustAuthMech}PLAIN' > /root/auth; cp -a /etc/mail/sendmail.cf /root; "
        "cat /root/auth >> /etc/mail/sendmail.cf; mkdir -p /usr/lib/sasl2 /run/saslauthd; "
        "echo 'pwcheck_method: saslauthd' > /usr/lib/sasl2/Sendmail.conf; "
        "chmod 710 /run/saslauthd; python3 -c 'import socket; "
        'socket.socket(socket.AF_UNIX).bind("/run/saslauthd/mux")\'; '
        "chmod 777 /run/saslauthd/mux",
        "cp -a /root/sendmail.cf /etc/mail; rm -r /run/saslauthd /usr/lib/sasl2/Sendmail.conf",
        {"logins.work": "/run/saslauthd  owner 0:0, mode 0710: closed to sendmail"},
    ),
    "a pid file that names another": (
        "cp /run/sendmail/mta/sendmail.pid /root; echo 1 > /run/sendmail/mta/sendmail.pid",
        "cat /root/sendmail.pid > /run/sendmail/mta/sendmail.pid",
        {"pid.file": "names pid 1"},
    ),
    "the MSP's queue open to all": (
        "chmod o+rwx /var/spool/mqueue-client",
        "chmod o-rwx /var/spool/mqueue-client",
        {"msp.queue": "anybody may write"},
    ),
    "the MSP's queue run as the account": (
        "sed -i.kept 's/smmsp/sendmail/' /etc/cron.d/sendmail",
        "mv /etc/cron.d/sendmail.kept /etc/cron.d/sendmail",
        {"msp.runner": "/etc/cron.d/sendmail:"},
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named_by_its_proof(migrated: Migrated, fault: str) -> None:
    seed, heal, expected = FAULTS[fault]
    with migrated.doing(seed, heal):
        rows = migrated.verified()
    for name, words in expected.items():
        assert rows[name]["outcome"] == "found", told(rows[name])
        assert words in told(rows[name])
        assert rows[name]["meaning"]


def test_what_was_mended_is_proven_again_and_the_log_says_that_there_was_trouble(
    migrated: Migrated,
) -> None:
    migrated.guard(GUARD_WATCHES)
    rows = migrated.verified(*PROBE)
    assert {row["outcome"] for row in rows.values()} <= {"pass", "skipped"}
    assert "lines of trouble before these proofs, none since" in told(rows["log.clean"])


MANY_ENTRIES = f"""
import os, sys
queue, name = sys.argv[1:]
entry, data = (open(f"{{queue}}/{{kind}}{{name[2:]}}", "rb").read() for kind in ("qf", "df"))
owner = os.stat(f"{{queue}}/{{name}}")
for number in range({MANY}):
    for kind, content in (("qf", entry), ("df", data)):
        path = f"{{queue}}/{{kind}}6AA000{{number:08}}"
        with open(path, "wb") as stream:
            stream.write(content)
            os.fchown(stream.fileno(), owner.st_uid, owner.st_gid)
            os.fchmod(stream.fileno(), 0o640)
"""


def test_a_large_queue_is_walked_and_never_run(migrated: Migrated) -> None:
    said = migrated.relay.said
    said("python3", "-c", MANY_ENTRIES, QUEUE, migrated.qf)
    lines = "wc -l < /var/log/mail.log"
    before = int(migrated.shell(lines))
    try:
        begun = time.monotonic()
        rows = migrated.verified(*PROBE)
        took = time.monotonic() - begun
        with migrated.doing("chown root $Q/qf6AA00000019*", ":"):
            broken = migrated.verified()
    finally:
        said("find", QUEUE, "-name", "?f6AA000*", "-delete")
    tries = migrated.shell(f"tail -n +{before + 1} /var/log/mail.log | grep -c later.example")
    assert rows["queue.owned"]["outcome"] == rows["queue.waiting"]["outcome"] == "pass"
    assert "and 995 more" in told(broken["queue.owned"])
    assert int(tries) <= 3 * 3, "only a few entries are tried"
    assert took < 30
