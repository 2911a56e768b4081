from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts.aliases import (
    AliasSource,
    gather,
    parse_alias_option,
    parse_aliases,
    split_outside_quotes,
)
from wizard.facts.mail_model import Aliases
from wizard.facts.model import Cf

REAL = r"""root: x@example.org
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
"""
"newaliases of 8.17.1.9 was seen to read these lines so."


def _cf(*alias_files: str, switch: str = "") -> Cf:
    options = {"AliasFile": alias_files} if alias_files else {}
    if switch:
        options["ServiceSwitchFile"] = (switch,)
    return Cf("/etc/mail/sendmail.cf", options, (), (), (), {}, 1)


def _names(aliases: Aliases) -> list[str]:
    return [entry.name for file in aliases.files for entry in file.entries]


def test_lines_are_read_as_newaliases_reads_them() -> None:
    entries, problems = parse_aliases(REAL, "/etc/aliases")
    assert [(e.line, e.name, e.targets) for e in entries] == [
        (1, "root", ("x@example.org",)),
        (4, "bc", ("d@example.org",)),
        (6, "e", ("f@example.org", '"|/bin/g, h"')),
        (11, "l", ('"|/bin/a, b"', "m")),
        (13, "q", (":Include:/tmp/x",)),
        (14, "s t", ("/var/mail/st",)),
    ]
    assert [problem.split("  ")[0] for problem in problems] == [
        "/etc/aliases:10",
        "/etc/aliases:12",
        "/etc/aliases:15",
    ]


def test_crlf_and_a_missing_last_newline() -> None:
    entries, problems = parse_aliases("a: b\r\nc: d,\r\n e\r\nf: g\\", "x")
    assert [entry.name for entry in entries] == ["a", "c", "f"]
    assert [entry.targets for entry in entries] == [("b",), ("d", "e"), ("g",)]
    assert not problems


@given(st.text(alphabet='ab:|/," \\\t\n\r#é'))
def test_no_text_is_too_nasty(content: str) -> None:
    entries, problems = parse_aliases(content, "x")
    lines = content.count("\n") + 1
    assert all(1 <= entry.line <= lines and entry.targets for entry in entries)
    assert len(entries) + len(problems) <= lines


@given(st.lists(st.from_regex(r'[a-z|/@.]+|"[a-z, |/]+"', fullmatch=True), min_size=1))
def test_targets_come_back_as_they_were_joined(targets: list[str]) -> None:
    assert split_outside_quotes(", ".join(targets)) == tuple(targets)


@pytest.mark.parametrize(
    ("value", "sources"),
    [
        ("/etc/aliases", [("implicit", "/etc/aliases")]),
        ("hash:/etc/aliases, btree: -o /a/b", [("hash", "/etc/aliases"), ("btree", "/a/b")]),
        ("nis:mail.aliases@x", [("nis", "mail.aliases@x")]),
        ('ldap:-k "(&(a=b),(c=%0))" -v mail', [("ldap", '-k "(&(a=b),(c=%0))" -v mail')]),
        ("null:", [("null", "")]),
        ("", []),
    ],
)
def test_the_option_names_sources(value: str, sources: list[tuple[str, str]]) -> None:
    assert parse_alias_option((value,)) == tuple(AliasSource(*source) for source in sources)


def test_links_are_followed_and_every_line_of_the_option_counts() -> None:
    host = PaperHost(
        {
            "/etc/mail/aliases": link("../aliases"),
            "/etc/aliases": text("root: hub"),
            "/etc/lists": text("staff: :include:/x"),
        }
    )
    found = gather(host, _cf("/etc/mail/aliases", "hash:/etc/lists"))
    assert [file.path for file in found.files] == ["/etc/aliases", "/etc/lists"]
    assert _names(found) == ["root", "staff"]
    assert found.unreadable == ()


def test_no_alias_file_is_no_alias() -> None:
    assert gather(PaperHost(), _cf()) == Aliases((), ())
    assert gather(PaperHost(), _cf("null:")) == Aliases((), ())
    assert _names(gather(PaperHost(), _cf("/etc/aliases"))) == []


@pytest.mark.parametrize(
    ("files", "option", "says"),
    [
        ({"/etc/aliases.db": text("")}, "/etc/aliases", "absent, yet its database"),
        ({"/etc/aliases.pag": text("")}, "dbm:/etc/aliases", "absent, yet its database"),
        ({"/a": text("", 9), "/a.db": text("", 5)}, "hash:/a", "run newaliases"),
        ({"/a": DIRECTORY}, "/a", "is a directory"),
        ({}, "nis:mail.aliases", "nis:mail.aliases"),
        ({}, "ldap:-k (a=b)", "ldap:"),
        ({}, "/locked/aliases", "Permission denied"),
    ],
)
def test_what_cannot_be_told_is_unreadable(files: dict, option: str, says: str) -> None:  # type: ignore[type-arg]
    found = gather(PaperHost(files, locked=("/locked",)), _cf(option))
    assert found.files == ()
    assert len(found.unreadable) == 1
    assert says in found.unreadable[0]


def test_a_database_as_old_as_its_text_is_fine() -> None:
    host = PaperHost({"/a": text("x: y", 5), "/a.db": text("", 5)})
    assert _names(gather(host, _cf("hash:/a"))) == ["x"]


def test_the_service_switch_may_add_sources() -> None:
    host = PaperHost({"/sw": text("# aliases nis\nhosts files dns\naliases files nis\n")})
    found = gather(host, _cf("/etc/aliases", switch="/sw"))
    assert found.unreadable == ("/sw:3  aliases come from nis too, which cannot be read here",)
