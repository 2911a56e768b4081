"""Aliases and .forward files on a real Sendmail: what is told is what it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.checks.test_real_host import Judged, judge
from tests.lab.opening import open_or_skip
from wizard.facts.alias.database import compare, rows
from wizard.facts.alias.text import Parsed, Seen, read_text, started
from wizard.lab.practice import Lab

TEXT = "/etc/aliases"
CF = "/etc/mail/sendmail.cf"
BUILD = ("newaliases",)
NASTY = (
    rb"""root: x@example.org
# comment \
hid: "|/bin/a"
b\
c: d@example.org
e: f@example.org,
   "|/bin/g, h",
# cuts

	i: continues nothing
l: "|/bin/a, b", m
n:
q: :Include:/tmp/x
"s t": /var/mail/st
no colon
Upper: User@Example.ORG, \root
dup: a@example.org
dup: "|/bin/dup"
crlf: a@example.org, c@example.org
spaces :  a@example.org  ,   b@example.org
comment: a@example.org # trailing
note (one): a@example.org (trailing comment), b@example.org
full: Joe User <joe@example.org>
"quo:ted": a@example.org
quo"x y"te: a@example.org
a@b.c: foo@example.org
alice@localhost: al@example.org
<ang>: a@example.org
Joe <joe>: j@example.org
two words: w@example.org
grp: list: a, b;
bs: \root, \\root
prog: | /bin/x a b
prog2: |"/bin/x a b"
prog3: "| /bin/x \"a b\""
file: /a b/c
empty: ,
comma: a@example.org,,b@example.org,
tab:	a@example.org	,	b@example.org
long: a@example.org, \
  b@example.org
inner: a@example.org,
   # no comment here
   b@example.org
cut: a@example.org,

   b@example.org
bang: host!user
pct: user%host@example.org
err: error:5.7.0:550 no
cr: a@example.org,
 b@example.org
*: star@example.org
""".replace(b"crlf: a@example.org, c@example.org\n", b"crlf: a@example.org, c@example.org\r\n")
    + (b"large: " + b"u@example.org, " * 800 + b"v@example.org\nlast: z@example.org")
)


@pytest.fixture(scope="module")
def relay() -> Iterator[Lab]:
    """One healthy relay, which each test puts right again."""
    with open_or_skip("relay") as lab:
        lab.run(["useradd", "-m", "alice"])
        yield lab


@contextmanager
def _changed(lab: Lab, path: str, content: bytes, *after: tuple[str, ...]) -> Iterator[None]:
    """The file has that content; afterwards it is as before, and newaliases has run."""
    before = lab.read(path)
    lab.write(path, content)
    try:
        for argv in after:
            lab.run(list(argv))
        yield
    finally:
        lab.write(path, before)
        lab.run(list(BUILD))


def _aliases(lab: Lab, added: bytes, *after: tuple[str, ...]) -> Judged:
    with _changed(lab, TEXT, lab.read(TEXT) + added, *after):
        return judge(lab)


def test_our_parser_reads_what_newaliases_stores(relay: Lab) -> None:
    own = frozenset({"localhost"})
    with _changed(relay, TEXT, NASTY, BUILD):
        dumped = relay.run(["makemap", "-u", "hash", "/etc/mail/aliases.db"]).stdout

    def read(seen: Seen | None) -> Parsed:
        parsed = started(TEXT, own)
        read_text(parsed, NASTY, 1, seen)
        return parsed

    both = compare(read, dumped, "db", own)
    assert sum(1 for _row in rows(dumped)) > 35
    assert both.complete
    assert {one.name for one in both.unlike} == {"a@b.c", "large"}  # newaliases refuses both
    assert all(one.database == "" for one in both.unlike)


def test_a_text_that_is_newer_and_says_the_same_does_not_block(relay: Lab) -> None:
    touch = ("touch", "-d", "+1 minute", TEXT)
    with _changed(relay, TEXT, b"# a comment more\n" + relay.read(TEXT), touch):
        judged = judge(relay)
    assert judged.verdict == "ready"
    assert judged.results["relay.alias-db"][0] == "pass"


def test_what_only_the_text_holds_is_judged_and_told(relay: Lab) -> None:
    judged = _aliases(relay, b'ticket: "|/bin/ticket"\n')
    assert "in force after the next newaliases" in judged.blocking()["relay.alias-programs"]
    outcome, severity, evidence = judged.results["relay.alias-db"]
    assert (outcome, severity) == ("found", "warning")
    assert 'ticket: "|/bin/ticket"; /etc/mail/aliases.db: not there' in evidence


def test_what_only_the_database_holds_is_judged_and_told(relay: Lab) -> None:
    before = relay.read(TEXT)
    with _changed(relay, TEXT, before + b'ticket: "|/bin/ticket"\n', BUILD):
        relay.write(TEXT, before)
        judged = judge(relay)
    assert "aliases.db  ticket: " in judged.blocking()["relay.alias-programs"]
    assert "aliases.db  ticket: " in judged.results["relay.alias-db"][2]


def test_a_torn_database_is_unknown(relay: Lab) -> None:
    relay.run(["sh", "-c", "truncate -s 5000 /etc/mail/aliases.db"])
    try:
        assert judge(relay).results["relay.alias-db"][0] == "unknown"
    finally:
        relay.run(["sh", "-c", "rm /etc/mail/aliases.db; newaliases"])


def test_without_a_database_the_text_counts(relay: Lab) -> None:
    relay.run(["rm", "/etc/mail/aliases.db"])
    try:
        assert judge(relay).verdict == "ready"
        judged = _aliases(relay, b"archive: /var/archive\n")
    finally:
        relay.run(list(BUILD))
    assert "archive: /var/archive" in judged.blocking()["relay.alias-files"]


def test_lists_are_followed(relay: Lab) -> None:
    relay.write("/etc/mail/staff", b"# staff\na@example.org\n:include:/etc/mail/more\n")
    relay.write("/etc/mail/more", b"|/bin/p x\n/var/f, b@example.org\n:include:/etc/mail/staff\n")
    judged = _aliases(relay, b"staff: :include:/etc/mail/staff\n", BUILD)
    blocking = judged.blocking()
    chain = "/etc/aliases:15 -> /etc/mail/staff:3 -> /etc/mail/more"
    assert f"{chain}:1  |/bin/p x" in blocking["relay.alias-programs"]
    assert f"{chain}:2  /var/f, b@example.org" in blocking["relay.alias-files"]
    assert "/etc/aliases:15  staff: :include:" in blocking["relay.alias-includes"]


def test_a_list_that_is_not_there_is_told(relay: Lab) -> None:
    judged = _aliases(relay, b"staff: :include:/etc/mail/nowhere\n", BUILD)
    assert list(judged.blocking()) == ["relay.alias-includes"]
    assert "/etc/mail/nowhere is not there" in judged.blocking()["relay.alias-includes"]


def test_a_loop_is_told_and_does_not_block(relay: Lab) -> None:
    judged = _aliases(relay, b"a: b\nb: a\nself: self\n", BUILD)
    assert judged.verdict == "ready"
    assert judged.results["relay.alias-loops"][1:] == (
        "warning",
        "/etc/aliases:15  a: b\n/etc/aliases:16  b: a",
    )


def test_without_a_hub_aliases_that_end_here_block(relay: Lab) -> None:
    hubless = b"\n".join(
        b"DH" if line.startswith(b"DH") else line for line in relay.read(CF).split(b"\n")
    )
    kept = b"".join(ln for ln in relay.read(TEXT).splitlines(True) if not ln.startswith(b"root:"))
    with _changed(relay, CF, hubless), _changed(relay, TEXT, kept + b"al: \\alice\n", BUILD):
        evidence = judge(relay).blocking()["relay.alias-local"]
    assert "nobody -> root: root... deliverable: mailer local" in evidence
    assert "al -> \\alice: \\alice... deliverable: mailer local" in evidence
    with _changed(relay, CF, hubless):
        assert "relay.alias-local" not in judge(relay).blocking()  # root leads elsewhere


@pytest.mark.parametrize(
    ("source", "check_id", "evidence"),
    [
        (b"nis:mail.aliases", "relay.alias-db", "sendmail.cf:"),
        (b"ldap:-k (a=b)", "relay.alias-db", "ldap:"),
        (b"/etc/mail/aliases, nosuch:/x", "relay.alias-db", "nosuch:/x"),
    ],
)
def test_a_source_out_of_reach_is_unknown(
    relay: Lab, source: bytes, check_id: str, evidence: str
) -> None:
    option = b"O AliasFile="
    before = relay.read(CF).split(b"\n")
    changed = [option + source if line.startswith(option) else line for line in before]
    with _changed(relay, CF, b"\n".join(changed)):
        result = judge(relay).results[check_id]
    assert result[0] == "unknown"
    assert evidence in result[2]


def test_the_service_switch_is_read(relay: Lab) -> None:
    with _changed(relay, "/etc/mail/service.switch", b"hosts files\naliases files nis\n"):
        result = judge(relay).results["relay.alias-programs"]
    assert result[0] == "unknown"
    assert "/etc/mail/service.switch:2  nis:" in result[2]


def test_a_forward_that_is_not_consulted_is_a_warning(relay: Lab) -> None:
    path = "/home/alice/.forward"
    relay.write(path, b"|/bin/prog\n")
    relay.run(["chown", "alice", path])
    try:
        judged = judge(relay)
    finally:
        relay.run(["rm", path])
    assert judged.verdict == "ready"
    outcome, severity, evidence = judged.results["relay.forward"]
    assert (outcome, severity) == ("found", "warning")
    assert f"{path}:1  |/bin/prog; alice... deliverable: mailer esmtp" in evidence


def test_accounts_of_sssd_may_be_accepted(relay: Lab) -> None:
    switch = b"passwd: files sss\n"
    hubless = b"\n".join(
        b"DH" if line.startswith(b"DH") else line for line in relay.read(CF).split(b"\n")
    )
    with _changed(relay, "/etc/nsswitch.conf", switch):
        assert judge(relay).results["relay.forward"][0] == "pass"  # the hub takes all
        with _changed(relay, CF, hubless):
            assert judge(relay).results["relay.forward"][1] == "overridable"
