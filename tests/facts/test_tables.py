from __future__ import annotations

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.facts.paper_host import PaperHost, text
from wizard.facts.cf import parse
from wizard.facts.mail_model import Table, Tables
from wizard.facts.model import Classes
from wizard.facts.tables import gather
from wizard.host.table import (
    BUCKETS,
    KEEP,
    KEEP_OTHERS,
    Blocks,
    Pair,
    TableQuestion,
    dumped_pairs,
    kind_of,
    sift,
    text_pairs,
)

HERE = Classes(("relay1", "relay1.example.net"), ())
RULES = """\
Sparse=0
R$*\t$: $(mailertable $1 $)
R$*\t$: $(virtuser $1 $)
R$*\t$: $(domaintable $1 $)
R$*\t$: $(dequote $1 $)
Scheck_rcpt
R$*\t$: $(access $1 $)
Kdequote dequote
Kaccess hash /etc/mail/access
"""
MT = "/etc/mail/mailertable"
VT = "/etc/mail/virtusertable"
MAILERTABLE = "Kmailertable hash /etc/mail/mailertable\n"


def _tables(maps: str, files: dict[str, str], rules: str = RULES) -> Tables:
    host = PaperHost({path: text(content) for path, content in files.items()})
    return gather(host, parse("/etc/mail/sendmail.cf", rules + maps), HERE)


def _table(maps: str, files: dict[str, str], name: str = "mailertable") -> Table:
    found = _tables(maps, files)
    assert found.unreadable == {}
    table = found.table(name)
    assert table is not None
    return table


def test_the_database_is_in_force_and_the_text_tells_the_lines() -> None:
    written = "# comment\n\nExample.ORG\tesmtp:[hub]\n.example.com   local:bob\n"
    built = "example.org\tesmtp:[hub]\n.example.com\tlocal:bob\n"
    table = _table(MAILERTABLE, {MT: written, f"{MT}.db": built})
    assert (table.path, table.entries, table.unlike) == (MT, 2, ())
    assert [(r.key, r.value, r.line, r.kind) for r in table.rows] == [
        ("example.org", "esmtp:[hub]", 3, "esmtp"),
        (".example.com", "local:bob", 4, "local"),
    ]
    assert table.place(table.rows[1]) == f"{MT}:4"


def test_only_the_database_is_there() -> None:
    table = _table(MAILERTABLE, {f"{MT}.db": "a.example\tesmtp:[hub]\n"})
    assert table.path == f"{MT}.db"
    assert table.place(table.rows[0]) == f"{MT}.db"


def test_text_and_database_disagree() -> None:
    written = "a\tesmtp:[x]\nb\tesmtp:[x]\na\tesmtp:[late]\nnew\tlocal:\n"
    built = "a\tesmtp:[x]\nb\tprog:[y]\nold\tesmtp:[z]\n"
    table = _table(MAILERTABLE, {MT: written, f"{MT}.db": built})
    assert set(table.unlike) == {
        f"{MT}:2  b esmtp:[x]  (the database has prog:[y])",
        f"{MT}.db  old esmtp:[z]  (not in the text)",
        f"{MT}:4  new local:  (not in the database)",
    }


def test_of_a_key_that_stands_twice_the_first_counts() -> None:
    assert _table(MAILERTABLE, {MT: "a\tx:1\na\ty:2\n", f"{MT}.db": "a\tx:1\n"}).unlike == ()


def test_virtual_users_by_kind() -> None:
    built = (
        "a@v.example\tbob\n@v.example\t%1\nb@v.example\tbob@relay1\nc@v.example\tc@example.org\n"
        "d@v.example\terror:nouser no\n@w.example\t%1@example.org\n"
    )
    table = _table(
        "Kvirtuser hash /etc/mail/virtusertable\n", {VT: built, f"{VT}.db": built}, "virtuser"
    )
    assert table.kinds == {"name": 2, "here": 1, "elsewhere": 2, "error": 1}


def test_many_destinations_are_counted_not_kept() -> None:
    built = "".join(f"u{n}@v.example\tuser{n}\n" for n in range(1000))
    table = _table(
        "Kvirtuser hash /etc/mail/virtusertable\n", {VT: built, f"{VT}.db": built}, "virtuser"
    )
    assert (table.entries, len(table.rows)) == (1000, KEEP["name"])
    assert table.more == {"name": 1000 - KEEP["name"]}
    same = "".join(f"d{n}.example\tesmtp:[hub]\n" for n in range(1000))
    table = _table(MAILERTABLE, {MT: same, f"{MT}.db": same})
    assert (table.entries, len(table.rows), table.more) == (1000, 1, {})
    others = "".join(f"d{n}.example\tesmtp:[h{n}]\n" for n in range(1000))
    table = _table(MAILERTABLE, {MT: others, f"{MT}.db": others})
    assert len(table.rows) == KEEP_OTHERS


@pytest.mark.parametrize(
    ("maps", "files", "says"),
    [
        ("Kmailertable ldap -k (x=%0)\n", {}, "sendmail.cf:10  Kmailertable ldap -k (x=%0): what"),
        (MAILERTABLE, {}, "mailertable.db is absent"),
        (MAILERTABLE, {MT: "a\tb:c\n"}, "mailertable.db is absent"),
        ("Kmailertable program /usr/bin/lookup\n", {}, "cannot be listed"),
        ("Kmailertable text -k1 -v2 /etc/mail/mt\n", {}, "columns of its own"),
        ("Kone ldap -k x\nKmailertable sequence one two\n", {}, "Kone ldap"),
    ],
)
def test_what_cannot_be_listed_is_unreadable(maps: str, files: dict[str, str], says: str) -> None:
    found = _tables(maps, files)
    assert found.table("mailertable") is None
    assert says in found.unreadable["mailertable"]


def test_maps_that_do_not_route_or_may_be_absent() -> None:
    assert _tables("Kmailertable hash -o /etc/mail/mailertable\n", {}) == Tables(())
    assert _tables("Kgenerics ldap -k x\n", {}) == Tables(())


def test_a_sequence_is_taken_apart_and_the_last_definition_counts() -> None:
    maps = "Kmailertable ldap -k x\nKone hash /one\nKtwo text /two\nKmailertable sequence one two\n"
    found = _tables(maps, {"/one.db": "a\tesmtp:x\n", "/two": "b\tlocal:\n"})
    assert found.unreadable == {}
    assert [(table.map, table.entries) for table in found.tables] == [("mailertable", 1)] * 2


@pytest.mark.parametrize(
    ("sorting", "value", "kind"),
    [
        ("mailer", "esmtp:[hub]", "esmtp"),
        ("mailer", "LOCAL:bob", "local"),
        ("mailer", "[hub]", "relay"),
        ("mailer", "[IPv6:2001:db8::1]", "relay"),
        ("mailer", "hub.example.org", "relay"),
        ("mailer", "error:5.1.1:550 no", "error"),
        ("virtual", "bob", "name"),
        ("virtual", "%1", "name"),
        ("virtual", "bob@Relay1.", "here"),
        ("virtual", "bob@%2", "here"),
        ("virtual", "<bob@relay1>", "here"),
        ("virtual", "Bob <bob@relay1>", "here"),
        ("virtual", "bob@relay1 (Bob)", "here"),
        ("virtual", "bob@[192.0.2.7]", "elsewhere"),
        ("virtual", "%1@example.org", "elsewhere"),
        ("virtual", "ERROR:nouser", "error"),
        ("domain", "Relay1", "here"),
        ("domain", "example.org", "elsewhere"),
    ],
)
def test_kinds(sorting: str, value: str, kind: str) -> None:
    assert kind_of(sorting, value, frozenset({"relay1"})) == kind


KEYS = st.text("ab.@+%1", min_size=1, max_size=4)
ROWS = st.dictionaries(KEYS, st.text("xyz:[]", min_size=1, max_size=4), max_size=30)


@given(ROWS, ROWS)
def test_rows_are_unlike_where_and_only_where_they_differ(
    written: dict[str, str], built: dict[str, str]
) -> None:
    lines = [f"{key}\t{value}\n".encode() for key, value in written.items()]
    dump = [f"{key}\t{value}\n".encode() for key, value in built.items()]
    found = sift(
        TableQuestion("/t", "/t.db", "hash", "mailer"),
        lambda: nullcontext(Blocks(iter(lines), text_pairs)),
        lambda: nullcontext(Blocks(iter(dump), dumped_pairs)),
    )
    built.pop("@", None)  # what makemap -u prints of itself
    assert found.entries == len(built)
    differing = {key for key in {*written, *built} if written.get(key) != built.get(key)}
    shown = len(found.unlike)
    assert (shown == 0) == (not differing)
    assert shown == min(len(differing), 21)
    assert sum(found.kinds.values()) == found.entries
    assert len(found.rows) < BUCKETS


@pytest.mark.parametrize(
    ("block", "pairs"),
    [
        (b"a b\n", [(b"a", b"b")]),
        (b"A\t\tB c # d  \r\n", [(b"a", b"B c # d")]),
        (b"# a b\n\n a b\n\ta b\nalone\nalone  \n", []),
        (b"a b\nc\nd e", [(b"a", b"b"), (b"d", b"e")]),
        (b'"q k" v\n', [(b'"q', b'k" v')]),
        (b"x" * 100_000, []),
    ],
)
def test_rows_of_a_text_as_makemap_reads_them(block: bytes, pairs: list[Pair]) -> None:
    assert text_pairs(block) == pairs


def test_rows_of_a_dump() -> None:
    dump = b"@\t@\nA\0\tb\0\nk\tb\tc \nno tab\n"
    assert dumped_pairs(dump) == [(b"a", b"b"), (b"k", b"b\tc")]


@pytest.mark.parametrize("more", ["", "older.example\trelay1\n"])
def test_what_domaintable_makes_local_is_here_for_virtual_users(more: str) -> None:
    domains, users = f"old.example\trelay1\n{more}", "a@v.example\tbob@old.example\n"
    table = _table(
        f"Kvirtuser hash {VT}\nKdomaintable hash /d\n",
        {VT: users, f"{VT}.db": users, "/d": domains, "/d.db": domains},
        "virtuser",
    )
    assert table.kinds == {"here": 1}
