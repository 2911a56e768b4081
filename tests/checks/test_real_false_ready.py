"""Hosts that look like relays and deliver here all the same: each was once called ready."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checks.test_real_routing import Changed, Host
from tests.lab.opening import open_or_skip

MORE = "/etc/more-aliases"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with open_or_skip("relay") as lab:
        lab.write(MORE, b"")
        host = Host(lab)
        host.keep(MORE)
        yield host


ROUTED = {
    "a shortened option": (
        Changed(
            mc=b"LOCAL_CONFIG\nO Aliasfil=/etc/more-aliases\n",
            files={MORE: b'ticket: "|/bin/cat"\n'},
        ),
        "relay.alias-programs",
        "/etc/more-aliases:1  ticket",
    ),
    "an option's old letter": (
        Changed(mc=b"LOCAL_CONFIG\nOA/etc/more-aliases\n", files={MORE: b"x: /var/mail/x\n"}),
        "relay.alias-files",
        "/etc/more-aliases:1  x: /var/mail/x",
    ),
    "SMART_HOST": (
        Changed(mc=b"define(`SMART_HOST', `procmail:/etc/x')dnl", after=b"MAILER(`procmail')dnl\n"),
        "relay.mailers",
        "DS procmail:/etc/x",
    ),
    "BITNET_RELAY": (
        Changed(
            mc=b"define(`BITNET_RELAY', `procmail:/etc/x')dnl", after=b"MAILER(`procmail')dnl\n"
        ),
        "relay.mailers",
        "DB procmail:/etc/x",
    ),
    "MailerToTriple": (
        Changed(
            after=b"MAILER(`procmail')dnl\nLOCAL_RULE_0\nR$* < @ l.example . > $*\t"
            b"$@ $>MailerToTriple < procmail : /etc/x > $1 < @ l.example . >\n"
        ),
        "relay.mailers",
        "< procmail : /etc/x >",
    ),
    "a mailer in a macro": (
        Changed(
            mc=b"LOCAL_CONFIG\nD{own}procmail\n",
            after=b"MAILER(`procmail')dnl\nLOCAL_RULE_0\n"
            b"R$* < @ l.example . > $*\t$# $&{own} $@ /etc/x $: bob\n",
        ),
        "relay.mailers",
        "Down procmail",
    ),
}


@pytest.mark.parametrize("name", ROUTED)
def test_what_a_macro_or_a_rule_sends_here_blocks(host: Host, name: str) -> None:
    change, check_id, evidence = ROUTED[name]
    blocking = host.judge(change).blocking()
    assert evidence in blocking.get(check_id, ""), blocking
