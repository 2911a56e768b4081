"""What the log proof takes for trouble: our own faults, not what others can write into a log."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime

import pytest

from tests.facts.paper_host import PaperHost, text
from wizard.model import FileState, Kind
from wizard.plans import Command, Completed
from wizard.platforms.debian import Debian
from wizard.probes.log.lines import parts
from wizard.probes.log.tail import GZIP, JOURNALCTL, stamp_of
from wizard.probes.log.watch import LogWatch

LOG = "/var/log/mail.log"
DEBIAN = Debian("Debian", "systemd")
NOON = 1_795_348_800.0
"Of 22 November 2026, UTC."


def line(message: str, at: float = NOON, tag: str = "sm-mta[7]") -> str:
    stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
    return f"{stamp} relay1 {tag}: {message}\n"


class LogHost(PaperHost):
    """A host on paper whose log grows, is rotated and packed."""

    def grow(self, *lines: str) -> None:
        before = self.files.get(LOG, text("")).content or b""
        self.files[LOG] = text(before.decode() + "".join(lines), mtime=int(NOON) + 60)

    def rotate(self, name: str) -> None:
        old = self.files.pop(LOG)
        if name.endswith(".gz"):
            packed = gzip.compress(old.content or b"")
            self.answers[f"{GZIP} -dc -- {LOG}{name}"] = Completed(0, old.content or b"")
            old = FileState(Kind.FILE, 0o640, size=len(packed), content=packed)
        self.files[LOG + name] = old
        self.files[LOG] = text("")

    def read_from(self, path: str, offset: int) -> bytes:
        data = self.files[path].content or b"" if path in self.files else b""
        return data[offset if offset <= len(data) else 0 :]


def watching(*lines: str) -> list[str]:
    """What a watch takes for trouble of lines that come after it began."""
    host = LogHost({LOG: text(line("old: collect: Cannot write"))})
    watch = LogWatch(host, DEBIAN)
    host.grow(*(line(one) for one in lines))
    assert len(watch.lines()) == len(lines)
    return watch.trouble("sendmail")[0]


@pytest.mark.parametrize(
    "fault",
    [
        'SYSERR(sendmail): hash map "mailertable": unsafe map file /etc/mail/mailertable.db',
        "NOQUEUE: SYSERR(root): /etc/mail/sendmail.cf: line 100: fileclass: cannot open "
        "'/etc/mail/local-host-names': World writable directory",
        'NOQUEUE: SYSERR(root): gatherq: cannot open "/var/spool/mqueue"',
        "6AMDsKHg001417: Losing ./qf6AMDsKHg001417: bogus file uid/gid in mqueue",
        "6AMDsKHg001417: SYSERR(root): readqf: no control file ./qf6AMDsKHg001417: Permission",
        "6AMDsKHg001417: SYSERR(root): readqf: cannot open ./df6AMDsKHg001417: Permission denied",
        "6AMDsKHg001417: queueup: cannot create ./tf6AMDsKHg001417, euid=997: File exists",
        "6AMDsKHg001417: bogus queue file, uid=12, gid=1, mode=100640",
        "Milter (x): local socket name /run/x unsafe",
        "6AMDsKHg001417: Milter (x): error connecting to filter: Permission denied",
        "NOQUEUE: SYSERR(root): Xclam: local socket name /run/x unsafe: Permission denied",
        "STARTTLS=server: file /etc/mail/tls/key unsafe: Group readable file",
        "STARTTLS=server, error: SSL_CTX_use_PrivateKey_file(/etc/mail/tls/key) failed",
        "6AMDsL2c001426: SYSERR(sendmail): collect: Cannot write ./df6AM (bfcommit, uid=997,"
        " gid=997): Permission denied",
        "SYSERR(root): can not chdir(/var/spool/mqueue/): Permission denied",
        "unable to write pid to /run/sendmail.pid: Permission denied",
        "6AMDsL2c001426: SYSERR(root): savemail panic",
    ],
)
def test_our_faults_are_trouble(fault: str) -> None:
    assert len(watching(fault)) == 1


@pytest.mark.parametrize(
    "told",
    [
        "NOQUEUE: SYSERR(bob): can not chdir(/var/spool/mqueue/): Permission denied",
        '6AMDsL2c001426: from=<"unsafe map file"@evil.example>, size=1, proto=ESMTP',
        '6AMDsL2c001426: from=<"a, unsafe map file b"@evil.example>, size=1, proto=ESMTP',
        '6AMDsL2c001426: from=<"a>, x: Losing ./qf"@evil.example>, size=1, proto=ESMTP',
        "6AMDsL2c001426: from=<a@b>, size=1, msgid=<collect: Cannot write, savemail panic>",
        "6AMDsL2c001426: to=<x@example.org>, relay=hub [192.0.2.1], dsn=4.3.0, "
        "stat=Deferred: 451 4.3.0 collect: Cannot write ./df1 (bfcommit, uid=25, gid=25)",
        "6AMDsL2c001426: <unsafe map file@evil.example>... User unknown",
        "6AMDsL2c001426: ruleset=check_rcpt, arg1=<savemail panic@x>, relay=a [192.0.2.9], "
        "reject=550 5.7.1 savemail panic",
        "STARTTLS=server, relay=file.unsafe.example [192.0.2.9], version=TLSv1.3, verify=NO",
        "6AMDsL2c001426: Milter (x) add: header: X-Spam: unsafe map file, World writable file",
        "6AMDsL2c001426: Milter: from=<a@b>, reject=550 unsafe map file",
        "6AMDsL2c001426: --- 451 4.0.0 unsafe map file",
        "6AMDsL2c001426: <-- MAIL FROM:<unsafe map file>",
        "AUTH failure (PLAIN): user not found: unsafe map file, relay=a [192.0.2.9]",
        "6AMDsL2c001426: a [192.0.2.9]: probable open proxy: command=GET /unsafe map file",
    ],
)
def test_what_others_can_have_logged_is_not(told: str) -> None:
    assert watching(told) == []


def test_a_hostile_line_hides_no_other() -> None:
    fault = 'SYSERR(root): hash map "access": unsafe map file /etc/mail/access.db'
    noise = ["6AMDsL2c001426: from=<harmless could not open control socket@x>"] * 300
    assert [fault in one for one in watching(*noise, fault, *noise)] == [True]


def test_known_and_harmless_is_named() -> None:
    host = LogHost({LOG: text("")})
    watch = LogWatch(host, DEBIAN)
    host.grow(
        line("daemon could not open control socket /run/x: Permission denied"),
        line("6AMDsL2c001426: SYSERR(root): collect: Cannot write ./df6AM (bfcommit, uid=0, g=1)"),
    )
    bad, harmless = watch.trouble("sendmail")
    assert bad == []
    assert len(harmless) == 2


@pytest.mark.parametrize(
    "head",
    [
        "2026-11-22T13:44:11.944937+00:00 relay1 sm-mta[7]: ",
        "2026-11-22T13:44:11+0000 relay1 sm-mta[7]: ",
        "Nov 22 13:44:11 relay1 sendmail[7]: ",
        "Nov  2 13:44:11 relay1 sendmail[7]: [ID 801593 mail.info] ",
    ],
)
def test_tags_and_infixes_are_taken_off(head: str) -> None:
    found = parts(f"{head}6AMDsL2c001426: to=<x@y>, stat=Sent")
    assert (found.pid, found.queue_id, found.said) == (7, "6AMDsL2c001426", "to=<x@y>, stat=Sent")


def test_what_was_logged_before_does_not_count() -> None:
    assert watching() == []


def test_a_switch_is_found_in_a_log_of_many_megabytes() -> None:
    many = [line(f"6AMDsL2c{n:06}: from=<a@b>, size=1", NOON - 5000 + n / 20) for n in range(90000)]
    host = LogHost({LOG: text("".join(many))})
    fault = "6AMDsL2c001426: SYSERR(root): savemail panic"
    host.grow(line(fault, NOON - 600), line(fault, NOON + 1))
    watch = LogWatch(host, DEBIAN, NOON - 590)
    assert len(watch.trouble("sendmail")[0]) == 1
    assert len(watch.lines()) == sum(NOON - 5000 + n / 20 >= NOON - 590 for n in range(90000)) + 1


@pytest.mark.parametrize("name", [".1", "-20261122", ".1.gz"])
def test_what_a_log_held_when_it_was_rotated_is_not_lost(name: str) -> None:
    host = LogHost({LOG: text(line("6AMDsL2c001426: from=<a@b>, size=1"))})
    watch = LogWatch(host, DEBIAN)
    assert watch.lines() == []
    host.grow(line("6AMDsL2c001426: SYSERR(root): savemail panic"))
    host.rotate(name)
    host.grow(*[line("6AMDsL2c001427: from=<a@b>, size=1")] * 9)
    assert len(watch.trouble("sendmail")[0]) == 1
    assert len(watch.lines()) == 10
    assert watch.gap == ""
    assert len(watch.lines()) == 10, "each line once"


def test_a_log_rotated_between_the_switch_and_the_proof_is_read_too() -> None:
    host = LogHost({LOG: text(line("6AMDsL2c001426: SYSERR(root): savemail panic", NOON + 1))})
    host.grow(line("6AMDsL2c001426: from=<a@b>, size=1", NOON + 2))
    host.rotate(".1")
    host.grow(line("6AMDsL2c001427: from=<a@b>, size=1", NOON + 3))
    watch = LogWatch(host, DEBIAN, NOON)
    assert len(watch.lines()) == 3
    assert len(watch.trouble("sendmail")[0]) == 1


def test_a_predecessor_that_cannot_be_found_is_a_gap() -> None:
    host = LogHost({LOG: text(line("6AMDsL2c001426: from=<a@b>, size=1"))})
    watch = LogWatch(host, DEBIAN)
    host.files[LOG] = text(line("6AMDsL2c001427: from=<c@d>, size=2"))
    assert len(watch.lines()) == 1
    assert "rotated" in watch.gap


def test_a_line_that_is_only_half_written_waits() -> None:
    host = LogHost({LOG: text("")})
    watch = LogWatch(host, DEBIAN)
    whole = line("6AMDsL2c001426: SYSERR(root): savemail panic")
    host.grow(whole[:50])
    assert watch.lines() == []
    host.grow(whole[50:])
    assert watch.lines() == [whole.rstrip()]


def test_a_stamp_without_a_year_is_of_the_year_that_fits() -> None:
    new_year = time.mktime((2027, 1, 1, 0, 0, 30, 0, 0, -1))
    found = stamp_of("Dec 31 23:59:59 relay1 sm-mta[1]: x", new_year)
    assert found is not None
    assert new_year - found[0] == 31
    leap = stamp_of("Feb 29 12:00:00 relay1 sm-mta[1]: x", new_year)
    assert leap is not None
    assert time.localtime(leap[0]).tm_year == 2028


class JournalHost(PaperHost):
    """A host without a log file, whose journal tells each line once."""

    told: tuple[str, ...] = ()

    def probe(self, command: Command) -> Completed:
        words = command.argv
        assert words[0] == JOURNALCTL
        start = 0
        if after := next((w for w in words if w.startswith("--after-cursor=")), ""):
            start = int(after.rpartition("=")[2])
        lines = () if "-n" in words else self.told[start:]
        text = "".join((*lines, f"-- cursor: {len(self.told)}\n"))
        return Completed(0, text.encode())


def test_the_journal_is_followed_where_there_is_no_file() -> None:
    host = JournalHost({JOURNALCTL: text("")})
    host.told = (line("6AMDsL2c001426: SYSERR(root): savemail panic"),)
    watch = LogWatch(host, DEBIAN)
    assert watch.lines() == []
    host.told += (line("6AMDsL2c001427: SYSERR(root): savemail panic"),)
    assert watch.source == "the journal"
    assert len(watch.trouble("sendmail")[0]) == 1
    assert len(watch.of_queue_id("6AMDsL2c001427")) == 1
    assert len(watch.lines()) == 1


OTHERS = line("login: user=joe", tag="imapd[7]")
ELSEWHERE = "/var/log/relay.log"
CONFIG = {"/etc/rsyslog.conf": text(f"mail.* -{LOG}\nmail.info {ELSEWHERE}\n")}


def test_sendmails_lines_are_found_where_syslog_sends_them() -> None:
    host = LogHost({LOG: text(""), ELSEWHERE: text("")} | CONFIG)
    watch = LogWatch(host, DEBIAN)
    host.grow(OTHERS)
    host.files[ELSEWHERE] = text(line("6AMDsL2c001426: SYSERR(root): savemail panic"))
    assert watch.source == ELSEWHERE
    assert len(watch.trouble("sendmail")[0]) == 1


def test_what_others_write_is_nothing_of_sendmails() -> None:
    host = LogHost({LOG: text("")})
    watch = LogWatch(host, DEBIAN)
    host.grow(OTHERS)
    assert len(watch.lines()) == 1
    assert not watch.own
    host.grow(line("6AMDsL2c001426: from=<a@b>, size=1"))
    assert watch.own
