"""A relay that hangs, babbles or breaks: every wait ends, and is told in the relay's own words."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread

import pytest

from tests.facts.paper_host import PaperHost
from wizard.probes.session import smtp
from wizard.probes.session.baseline import Door
from wizard.probes.session.conversation import Asking, Talk, converse
from wizard.probes.session.delivery import of_message
from wizard.probes.session.endpoints import Endpoint
from wizard.probes.session.refusals import by_policy
from wizard.probes.session.smtp import Reply, offers, queue_id

Script = Callable[[socket.socket], None]
SOON = 0.4
"Seconds: what these tests wait for a relay that says nothing."
GREETED = b"220 relay1 ESMTP\r\n"
EHLO = b"250-relay1 Hello\r\n250 HELP\r\n"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Talk]]:
    """Has the script answer one connection, and speaks to it."""
    listeners: list[socket.socket] = []
    monkeypatch.setattr(smtp, "TIMEOUT", SOON)

    def ask(script: Script, *, tls: bool = False) -> Talk:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            connection, _address = listener.accept()
            with connection, suppress(OSError):
                script(connection)

        Thread(target=serve, daemon=True).start()
        where = f"127.0.0.1:{listener.getsockname()[1]}"
        host = PaperHost(locked=("/proc",))
        asking = Asking(host, lambda _event: None, "relay1", "x@example.org", True, "", SOON)
        return converse(Endpoint(where, "paper", tls), asking)

    yield ask
    for listener in listeners:
        listener.close()


def answers(*replies: bytes) -> Script:
    """Each line that is sent gets the next reply; the greeting is the first."""

    def script(connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        connection.sendall(replies[0])
        in_data = False
        rest = iter(replies[1:])
        for line in stream:
            if in_data and line != b".\r\n":
                continue
            reply = next(rest, b"")
            connection.sendall(reply)
            in_data = reply.startswith(b"354")

    return script


def silence(connection: socket.socket) -> None:
    time.sleep(5 * SOON)


def dribble(connection: socket.socket) -> None:
    for _ in range(100):
        connection.sendall(b"220-wait\r\n")
        time.sleep(SOON / 4)


def flood(connection: socket.socket) -> None:
    connection.sendall(b"x" * (1 << 20))
    time.sleep(SOON)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (silence, "no answer within 0.4 s to the greeting"),
        (dribble, "no answer within 0.4 s to the greeting"),
        (flood, "does not end"),
        (lambda connection: None, "closed the connection (the greeting)"),
        (answers(b"554 go away\r\n"), "the connection was answered with: 554 go away"),
        (answers(b"451 4.3.2 Please try again later\r\n"), "451 4.3.2 Please try again later"),
        (answers(GREETED, b"421 4.3.2 busy\r\n"), "EHLO was answered with: 421 4.3.2 busy"),
        (answers(GREETED), "no answer within 0.4 s to EHLO"),
    ],
)
def test_every_wait_ends(served: Callable[[Script], Talk], script: Script, told: str) -> None:
    begun = time.monotonic()
    talk = served(script)
    assert told in talk.problem
    assert time.monotonic() - begun < 10 * SOON
    assert not talk.accepted


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    host = PaperHost()
    talk = converse(Endpoint(f"127.0.0.1:{port}", "x"), Asking(host, lambda _event: None, "relay1"))
    assert "Connection refused" in talk.problem


def test_a_message_that_fails_at_the_final_dot(served: Callable[[Script], Talk]) -> None:
    ok = b"250 2.1.0 ok\r\n"
    lost = b"421 4.3.0 collect: Cannot write ./df1\r\n"
    talk = served(answers(GREETED, EHLO, ok, ok, b"354 go on\r\n", lost))
    assert "the final dot was answered with: 421 4.3.0 collect: Cannot write" in str(talk.refusal)
    assert by_policy(talk, None) == ""
    assert not talk.accepted


def test_a_message_that_is_taken_names_its_queue_id(served: Callable[[Script], Talk]) -> None:
    ok, taken = b"250 2.1.0 ok\r\n", b"250 2.0.0 6AMDx77c001235 Message accepted for delivery\r\n"
    talk = served(answers(GREETED, EHLO, ok, ok, b"354 go on\r\n", taken, b"221 bye\r\n"))
    assert (talk.problem, talk.refusal, talk.queue_id) == ("", None, "6AMDx77c001235")
    assert talk.accepted


def test_a_handshake_that_never_comes(served: Callable[..., Talk]) -> None:
    talk = served(silence, tls=True)
    assert "the TLS handshake: no answer within 0.4 s" in talk.problem


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("250 2.0.0 6AMDx77c001235 Message accepted for delivery", "6AMDx77c001235"),
        ("250 6AMDx77c001235 Message accepted for delivery", "6AMDx77c001235"),
        ("250 2.0.0 ok, thank you", ""),
        ("250 Message accepted", ""),
    ],
)
def test_the_queue_id_of_a_reply(reply: str, found: str) -> None:
    assert queue_id(Reply(250, (reply,))) == found


def test_what_ehlo_offers() -> None:
    lines = ("250-relay1 Hello", "250-SIZE 1000", "250-AUTH LOGIN PLAIN", "250 AUTH=LOGIN")
    assert offers(Reply(250, lines)) == ("AUTH LOGIN", "AUTH PLAIN", "SIZE")


PREFIX = "2026-11-22T08:00:00.0+00:00 relay1 sm-mta[1]: "
MINE = "6AMDx77c001235"


def test_only_its_own_lines_speak_of_a_message() -> None:
    sent = f"{PREFIX}{MINE}: to=<x@example.org>, relay=hub, stat=Sent (ok)"
    others = [
        f"{PREFIX}6AMDx77c001234: to=<x@example.org>, relay=hub, stat=Sent (ok)",
        f"{PREFIX}6AMDx77c001234: to=<x@example.org>, relay=hub, stat=Sent ({MINE} accepted)",
        f"{PREFIX}{MINE}0: to=<x@example.org>, relay=hub, stat=Sent (ok)",
        f"{PREFIX}{MINE}: from=<>, size=1",
    ]
    assert of_message([*others, sent], MINE) == [sent]


def refused(verb: str, reply: str) -> Talk:
    told = Reply(int(reply[:3]), (reply,))
    talk = Talk(Endpoint("127.0.0.1:25", "x"), replies={"CONNECT": Reply(220, ()), verb: told})
    talk.refusal = smtp.Refusal(verb, told)
    return talk


@pytest.mark.parametrize(
    ("verb", "reply", "before", "policy"),
    [
        ("MAIL", "530 5.7.0 Authentication required", "", True),
        ("MAIL", "530 5.7.0 Authentication required", "530 5.7.0 Authentication required", True),
        ("MAIL", "530 5.7.0 Authentication required", "250 2.1.0 ok", False),
        ("RCPT", "451 4.7.1 Greylisting in action", "", True),
        ("RCPT", "451 4.7.1 Greylisting in action", "250 2.1.5 ok", False),
        ("RCPT", "550 5.7.1 Relaying denied", "550 5.7.1 Relaying denied", True),
        ("RCPT", "550 5.7.1 Relaying denied", "", False),
        (".", "554 5.7.1 spam", "", True),
        ("RCPT", "450 4.4.0 Cannot resolve PTR", "450 4.4.0 Cannot resolve PTR", True),
        ("RCPT", "450 4.4.0 Cannot resolve PTR", "", False),
        ("MAIL", "451 4.3.2 Please try again later", "451 4.3.2 Please try again later", False),
        ("RCPT", "451 4.3.0 Temporary system failure", "", False),
        (".", "421 4.3.0 collect: Cannot write", "", False),
    ],
)
def test_policy_is_no_fault_and_a_fault_no_policy(
    verb: str, reply: str, before: str, policy: bool
) -> None:
    door = Door("127.0.0.1:25", (), replies={verb: before}) if before else None
    assert bool(by_policy(refused(verb, reply), door)) is policy
