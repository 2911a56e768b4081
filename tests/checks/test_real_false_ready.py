"""Hosts that look like relays and deliver here all the same: each was once called ready."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checks.test_real_host import judge
from tests.checks.test_real_routing import NAMES, TABLES, Changed, Host
from tests.lab.opening import open_or_skip

MORE = "/etc/more-aliases"
VIRTUAL = TABLES["virtusertable"]


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with open_or_skip("relay") as lab:
        lab.write(MORE, b"")
        host = Host(lab)
        host._before[MORE] = b""
        host._before[NAMES] += b"v.example\n"
        lab.write(NAMES, host._before[NAMES])
        yield host


OTHERS = b"".join(b"u%d@v.example\tx%d@e%d.example\n" % (n, n, n) for n in range(5))
"As many as are not all asked about."
ROUTED = {
    "a virtual user in angle brackets": (
        Changed(hub=False, files={VIRTUAL: OTHERS + b"g@v.example\tGames <games@relay1>\n"}),
        "relay.virtusertable",
        "g@v.example Games <games@relay1>",
    ),
    "a virtual user by way of domaintable": (
        Changed(
            hub=False,
            mc=b"FEATURE(`domaintable')dnl",
            files={
                TABLES["domaintable"]: b"old.example\trelay1.example.net\n",
                VIRTUAL: OTHERS + b"g@v.example\tgames@old.example\n",
            },
        ),
        "relay.virtusertable",
        "g@v.example games@old.example",
    ),
    "local: for every account": (
        Changed(hub=False, files={TABLES["mailertable"]: b"m.example\tLocal:\n"}),
        "relay.mailertable",
        "m.example Local:",
    ),
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


def test_a_program_that_waits_in_the_queue(host: Host) -> None:
    """Its alias is gone, and MAIL_HUB is there: the entry runs the program all the same."""
    lab = host.lab
    aliases = lab.read("/etc/aliases")
    lab.write("/etc/aliases", aliases + b'ticket: "|/usr/local/bin/ticket"\n')
    lab.run(["newaliases"])
    lab.run(
        ["sendmail", "-Am", "-odq", "-f", "a@example.org", "ticket"], input=b"Subject: x\n\nx\n"
    )
    lab.write("/etc/aliases", aliases)
    lab.run(["newaliases"])
    try:
        blocking = judge(lab).blocking()
    finally:
        lab.run(["sh", "-c", "rm -f /var/spool/mqueue/?f*"])
    assert '  R "|/usr/local/bin/ticket": mailer prog' in blocking["relay.queue-local"]
    assert "relay.alias-programs" not in blocking


def test_mail_that_waits_for_the_hub_is_fine(host: Host) -> None:
    for to in ("bob", "a@example.org"):
        host.lab.run(
            ["sendmail", "-Am", "-odq", "-f", "a@example.org", to], input=b"Subject: x\n\n"
        )
    try:
        result = judge(host.lab).results["relay.queue-local"]
    finally:
        host.lab.run(["sh", "-c", "rm -f /var/spool/mqueue/?f*"])
    assert result[0] == "pass"


def test_a_daemon_with_aliases_of_its_own(host: Host) -> None:
    lab = host.lab
    lab.run(["systemctl", "stop", "sendmail"])
    lab.run(["/usr/sbin/sendmail-mta", "-bd", "-q10m", f"-OAliasFile={MORE}"])
    try:
        blocking = judge(lab).blocking()
    finally:
        lab.run(["sh", "-c", "kill $(head -1 /run/sendmail/mta/sendmail.pid); sleep 1"])
        lab.run(["systemctl", "start", "sendmail"])
    assert f"AliasFile={MORE}" in blocking["needs.instances"]
