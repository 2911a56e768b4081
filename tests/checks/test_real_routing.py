"""Routing on real Sendmail: each feature that keeps mail here is found, and none that does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.checks.test_real_host import Judged, judge
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Lab

MC = "/etc/mail/sendmail.mc"
CF = "/etc/mail/sendmail.cf"
HUB = b"define(`MAIL_HUB', `esmtp:[127.0.0.2]')dnl\n"
TABLES = {name: f"/etc/mail/{name}" for name in ("mailertable", "virtusertable", "domaintable")}
NAMES = "/etc/mail/local-host-names"
ALIASES = "/etc/aliases"
ROUTING = (
    *("relay.class-w", "relay.local-accounts", "relay.system-mail", "relay.double-bounce"),
    *("relay.mailertable", "relay.virtusertable", "relay.luser-relay", "relay.local-features"),
    *("relay.mailers", "relay.own-maps", "relay.tables-stale"),
)


class Changed(NamedTuple):
    """How a host differs from the healthy relay."""

    mc: bytes = b""
    "Put before the mailers of the .mc."
    after: bytes = b""
    "Put at the end of the .mc."
    hub: bool = True
    files: dict[str, bytes] = {}  # noqa: RUF012  (never changed)
    "Added to files."


class Host:
    """A relay with an account, changed for each test and put right again."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        lab.run(["useradd", "--create-home", "bob"])
        lab.write(TABLES["domaintable"], b"")
        paths = (MC, CF, NAMES, ALIASES, *TABLES.values())
        self._before = {path: lab.read(path) for path in paths}

    def judge(self, change: Changed) -> Judged:
        """What the checks say of the changed host."""
        mc = self._before[MC].replace(b"MAILER_DEFINITIONS", change.mc + b"\nMAILER_DEFINITIONS")
        self.lab.write(MC, (mc if change.hub else mc.replace(HUB, b"")) + change.after)
        for path, added in change.files.items():
            self.lab.write(path, self._before[path] + added)
        built = self.lab.run(["sh", "-c", f"m4 {MC} > {CF}"])
        assert built.returncode == 0, built.stderr
        self.rebuild()
        try:
            return judge(self.lab)
        finally:
            for path, content in self._before.items():
                self.lab.write(path, content)
            self.rebuild()

    def rebuild(self) -> None:
        """Databases from texts."""
        for path in TABLES.values():
            self.lab.run(["sh", "-c", f"makemap hash {path} < {path}"])
        self.lab.run(["newaliases"])


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with open_or_skip("relay") as lab:
        yield Host(lab)


def _routing(judged: Judged) -> dict[str, str]:
    """Evidence of the routing checks that block."""
    return {key: text for key, text in judged.blocking().items() if key in ROUTING}


FINE = {
    "MAIL_HUB": Changed(),
    "local: under MAIL_HUB": Changed(
        files={TABLES["mailertable"]: b"mt.example\tlocal:bob\nerr.example\terror:5.1.1:550 no\n"}
    ),
    "bare name under MAIL_HUB": Changed(
        files={
            TABLES["virtusertable"]: b"a@v.example\tbob\n@v.example\t%1\n",
            NAMES: b"v.example\n",
        }
    ),
    "class w under MAIL_HUB": Changed(files={NAMES: b"example.com\n"}),
    "LUSER_RELAY": Changed(mc=b"define(`LUSER_RELAY', `esmtp:[127.0.0.2]')dnl"),
    "LOCAL_RELAY": Changed(mc=b"define(`LOCAL_RELAY', `esmtp:[127.0.0.2]')dnl"),
    "stickyhost": Changed(mc=b"FEATURE(`stickyhost')dnl"),
    "bestmx_is_local": Changed(mc=b"FEATURE(`bestmx_is_local')dnl"),
    "genericstable": Changed(mc=b"FEATURE(`genericstable', `hash -o /etc/mail/generics')dnl"),
    "domaintable": Changed(
        mc=b"FEATURE(`domaintable')dnl",
        files={TABLES["domaintable"]: b"old.example\texample.org\nmy.example\trelay1\n"},
    ),
    "bitdomain": Changed(mc=b"FEATURE(`bitdomain', `hash -o /etc/mail/bitdomain')dnl"),
    "unused mailers": Changed(after=b"MAILER(`procmail')dnl\nMAILER(`cyrusv2')dnl\n"),
    "double bounces": Changed(mc=b"define(`confDOUBLE_BOUNCE_ADDRESS', `db@example.org')dnl"),
    "what relays usually have": Changed(
        mc=b"""FEATURE(`dnsbl', `dnsbl.example')dnl
FEATURE(`relay_based_on_MX')dnl
FEATURE(`blocklist_recipients')dnl
FEATURE(`redirect')dnl
FEATURE(`always_add_domain')dnl
FEATURE(`local_no_masquerade')dnl
MASQUERADE_AS(`example.net')dnl
FEATURE(`masquerade_envelope')dnl
FEATURE(`ratecontrol', `nodelay', `terminate')dnl
FEATURE(`authinfo', `hash -o /etc/mail/authinfo')dnl
FEATURE(`virtuser_entire_domain')dnl
VIRTUSER_DOMAIN(`v.example')dnl
RELAY_DOMAIN(`example.com')dnl
FEATURE(`use_ct_file')dnl
LOCAL_CONFIG
Krcpt ldap -1 -k (mail=%0) -v mail
""",
        after=b"LOCAL_RULESETS\nSLocal_check_rcpt\nR$*\t$: $1 $| $(rcpt $1 $)\nR$*\t$@ ok\n",
    ),
    "SMART_HOST": Changed(mc=b"define(`SMART_HOST', `esmtp:[127.0.0.2]')dnl"),
    "postmaster copy": Changed(mc=b"define(`confCOPY_ERRORS_TO', `Postmaster')dnl"),
}


@pytest.mark.parametrize("name", FINE)
def test_what_leaves_this_host_does_not_block(host: Host, name: str) -> None:
    assert _routing(host.judge(FINE[name])) == {}


FOUND = {
    "no MAIL_HUB": (Changed(hub=False), "relay.local-accounts", "bob... deliverable: mailer local"),
    "MAIL_HUB is this host": (
        Changed(hub=False, mc=b"define(`MAIL_HUB', `local:')dnl"),
        "relay.local-accounts",
        "mailer local, host bob, user bob",
    ),
    "stickyhost and LOCAL_RELAY": (
        Changed(
            hub=False,
            mc=b"FEATURE(`stickyhost')dnl\ndefine(`LOCAL_RELAY', `esmtp:[127.0.0.2]')dnl",
        ),
        "relay.local-accounts",
        "bob@relay1.example.net... deliverable: mailer local",
    ),
    "LUSER_RELAY": (
        Changed(hub=False, mc=b"define(`LUSER_RELAY', `local:bob')dnl"),
        "relay.luser-relay",
        "  DLlocal:bob",
    ),
    "LOCAL_USER": (Changed(mc=b"LOCAL_USER(`bob')dnl"), "relay.local-features", "  $=L bob"),
    "bestmx_is_local": (
        Changed(hub=False, mc=b"FEATURE(`bestmx_is_local')dnl"),
        "relay.local-features",
        "$(bestmx $2 $)",
    ),
    "root's alias": (
        Changed(hub=False, files={ALIASES: b"postmaster: bob\n"}),
        "relay.local-accounts",
        "mailer local",
    ),
    "mailertable local:": (
        Changed(hub=False, files={TABLES["mailertable"]: b"mt.example\tlocal:bob\n"}),
        "relay.mailertable",
        "/etc/mail/mailertable:3  mt.example local:bob",
    ),
    "mailertable Cyrus": (
        Changed(
            after=b"MAILER(`cyrusv2')dnl\n",
            files={TABLES["mailertable"]: b".c.example\tcyrusv2:x\n"},
        ),
        "relay.mailertable",
        "/etc/mail/mailertable:3  .c.example cyrusv2:x",
    ),
    "virtual user": (
        Changed(
            hub=False,
            files={TABLES["virtusertable"]: b"a@v.example\tbob\n", NAMES: b"v.example\n"},
        ),
        "relay.virtusertable",
        "/etc/mail/virtusertable:2  a@v.example bob",
    ),
    "virtual user with a domain of class w": (
        Changed(
            hub=False,
            files={TABLES["virtusertable"]: b"a@v.example\tbob@relay1\n", NAMES: b"v.example\n"},
        ),
        "relay.virtusertable",
        "/etc/mail/virtusertable:2  a@v.example bob@relay1",
    ),
    "double bounces": (
        Changed(hub=False, mc=b"define(`confDOUBLE_BOUNCE_ADDRESS', `bob')dnl"),
        "relay.double-bounce",
        "  O DoubleBounceAddress=bob",
    ),
    "lost double bounces": (
        Changed(hub=False, mc=b"define(`confDOUBLE_BOUNCE_ADDRESS', `nobody-at-all')dnl"),
        "relay.double-bounce",
        "nobody-at-all... User unknown",
    ),
    "LOCAL_RULE_0": (
        Changed(after=b"LOCAL_RULE_0\nR$* < @ l.example . > $*\t$#local $: bob\n"),
        "relay.mailers",
        "R$* < @ l.example . > $* $#local $: bob",
    ),
    "UUCP": (Changed(after=b"MAILER(`uucp')dnl\n"), "relay.mailers", "$#uucp-old"),
    "Cyrus as the local mailer": (
        Changed(
            hub=False,
            mc=b"define(`confLOCAL_MAILER', `cyrusv2')dnl",
            after=b"MAILER(`cyrusv2')dnl\n",
        ),
        "relay.luser-relay",
        "mailer cyrusv2",
    ),
    "a map of one's own": (
        Changed(
            mc=b"LOCAL_CONFIG\nKmine hash /etc/mail/domaintable\n",
            after=b"LOCAL_RULE_0\nR$* < @ $+ . > $*\t$: $1 < @ $(mine $2 $) . > $3\n",
            files={TABLES["domaintable"]: b"m.example\tother.example\n"},
        ),
        "relay.own-maps",
        "/etc/mail/domaintable:1  m.example other.example",
    ),
    "LDAP": (
        Changed(mc=b"FEATURE(`mailertable', `ldap -k (x=%0) -v y')dnl"),
        "relay.tables-stale",
        "Kmailertable ldap -k (x=%0) -v y",
    ),
    "no database": (
        Changed(mc=b"FEATURE(`bitdomain')dnl"),
        "relay.tables-stale",
        "/etc/mail/bitdomain.db is absent",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_stays_here_blocks(host: Host, name: str) -> None:
    change, check_id, evidence = FOUND[name]
    blocking = _routing(host.judge(change))
    assert evidence in blocking.get(check_id, ""), blocking


def test_a_mail_domain_with_mailboxes_here(host: Host) -> None:
    aliases = {ALIASES: b"\n", NAMES: b"example.com\n"}
    before = host.lab.read(ALIASES)
    host.lab.write(ALIASES, b"# none\n")
    try:
        host._before[ALIASES] = b"# none\n"
        blocking = _routing(host.judge(Changed(hub=False, files=aliases)))
    finally:
        host._before[ALIASES] = before
        host.lab.write(ALIASES, before)
        host.rebuild()
    assert "/etc/mail/local-host-names:3  example.com" in blocking["relay.class-w"]
    assert "root@example.com... deliverable: mailer local" in blocking["relay.class-w"]
    assert "root... deliverable: mailer local, user root" in blocking["relay.system-mail"]
    assert "relay.double-bounce" in blocking


def test_text_and_database_that_disagree(host: Host) -> None:
    path = TABLES["mailertable"]
    before = host.lab.read(path)
    host.lab.write(path, before + b"new.example\tlocal:\n")
    blocking = _routing(judge(host.lab))
    host.lab.write(path, before)
    assert list(blocking) == ["relay.tables-stale"]
    added = f"{path}:3  new.example local:  (not in the database)"
    assert added in blocking["relay.tables-stale"]


def test_nullclient(host: Host) -> None:
    mc = host.lab.read(MC)
    null = (
        b"include(`/usr/share/sendmail/cf/m4/cf.m4')dnl\nOSTYPE(`debian')dnl\n"
        b"FEATURE(`nullclient', `[127.0.0.2]')dnl\n"
    )
    host.lab.write(MC, null)
    cf = host.lab.read(CF)
    host.lab.run(["sh", "-c", f"m4 {MC} > {CF}"])
    try:
        assert _routing(judge(host.lab)) == {}
    finally:
        host.lab.write(MC, mc)
        host.lab.write(CF, cf)


def test_a_broken_cf_is_unknown(host: Host) -> None:
    before = host.lab.read(CF)
    host.lab.write(CF, before + b"Rno tabs here\n")
    try:
        judged = judge(host.lab)
    finally:
        host.lab.write(CF, before)
    assert judged.results["relay.system-mail"][0] == "unknown"
    assert judged.results["relay.class-w"][0] == "unknown"
