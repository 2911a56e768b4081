"""Who will undo this, on a real relay: Debian's own ways, and what an admin has put there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checks.test_real_host import judge
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Lab

CHECK = "host.undoers"
MARK = b"dnl This file is managed by Puppet. Do not edit.\n"


@pytest.fixture(scope="module")
def relay() -> Iterator[Lab]:
    """One healthy relay, which each test puts right again."""
    with open_or_skip("relay") as lab:
        yield lab


def test_debians_own_ways_are_told_and_block_nothing(relay: Lab) -> None:
    judged = judge(relay)
    outcome, severity, evidence = judged.results[CHECK]
    assert (judged.verdict, outcome, severity) == ("ready", "found", "info")
    assert "chown root:smmsp $@.new.db" in evidence
    assert "update_sys" in evidence
    assert "chown smmta:smmsp /etc/mail;" in evidence
    assert "/var/lib/dpkg/info/sendmail-bin.postinst" in evidence


@pytest.mark.parametrize(
    ("path", "content", "severity"),
    [
        ("/etc/cron.daily/own", b"#!/bin/sh\nchown -R smmta /var/spool/mqueue\n", "warning"),
        ("/etc/tmpfiles.d/own.conf", b"Z /var/spool/mqueue 2750 smmta smmsp -\n", "warning"),
        ("/etc/cron.d/own", b"@daily root cp /srv/sendmail.cf /etc/mail/\n", "overridable"),
        ("/etc/mail/sendmail.mc", b"", "overridable"),
    ],
)
def test_what_an_admin_put_there(relay: Lab, path: str, content: bytes, severity: str) -> None:
    there = path == "/etc/mail/sendmail.mc"
    before = relay.read(path) if there else b""
    relay.write(path, MARK + before if there else content)
    try:
        told = judge(relay).results[CHECK]
    finally:
        if there:
            relay.write(path, before)
        else:
            relay.run(["rm", path])
    assert told[1] == severity
    assert f"{path}:" in told[2]


def test_what_it_names_really_undoes_it(relay: Lab) -> None:
    """tmpfiles.d, applied: the queue is another's."""
    relay.write("/etc/tmpfiles.d/own.conf", b"z /var/spool/mqueue 2750 smmsp smmsp -\n")
    assert judge(relay).results[CHECK][1] == "warning"
    relay.run(["systemd-tmpfiles", "--create"])
    owner = relay.run(["stat", "-c", "%U", "/var/spool/mqueue"]).stdout.decode().strip()
    relay.run(["rm", "/etc/tmpfiles.d/own.conf"])
    relay.run(["chown", "smmta:smmsp", "/var/spool/mqueue"])
    assert owner == "smmsp"
