"""What a drain waits for, by the titles of Sendmail's processes, and how it ends."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import cast

import pytest

from wizard.events import MailSession
from wizard.host.base import HostWriter, Unreadable
from wizard.model import FileState, Kind, Process
from wizard.plans import Await, Condition
from wizard.waiting import Stopped, Talk, wait_for
from wizard.waits.sessions import read_title

SENDMAIL = "/usr/libexec/sendmail/sendmail"
QUEUE = "/var/spool/mqueue"
ACCOUNT = 997


@pytest.mark.parametrize(
    ("title", "peer", "state"),
    [
        ("server mx.example.net [192.0.2.7] cmd read", "mx.example.net [192.0.2.7]", "cmd read"),
        ("MTA: server [192.0.2.7] cmd read", "[192.0.2.7]", "cmd read"),
        ("MTA: 6AMH5dvs0278 mx.example [192.0.2.7]: DATA", "mx.example [192.0.2.7]", "DATA"),
        ("MTA: startup with mx.example.net", "mx.example.net", "startup"),
        ("MTA: running queue: /var/spool/mqueue", "", "running queue /var/spool/mqueue"),
        ("MTA: ./6AMH5dvs000278 [127.0.0.2]: client greeting", "[127.0.0.2]", "client greeting"),
        ("./6AMH5dvs000278: from queue", "", "from queue"),
        ("MTA: 6AMH5dvs0278 mx.example [192.0.2.7]: RCPT <b>", "mx.example [192.0.2.7]", "RCPT"),
    ],
)  # fmt: skip
def test_peer_and_state_are_read_from_the_title(title: str, peer: str, state: str) -> None:
    assert read_title(f"sendmail: {title}") == (peer, state)


def test_a_password_in_a_title_goes_no_further() -> None:
    title = "sendmail: MTA: 6AMH5dvs000278 a [192.0.2.7]: AUTH PLAIN AGJvYgBzZWNyZXQ="
    assert read_title(title) == ("a [192.0.2.7]", "AUTH")


@dataclass
class Host:
    """Processes that come and go, each with its working directory."""

    rows: list[Process] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)
    ended: list[tuple[int, bool]] = field(default_factory=list)
    hardened: bool = False
    "True: SIGTERM is not enough."

    def processes(self, **_only: object) -> tuple[Process, ...]:
        return tuple(self.rows)

    def state(self, path: str, *, content: bool = False) -> FileState:
        words = path.split("/")
        if path.endswith("/cwd"):
            return FileState(Kind.SYMLINK, target=self.places.get(int(words[2]), QUEUE))
        if path.endswith("/ns/pid"):
            return FileState(Kind.SYMLINK, target="pid:[1]")
        return FileState(Kind.ABSENT)

    def listdir(self, path: str) -> tuple[str, ...]:
        raise Unreadable(path)

    def end_process(self, pid: int, started: float, *, force: bool) -> None:
        self.ended.append((pid, force))
        if force or not self.hardened:
            self.rows = [one for one in self.rows if one.pid != pid]

    def wait(
        self, condition: Condition, seconds: float, talk: Talk, *, subject: str = "", had: float = 0
    ) -> bool:
        op = Await(condition, subject or f"{ACCOUNT} {QUEUE}", seconds, fatal=False, had=had)
        return wait_for(op, cast(HostWriter, self), talk)


def child(pid: int, title: str, *, uid: int = 0, age: float = 1.0) -> Process:
    started = time.time() - age
    return Process(pid, 1, str(uid), (uid,) * 3, f"sendmail: MTA: {title}", started, SENDMAIL)


def quiet() -> Talk:
    return Talk(say=lambda _text: None)


MASTER = child(1, "accepting connections")
READING = "server mx.example.net [192.0.2.7] cmd read"
DATA = "6AMH5dvs000278 mx.example.net [192.0.2.7]: DATA"


def test_each_session_is_shown_by_peer_and_state_until_it_has_ended() -> None:
    host = Host([MASTER, child(2, READING), child(3, DATA, uid=ACCOUNT)])
    seen: list[tuple[MailSession, ...]] = []

    def show(rows: tuple[MailSession, ...], _more: int, _left: float) -> None:
        seen.append(rows)
        host.rows = [MASTER]

    assert host.wait(Condition.SESSIONS_DRAINED, 60, Talk(lambda _text: None, show))
    assert [(one.pid, one.peer, one.state) for one in seen[0]] == [
        (2, "mx.example.net [192.0.2.7]", "cmd read"),
        (3, "mx.example.net [192.0.2.7]", "DATA"),
    ]
    assert seen[-1] == ()


def test_who_comes_during_the_drain_is_not_waited_for() -> None:
    host = Host([MASTER, child(2, READING)])

    def show(_rows: tuple[MailSession, ...], _more: int, _left: float) -> None:
        host.rows = [MASTER, child(9, READING)]

    assert host.wait(Condition.SESSIONS_DRAINED, 60, Talk(lambda _text: None, show))


def test_another_instance_and_a_submission_of_roots_are_nobody_s_business() -> None:
    host = Host([MASTER, child(2, READING), child(3, DATA)])
    host.places = {2: "/var/spool/other", 3: "/var/spool/mqueue-client"}
    assert host.wait(Condition.OLD_CHILDREN_ENDED, 0, quiet())
    assert host.ended == []


def test_the_admin_goes_on() -> None:
    host, said = Host([MASTER, child(2, READING)]), list[str]()
    talk = Talk(said.append, go_on=lambda: True)
    assert not host.wait(Condition.SESSIONS_DRAINED, 3600, talk)
    assert said == ["going on without them, as asked"]


def test_a_request_to_stop_ends_the_wait() -> None:
    host = Host([MASTER, child(2, READING)])
    with pytest.raises(Stopped):
        host.wait(Condition.SESSIONS_DRAINED, 3600, Talk(lambda _text: None, stop=lambda: True))


def test_a_message_on_its_way_in_is_waited_for_and_an_idle_session_is_not() -> None:
    idle = Host([child(2, READING)])
    assert idle.wait(Condition.MESSAGES_TAKEN, 3600, quiet())
    busy = Host([child(2, DATA)])
    assert not busy.wait(Condition.MESSAGES_TAKEN, 0, quiet())


def test_whoever_had_the_drain_s_time_is_not_waited_for_with_the_port_closed() -> None:
    host = Host([child(2, DATA, age=61)])
    assert host.wait(Condition.MESSAGES_TAKEN, 3600, quiet(), had=60)


def test_no_root_child_outlives_the_switch() -> None:
    host = Host([MASTER, child(2, READING), child(3, READING, uid=ACCOUNT)])
    assert host.wait(Condition.OLD_CHILDREN_ENDED, 0, quiet())
    assert host.ended == [(2, False)]
    assert [one.pid for one in host.rows] == [1, 3]


def test_a_child_that_stepped_down_meanwhile_is_none_of_roots() -> None:
    host = Host([MASTER, child(2, "startup with mx.example.net")])

    def show(_rows: tuple[MailSession, ...], _more: int, _left: float) -> None:
        there = host.rows[1]
        host.rows[1] = Process(
            2, 1, "sendmail", (ACCOUNT,) * 3, there.title, there.started, SENDMAIL
        )

    talk = Talk(lambda _text: None, show)
    assert host.wait(Condition.OLD_CHILDREN_ENDED, 60, talk)
    assert host.ended == []


def test_an_undo_ends_idle_sessions_at_once_and_waits_for_deliveries() -> None:
    host = Host([child(2, READING, uid=ACCOUNT)])
    assert host.wait(Condition.ACCOUNT_IDLE, 3600, quiet(), subject=str(ACCOUNT))
    assert host.ended == [(2, False)]
    delivering = Host([child(3, "./q [127.0.0.2]: client DATA 354", uid=ACCOUNT)])

    def show(_rows: tuple[MailSession, ...], _more: int, _left: float) -> None:
        delivering.rows = []

    talk = Talk(lambda _text: None, show)
    assert delivering.wait(Condition.ACCOUNT_IDLE, 5, talk, subject=str(ACCOUNT))
    assert delivering.ended == []
