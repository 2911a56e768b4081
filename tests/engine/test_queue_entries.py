"""Which control files of a queue root's Sendmail may be handed after a rollback."""

from __future__ import annotations

import pytest

from wizard.host.queue_entry import why_distrusted

RELAYED = [
    "S<a@example.com>\nRPFD:<x@example.org>",
    "S<>\nRPFD:x@example.org\nRPFD:y+tag@example.org",
    "S<a@example.com>\nRPFD:<SRS0=ab/c=de=example.org=user@forward.example>",
    "SMAILER-DAEMON\nRPFD:<postmaster@[192.0.2.1]>",
    "S<a@example.com>\nRroot",
    "S<a@example.com>\nCroot:8:0:<root@localhost>\nRPFDA:admin@example.org",
]
PLANTED = [
    'R<"|/bin/x">',
    "R|/bin/x",
    'RPFD:(a comment)"|/bin/x"',
    'RPFD:Name <"|/bin/x"@localhost>',
    "RPFD:<|/bin/x@localhost>",
    "RPFD:\n <|/bin/x@localhost>",
    "R</etc/cron.d/x>",
    "R:include:/etc/shadow",
    "RPFD:host!|/bin/x",
    "RPFD:<@localhost:x@localhost>",
    "Croot:0:0:<x@localhost>\nRPFD:list",
    'S<"|/bin/x">\nRPFD:<x@example.org>',
    "RPFD:<x@example.org>\nd/var/spool/mqueue/../../../etc",
    "RPFD:<x@example.org>\n\0R|/bin/x",
]


@pytest.mark.parametrize("lines", RELAYED)
def test_a_relays_own_goes_back(lines: str) -> None:
    assert why_distrusted(f"V8\nT1\n{lines}\nH??Subject: |x\n.\n".encode()) == ""


@pytest.mark.parametrize("lines", PLANTED)
def test_a_planted_one_does_not(lines: str) -> None:
    assert why_distrusted(f"V8\nT1\n{lines}\nH??Subject: x\n.\n".encode())
