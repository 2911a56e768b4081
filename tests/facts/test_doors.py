"""Keys, milter sockets and files elsewhere, as the cf names them."""

from __future__ import annotations

import pytest

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts.cf import parse
from wizard.facts.doors import gather
from wizard.facts.way_model import Doors
from wizard.host.base import Unreadable
from wizard.model import FileState, Kind
from wizard.plans import Completed
from wizard.platforms.debian import Debian

DEBIAN = Debian("Debian", "systemd")
CF = """\
V10/Berkeley
Fw/etc/mail/local-host-names
Kaccess hash -T<TMPF> /etc/mail/access
Kextra hash /srv/maps/extra.db
Kmoved hash /etc/mail/moved
FX-o /srv/classes/x %[^\\#]
O AliasFile=hash:/etc/aliases
O DHParameters=5
O CACertFile=/etc/mail/tls/ca.crt
O ServerCertFile=/etc/mail/tls/rsa.crt,/etc/mail/tls/ec.crt
O ServerKey=/etc/mail/tls/relay.key
#O ClientKeyFile=/etc/mail/tls/other.key
O InputMailFilters=one,two
Xone, S=local:/run/one/sock, F=T, T=S:10s;R:10s
Xtwo, S=unix:/run/two.sock, F=R
Xthree, S=/run/three.sock
Xfour, S=inet:8891@localhost, F=
"""
EHLO = b"""\
220 relay1 ESMTP\r
250-relay1 Hello root@localhost, pleased to meet you\r
250-PIPELINING\r
250-SIZE 20000000\r
250-STARTTLS\r
250 HELP\r
221 2.0.0 relay1 closing connection\r
"""
KEY = "/etc/mail/tls/relay.key"
FILES = {
    **dict.fromkeys(("/", "/etc", "/etc/mail", "/etc/mail/tls", "/run", "/run/one"), DIRECTORY),
    **dict.fromkeys(("/srv", "/srv/maps", "/srv/classes"), DIRECTORY),
    KEY: text("secret"),
    "/run/one/sock": FileState(Kind.SOCKET, 0o660, 107, 107),
    "/srv/maps/extra.db": text(""),
    "/etc/mail/moved.db": link("/srv/maps/extra.db"),
}
ASKED = "/usr/sbin/sendmail -C /etc/mail/sendmail.cf"


def doors(answer: bytes = EHLO, cf: str = CF, files: dict[str, FileState] | None = None) -> Doors:
    answers = {ASKED: Completed(0, answer)}
    return gather(PaperHost(FILES | (files or {}), answers), DEBIAN, parse("sendmail.cf", cf))


def test_each_key_and_certificate_is_told_by_its_option_and_line() -> None:
    assert [(one.role, one.path, one.place) for one in doors().keys] == [
        ("ServerKeyFile", KEY, "sendmail.cf:11"),
        ("ServerCertFile", "/etc/mail/tls/rsa.crt", "sendmail.cf:10"),
        ("ServerCertFile", "/etc/mail/tls/ec.crt", "sendmail.cf:10"),
        ("CACertFile", "/etc/mail/tls/ca.crt", "sendmail.cf:9"),
    ]
    assert [path for path, _ in doors().keys[0].parts][-2:] == ["/etc/mail/tls", KEY]
    assert doors().keys[0].end.exists and not doors().keys[1].end.exists


def test_each_socket_in_the_file_system_is_a_door_and_the_network_is_none() -> None:
    found = doors()
    assert [(one.role, one.path, one.place) for one in found.milters] == [
        ("milter one", "/run/one/sock", "sendmail.cf:14"),
        ("milter two", "/run/two.sock", "sendmail.cf:15"),
        ("milter three", "/run/three.sock", "sendmail.cf:16"),
    ]
    assert found.milters[0].end.kind is Kind.SOCKET
    assert found.inet_milters == ("four inet:8891@localhost",)
    assert found.flags == {
        "milter one": "T",
        "milter two": "R",
        "milter three": "",
        "milter four": "",
    }


def test_only_files_that_lead_out_of_the_mail_directory_are_elsewhere() -> None:
    assert [(one.role, one.path, one.place) for one in doors().files] == [
        ("map extra", "/srv/maps/extra.db", "sendmail.cf:4"),
        ("map moved", "/etc/mail/moved.db", "sendmail.cf:5"),
        ("class X", "/srv/classes/x", "sendmail.cf:6"),
        ("aliases", "/etc/aliases.db", "sendmail.cf:7"),
    ]


def test_what_it_offers_is_what_it_answers_to_ehlo() -> None:
    assert doors().offers == ("PIPELINING", "SIZE 20000000", "STARTTLS", "HELP")
    assert doors().unasked == ""


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"451 4.0.0 sendmail.cf: line 14: Xone: local socket name unsafe\r\n", "Xone: local"),
        (b"", "exit code 0"),
    ],
)
def test_no_answer_is_no_offer_and_is_told(answer: bytes, why: str) -> None:
    found = doors(answer)
    assert found.offers == ()
    assert why in found.unasked


def test_where_there_is_no_key_it_is_not_asked() -> None:
    found = doors(files={KEY: FileState(Kind.ABSENT)})
    assert (found.offers, found.unasked) == ((), "")


def test_a_host_that_cannot_be_asked_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="cannot be run"):
        gather(PaperHost(FILES), DEBIAN, parse("sendmail.cf", CF))
