"""A migrated relay with TLS and a milter: what is lost without a word is found by comparing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.relay import GUARD_WATCHES, PROBE, Relay
from tests.engine.test_verify_sessions import (
    CF,
    FIRST,
    HUP,
    NO_GUARD,
    OTHER,
    SUBMISSION,
    edited,
    evidence,
    outcomes,
    verified,
)
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

TLS, SIX = "127.0.0.1:465", "[::1]:25"
STOP_MILTER, START_MILTER = (
    f"systemctl {word} practice-milter 2> /dev/null || /etc/init.d/practice-milter {word}"
    for word in ("stop", "start")
)
KEY = "/etc/mail/tls/sendmail-common.key"


@pytest.fixture(scope="module")
def secure() -> Iterator[Relay]:
    """A migrated relay with STARTTLS, a milter, port 465 and IPv6."""
    with open_or_skip("milter-tls") as lab:
        relay = Relay(lab)
        relay.make_plan()
        relay.apply()
        yield relay


def test_all_is_as_it_was(secure: Relay) -> None:
    had = len(secure.lab.messages())
    rows = verified(secure, 0, *PROBE)
    sent = dict.fromkeys((FIRST, OTHER, TLS, SIX), "pass")
    assert outcomes(rows, "child.identity") == {**sent, SUBMISSION: "pass"}
    assert outcomes(rows, "message.relayed") == {**sent, SUBMISSION: "skipped"}
    new = secure.lab.messages()[had:]
    assert len(new) == len(sent)
    assert all(b"X-Practice-Milter: yes" in one.content for one in new)
    assert f"{FIRST} inside TLS" in evidence(rows["ehlo.offers"])
    assert all(f"{one}  TLSv1" in evidence(rows["starttls.handshake"]) for one in (FIRST, TLS, SIX))
    assert "not verified" in evidence(rows["starttls.handshake"])
    assert "MAIL 250  RCPT 250" in evidence(rows["milters.answer"])


def test_a_key_that_the_account_cannot_read(secure: Relay) -> None:
    """STARTTLS goes without a word from EHLO, and port 465 has nothing to speak."""
    spoil = f"{NO_GUARD}; chown root:root {KEY}; chmod 0600 {KEY}; {HUP}"
    with edited(secure, spoil, f"{HUP}; ({GUARD_WATCHES}) || true", KEY):
        rows = verified(secure, 1)
    offers = rows["ehlo.offers"]
    assert offers["outcome"] == "found"
    for address in (FIRST, OTHER, SIX):
        assert f"{address}  gone: STARTTLS" in offers["evidence"]
    assert "TLS handshake" in evidence(rows[f"smtp.session.{TLS}"])
    assert rows["starttls.handshake"]["outcome"] == "found"
    assert rows["message.relayed"]["outcome"] == "pass"


def test_a_milter_that_is_gone_unnoticed(secure: Relay) -> None:
    """Without F= mail passes as if there were no milter: only the log names it."""
    spoil = f"sed -i 's/^Xpractice, \\(.*\\) F=T,/Xpractice, \\1/' {CF}; {HUP}; {STOP_MILTER}"
    with edited(secure, spoil, f"{START_MILTER}; sleep 1; {HUP}"):
        rows = verified(secure, 1)
    assert rows["message.relayed"]["outcome"] == "pass"
    row = rows["milters.answer"]
    assert row["outcome"] == "found"
    assert "practice" in row["title"]
    assert "Milter (practice): " in evidence(row)


def test_a_milter_that_is_gone(secure: Relay) -> None:
    """Back again it answers, and what was before these proofs is named, no more."""
    secure.said("/bin/sh", "-c", STOP_MILTER)
    rows = verified(secure, 1)
    row = rows["milters.answer"]
    secure.said("/bin/sh", "-c", f"{START_MILTER}; sleep 2")
    again = verified(secure, 0)["milters.answer"]
    assert row["outcome"] == "found"
    assert f"{FIRST}  MAIL: before: 250 2.1.0" in evidence(row)
    assert "now: 451 4.3.2" in evidence(row)
    assert "practice" in row["meaning"]
    assert rows["smtp.session"]["outcome"] == "found"
    assert again["outcome"] == "pass"
    assert "before these proofs" in evidence(again)
