from __future__ import annotations

import pytest

from tests.facts.paper_host import PaperHost, text
from wizard.facts.cf import gather, parse
from wizard.host.base import Unreadable

CF = """\
# a comment
Cwlocalhost example.com
C{L}bob
CL alice
Fw/etc/mail/local-host-names %[^\\#]
DSesmtp:[hub.example.org]
D{LongName}value
#DHnot.this.one
DHesmtp:[192.0.2.7]
Kmailertable hash -o /etc/mail/mailertable
Kboth sequence first second
Kaccess hash -T<TMPF> /etc/mail/access
O DoubleBounceAddress=db@example.org
O AliasFile=/etc/mail/aliases
OAlias
Scanonify=3
R$*\t\t$: $>Canonify2 $1\t\tcomment $#prog
SCanonify2=96
R$* < @ $+ > $*\t$: $1 < @ $(domaintable $2 $) > $3
Sparse=0
R$*\t\t$: $>"Parse1" $1
R<@>\t\t$#error $@ 5.1.3 $: "553 User address required"
SParse1
R$+ < @ $=w . >\t$#local $: $1\t\tregular local name
R$+ < @ $+ >\t\t$: <$(mailertable $2 $)> $1
\t< @ $2 >\tcontinued
Scheck_rcpt
R$*\t\t$: $(access $1 $)
R$*\t\t$#cyrus $: $1
Slocaladdr=5
R$+\t\t$# cyrusv2 $: $1
Mlocal,\tP=/usr/sbin/sensible-mda, F=lsDFMAw5:/|@qPn9S,
\t\tA=sensible-mda $g $u
Mesmtp,\tP=[IPC], F=mDFMuXa, A=TCP $h
Mlmtp,\tP=[IPC], F=mDFMnqXz, A=FILE /var/run/lmtp
"""


def test_what_it_names() -> None:
    cf = parse("/etc/mail/sendmail.cf", CF)
    assert cf.classes == {"w": ("localhost", "example.com"), "L": ("bob", "alice")}
    assert cf.class_files == (("w", "/etc/mail/local-host-names", 5),)
    assert cf.macros["H"] == "esmtp:[192.0.2.7]"
    assert cf.macros["LongName"] == "value"
    assert cf.option("doublebounceaddress") == "db@example.org"
    assert cf.local_mailers == ("local", "prog", "*file*", "*include*", "lmtp")


def test_where_it_stands() -> None:
    cf = parse("/etc/mail/sendmail.cf", CF)
    assert cf.place("DH") == "/etc/mail/sendmail.cf:9"
    assert cf.place("CL") == "/etc/mail/sendmail.cf:4"
    assert cf.place("O DoubleBounceAddress") == "/etc/mail/sendmail.cf:13"
    assert cf.place("O PostmasterCopy") == "/etc/mail/sendmail.cf"


def test_maps_with_their_arguments() -> None:
    maps = {one.name: one for one in parse("x", CF).maps}
    assert maps["mailertable"].optional
    assert maps["mailertable"].path == "/etc/mail/mailertable"
    assert maps["both"].arguments == ("first", "second")
    assert not maps["access"].optional


def test_only_rules_that_route_are_told() -> None:
    rules = parse("x", CF).rules
    assert [(rule.ruleset, rule.mailers, rule.maps) for rule in rules] == [
        ("Canonify2", (), ("domaintable",)),
        ("Parse1", ("local",), ()),
        ("Parse1", (), ("mailertable",)),
        ("localaddr", ("cyrusv2",), ()),
    ]
    assert rules[1].text == "R$+ < @ $=w . > $#local $: $1"
    assert rules[1].line == 24


def test_numbered_rulesets_and_loops() -> None:
    old = "S0\nR$*\t$: $>98 $1\nS98\nR$*\t$>0 $#uucp $: $(uu $1 $)\nS99\nR$*\t$#prog $: $1\n"
    assert [rule.mailers for rule in parse("x", old).rules] == [("uucp",)]
    assert parse("x", "R$*\t$#local\nS\n").rules == ()


@pytest.mark.parametrize(
    "line", ["R", "S", "D", "C", "K", "O", "M", "F", "D{", "C{x", "R\t$#", "S=0"]
)
def test_garbage_is_left_alone(line: str) -> None:
    assert parse("x", f"{line}\nDHhub\n").macros["H"] == "hub"


def test_no_cf_is_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"sendmail\.cf: absent"):
        gather(PaperHost(), "/etc/mail/sendmail.cf")
    host = PaperHost({"/etc/mail/sendmail.cf": text(CF)})
    assert gather(host, "/etc/mail/sendmail.cf").lines == CF.count("\n")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("O AliasFil=/x", "AliasFile"),
        ("O forward=/x", "ForwardPath"),
        ("OA/x", "AliasFile"),
        ("OJ/x", "ForwardPath"),
        ("OP/x", "PostmasterCopy"),
        ("O AliasWait=/x", "AliasWait"),
        ("Oa/x", "a"),
    ],
)
def test_shortened_and_old_names_of_options(line: str, name: str) -> None:
    assert parse("/x.cf", line).options == {name: ("/x",)}
