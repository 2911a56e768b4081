from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.facts.paper_host import PaperHost, link, text
from wizard.facts.daemons import Socket, gather, is_sendmails, parse_proc_net, parse_ss
from wizard.facts.model import Listener
from wizard.host.base import Unreadable
from wizard.model import Process
from wizard.plans import Completed

SENDMAIL = "/usr/libexec/sendmail/sendmail"
ACCEPTING = "sendmail: MTA: accepting connections"
MASTER = Process(246, 1, "root", (0, 0, 0), ACCEPTING, exe=SENDMAIL)
POSTFIX = Process(90, 1, "root", (0, 0, 0), "/usr/lib/postfix/sbin/master -w")
SS = """\
LISTEN 0      10         127.0.0.1:25        0.0.0.0:*    users:(("sendmail-mta",pid=246,fd=4))
LISTEN 0      10         127.0.0.1%lo:587    0.0.0.0:*    users:(("a",pid=250,fd=4),("b",pid=246,
LISTEN 0      128                *:22              *:*    users:(("sshd",pid=1,fd=4))
LISTEN 0      128             [::]:465          [::]:*
garbage
"""
PROC = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0019 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1
   1: 0100007F:0019 0200007F:8000 01 00000000:00000000 00:00000000 00000000     0        0 778 1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 779 1
"""
PROC6 = """\
  sl  local_address                         remote_address st ... inode
   0: 00000000000000000000000001000000:024B 00000000000000000000000000000000:0 0A 0 0 0 0 0 780
"""


def test_ss() -> None:
    assert parse_ss(SS) == (
        Socket("127.0.0.1", 25, 246, "sendmail-mta"),
        Socket("127.0.0.1", 587, 246, "b"),
        Socket("::", 465),
    )


def test_proc() -> None:
    assert parse_proc_net(PROC) == (Socket("127.0.0.1", 25, inode="777"),)
    assert parse_proc_net(PROC6) == (Socket("::1", 587, inode="780"),)


@given(st.text())
def test_nothing_that_ss_says_is_too_nasty(said: str) -> None:
    parse_ss(said)


def test_listeners_and_processes_by_ss() -> None:
    answers = {"/usr/bin/ss": Completed(0, SS.encode())}
    host = PaperHost({"/usr/bin/ss": text("")}, answers, (MASTER, POSTFIX))
    found = gather(host)
    assert found.processes == (MASTER,)
    assert found.listeners[0] == Listener("127.0.0.1", 25, 246, MASTER.title, MASTER.exe)
    assert found.listeners[2].pid == 0


def test_proc_where_there_is_no_ss() -> None:
    files = {"/proc/net/tcp": text(PROC), "/proc/246/fd/4": link("socket:[777]")}
    host = PaperHost(files, processes=(POSTFIX, MASTER))
    assert [listener.pid for listener in gather(host).listeners] == [246]
    host = PaperHost(files, processes=(MASTER,), locked=("/proc/246/fd",))
    assert [listener.pid for listener in gather(host).listeners] == [0]


def test_a_host_that_tells_nothing_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="who listens"):
        gather(PaperHost())


@pytest.mark.parametrize(
    ("title", "exe", "ours"),
    [
        ("sendmail: MTA: accepting connections", "/usr/libexec/sendmail/sendmail", True),
        ("sendmail: MTA: accepting connections", "", True),
        ("/usr/sbin/sendmail-mta -Am -L sm-mta -bd", "", True),
        ("sendmail: x", "/usr/sbin/sendmail-mta (deleted)", True),
        ("sendmail: x", "/usr/bin/python3", False),
        ("sendmail-milter", "/usr/sbin/sendmail-milter", False),
        ("vi sendmail", "", False),
        ("", "", False),
    ],
)
def test_whose_a_process_is(title: str, exe: str, ours: bool) -> None:
    assert is_sendmails(Process(1, 1, "root", (0, 0, 0), title, exe=exe)) is ours
