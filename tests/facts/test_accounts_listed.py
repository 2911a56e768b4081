from __future__ import annotations

import pytest

from tests.facts.paper_host import PaperHost, text
from wizard.facts.accounts import gather, parse_switch, parse_users
from wizard.plans import Completed

LOCAL = "root:x:0:0:root:/root:/bin/sh\nhal:x:1000:1000:Hal, :|\\,;,,:/home/hal:/bin/sh\n"
REMOTE = "ann:*:70001:70001::/home/ann:/bin/sh\n"


def _unlisted(passwd: str, switch: str) -> tuple[str, ...]:
    host = PaperHost(
        {"/etc/nsswitch.conf": text(switch), "/etc/passwd": text(LOCAL)},
        {
            "/usr/bin/getent passwd": Completed(0, passwd.encode()),
            "/usr/bin/getent group": Completed(0, b"root:x:0:\n"),
        },
    )
    return gather(host).unlisted


def test_a_source_that_lists_nobody_is_told() -> None:
    assert _unlisted(LOCAL, "passwd: files sss\n") == ("sss",)
    assert _unlisted(LOCAL + REMOTE, "passwd: files sss\n") == ()
    assert _unlisted(LOCAL, "passwd: files systemd\n") == ()
    assert _unlisted(LOCAL, "") == ()


@pytest.mark.parametrize(
    ("line", "sources"),
    [
        ("passwd:         files", ()),
        ("passwd: compat [NOTFOUND=return] ldap # nis", ("ldap",)),
        ("#passwd: nis\npasswd:winbind files", ("winbind",)),
        ("passwd_compat: nis\n", ()),
    ],
)
def test_the_switch(line: str, sources: tuple[str, ...]) -> None:
    assert parse_switch(line) == sources


def test_hostile_lines_of_passwd_are_no_accounts() -> None:
    users = parse_users(LOCAL.replace("Hal, :|", "Hal \x1b[2J|") + "broken\n:x:a:b:::\n\n")
    assert [user.name for user in users] == ["root", "hal"]
