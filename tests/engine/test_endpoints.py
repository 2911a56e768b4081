"""Where the daemon takes mail: the cf's options and the sockets, on paper."""

from __future__ import annotations

import pytest

from wizard.probes.session.endpoints import (
    DaemonOption,
    Endpoints,
    Listening,
    join,
    milters,
    option,
    options,
    same,
)

OWN = ("127.0.0.1", "::1", "198.51.100.25", "192.0.2.7", "2001:db8::25")
CF = """\
# O DaemonPortOptions=Port=99
O DaemonPortOptions=Family=inet,  Name=MTA-v4, Port=smtp, Addr=127.0.0.1
O DaemonPortOptions=Family=inet, Name=MSP-v4,
\tPort=submission, M=Ea, Addr=127.0.0.1
OOport=smtps, m=s, a=IPv6:::1, f=inet6, I=clam;spam
"""


def joined(
    *told: str, sockets: tuple[Listening, ...], own: tuple[str, ...] = OWN, first: str = ""
) -> Endpoints:
    return join([option(x, x) for x in told], sockets, own, True, first)


def addresses(found: Endpoints) -> list[str]:
    return [one.address for one in found.served]


def sendmails(address: str, port: int) -> Listening:
    return Listening(address, port, 7, True)


def test_options_as_sendmail_takes_them() -> None:
    first, second, third = options("sendmail.cf", CF)
    assert first.place.startswith("sendmail.cf:2  O DaemonPortOptions=")
    assert (first.port, first.address, first.modifiers) == ("smtp", "127.0.0.1", "")
    assert (second.port, second.modifiers, second.name) == ("submission", "Ea", "MSP-v4")
    assert (third.port, third.family, third.address) == ("smtps", "inet6", "IPv6:::1")
    assert milters("guard, clam", (first, third)) == ("guard", "clam", "spam")


def test_without_an_option_it_is_port_25() -> None:
    (only,) = options("sendmail.cf", "V10\n")
    assert (only.port, only.family, only.address) == ("smtp", "inet", "")


def test_named_ports_and_modifiers() -> None:
    sockets = (sendmails("127.0.0.1", 587), sendmails("::1", 465))
    found = joined(
        "Port=submission, M=Ea, Addr=127.0.0.1",
        "Port=smtps, M=s, Family=inet6, Addr=::1",
        sockets=sockets,
    )
    assert addresses(found) == ["127.0.0.1:587", "[::1]:465"]
    assert [(one.tls, one.authenticated) for one in found.served] == [(False, True), (True, False)]
    assert found.closed == ()


def test_authentication_that_is_off_is_not_required() -> None:
    found = joined("Port=25, M=aA", sockets=(sendmails("0.0.0.0", 25),))
    assert not found.served[0].authenticated


def test_a_wildcard_is_asked_on_loopback_and_one_more_address() -> None:
    found = joined("Port=25", sockets=(sendmails("0.0.0.0", 25),))
    assert addresses(found) == ["127.0.0.1:25", "198.51.100.25:25"]


def test_the_ipv6_wildcard_serves_both_families() -> None:
    found = joined("Family=inet6", sockets=(sendmails("::", 25),))
    assert addresses(found) == [
        "127.0.0.1:25",
        "198.51.100.25:25",
        "[::1]:25",
        "[2001:db8::25]:25",
    ]
    only = join([DaemonOption("x", family="inet6")], (sendmails("::", 25),), OWN, False)
    assert addresses(only) == ["[::1]:25", "[2001:db8::25]:25"]


def test_a_wildcard_is_not_asked_where_another_socket_answers() -> None:
    sockets = (sendmails("0.0.0.0", 25), Listening("198.51.100.25", 25, 9, False))
    assert addresses(joined("Port=25", sockets=sockets)) == ["127.0.0.1:25"]


def test_the_first_address_leads() -> None:
    found = joined("Port=25", sockets=(sendmails("0.0.0.0", 25),), first="198.51.100.25:25")
    assert addresses(found)[0] == "198.51.100.25:25"
    assert same("[::1]:25", "::1:25")
    assert not same("", "")


@pytest.mark.parametrize(
    ("told", "sockets", "why"),
    [
        ("Port=25, Addr=127.0.0.1", (), "nothing listens there"),
        ("Port=25", (sendmails("127.0.0.1", 25),), "nothing listens there"),
        ("Port=25, Family=inet6", (sendmails("0.0.0.0", 25),), "nothing listens there"),
        ("Port=25", (Listening("0.0.0.0", 25, 9, False),), "process 9 listens there"),
        ("Port=no-such-service", (), "services(5) knows no port"),
    ],
)
def test_an_option_that_is_not_served(told: str, sockets: tuple[Listening, ...], why: str) -> None:
    found = joined(told, sockets=sockets)
    assert [told in line and why in line for line in found.closed] == [True]


@pytest.mark.parametrize("told", ["Port=25, M=O", "Family=local, Addr=/run/x"])
def test_what_sendmail_may_do_without(told: str) -> None:
    found = joined(told, sockets=())
    assert found.closed == ()
    assert len(found.optional) == 1


def test_a_socket_whose_owner_is_not_seen_is_taken() -> None:
    assert addresses(joined("Port=25", sockets=(Listening("0.0.0.0", 25),)))[0] == "127.0.0.1:25"


def test_a_port_that_only_the_sockets_show() -> None:
    sockets = (sendmails("127.0.0.1", 25), sendmails("127.0.0.1", 2525), Listening("::", 80, 9))
    found = joined("Port=25, Addr=127.0.0.1", sockets=sockets)
    assert addresses(found) == ["127.0.0.1:25", "127.0.0.1:2525"]
    assert "no DaemonPortOptions" in found.served[1].place
