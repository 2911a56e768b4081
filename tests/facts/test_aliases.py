from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts.aliases import (
    AliasSource,
    gather,
    parse_alias_option,
    parse_aliases,
)
from wizard.facts.cf_model import Cf, CfMap
from wizard.facts.mail_model import AliasDifference, Aliases
from wizard.facts.model import Classes
from wizard.model import FileState, Kind
from wizard.plans import Completed

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

SENDMAIL = "/usr/sbin/sendmail"


def _cf(*alias_files: str, switch: str = "") -> Cf:
    options = {"AliasFile": alias_files} if alias_files else {}
    if switch:
        options["ServiceSwitchFile"] = (switch,)
    return Cf("/etc/mail/sendmail.cf", options, (), (), (), {}, 1)


def _gather(host: PaperHost, cf: Cf) -> Aliases:
    return gather(host, SENDMAIL, cf, Classes(("localhost", "relay1.example.net"), ()))


def _makemap(rows: str, code: int = 0, stderr: str = "") -> Completed:
    return Completed(code, rows.encode(), stderr.encode())


def _names(aliases: Aliases) -> list[str]:
    return [entry.name for file in aliases.files for entry in file.entries]


def test_lines_are_read_as_newaliases_reads_them() -> None:
    entries, problems = parse_aliases(REAL, "/etc/aliases")
    assert [(e.line, e.name, e.targets) for e in entries] == [
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
            "/x": text("a@example.org\n"),
        }
    )
    found = _gather(host, _cf("/etc/mail/aliases", "hash:/etc/lists"))
    assert [file.path for file in found.files] == ["/etc/aliases", "/etc/lists"]
    assert _names(found) == ["root", "staff"]
    assert found.unreadable == ()


def test_no_alias_file_is_no_alias() -> None:
    assert _gather(PaperHost(), _cf()) == Aliases((), ())
    assert _gather(PaperHost(), _cf("null:")) == Aliases((), ())
    assert _names(_gather(PaperHost(), _cf("/etc/aliases"))) == []


@pytest.mark.parametrize(
    ("files", "option", "says"),
    [
        ({"/etc/aliases.db": text("")}, "/etc/aliases", "makemap -u hash /etc/aliases.db"),
        ({"/etc/aliases.pag": text("")}, "dbm:/etc/aliases", "makemap -u dbm /etc/aliases.pag"),
        ({"/a": DIRECTORY}, "/a", "is a directory"),
        ({}, "nis:mail.aliases", "nis:mail.aliases"),
        ({}, "ldap:-k (a=b)", "ldap:"),
        ({}, "nosuch:/a", "no class of aliases"),
        ({}, "aliases", "not an absolute path"),
        ({}, "/locked/aliases", "Permission denied"),
    ],
)
def test_what_cannot_be_told_is_unreadable(files: dict, option: str, says: str) -> None:  # type: ignore[type-arg]
    found = _gather(PaperHost(files, locked=("/locked",)), _cf(option))
    assert [file for file in found.files if file.entries] == []
    assert len(found.unreadable) == 1
    assert says in found.unreadable[0]


def test_the_place_of_a_source_is_the_line_of_the_cf() -> None:
    cf = text("V10\nO AliasFile=/a,\n hash:/b\n#O AliasFile=/c\nO AliasFile=nis:x\n")
    host = PaperHost({"/etc/mail/sendmail.cf": cf})
    found = _gather(host, _cf("/a, hash:/b", "nis:x"))
    assert [file.place for file in found.files] == ["/etc/mail/sendmail.cf:2"] * 2
    assert found.unreadable[0].startswith("/etc/mail/sendmail.cf:5  nis:x")


def test_a_database_that_agrees_says_so_however_old_it_is() -> None:
    host = PaperHost(
        {"/a": text('X: y\n"s t": "|/bin/x y",\n  z@example.org\ndup: q@a.b\ndup: r@a.b\n', 9)}
        | {"/a.db": text("", 5)},
        {
            "/usr/sbin/makemap -u hash /a.db": _makemap(
                'dup\tr@a.b\n@\t@\nx\ty\n"s t"\t"|/bin/x y",  z@example.org\n'
            )
        },
    )
    (file,) = _gather(host, _cf("hash:/a")).files
    assert (file.unlike, file.unlike_total, file.database, file.total) == ((), 0, "/a.db", 4)
    assert [(entry.name, entry.only_in) for entry in file.entries] == [("X", ""), ("s t", "")]


def test_text_and_database_that_disagree_are_both_told() -> None:
    host = PaperHost(
        {"/a": text("same: x@a.b\nother: x@a.b\nnew: |/bin/new\n"), "/a.db": text("")},
        {
            "/usr/sbin/makemap -u hash /a.db": _makemap(
                "@\t@\nsame\tx@a.b\nother\t/var/f\ngone\t|/bin/x\n"
            )
        },
    )
    (file,) = _gather(host, _cf("/a")).files
    assert [(e.file, e.line, e.name, e.only_in) for e in file.entries] == [
        ("/a", 3, "new", "text"),
        ("/a.db", 0, "other", "database"),
        ("/a.db", 0, "gone", "database"),
    ]
    assert set(file.unlike) == {
        AliasDifference("other", 2, "x@a.b", "/var/f"),
        AliasDifference("new", 3, "|/bin/new", ""),
        AliasDifference("gone", 0, "", "|/bin/x"),
    }
    assert file.unlike_total == 3


def test_a_database_without_its_text_is_judged_and_one_without_its_end_is_told() -> None:
    rows = _makemap("gone\t|/bin/x\n")
    host = PaperHost({"/a.db": text("")}, {"/usr/sbin/makemap -u hash /a.db": rows})
    (file,) = _gather(host, _cf("/a")).files
    assert [entry.name for entry in file.entries] == ["gone"]
    assert "did not finish" in file.problems[0]


def test_a_map_that_was_never_built_is_told() -> None:
    host = PaperHost({"/a": text("x: |/bin/y")})
    assert [file.unbuilt for file in _gather(host, _cf("hash:/a, /a")).files] == [True, False]


def test_the_service_switch_may_add_sources() -> None:
    switch = text("# aliases nis\nhosts files dns\naliases files nis foo hesiodx\n")
    host = PaperHost(
        {"/sw": switch},
        {"/usr/sbin/makemap -u hash /m/foo.db": _makemap("t\t|/bin/t\n")},
    )
    cf = replace(
        _cf("/etc/aliases", switch="/sw"), maps=(CfMap("aliases.foo", "hash", "/m/foo", False, 7),)
    )
    found = _gather(host, cf)
    assert found.unreadable == (
        "/sw:3  nis:aliases  is not a file that can be read here: what it holds is unknown",
    )
    assert found.problems[0].startswith("/sw:3  aliases come from hesiodx too")
    assert _names(found) == ["t"]


def test_lists_are_followed_to_their_end_and_never_astray() -> None:
    secret = FileState(Kind.FILE, 0o600, content=b"x:y")
    host = PaperHost(
        {
            "/a": text("l: :include:/l/1\nf: :include:/fifo\nk: :include:/h/link\nn: :include:/no"),
            "/l/1": text("# one\na@example.org\n|/bin/p, :include:/l/2\n"),
            "/l/2": text(":include:/l/1\n/var/f\n:include:/secret\nbob\n"),
            "/secret": secret,
            "/fifo": FileState(Kind.OTHER),
            "/h": FileState(Kind.DIRECTORY, 0o755, uid=1000),
            "/h/link": FileState(Kind.SYMLINK, uid=1000, target="/secret"),
        }
    )
    found = _gather(host, _cf("/a"))
    assert [(e.via, e.line, e.targets) for file in found.lists for e in file.entries] == [
        (("/a:1",), 3, ("|/bin/p", ":include:/l/2")),
        (("/a:1", "/l/1:3"), 1, (":include:/l/1",)),
        (("/a:1", "/l/1:3"), 2, ("/var/f",)),
        (("/a:1", "/l/1:3"), 3, (":include:/secret",)),
        (("/a:1", "/l/1:3"), 4, ("bob",)),
    ]
    assert [problem.split("  ")[1].split(":")[0] for problem in found.unreadable] == [
        "/fifo",
        "/h/link",
        "/secret",
    ]
    assert [p for file in found.lists for p in file.problems] == [
        "/a:4  /no is not there: mail for n comes back"
    ]


def _bv(name: str, says: str) -> dict[str, Completed]:
    argv = f"{SENDMAIL} -C /etc/mail/sendmail.cf -bv -- {name}"
    return {argv: Completed(0, f"{name}... {says}\n".encode())}


def test_where_chains_end_is_put_to_sendmail() -> None:
    host = PaperHost(
        {
            "/a": text(
                "a: b\nb: Root@LocalHost\nroot: root\nc: \\carl\nd: e\ne: d\noff: x@a.b\n"
                "u: nobody+x\no: x\x07y\n"
            )
        },
        _bv("Root@LocalHost", "deliverable: mailer local, user root")
        | _bv("root", "deliverable: mailer esmtp, host [192.0.2.1], user root@[192.0.2.1]")
        | _bv("\\carl", "deliverable: mailer local, user \\carl")
        | _bv("nobody+x", "User unknown"),
    )
    found = _gather(host, _cf("/a"))
    ends = {end.chain: [d.mailer for d in end.destinations] for end in found.ends}
    assert ends[("a", "b", "Root@LocalHost", "root")] == ["esmtp"]
    assert ends[("root", "root")] == ["esmtp"]
    assert ends[("c", "\\carl")] == ["local"]
    assert ends[("u", "nobody+x")] == []
    assert found.loops == (("/a:5  d: e", "/a:6  e: d"),)
    assert any("x\x07y: a name that cannot be put" in line for line in found.unasked)
    assert any(line.startswith("/a:5  d -> e -> d: ") for line in found.unasked)


def test_a_million_aliases_elsewhere_are_counted_only() -> None:
    lines = "".join(f"user{n}: user{n}@example.org\n" for n in range(20_000))
    host = PaperHost({"/a": text(lines + "p: |/bin/x\n" + lines.replace("user", "u"))})
    (file,) = _gather(host, _cf("/a")).files
    assert (file.total, [(e.line, e.name) for e in file.entries]) == (40_001, [(20_001, "p")])


def test_a_host_of_our_own_is_not_elsewhere() -> None:
    host = PaperHost({"/a": text("a: b@relay1.example.net\nc: d@Localhost.\ne: f@g.h\n")})
    assert _names(_gather(host, _cf("/a"))) == ["a", "c"]


def test_a_name_that_the_text_is_about_to_change_is_asked_for_itself_too() -> None:
    host = PaperHost(
        {"/a": text("root: root\n"), "/a.db": text("")},
        {"/usr/sbin/makemap -u hash /a.db": _makemap("@\t@\nroot\tx@a.b\n")}
        | _bv("root", "deliverable: mailer esmtp, host a.b, user x@a.b")
        | _bv("\\root", "deliverable: mailer local, user \\root"),
    )
    (end,) = _gather(host, _cf("/a")).ends
    assert [one.mailer for one in end.destinations] == ["esmtp", "local"]
