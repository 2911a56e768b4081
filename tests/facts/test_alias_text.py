"""The fast way through an alias text sees what the slow way sees."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wizard.facts.alias import text as alias_text
from wizard.facts.alias.sources import split_outside_quotes
from wizard.facts.alias.targets import Target, bare, elsewhere, kind_of, local_name
from wizard.facts.alias.text import Parsed, parse_aliases, read_text, started

OWN = frozenset({"localhost", "relay1.example.net"})
LINE = st.one_of(
    st.from_regex(
        r"\A[a-z]{1,2}[ \t]{0,2}:[ \t]{0,2}[a-z]@[a-z]\.[a-z]([ ]?,[ ]?[a-z@.]{1,4}){0,2}\Z"
    ),
    st.sampled_from(
        [
            "a: b@localhost",
            "a: b@relay1.Example.net.",
            " c@d.e",
            "# comment \\",
            "a: b@c.d \\",
            "b: c@d.e,",
            "\tx",
            "",
            "p: |/bin/x",
            '"q r": /f',
            "a: b@c.d\r",
            "no colon",
        ]
    ),
)


def _slow(parsed: Parsed, data: bytes, seen: alias_text.Seen) -> None:
    alias_text._read_lines(parsed, data, 1, seen)


@given(st.lists(LINE, max_size=12), st.booleans())
def test_fast_and_slow_agree(lines: list[str], ended: bool) -> None:
    data = ("\n".join(lines) + ("\n" if ended else "")).encode()
    fast, slow = started("f", OWN), started("f", OWN)
    seen_fast: list[tuple[bytes, bytes, int]] = []
    seen_slow: list[tuple[bytes, bytes, int]] = []
    read_text(fast, data, 1, lambda *one: seen_fast.append(one))
    _slow(slow, data, lambda *one: seen_slow.append(one))
    assert seen_fast == seen_slow
    assert (fast.total, fast.left_out) == (slow.total, slow.left_out)
    told = [[(e.line, e.name, e.targets) for e in one.entries] for one in (fast, slow)]
    assert told[0] == told[1]
    assert fast.problems == slow.problems


def test_targets_are_what_sendmail_takes_them_for() -> None:
    """As -bv of 8.17.1.9 answered, with relay1.example.net in class w."""
    programs = ['"|/bin/x"', "| /bin/x a", '|"/bin/x"', '<"|/bin/x">', '(x)"|/bin/x"']
    programs += ['"|/bin/x"@relay1.example.net', '"|/bin/x -f a@example.org"']
    files = ["/tmp/x", '"/tmp/x"', "</tmp/x>", "Joe </tmp/x>", "prog:/bin/x", "(c) /tmp/x"]
    files += ["/tmp/x@localhost", '"/tmp/x"@localhost']
    lists = [":include:/l", '":Include:/l"', "<:include:/l>", ":include:/l@localhost"]
    mailboxes = ["alice", "\\root", "\\/tmp/x", "Joe <a@b.c>", '"alice"', "host!user", "~/x"]
    for kind, targets in (
        (Target.PROGRAM, programs),
        (Target.FILE, files),
        (Target.INCLUDE, lists),
        (Target.ADDRESS, mailboxes),
    ):
        assert [kind_of(target) for target in targets] == [kind] * len(targets)
        assert kind is Target.ADDRESS or not any(elsewhere(t, OWN) for t in targets)


def test_what_is_plainly_elsewhere() -> None:
    there = ["a@b.c", "<a@b.c>", "Joe D <a@b.c>", "\\a@b.c", '"a b"@b.c', "/C=de/S=x/@gw.b.c"]
    here = ["a", "a@localhost", "a@Relay1.example.NET.", "a@unqualified", '"|/bin/x"@b.c', "a%b"]
    assert [elsewhere(target, OWN) for target in there] == [True] * len(there)
    assert [elsewhere(target, OWN) for target in here] == [False] * len(here)


def test_names_are_looked_up_without_this_host() -> None:
    said = ["Root", "root@LocalHost", '"root"', '"root"@localhost', "root@localhost."]
    assert {local_name(target, OWN) for target in said} == {"root"}
    assert bare('" |/bin/x "') == "|/bin/x"


@given(st.text(alphabet='ab:|/," \\\t\n\r#é'))
def test_no_text_is_too_nasty(content: str) -> None:
    entries, problems = parse_aliases(content, "x")
    lines = content.count("\n") + 1
    assert all(1 <= entry.line <= lines and entry.targets for entry in entries)
    assert len(entries) + len(problems) <= lines


@given(st.lists(st.from_regex(r'[a-z|/@.]+|"[a-z, |/]+"', fullmatch=True), min_size=1))
def test_targets_come_back_as_they_were_joined(targets: list[str]) -> None:
    assert split_outside_quotes(", ".join(targets)) == tuple(targets)
