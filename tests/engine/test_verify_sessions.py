"""Every port of a migrated relay is proven: its child, its message, its EHLO; and each can fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.engine.relay import GUARD_WATCHES, PROBE, Relay
from tests.lab.opening import open_or_skip
from wizard.lab.layout import PRACTICE

pytestmark = pytest.mark.lab

CF = "/etc/mail/sendmail.cf"
FIRST, SUBMISSION, OTHER = "127.0.0.1:25", "127.0.0.1:587", "198.51.100.25:25"
SECOND = "127.0.0.1:2525"
ROOTED = (
    f"sed '/^O RunAsUser/d; /^O DaemonPortOptions/d; /^O PidFile/d' {CF} > /root/two.cf; "
    "echo 'O DaemonPortOptions=Port=2525, Addr=127.0.0.1' >> /root/two.cf; "
    "echo 'O PidFile=/run/two.pid' >> /root/two.cf; /usr/sbin/sendmail-mta -bd -C /root/two.cf"
)
"A second daemon, without RunAsUser."
HUP = "kill -HUP $(head -1 /run/sendmail/mta/sendmail.pid); sleep 1"
"Has the daemon read its cf, and nothing else done."
WATCH = "stepdown-guard.path stepdown-guard.timer"
NO_GUARD = f"systemctl stop {WATCH} stepdown-guard.service || true"

Rows = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def migrated() -> Iterator[Relay]:
    """A relay migrated by stepdown."""
    with open_or_skip() as lab:
        relay = Relay(lab)
        relay.make_plan()
        relay.apply()
        yield relay


def verified(relay: Relay, code: int, *words: str) -> Rows:
    """The proofs by their ids; fails unless verify ends with the code."""
    done = relay.document(code, "verify", *words)
    return {row["id"]: row for row in done["results"]}


def outcomes(rows: Rows, proof: str) -> dict[str, str]:
    """Address to outcome of a proof that each port has; the first port's id is the plain one."""
    found = {key: row["outcome"] for key, row in rows.items() if key.startswith(proof)}
    return {
        key.removeprefix(proof).removeprefix(".") or FIRST: value for key, value in found.items()
    }


def evidence(row: dict[str, Any]) -> str:
    return "\n".join(row["evidence"])


@contextmanager
def edited(relay: Relay, script: str, undo: str, path: str = CF) -> Iterator[None]:
    """A shell script's doing, and what takes it back."""
    relay.said("cp", "--archive", path, "/root/kept")
    try:
        relay.said("/bin/sh", "-ec", script)
        yield
    finally:
        relay.said("cp", "--archive", "/root/kept", path)
        relay.said("/bin/sh", "-ec", undo)


def test_each_port_is_proven(migrated: Relay) -> None:
    had = len(migrated.lab.messages())
    rows = verified(migrated, 0, *PROBE)
    every = {FIRST: "pass", SUBMISSION: "pass", OTHER: "pass"}
    assert outcomes(rows, "child.identity") == every
    assert outcomes(rows, "message.relayed") == {**every, SUBMISSION: "skipped"}
    assert "530" in evidence(rows[f"message.relayed.{SUBMISSION}"])
    queue_id = rows["message.relayed"]["evidence"][0].split()[1]
    assert f" {queue_id}: to=<x@example.org>" in evidence(rows["message.relayed"])
    assert len(migrated.lab.messages()) == had + 2
    listed = evidence(rows["daemon.ports"])
    assert all(address in listed for address in every)


def test_what_ehlo_offered_is_known_from_the_run(migrated: Relay) -> None:
    with edited(migrated, f"echo 'O PrivacyOptions=noetrn' >> {CF}; {HUP}", HUP):
        row = verified(migrated, 1)["ehlo.offers"]
    assert row["outcome"] == "found"
    assert f"{FIRST}  gone: ETRN" in row["evidence"]
    assert f"{OTHER}  gone: ETRN" in row["evidence"]
    assert not any(SUBMISSION in line for line in row["evidence"]), "it never offered it"


def test_a_second_daemon_that_is_root_is_named(migrated: Relay) -> None:
    migrated.said("/bin/sh", "-c", ROOTED)
    try:
        rows = verified(migrated, 1)
    finally:
        migrated.said("/bin/sh", "-c", "kill $(head -1 /run/two.pid); rm -f /run/two.pid")
    row = rows[f"child.identity.{SECOND}"]
    assert row["outcome"] == "found"
    assert SECOND in row["title"]
    assert "uids 0" in evidence(row)
    assert rows["child.identity"]["outcome"] == "pass"


def test_an_option_on_whose_port_nothing_listens(migrated: Relay) -> None:
    line = "O DaemonPortOptions=Name=gone, Port=2626"
    with edited(migrated, f"echo '{line}' >> {CF}", "true"):
        row = verified(migrated, 1)["daemon.ports"]
    assert row["outcome"] == "found"
    assert line in evidence(row)


def test_a_message_that_is_accepted_and_not_passed_on(migrated: Relay) -> None:
    """Fact 1: telnet and ps see nothing; an older message's `stat=Sent` in the log is no proof."""
    database = "/etc/mail/mailertable.db"
    script = f"{NO_GUARD}; chgrp root {database}; chmod 0600 {database}"
    with edited(migrated, script, f"({GUARD_WATCHES}) || true; sendmail -qf", database):
        rows = verified(migrated, 1, *PROBE)
    assert rows["child.identity"]["outcome"] == "pass"
    assert "smtp.session" not in rows, "it is accepted"
    for proof in ("message.relayed", f"message.relayed.{OTHER}"):
        assert rows[proof]["outcome"] == "found"
        assert "stat=" in evidence(rows[proof])
        assert "Sent" not in evidence(rows[proof])
        assert "unsafe map file /etc/mail/mailertable.db" in evidence(rows[proof])


def test_without_a_probe_address_nothing_is_sent(migrated: Relay) -> None:
    had = len(migrated.lab.messages())
    with edited(migrated, f"rm {PRACTICE}", "true", PRACTICE):
        rows = verified(migrated, 0)
    for proof in ("message.relayed", f"message.relayed.{OTHER}"):
        assert rows[proof]["outcome"] == "skipped"
        assert rows[proof]["title"].startswith("Unproven")
        assert "no probe address" in evidence(rows[proof])
    assert set(outcomes(rows, "child.identity").values()) == {"pass"}
    assert rows["ehlo.offers"]["outcome"] == "pass"
    assert len(migrated.lab.messages()) == had


def test_a_relay_that_does_not_run_fails_by_name(migrated: Relay) -> None:
    migrated.said("/etc/init.d/sendmail", "stop")
    try:
        rows = verified(migrated, 1)
    finally:
        migrated.restart()
    assert rows["daemon.ports"]["outcome"] == "found"
    assert f"{OTHER}: took mail before the switch" in evidence(rows["daemon.ports"])
    assert "Connection refused" in evidence(rows["smtp.session"])
    assert rows["child.identity"]["outcome"] == "unknown"


def test_after_a_rollback_there_is_nothing_to_compare_with(migrated: Relay) -> None:
    """Last: it ends the module's migration."""
    migrated.rollback()
    row = verified(migrated, 1)["ehlo.offers"]
    assert row["outcome"] == "skipped"
    assert "not rolled back" in evidence(row)
