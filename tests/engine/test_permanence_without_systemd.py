"""A migrated relay stays what it is without systemd too: make, dpkg and cron call the guard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.permanence import (
    GUARD,
    OURS,
    PACKAGES,
    QUIET,
    Migrated,
    migrate,
)
from tests.engine.relay import Relay
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Init

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def plain_host() -> Iterator[Migrated]:
    """A host without systemd, migrated."""
    init: Init = "script"
    with open_or_skip(init=init) as lab:
        yield migrate(Relay(lab))


def test_without_systemd_restart_reload_and_make(plain_host: Migrated) -> None:
    for script in ("/etc/init.d/sendmail restart", "/etc/init.d/sendmail reload"):
        plain_host.sh(script)
        plain_host.still_migrated()
    plain_host.add("mailertable", "moved.example\tesmtp:[127.0.0.2]")
    plain_host.sh("make -C /etc/mail")
    plain_host.arrives("joe@moved.example", "joe@moved.example")
    plain_host.still_migrated()


def test_without_systemd_sendmailconfig(plain_host: Migrated) -> None:
    plain_host.sh("yes Y | sendmailconfig")
    plain_host.still_migrated()


def test_without_systemd_cron_sees_what_make_does_not(plain_host: Migrated) -> None:
    plain_host.sh("yes Y | sendmailconfig --no-reload")
    assert plain_host.sh(f"{GUARD} --check", code=1)
    plain_host.settled(within=75)
    plain_host.arrives("someone@example.org", "someone@example.org")
    plain_host.relay.restart()
    plain_host.still_migrated()


def test_without_systemd_packages_and_a_reboot(plain_host: Migrated) -> None:
    """The lab has no runlevel without systemd, so that the package does not start the service."""
    plain_host.relay.said(*QUIET, "sh", "-c", f"dpkg -i {PACKAGES}/sendmail*.deb < /dev/null")
    assert plain_host.sh(f"{GUARD} --check") == "", "dpkg itself has called the guard"
    plain_host.sh("/etc/init.d/sendmail start")
    plain_host.still_migrated()
    plain_host.relay.lab.reboot()
    plain_host.still_migrated()


def test_without_systemd_the_rollback_takes_the_guard_along(plain_host: Migrated) -> None:
    plain_host.relay.rollback()
    assert [path for path in OURS if plain_host.relay.lab.manifest(path)] == []
    assert plain_host.relay.relays("after the rollback")
