"""A migrated relay stays what it is, whatever its own tools do to it: one by one, on real Debian.

After each a message is relayed at once, its child is the account's, the account has no way to
become root, and `stepdown verify` proves it all again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.engine.permanence import (
    OURS,
    PACKAGES,
    QUIET,
    Migrated,
    migrate,
)
from tests.engine.relay import QUEUE, Relay
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

MC = "/etc/mail/sendmail.mc"
FEATURES = (
    "FEATURE(`masquerade_envelope')dnl",
    "FEATURE(`domaintable')dnl",
    "FEATURE(`genericstable')dnl",
    "GENERICS_DOMAIN(`example.com')dnl",
)
HOME = "relay1.example.net"


def prepare(relay: Relay) -> None:
    """A relay with every kind of table, before anything is changed."""
    features = "".join(f"{line}\\n" for line in FEATURES)
    relay.said("sed", "-i", f"s/^MAILER_DEFINITIONS/{features}&/", MC)
    for name in ("domaintable", "genericstable"):
        relay.said("/bin/sh", "-c", f"echo '# none yet' > /etc/mail/{name}")
    for _ in range(2):
        relay.said("make", "-C", "/etc/mail")
    relay.restart()


@pytest.fixture(scope="module")
def host() -> Iterator[Migrated]:
    """A systemd host with every kind of table, migrated once."""
    with open_or_skip(init="systemd") as lab:
        prepare(Relay(lab))
        yield migrate(Relay(lab))


def test_it_is_migrated(host: Migrated) -> None:
    host.still_migrated()


def test_a_restart(host: Migrated) -> None:
    host.relay.restart()
    host.still_migrated()


def test_a_reload(host: Migrated) -> None:
    host.sh("/etc/init.d/sendmail reload")
    host.still_migrated()


def test_an_edited_mailertable(host: Migrated) -> None:
    host.add("mailertable", "moved.example\tesmtp:[127.0.0.2]")
    host.sh("make -C /etc/mail")
    host.arrives("joe@moved.example", "joe@moved.example")
    host.still_migrated()


def test_an_edited_virtusertable(host: Migrated) -> None:
    host.add("virtusertable", f"info@{HOME}\tsales@example.org")
    host.sh("make -C /etc/mail")
    host.arrives(f"info@{HOME}", "sales@example.org")
    host.still_migrated()


def test_an_edited_access(host: Migrated) -> None:
    host.add("access", "From:mallory@example.com\tREJECT")
    host.sh("make -C /etc/mail")
    host.send("mallory@example.com", "someone@example.org", code=1)
    host.still_migrated()


def test_an_edited_domaintable(host: Migrated) -> None:
    host.add("domaintable", "old.example\texample.org")
    host.sh("make -C /etc/mail")
    host.arrives("joe@old.example", "joe@example.org")
    host.still_migrated()


def test_an_edited_genericstable(host: Migrated) -> None:
    host.add("genericstable", "bob@example.com\trobert@example.net")
    host.sh("make -C /etc/mail")
    sender = host.arrives("joe@example.org", "joe@example.org", sender="bob@example.com")
    assert sender == "robert@example.net"
    host.still_migrated()


def test_an_edited_aliases_and_make(host: Migrated) -> None:
    host.add("aliases", "team: someone@example.org")
    host.sh("make -C /etc/mail")
    host.arrives(f"team@{HOME}", "someone@example.org")
    host.still_migrated()


def test_a_table_edited_before_a_reload(host: Migrated) -> None:
    """The init script's reload makes the maps: the way that ruins a host migrated by hand."""
    host.add("mailertable", "late.example\tesmtp:[127.0.0.2]")
    host.sh("/etc/init.d/sendmail reload")
    host.arrives("joe@late.example", "joe@late.example")
    host.still_migrated()


@pytest.mark.parametrize("goal", ["mailertable", "access", "virtusertable", "newaliases"])
def test_a_single_goal_of_make(host: Migrated, goal: str) -> None:
    """Each of these removes the database first."""
    host.sh(f"make -C /etc/mail {goal}")
    assert host.sh(f"test -s /etc/mail/{'aliases' if goal == 'newaliases' else goal}.db") == ""
    host.still_migrated()


def test_debians_makefile_run_by_its_own_name(host: Migrated) -> None:
    """Past the GNUmakefile: the path unit sees it."""
    before = host.put_right()
    host.sh("/etc/mail/Makefile mailertable")
    host.settled()
    assert host.told_more_than(before)
    host.still_migrated()


def test_newaliases(host: Migrated) -> None:
    host.add("aliases", "crew: someone@example.org")
    said = host.sh("newaliases")
    assert "/etc/mail/aliases" in said
    host.arrives(f"crew@{HOME}", "someone@example.org")
    host.still_migrated()


def test_sendmails_own_newaliases_fails_and_loses_nothing(host: Migrated) -> None:
    host.add("aliases", "gang: someone@example.org")
    before = host.relay.lab.manifest("/etc/mail/aliases.db")
    said = host.sh("/usr/sbin/newaliases; echo code $?")
    assert "code 0" not in said, said
    after = host.relay.lab.manifest("/etc/mail/aliases.db")
    assert {p: e.content for p, e in before.items()} == {p: e.content for p, e in after.items()}
    host.arrives(f"crew@{HOME}", "someone@example.org")
    host.sh("make -C /etc/mail")
    host.arrives(f"gang@{HOME}", "someone@example.org")
    host.still_migrated()


def test_sendmailconfig(host: Migrated) -> None:
    host.sh("yes Y | sendmailconfig")
    host.still_migrated()


def test_sendmailconfig_without_a_reload(host: Migrated) -> None:
    """update_sys gives everything away and nothing runs make after it: the path unit sees it."""
    host.sh("yes Y | sendmailconfig --no-reload")
    host.settled()
    host.arrives("someone@example.org", "someone@example.org")
    told = host.relay.document(1, "verify")
    found = [one["id"] for one in told["results"] if one["outcome"] == "found"]
    assert "daemon.current" in found, "the new cf waits for the reload that was refused"
    host.sh("/etc/init.d/sendmail reload")
    host.still_migrated()


def test_the_queue_given_away_by_hand(host: Migrated) -> None:
    """As tmpfiles.d or a configuration management would; with a message in it."""
    host.add("mailertable", "later.example\tesmtp:[127.0.0.9]")
    host.sh("make -C /etc/mail")
    host.send("alice@example.com", "x@later.example")
    assert host.relay.deferred("later.example"), host.sh("mailq")
    host.sh(f"chown -R root:root {QUEUE}")
    host.settled()
    owners = {e.owner for e in host.relay.lab.manifest(QUEUE).values()}
    assert {str(owner) for owner in owners} == {host.uid}
    host.sh("sed -i s/127.0.0.9/127.0.0.2/ /etc/mail/mailertable; make -C /etc/mail; sendmail -q")
    assert host.relay.relayed(f"permanence {host.tried}")
    host.still_migrated()


def test_everything_given_away_again_and_again(host: Migrated) -> None:
    """While the guard is at work: it looks until nothing is wrong any more."""
    script = (
        "chown smmta:smmsp /etc/mail; sleep 0.7; chown smmta:smmsp {}; chmod 2750 {}; sleep 0.4"
    )
    for _ in range(4):
        host.sh(script.format(QUEUE, QUEUE))
    host.settled()
    host.still_migrated()


def test_packages_installed_again(host: Migrated) -> None:
    host.relay.said(*QUIET, "sh", "-c", f"dpkg -i {PACKAGES}/sendmail*.deb < /dev/null")
    host.still_migrated()


def test_a_package_installed_again_by_apt(host: Migrated) -> None:
    argv = ("apt-get", "install", "--reinstall", "-y", "-o", "Dpkg::Use-Pty=0")
    bins = host.sh(f"ls {PACKAGES}/sendmail-bin*.deb {PACKAGES}/sendmail-base*.deb").split()
    host.relay.said(*QUIET, *argv, *bins)
    host.still_migrated()


def test_packages_upgraded(host: Migrated) -> None:
    script = """
    set -e; mkdir /root/new; cd /root/new
    for deb in /opt/packages/sendmail*.deb; do
        rm -rf one; dpkg-deb -R "$deb" one
        sed -i 's/^Version: .*/&+newer1/; s/\\(8\\.17\\.1\\.9-[^ ,)]*\\)/\\1/' one/DEBIAN/control
        sed -i '/^Depends:/s/(= [^)]*)//g' one/DEBIAN/control
        dpkg-deb -b one "$(basename "$deb" .deb)_newer.deb"
    done
    """
    host.sh(script)
    argv = ("apt-get", "install", "-y", "-o", "Dpkg::Use-Pty=0")
    host.relay.said(*QUIET, *argv, *host.sh("ls /root/new/*.deb").split())
    versions = host.sh("dpkg-query -W -f '${Version}\\n' sendmail-bin sendmail-base sendmail-cf")
    assert versions.count("+newer1") == 3, versions
    host.still_migrated()


def test_a_reboot(host: Migrated) -> None:
    host.relay.lab.reboot()
    host.still_migrated()
    host.sh(f"chown smmta:smmsp {QUEUE} /etc/mail")
    host.settled()
    host.still_migrated()


def test_a_cf_without_run_as_user_is_cried_about_and_the_guard_lets_go(host: Migrated) -> None:
    """As the questions of sendmailconfig leave it, where its existing .mc is refused."""
    host.sh(f"cp -p {MC} /root/kept.mc; sed -i /confRUN_AS_USER/d {MC}; make -C /etc/mail")
    time.sleep(1.5)
    log = host.relay.lab.read("/var/log/mail.log").decode()
    cried = [line for line in log.splitlines() if "has not RunAsUser=sendmail any more" in line]
    assert len(cried) == 1
    host.sh(f"cp -p /root/kept.mc {MC}; touch {MC}; /etc/init.d/sendmail reload")
    host.settled()
    host.still_migrated()


def test_the_rollback_takes_the_guard_along(host: Migrated) -> None:
    host.relay.rollback()
    left = [path for path in OURS if host.relay.lab.manifest(path)]
    assert left == []
    units = host.sh("systemctl list-units --all --no-legend 'stepdown-guard*'")
    assert units.strip() == ""
    assert host.relay.relays("after the rollback")
    queue = host.relay.lab.manifest(QUEUE)[QUEUE]
    assert (queue.owner_name, queue.mode) == ("smmta", 0o2750)
