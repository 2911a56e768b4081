from __future__ import annotations

import pytest

from tests.facts.paper_host import PaperHost
from wizard.facts.classes import gather, parse_test_mode
from wizard.host.base import Unreadable
from wizard.plans import Completed
from wizard.platforms.debian import Debian

HEAD = "ADDRESS TEST MODE (ruleset 3 NOT automatically invoked)\nEnter <ruleset> <address>\n"
DEBIAN = Debian("Debian", "systemd")


def _host(said: str, errors: str = "", code: int = 0) -> PaperHost:
    answer = Completed(code, said.encode(), errors.encode())
    return PaperHost(answers={"/usr/sbin/sendmail -C /etc/mail/sendmail.cf -bt": answer})


def test_both_classes() -> None:
    said = HEAD + "> relay1\nlocalhost\n[127.0.0.1]\n> example.org\n> bob\n> "
    found = gather(_host(said), DEBIAN)
    assert found.w == ("[127.0.0.1]", "localhost", "relay1")
    assert found.r == ("example.org",)
    assert found.l == ("bob",)


def test_an_empty_class_r() -> None:
    assert gather(_host(HEAD + "> relay1\n> > > "), DEBIAN).r == ()
    assert parse_test_mode(HEAD + "> relay1\n> > \n") == (("relay1",), (), ())


@pytest.mark.parametrize(
    ("said", "errors"),
    [
        ("", "sendmail: fatal: unsupported: -bt"),
        (HEAD, ""),
        (HEAD + "> > ", ""),
        (HEAD + "> relay1\n> > ", "fileclass: cannot open '/etc/mail/local-host-names'"),
        ("", "/etc/mail/sendmail.cf: line 0: cannot open: Permission denied"),
    ],
)
def test_no_answer_is_unreadable(said: str, errors: str) -> None:
    with pytest.raises(Unreadable, match="sendmail -bt"):
        gather(_host(said, errors), DEBIAN)


def test_a_sendmail_that_sleeps_says_why() -> None:
    """It sleeps for a minute where the host's name has no domain (seen so)."""
    with pytest.raises(Unreadable, match="/etc/hosts write the full name first"):
        gather(_host("", code=124), DEBIAN)
