"""What a remedy takes for a value, and the edit of the aliases, on paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from checks.registry import all_checks
from tests.checks.healthy import facts
from wizard.errors import Refused, UsageProblem
from wizard.facts.alias.text import all_entries
from wizard.facts.cf_model import Cf, CfMailer
from wizard.facts.model import Facts, Unknown
from wizard.plans import Choices
from wizard.remedies.registry import PLANNED, known_remedies, offers, step_definitions
from wizard.remedies.root_alias import with_root

ESMTP = CfMailer("esmtp", "[IPC]", "mDFMuXa", "TCP $h", 10)
CYRUS = CfMailer("cyrusv2", "[IPC]", "lsDFMnqXz", "FILE /var/imap/socket/lmtp", 11)


def _facts(**options: tuple[str, ...]) -> Facts:
    cf = Cf("/etc/mail/sendmail.cf", dict(options), (), (), (ESMTP, CYRUS), {}, 1900)
    return replace(facts(), cf=cf)


@pytest.mark.parametrize(
    ("remedy", "value"),
    [
        ("mail-hub", "hub.example.org"),
        ("mail-hub", " [192.0.2.7] "),
        ("mail-hub", "esmtp:[hub.example.org]"),
        ("mail-hub", "esmtp:[2001:db8::7]"),
        ("double-bounce", "postmaster@example.org"),
        ("root-alias", "ops+relay@[192.0.2.7]"),
        ("no-forward", ""),
    ],
)
def test_a_value_that_can_be_is_taken_as_it_is(remedy: str, value: str) -> None:
    assert known_remedies()[remedy].value(value, _facts()) == value.strip()


@pytest.mark.parametrize(
    ("remedy", "value", "says"),
    [
        ("mail-hub", "", "not a host"),
        ("mail-hub", "hub.example.org')dnl", "not a host"),
        ("mail-hub", "hub`x'", "not a host"),
        ("mail-hub", "hub\nDHother", "not a host"),
        ("mail-hub", "relay1.example.net", "this very host"),
        ("mail-hub", "[127.0.0.1]", "this very host"),
        ("mail-hub", "esmtp:[relay1]", "this very host"),
        ("mail-hub", "cyrusv2:x.example.org", "no mailer to another host"),
        ("mail-hub", "nonsense:x.example.org", "no mailer to another host"),
        ("double-bounce", "postmaster", "not a plain mail address"),
        ("double-bounce", "a b@example.org", "not a plain mail address"),
        ("double-bounce", "a'b@example.org", "not a plain mail address"),
        ("double-bounce", "postmaster@LOCALHOST", "this very host"),
        ("root-alias", "|/bin/cat", "not a plain mail address"),
        ("root-alias", "root@relay1.example.net", "this very host"),
        ("root-alias", "a@example.org\nx: |y", "not a plain mail address"),
        ("no-forward", "yes", "takes no value"),
    ],
)
def test_a_value_that_cannot_be_is_refused(remedy: str, value: str, says: str) -> None:
    with pytest.raises(UsageProblem, match=f"remedy {remedy}: .*{says}"):
        step_definitions(_facts(), Choices(remedies={remedy: value}))


def test_what_is_there_already_is_not_done_again() -> None:
    hub = replace(_facts(), cf=replace(_cf(_facts()), macros={"H": "esmtp:[hub]"}))
    with pytest.raises(Refused, match=r"MAIL_HUB is esmtp:\[hub\] already"):
        step_definitions(hub, Choices(remedies={"mail-hub": "x.example.org"}))
    with pytest.raises(Refused, match="ForwardPath is empty already"):
        step_definitions(_facts(ForwardPath=("",)), Choices(remedies={"no-forward": ""}))


def _cf(known: Facts) -> Cf:
    assert isinstance(known.cf, Cf)
    return known.cf


def test_offers_say_what_is_possible_and_what_was_taken() -> None:
    dark = replace(facts(), config=Unknown("dark"), aliases=Unknown("dark"))
    assert all("dark" in offer.impossible for offer in offers(dark, {}))
    light = {offer.id: offer for offer in offers(_facts(), {"root-alias": "a@b.org"})}
    assert light["root-alias"].taken == "a@b.org"
    assert light["double-bounce"].taken is None
    assert light["double-bounce"].suggestion == "postmaster@example.org"
    assert not light["double-bounce"].impossible


def test_an_unknown_remedy_is_named() -> None:
    with pytest.raises(UsageProblem, match="no remedy nonsense"):
        step_definitions(_facts(), Choices(remedies={"nonsense": ""}))


def test_what_a_remedy_answers_exists_and_is_judged_over_the_planned_host() -> None:
    by_id = {one.id: one for one in all_checks()}
    for remedy in known_remedies().values():
        for check_id in remedy.checks:
            assert by_id[check_id].reads & PLANNED, (remedy.id, check_id)


NAMES = st.sampled_from(["root", "ROOT", "postmaster", "abuse", '"root"'])
LINES = st.lists(
    st.one_of(
        st.builds("{}: {}\n".format, NAMES, st.sampled_from(["a", "b, c", "a,\n\tb", "x\\\n y"])),
        st.sampled_from(["# root: not this\n", "\n", "  continued\n", "root:\n"]),
    )
)


@given(LINES, st.booleans())
def test_only_roots_lines_change(lines: list[str], newline: bool) -> None:
    text = "".join(lines)
    text = text if newline else text.removesuffix("\n")
    before, after = all_entries(text), all_entries(with_root(text, "ops@example.org"))
    others = [(name, value) for name, value, _line in before if name != "root"]
    assert [(name, value) for name, value, _line in after if name != "root"] == others
    assert [value for name, value, _line in after if name == "root"] == ["ops@example.org"]


def test_comments_and_order_stay() -> None:
    text = "# head\nroot: a,\n  b\n# tail\nabuse: root"
    assert with_root(text, "x@y.org") == "# head\nroot: x@y.org\n# tail\nabuse: root"
    assert with_root("", "x@y.org") == "root: x@y.org\n"
    assert with_root("abuse: root", "x@y.org") == "abuse: root\nroot: x@y.org\n"
