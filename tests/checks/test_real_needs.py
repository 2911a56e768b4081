"""What else needs root, and the jobs of a host, on real Sendmail.

What namespaces cannot show stands on paper facts alone: SELinux, AppArmor, a network file system.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from tests.checks.test_real_host import Judged, judge
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Lab

CF = "/etc/mail/sendmail.cf"
CONF = "/etc/mail/sendmail.conf"
ALIASES = "/etc/aliases"


@pytest.fixture(scope="module")
def relay() -> Iterator[Lab]:
    """One healthy relay, which each test puts right again."""
    with open_or_skip("relay") as lab:
        yield lab


def do(lab: Lab, script: str) -> str:
    done = lab.run(["/bin/sh", "-ec", script])
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@contextmanager
def changed(lab: Lab, path: str, old: bytes, new: bytes) -> Iterator[None]:
    before = lab.read(path)
    assert old in before
    lab.write(path, before.replace(old, new, 1))
    try:
        yield
    finally:
        lab.write(path, before)


def test_a_healthy_relay_needs_nothing_more(relay: Lab) -> None:
    judged = judge(relay)
    own = {
        key: result
        for key, result in judged.results.items()
        if key.startswith("needs.") or key == "relay.jobs"
    }
    assert {result[1] for result in own.values()} <= {None, "info"}
    assert own["needs.non-root-safe-addr"][1] == "info"
    assert "/usr/bin/procmail" in own["needs.local-software"][2]
    ground = ("mail-directory", "immutable", "selinux", "apparmor")
    assert {judged.results[f"host.{name}"][0] for name in ground} == {"pass"}
    assert judged.blocking() == {}


class Line(NamedTuple):
    """A change of the cf and what is said of it."""

    check_id: str
    severity: str
    old: bytes
    new: bytes
    evidence: str


LINES = (
    Line("needs.mailer-flags", "blocker", b"F=mDFMuXa,", b"F=mDFMuXaR,", "Mesmtp, P=[IPC]"),
    Line(
        "needs.mailer-flags",
        "warning",
        b"Msmtp,\t",
        b"Mfax,\t\tP=/usr/bin/faxmail, F=DFMhuS, A=faxmail -d $u\nMsmtp,\t",
        "Mfax, P=/usr/bin/faxmail, F=DFMhuS",
    ),
    Line(
        "needs.low-port",
        "blocker",
        b"#O ClientPortOptions",
        b"O ClientPortOptions=Family=inet, Port=1000\n#O ClientPortOptions",
        "O ClientPortOptions=Family=inet, Port=1000",
    ),
    Line(
        "needs.safe-file-environment",
        "warning",
        b"O SafeFileEnvironment=/",
        b"O SafeFileEnvironment=/srv/safe",
        "O SafeFileEnvironment=/srv/safe",
    ),
    Line(
        "needs.user-database",
        "overridable",
        b"#O UserDatabaseSpec",
        b"O UserDatabaseSpec=/etc/userdb\n#O UserDatabaseSpec",
        "O UserDatabaseSpec=/etc/userdb",
    ),
)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.check_id}-{line.severity}")
def test_a_line_of_the_cf(relay: Lab, line: Line) -> None:
    with changed(relay, CF, line.old, line.new):
        outcome, severity, evidence = judge(relay).results[line.check_id]
    assert (outcome, severity) == ("found", line.severity)
    assert line.evidence in evidence


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ((b"F=mDFMuXa,", b"F=mDFMuXaR,"), "cannot create socket: Permission denied"),
        (
            (b"#O ClientPortOptions", b"O ClientPortOptions=Port=1000\n#O ClientPortOptions"),
            "cannot bind socket",
        ),
    ],
)
def test_what_the_blockers_say_comes_true(new: tuple[bytes, bytes], says: str) -> None:
    with open_or_skip("relay") as lab:
        do(lab, "useradd -r -M -d /nonexistent smrun; chown -R smrun: /var/spool/mqueue")
        do(lab, "chmod 700 /var/spool/mqueue; chgrp -R smrun /etc/mail; chmod -R g+r /etc/mail")
        cf = lab.read(CF).replace(b"#O RunAsUser=sendmail", b"O RunAsUser=smrun:smrun")
        assert new[0] in cf
        lab.write(CF, cf.replace(new[0], new[1], 1))
        do(lab, "kill -HUP $(head -1 /run/sendmail/mta/sendmail.pid); sleep 1")
        before = len(lab.messages())
        do(lab, "echo hello | /usr/sbin/sendmail somebody@example.org; sleep 1")
        assert says in lab.read("/var/log/mail.log").decode()
        assert len(lab.messages()) == before


def test_a_queue_runner_of_its_own(relay: Lab) -> None:
    do(relay, "/usr/sbin/sendmail -L sm-que -q15m; sleep 0.5")
    try:
        found = judge(relay).results["needs.queue-runner"]
    finally:
        do(relay, "kill $(pgrep -f '[Q]ueue runner@00:15:00')")
    assert found[:2] == ("found", "overridable")
    assert "Queue runner@00:15:00 for /var/spool/mqueue" in found[2]


def test_the_queue_runner_that_debian_starts_beside_another_listener() -> None:
    with open_or_skip("relay") as lab:
        modes = ("DAEMON_MODE", "none"), ("QUEUE_MODE", "daemon")
        edits = ";".join(f's/^{name}=.*/{name}="{mode}";/' for name, mode in modes)
        do(lab, f"sed -i '{edits}' {CONF}; systemctl restart sendmail; sleep 1")
        found = judge(lab).results["needs.queue-runner"]
    assert found[:2] == ("found", "overridable")
    assert "/usr/sbin/sendmail-mta -Am -L sm-que -q10m" in found[2]


def test_the_runner_of_the_client_queue_is_fine(relay: Lab) -> None:
    do(relay, "/usr/sbin/sendmail -Ac -q20m; sleep 0.5; pgrep -f '[m]queue-client'")
    try:
        judged = judge(relay)
    finally:
        do(relay, "kill $(pgrep -f '[Q]ueue runner@00:20:00')")
    assert judged.results["needs.queue-runner"][0] == "pass"
    assert judged.results["needs.instances"][0] == "pass"


@pytest.mark.parametrize(
    ("queue", "severity"), [("/var/spool/mqout", "overridable"), ("/var/spool/mqueue", "blocker")]
)
def test_a_second_daemon(relay: Lab, queue: str, severity: str) -> None:
    edits = (
        f"s,^O QueueDirectory=.*,O QueueDirectory={queue},",
        "s,^O PidFile=.*,O PidFile=/run/sendmail/out.pid,",
        "s,Port=smtp,Port=2525,;s,Port=submission,Port=2587,",
        "s,^O ControlSocketName=.*,,",
    )
    do(relay, f"mkdir -p {queue}; sed '{';'.join(edits)}' {CF} > /etc/mail/out.cf")
    do(relay, "/usr/sbin/sendmail -C /etc/mail/out.cf -bd -q1h; sleep 0.5")
    try:
        found = judge(relay).results["needs.instances"]
    finally:
        do(relay, "kill $(head -1 /run/sendmail/out.pid); rm /etc/mail/out.cf; sleep 0.5")
    assert found[:2] == ("found", severity)
    assert f"/usr/sbin/sendmail -C /etc/mail/out.cf -bd -q1h  queue {queue}" in found[2]


def test_a_daemon_in_a_container_is_not_this_hosts(relay: Lab) -> None:
    edits = "s,Port=smtp,Port=2525,;s,Port=submission,Port=2587,;s,^O PidFile=.*,O PidFile=/tmp/p,"
    do(relay, f"sed '{edits}' {CF} > /etc/mail/out.cf")
    inside = "/usr/sbin/sendmail -C /etc/mail/out.cf -bd; exec sleep 60"
    started = f"setsid unshare -fp --kill-child --mount-proc sh -c '{inside}' >/dev/null 2>&1 &"
    do(relay, f"{started} echo $! > /run/container; sleep 1; pgrep -fc '[a]ccepting' | grep 2")
    try:
        found = judge(relay).results["needs.instances"]
    finally:
        do(relay, "kill $(cat /run/container); rm /run/container /etc/mail/out.cf; sleep 0.5")
    assert found[0] == "pass"


def test_a_unit_that_would_start_another_daemon(relay: Lab) -> None:
    unit = "/etc/systemd/system/out.service"
    line = "ExecStart=/usr/sbin/sendmail -C /etc/mail/out.cf -bd"
    do(relay, f"printf '[Service]\\n{line}\\n' > {unit}")
    try:
        found = judge(relay).results["needs.instances"]
    finally:
        do(relay, f"rm {unit}")
    assert found[:2] == ("found", "warning")
    assert found[2] == f"{unit}:2  {line}"


@pytest.mark.parametrize("path", ["/etc/mail/access", "/etc/mail"])
def test_an_immutable_file(relay: Lab, path: str) -> None:
    done = relay.run(["/usr/bin/chattr", "+i", path])
    if done.returncode != 0:
        pytest.skip(f"this file system has no attributes: {done.stderr.decode()}")
    try:
        found = judge(relay).results["host.immutable"]
    finally:
        do(relay, f"chattr -i {path}")
    assert found == ("found", "blocker", f"{path}  +i")


def test_a_read_only_mail_directory(relay: Lab) -> None:
    do(relay, "mount --bind /etc/mail /etc/mail && mount -o remount,ro,bind /etc/mail")
    try:
        found = judge(relay).results["host.mail-directory"]
    finally:
        do(relay, "umount /etc/mail")
    assert found[:2] == ("found", "blocker")
    assert " /etc/mail ro," in found[2]


def test_a_cf_that_is_mounted_cannot_be_replaced(relay: Lab) -> None:
    do(relay, f"cp {CF} /root/other.cf; mount --bind /root/other.cf {CF}")
    try:
        found = judge(relay).results["host.mail-directory"]
    finally:
        do(relay, f"umount {CF}")
    assert found[:2] == ("found", "blocker")
    assert f" {CF} rw," in found[2]


def test_a_list_manager(relay: Lab) -> None:
    do(relay, "mkdir /usr/lib/mailman")
    try:
        installed = judge(relay).results["needs.local-software"]
        with changed(relay, ALIASES, b"root:", b'users: "|/usr/lib/mailman/mail post"\nroot:'):
            used = judge(relay).results["needs.local-software"]
    finally:
        do(relay, "rmdir /usr/lib/mailman; newaliases")
    assert installed[:2] == ("found", "warning")
    assert used[1] == "blocker"
    assert 'users: "|/usr/lib/mailman/mail post"' in used[2]


def test_without_root_what_cannot_be_seen_is_unknown(relay: Lab) -> None:
    judged: Judged = judge(relay, user="smmsp")
    unknown = {key for key, result in judged.results.items() if result[0] == "unknown"}
    assert {"relay.jobs", "host.immutable"} <= unknown
    assert "crontabs: Permission denied" in judged.results["relay.jobs"][2]


def test_hidden_processes_are_not_taken_for_none(relay: Lab) -> None:
    do(relay, "mount -o remount,hidepid=2 /proc")
    try:
        others = judge(relay, user="smmsp").results
        root = judge(relay).results
    finally:
        do(relay, "mount -o remount,hidepid=0 /proc")
    for check_id in ("needs.instances", "needs.queue-runner"):
        assert others[check_id][0] == "unknown"
        assert "hidepid" in others[check_id][2]
        assert root[check_id][0] == "pass"


def test_a_recording_of_the_host_is_judged_alike(relay: Lab) -> None:
    do(relay, "echo '5 4 * * * backup -p password=hidden' | crontab -u nobody -")
    try:
        live = judge(relay).results
        do(relay, "stepdown capture -o /root/host.json")
    finally:
        do(relay, "crontab -u nobody -r")
    assert b"hidden" not in relay.read("/root/host.json")
    again = judge(relay, "--bundle", "/root/host.json").results
    for check_id in live:
        if check_id.startswith(("needs.", "relay.jobs")):
            assert again[check_id] == live[check_id]
