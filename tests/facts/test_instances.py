"""Which Sendmail processes stand for themselves, on paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.facts.paper_host import PaperHost, link, text
from wizard.facts import daemons
from wizard.facts.instances import named_cf, of
from wizard.model import FileState, Process
from wizard.plans import Completed

EXE = "/usr/libexec/sendmail/sendmail"


def _process(pid: int, title: str, ppid: int = 1, uid: int = 0) -> Process:
    return Process(pid, ppid, "root", (uid, uid, uid), f"sendmail: {title}", exe=EXE)


MASTER = _process(412, "MTA: accepting connections")
OUT = _process(708, "MTA: rejecting connections on daemon MTA: load average: 20")
MSP = _process(597, "MSP: Queue runner@00:20:00 for /var/spool/mqueue-client", uid=102)
CONTROL = _process(714, "MTA: Queue control")
FILES = {
    "/proc/412/fd/4": link("socket:[777]"),
    "/proc/412/fd/8": link("/run/sendmail/mta/sendmail.pid"),
    "/run/sendmail/mta/sendmail.pid": text("412\n/usr/sbin/sendmail-mta -Am -bd -q10m\n"),
    "/proc/708/fd/0": link("/dev/null"),
    "/proc/708/fd/3": link("/var/log/big"),
    "/proc/708/fd/8": link("/run/out.pid"),
    "/var/log/big": FileState(text("").kind, size=1 << 30),
    "/run/out.pid": text("708\n/usr/sbin/sendmail -C /etc/mail/out.cf -bd"),
    "/etc/mail/out.cf": text("O QueueDirectory=/var/spool/mqout\n"),
}


def test_daemons_and_runners_but_no_children() -> None:
    processes = (
        MASTER,
        _process(413, "MTA: accepting connections", ppid=412),
        _process(414, "MTA: running queue: /var/spool/mqueue", ppid=412),
        _process(415, "MTA: 6AMA1 host.example.net [192.0.2.1]: DATA", ppid=412),
        MSP,
        CONTROL,
        _process(715, "MTA: running queue: /var/spool/mqueue", ppid=714),
    )
    found = {one.pid: one for one in of(PaperHost(), processes)}
    assert {pid: one.kind for pid, one in found.items()} == {
        412: "daemon",
        597: "queue runner",
        714: "queue runner",
    }
    assert found[597].queue == "/var/spool/mqueue-client"
    assert found[714].queue == "/var/spool/mqueue"
    assert found[597].uid == 102


def test_the_pid_file_tells_the_command_and_the_cf() -> None:
    main, out = of(PaperHost(FILES), (MASTER, OUT))
    assert (main.pid_file, main.cf) == ("/run/sendmail/mta/sendmail.pid", "")
    assert main.command == "/usr/sbin/sendmail-mta -Am -bd -q10m"
    assert (out.cf, out.queue) == ("/etc/mail/out.cf", "/var/spool/mqout")


def test_without_root_the_titles_still_tell() -> None:
    found = of(PaperHost(FILES, locked=("/proc/412", "/proc/708")), (MASTER, OUT))
    assert [(one.pid, one.command) for one in found] == [(412, ""), (708, "")]


def test_what_runs_in_a_container_has_files_of_its_own() -> None:
    spaces = {f"/proc/{pid}/ns/pid": link(f"pid:[{n}]") for pid, n in ((1, 4), (412, 4), (708, 5))}
    assert [one.pid for one in of(PaperHost({**FILES, **spaces}), (MASTER, OUT))] == [412]


def test_a_cf_that_cannot_be_read_leaves_the_queue_unknown() -> None:
    (out,) = of(PaperHost(FILES, locked=("/etc/mail/out.cf",)), (OUT,))
    assert (out.cf, out.queue) == ("/etc/mail/out.cf", "")


@pytest.mark.parametrize(
    ("command", "cf"),
    [
        ("/usr/sbin/sendmail -bd -q15m", ""),
        ("/usr/sbin/sendmail -C/etc/a.cf -bd", "/etc/a.cf"),
        ("/usr/sbin/sendmail -bd -C '/etc/a b.cf'", "/etc/a b.cf"),
        ("/usr/sbin/sendmail -C", ""),
        ("", ""),
        ("it's -C /etc/a.cf", "/etc/a.cf"),
    ],
)
def test_a_cf_of_its_own(command: str, cf: str) -> None:
    assert named_cf(command) == cf


@given(st.text())
def test_no_command_line_is_too_nasty(command: str) -> None:
    named_cf(command)


def test_hidden_processes_are_told() -> None:
    files = {"/usr/bin/ss": text("")}
    answers = {"/usr/bin/ss": Completed(0, b"")}
    init = Process(1, 0, "root", (0, 0, 0), "/sbin/init")
    assert daemons.gather(PaperHost(files, answers, (MASTER,))).unseen
    assert not daemons.gather(PaperHost(files, answers, (init, MASTER))).unseen
    recorded = {**files, "/proc/1/stat": text("")}
    assert not daemons.gather(PaperHost(recorded, answers, (MASTER,))).unseen
    locked = PaperHost(recorded, answers, (MASTER,), locked=("/proc/1",))
    assert daemons.gather(locked).unseen == daemons.HIDDEN
