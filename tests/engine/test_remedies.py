"""Remedies on the real relay: judged over the planned host, applied, proven, and undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.relay import HOP, PLAN, Relay
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

DOUBLE = ("--remedy", "double-bounce=postmaster@example.org")
NO_FORWARD = ("--remedy", "no-forward")
ROOT = ("--remedy", "root-alias=ops@example.org")
HUB = ("--remedy", f"mail-hub={HOP}")
ALL = (*HUB, *DOUBLE, *NO_FORWARD, *ROOT)


@pytest.fixture(scope="module")
def impure() -> Iterator[Relay]:
    """A relay without MAIL_HUB, whose account alice has a .forward."""
    with open_or_skip("forward-file") as lab:
        yield Relay(lab)


def outcomes(relay: Relay, *choices: str) -> dict[str, str]:
    """Outcome by check id."""
    told = relay.lab.run(["stepdown", "check", "--json", *choices])
    assert told.returncode in (0, 3), told.stderr.decode()
    rows = relay.document(told.returncode, "check", *choices)["results"]
    return {row["id"]: row["outcome"] for row in rows}


def test_the_checks_judge_the_planned_host_and_change_nothing(impure: Relay) -> None:
    before = impure.whole()
    assert outcomes(impure)["relay.forward"] == "found"
    assert outcomes(impure, *NO_FORWARD)["relay.forward"] == "pass"
    assert impure.whole() == before


def test_an_impure_relay_becomes_ready_by_remedies_and_is_given_back(impure: Relay) -> None:
    """All four at once: made ready, applied, proven, and undone to the byte."""
    before = impure.whole()
    assert impure.document(0, "check", *ALL)["verdict"] == "ready"
    impure.expect(3, "plan", "-o", PLAN)
    impure.make_plan(*ALL)
    said = impure.apply()
    assert "proven" in said
    cf = impure.cf()
    assert f"\nDH{HOP}\n" in cf
    assert "\nO DoubleBounceAddress=postmaster@example.org\n" in cf
    assert "\nO RunAsUser=sendmail:sendmail\n" in cf
    for who in ("alice", "root", "nobody-there"):
        answer = impure.said("sendmail", "-bv", who)
        assert "mailer esmtp, host [127.0.0.2]" in answer
    assert "ops@example.org" in impure.said("sendmail", "-bv", "root")
    assert impure.relays("by the planned relay", "alice@relay1.example.net")
    impure.rollback()
    assert impure.whole() == before


@pytest.mark.long
def test_a_rollback_after_the_aliases_were_built_anew_is_whole(impure: Relay) -> None:
    """The database that goes back is the one of the text that goes back."""
    before = impure.whole()
    impure.make_plan(*ALL)
    impure.apply()
    impure.said("sendmail", "-O", "RunAsUser=root", "-bi")
    impure.rollback()
    assert impure.whole() == before


def test_a_changed_alias_file_makes_the_plan_stale(impure: Relay) -> None:
    impure.make_plan(*ALL)
    impure.said("sh", "-c", "cp -a /etc/aliases /root/; echo 'x: y@example.org' >> /etc/aliases")
    impure.said("sendmail", "-bi")
    said = impure.expect(4, "apply", PLAN, "--yes")
    assert "remedy-root-alias" in said
    impure.said("cp", "-a", "/root/aliases", "/etc/aliases")
    impure.said("sendmail", "-bi")


@pytest.mark.parametrize(
    ("code", "choices", "says"),
    [
        (2, ("--remedy", "nonsense"), "there is no remedy nonsense"),
        (2, ("--remedy", "mail-hub"), "not a host"),
        (2, ("--remedy", "mail-hub=relay1.example.net"), "this very host"),
        (2, ("--remedy", "root-alias=|/bin/sh"), "not a plain mail address"),
        (3, ("--edit", "cf", *HUB), "MAIL_HUB is a macro and a rule"),
    ],
)
def test_what_cannot_be_is_refused(
    impure: Relay, code: int, choices: tuple[str, ...], says: str
) -> None:
    assert says in impure.expect(code, "plan", *choices)
    assert says in impure.expect(code, "check", *choices)


@pytest.mark.long
def test_by_the_cf_alone_and_a_reload() -> None:
    """A relay without a .mc: the options are set in the cf itself."""
    with open_or_skip("no-mc") as lab:
        relay = Relay(lab)
        before = relay.whole()
        relay.make_plan("--switch", "reload", *DOUBLE, *NO_FORWARD, *ROOT)
        relay.apply()
        cf = relay.cf()
        assert "\nO DoubleBounceAddress=postmaster@example.org\n" in cf
        assert "\nO ForwardPath=\n" in cf
        assert "ops@example.org" in relay.said("sendmail", "-bv", "root")
        relay.rollback()
        assert relay.whole() == before
