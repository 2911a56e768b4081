"""The edit of .mc and cf on paper: endings, comments, continuation lines, several RunAsUser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.facts.cf import active_options, parse
from wizard.facts.config import incomplete
from wizard.host.bundle import BundleHost
from wizard.steps.base import Account
from wizard.steps.cf_edit import append, without
from wizard.steps.config import run_as_user

RELAY = Path(__file__).parents[2] / "wizard/recorded/relay.json"
RUN_AS = "sendmail:sendmail"
CHANGE = run_as_user(Account("sendmail", "sendmail", 24, 24))
DEFINE = b"define(`confRUN_AS_USER', `sendmail:sendmail')dnl"


@pytest.fixture(scope="module")
def real_cf() -> str:
    """The cf of Debian's Sendmail 8.17.1.9, as recorded."""
    return BundleHost.load(str(RELAY)).state("/etc/mail/sendmail.cf", content=True).text()


@pytest.mark.parametrize(
    ("mc", "ending"),
    [
        (b"MAILER(`smtp')dnl\n", b"\n"),
        (b"MAILER(`smtp')dnl", b"\n"),
        (b"MAILER(`smtp')dnl\r\n", b"\r\n"),
        (b"DOMAIN(`x')\r\nMAILER(`smtp')dnl", b"\r\n"),
        (b"", b"\n"),
    ],
    ids=["lf", "no-final-newline", "crlf", "crlf-no-final-newline", "empty"],
)
def test_the_define_is_a_line_of_its_own_at_the_end(mc: bytes, ending: bytes) -> None:
    after = append(mc, CHANGE)
    assert after.startswith(mc)
    assert after.endswith(DEFINE + ending)
    assert DEFINE in after.split(ending)
    if ending == b"\r\n":
        assert not re.search(rb"[^\r]\n", after)


@given(st.binary(max_size=60))
def test_any_mc_stays_a_prefix(mc: bytes) -> None:
    assert append(mc, CHANGE).startswith(mc)


def test_the_comment_of_a_real_cf_becomes_the_option(real_cf: str) -> None:
    after = CHANGE.set_in_cf(real_cf)
    changed = [
        (a, b) for a, b in zip(real_cf.splitlines(), after.splitlines(), strict=True) if a != b
    ]
    assert changed == [("#O RunAsUser=sendmail", "O RunAsUser=sendmail:sendmail")]
    assert active_options(real_cf, "RunAsUser") == []
    assert active_options(after, "RunAsUser") == [RUN_AS]
    assert without(real_cf.encode(), CHANGE.lines) == without(after.encode(), CHANGE.lines)


@pytest.mark.parametrize(
    "cf",
    [
        "O RunAsUser=other\n",
        "O RunAsUser=other\nO A=1\nO RunAsUser=again\n",
        "#O RunAsUser=x\nO RunAsUser=other\n",
        "O  RunAsUser = other\n",
        "V10\nO A=1\n",
        "V10\n",
        "O A=1\nO RunAsUser=other",
    ],
)
def test_there_is_exactly_one_active_option_and_setting_it_twice_changes_nothing(cf: str) -> None:
    after = CHANGE.set_in_cf(cf)
    assert active_options(after, "RunAsUser") == [RUN_AS]
    assert CHANGE.set_in_cf(after) == after


@given(
    st.lists(st.sampled_from(["O RunAsUser=a", "#O RunAsUser=b", "O X=1", "S0", "# c", "R$*\t$@"]))
)
def test_setting_the_option_changes_nothing_else(lines: list[str]) -> None:
    cf = "".join(f"{line}\n" for line in lines)
    after = CHANGE.set_in_cf(cf)
    assert active_options(after, "RunAsUser") == [RUN_AS]
    assert without(after.encode(), CHANGE.lines) == without(cf.encode(), CHANGE.lines)


def test_the_parser_reads_a_real_cf(real_cf: str) -> None:
    cf = parse("/etc/mail/sendmail.cf", real_cf)
    assert {m.name for m in cf.maps if m.path} == {"access", "mailertable", "virtuser"}
    assert cf.options["QueueDirectory"] == ("/var/spool/mqueue",)
    assert cf.options["DontBlameSendmail"][0].startswith(",AssumeSafeChown")
    assert len(cf.options["DaemonPortOptions"]) == 3
    assert "RunAsUser" not in cf.options
    mailers = {m.name: m for m in cf.mailers}
    assert mailers["esmtp"].path == "[IPC]"
    assert mailers["prog"].path == "/bin/sh"
    assert ("w", "/etc/mail/local-host-names") in {(n, p) for n, p, _line in cf.class_files}


def test_a_cf_cut_short_is_called_incomplete(real_cf: str) -> None:
    assert incomplete(real_cf.encode()) == ""
    for share in (0, 4, 2):
        part = real_cf[: len(real_cf) // share] if share else ""
        assert incomplete(part.encode()), share
