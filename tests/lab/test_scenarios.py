"""Each practice host shows what its file says, and nothing that it does not say."""

import time

import pytest

from tests.lab.opening import open_or_skip
from wizard.lab.practice import Lab, list_scenarios
from wizard.lab.seeding import load_scenario


def said(lab: Lab, *argv: str) -> str:
    done = lab.run(argv)
    return (done.stdout + done.stderr).decode()


def test_every_scenario_has_a_title_and_a_purpose_and_relay_comes_first() -> None:
    scenarios = list_scenarios()
    assert scenarios[0].name == "relay"
    names = {"relay", "alias-program", "forward-file", "local-log", "hand-edited-cf", "no-mc"}
    names |= {"milter-tls"}
    assert names <= {one.name for one in scenarios}
    assert all(one.title and one.purpose for one in scenarios)


def test_an_unknown_scenario_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_scenario("../relay")


def test_alias_program_runs_a_program_from_an_alias() -> None:
    with open_or_skip("alias-program") as lab:
        lines = lab.read("/etc/aliases").decode().splitlines()
        assert lines[-1] == 'ticket: "|/usr/local/bin/ticket"'
        assert "mailer prog" in said(lab, "sendmail", "-bv", "ticket")


def test_forward_file_redirects_an_account() -> None:
    with open_or_skip("forward-file") as lab:
        found = lab.manifest("/home/alice/.forward")["/home/alice/.forward"]
        assert (found.kind, found.owner_name) == ("file", "alice")
        assert "alice@example.org... deliverable" in said(lab, "sendmail", "-bv", "alice")


def test_local_log_holds_a_real_local_delivery() -> None:
    with open_or_skip("local-log") as lab:
        end = time.monotonic() + 10
        while b"mailer=local" not in lab.read("/var/log/mail.log") and time.monotonic() < end:
            time.sleep(0.05)
        assert b"mailer=local" in lab.read("/var/log/mail.log")
        assert b"Subject: report" in lab.read("/var/mail/bob")


def test_hand_edited_cf_differs_from_what_m4_makes() -> None:
    with open_or_skip("hand-edited-cf") as lab:
        assert b"\nO MaxMessageSize=20971520\n" in lab.read("/etc/mail/sendmail.cf")
        assert "\nO MaxMessageSize" not in said(lab, "m4", "/etc/mail/sendmail.mc")
        files = lab.manifest("/etc/mail")
        cf, mc = files["/etc/mail/sendmail.cf"], files["/etc/mail/sendmail.mc"]
        assert cf.mtime_ns and mc.mtime_ns and cf.mtime_ns > mc.mtime_ns
        said(lab, "make", "-C", "/etc/mail")
        assert lab.manifest("/etc/mail")["/etc/mail/sendmail.cf"].content == cf.content


def test_no_mc_runs_with_a_cf_only() -> None:
    with open_or_skip("no-mc") as lab:
        files = lab.manifest("/etc/mail")
        assert "/etc/mail/sendmail.cf" in files
        assert not {"/etc/mail/sendmail.mc", "/etc/mail/Makefile"} & set(files)
        pid = lab.read("/run/sendmail/mta/sendmail.pid").split()[0].decode()
        assert "accepting connections" in said(lab, "ps", "-o", "args=", "-p", pid)
