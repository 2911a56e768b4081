"""Rights of others: accounts made since, mail nobody takes, plans with a stowaway, edits since."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from hashlib import sha256

import msgspec
import pytest

from tests.engine.relay import PLAN, Relay

pytestmark = pytest.mark.lab


@pytest.fixture(autouse=True)
def given_back(relay: Relay) -> Iterator[None]:
    """The next test finds an unmigrated relay, also after a failure."""
    yield
    if relay.said("getent", "passwd", "sendmail", code=None):
        relay.rollback()


def test_an_account_made_after_a_kill_survives_the_rollback(relay: Relay) -> None:
    """The journal then holds no word on how useradd left passwd(5)."""
    relay.make_plan()
    front = relay.lab.popen(["stepdown", "apply", PLAN, "--yes"])
    end = time.monotonic() + 30
    while '"account-user"' not in _journal(relay) and time.monotonic() < end:
        time.sleep(0.01)
    relay.said("pkill", "-KILL", "-f", "wizard.engine_process")
    front.wait(30)
    relay.said("useradd", "-m", "carol")
    relay.rollback()
    assert "carol" in relay.said("id", "carol")
    relay.said("id", "sendmail", code=1)
    relay.said("userdel", "-r", "carol")


def _journal(relay: Relay) -> str:
    return relay.said(
        "sh", "-c", "cat $(ls -d /var/lib/stepdown/runs/*|tail -1)/journal.jsonl", code=None
    )


def test_a_resealed_plan_with_a_stowaway_is_refused(relay: Relay) -> None:
    """The digest is a seal against accidents; what runs is what this host plans today."""
    document = relay.make_plan()
    stowaway = json.loads(json.dumps(document["steps"][0]))
    stowaway["ops"][0]["command"]["argv"] = ["/usr/bin/touch", "/root/stowaway"]
    for position in (0, 1, len(document["steps"])):
        edited = {**document, "steps": [*document["steps"]]}
        edited["steps"].insert(position, stowaway)
        edited.pop("digest")
        canonical = msgspec.json.encode(edited, order="sorted")
        edited["digest"] = sha256(canonical).hexdigest()
        relay.lab.write("/root/stowaway.json", json.dumps(edited).encode())
        assert "not needed" in relay.expect(4, "apply", "/root/stowaway.json", "--yes")
    assert not relay.lab.manifest("/root/stowaway")


def test_nobody_reads_a_secret_through_a_forward_file(relay: Relay) -> None:
    """check runs as root; a user's link must not make it print what only root may read."""
    relay.said("useradd", "-m", "mallory")
    relay.said("ln", "-s", "/etc/shadow", "/home/mallory/.forward")
    told = relay.said("stepdown", "check", code=None)
    assert "/home/mallory/.forward" in told
    relay.expect(0, "capture", "-o", "/root/mallory.json")
    for text in (told, relay.said("cat", "/root/mallory.json")):
        assert "root:*" not in text
        assert "root:!" not in text
    assert b'"state /etc/shadow +content"' not in relay.lab.read("/root/mallory.json")
    relay.said("userdel", "-r", "mallory")


def test_aliases_maps_and_group_writes_after_the_migration(relay: Relay) -> None:
    """The guard's work, beside the mailertable: aliases are rebuilt, nobody gets group write."""
    relay.make_plan()
    relay.apply()
    relay.said("sh", "-c", "echo 'newone: elsewhere@example.org' >> /etc/aliases")
    relay.said("chmod", "0664", "/etc/mail/access.db")
    relay.said("make", "-C", "/etc/mail")
    assert "elsewhere@example.org" in relay.said("sendmail", "-bv", "newone")
    assert relay.lab.manifest("/etc/mail/access.db")["/etc/mail/access.db"].mode == 0o644
    relay.said("touch", "/etc/mail/made-since")
    told = relay.rollback()
    assert "made-since" in told
    found = relay.lab.manifest("/etc/mail/made-since")["/etc/mail/made-since"]
    assert found.group_name == "smmsp"


@pytest.mark.long
def test_a_proven_change_can_be_kept_after_its_engine_was_killed(relay: Relay) -> None:
    """Killed, or ended by a shutdown, while it waited for the confirmation."""
    relay.make_plan()
    with relay.lab.popen(["stepdown", "apply", PLAN, "--yes", "--confirm-within", "5"]) as front:
        end = time.monotonic() + 60
        while relay.runs()[-1]["phase"] != "awaiting-confirmation" and time.monotonic() < end:
            time.sleep(0.1)
        relay.said("pkill", "-KILL", "-f", "wizard.engine_process")
        front.wait(30)
    assert relay.runs()[-1]["unfinished"]
    assert "Kept" in relay.expect(0, "confirm")
    assert relay.runs()[-1]["phase"] == "done"


def test_verify_without_a_message_sees_a_queue_that_is_not_the_accounts(relay: Relay) -> None:
    """Fact 1, first row: telnet and ps are content with it, and no message is accepted."""
    relay.make_plan()
    relay.apply()
    relay.guard_sleeps()
    relay.said("chown", "root:root", "/var/spool/mqueue")
    told = relay.document(1, "verify")
    assert {r["id"] for r in told["results"] if r["outcome"] == "found"} >= {"queue.writable"}
    relay.said("chown", "sendmail:sendmail", "/var/spool/mqueue")
