"""A migrated relay with STARTTLS and a milter stays what it is: sockets and keys made anew."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.engine.permanence import (
    PACKAGES,
    QUIET,
    Migrated,
    migrate,
)
from tests.engine.relay import Relay
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

CONF = "/etc/mail/sendmail.conf"
MILTER = "practice-milter"
KEY = "/etc/mail/tls/sendmail-common.key"


@pytest.fixture(scope="module")
def full_host() -> Iterator[Migrated]:
    """A host with STARTTLS, a milter, every kind of port and status files, migrated."""
    with open_or_skip("milter-tls", init="systemd") as lab:
        for name in ("HOSTSTATS", "MAILSTATS"):  # else sendmailconfig removes what they name
            lab.run(["sed", "-i", f's/^DAEMON_{name}="No"/DAEMON_{name}="Yes"/', CONF])
        yield migrate(Relay(lab))


def test_a_milter_that_starts_again(full_host: Migrated) -> None:
    """It makes its directory and its socket anew, closed to others: the path unit sees it."""
    full_host.sh(f"systemctl restart {MILTER}")
    full_host.settled()
    socket = full_host.relay.lab.manifest(f"/run/{MILTER}/milter.sock")[
        f"/run/{MILTER}/milter.sock"
    ]
    assert (socket.owner_name, socket.group_name) == (MILTER, "sendmail")
    full_host.still_migrated()


def test_keys_made_anew_and_installed_again(full_host: Migrated) -> None:
    full_host.sh(f"rm {KEY} /etc/mail/tls/*.crt /etc/mail/tls/*.csr; yes Y | sendmailconfig")
    full_host.still_migrated()
    full_host.relay.said(*QUIET, "sh", "-c", f"dpkg -i {PACKAGES}/sendmail*.deb < /dev/null")
    key = full_host.relay.lab.manifest(KEY)[KEY]
    assert (key.owner_name, key.group_name, key.mode) == ("root", "sendmail", 0o640)
    full_host.still_migrated()


def test_mail_does_not_wake_the_guard(full_host: Migrated) -> None:
    """Queue, statistics and host status change with each message."""
    started = ("systemctl", "show", "-P", "ExecMainStartTimestampMonotonic", "stepdown-guard")
    full_host.sh("systemctl stop stepdown-guard.timer stepdown-guard.service")
    before = full_host.relay.said(*started)
    for _ in range(3):
        full_host.arrives("someone@example.org", "someone@example.org")
    time.sleep(1)
    assert full_host.relay.said(*started) == before
    full_host.sh("systemctl start stepdown-guard.timer")


def test_a_reboot_with_a_milter(full_host: Migrated) -> None:
    """Its directory is under /run, and comes with it."""
    full_host.relay.lab.reboot()
    full_host.settled()
    full_host.still_migrated()
