"""Relays that are not the ordinary one: impure, hand-edited, without a .mc."""

from __future__ import annotations

import re

import pytest

from tests.engine.relay import PLAN, PROBE, QUEUE, Relay, Whole
from tests.engine.undoing import undo
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

RUN_AS = "O RunAsUser=sendmail:sendmail"
ALIAS = 'ticket: "|/usr/local/bin/ticket"\n'


@pytest.mark.parametrize(
    ("scenario", "check_id", "evidence"),
    [
        ("alias-program", "relay.alias-programs", r'/etc/aliases:\d+ .*"\|/usr/local/bin/ticket"'),
        ("forward-file", "relay.forward", r"/home/alice/\.forward:1 .*alice@example\.org"),
        ("local-log", "relay.log-local", r"/var/log/mail\.log:\d+ .*mailer=local"),
    ],
)
def test_an_impure_relay_is_refused_everywhere(scenario: str, check_id: str, evidence: str) -> None:
    """`check` says blocked with file and line; `plan` refuses; nothing is left behind."""
    with open_or_skip(scenario) as lab:
        relay = Relay(lab)
        before = relay.whole()
        told = relay.document(3, "check")
        assert told["verdict"] == "blocked"
        row = next(row for row in told["results"] if row["id"] == check_id)
        assert any(re.search(evidence, line) for line in row["evidence"]), row["evidence"]
        assert check_id in relay.expect(3, "plan", "-o", PLAN, *PROBE)
        assert relay.said("ls", PLAN, code=None).startswith("ls: cannot access")
        assert relay.whole() == before


@pytest.mark.parametrize(
    ("spoil", "mend", "check_id"),
    [
        (f"printf '%s' '{ALIAS}' >> /etc/aliases", "", "relay.alias-programs"),
        ("echo 'archive: /var/tmp/archive' >> /etc/aliases", "", "relay.alias-files"),
        (
            "echo '2026-11-22T08:00:00+00:00 relay1 sm-mta[1]: 6AM0: to=root, mailer=local, "
            "pri=1, stat=Sent' >> /var/log/mail.log",
            "",
            "relay.log-local",
        ),
    ],
    ids=["program", "file", "log"],
)
def test_a_plan_from_before_the_relay_became_impure(
    relay: Relay, spoil: str, mend: str, check_id: str
) -> None:
    """The plan was good when it was made; apply looks again."""
    relay.said("cp", "--archive", "/etc/aliases", "/var/log/mail.log", "/root")
    relay.make_plan()
    relay.said("/bin/sh", "-c", spoil)
    before = relay.whole()
    try:
        assert check_id in relay.expect(3, "apply", PLAN, "--yes")
        assert relay.whole() == before
        assert relay.runs() == []
    finally:
        relay.said("/bin/sh", "-c", mend or "true")
        relay.said("cp", "--archive", "/root/aliases", "/etc/aliases")
        relay.said("cp", "--archive", "/root/mail.log", "/var/log/mail.log")


def there_and_back(relay: Relay, *choices: str) -> tuple[str, str]:
    """Plan, apply, look, roll back, compare; the migrated cf and what apply told."""
    before = relay.whole()
    relay.make_plan(*choices)
    told = relay.apply()
    assert relay.relays("after the change")
    assert "0" not in relay.serving_child()["Uid"].split()
    cf = relay.cf()
    assert re.findall(r"^O\s*RunAsUser.*$", cf, re.MULTILINE) == [RUN_AS]
    relay.rollback()
    assert_same(relay.whole(), before)
    assert relay.relays("after the rollback")
    return cf, told


def assert_same(after: Whole, before: Whole) -> None:
    """Equal, and readable where not."""
    paths = {*before.files, *after.files}
    differing = {
        path: (before.files.get(path), after.files.get(path))
        for path in paths
        if before.files.get(path) != after.files.get(path)
    }
    assert not differing
    assert (after.service, after.accounts) == (before.service, before.accounts)


def test_editing_the_cf_by_choice(relay: Relay) -> None:
    before = relay.cf()
    cf, _told = there_and_back(relay, "--edit", "cf")
    assert cf == before.replace("#O RunAsUser=sendmail", RUN_AS)


def test_a_hand_edited_cf_is_refused_until_the_admin_chooses() -> None:
    with open_or_skip("hand-edited-cf") as lab:
        relay = Relay(lab)
        assert "config.hand-edited" in relay.expect(3, "plan", "-o", PLAN)
        assert "-O MaxMessageSize=20971520" in relay.expect(3, "check")
        kept, _told = there_and_back(relay, "--edit", "cf")
        assert "\nO MaxMessageSize=20971520\n" in kept
        assert "config.hand-edited" in relay.expect(3, "plan", "--edit", "mc")
        reason = "config.hand-edited=the limit is not wanted any more"
        lost, _told = there_and_back(relay, "--edit", "mc", "--accept", reason)
        assert "\nO MaxMessageSize" not in lost
        assert "\nO MaxMessageSize=20971520\n" in relay.cf()


@pytest.mark.parametrize("init", ["systemd", pytest.param("script", marks=pytest.mark.long)])
def test_a_relay_without_a_mc(init: str) -> None:
    """Debian's script starts nothing without a .mc, so a restart is refused up front."""
    with open_or_skip("no-mc", init="systemd" if init == "systemd" else "script") as lab:
        relay = Relay(lab)
        before = relay.whole()
        refused = relay.stepdown("plan", "-o", PLAN, *PROBE)
        assert refused.returncode == 3
        assert "--switch reload" in refused.stderr.decode()
        assert relay.whole() == before
        there_and_back(relay, "--switch", "reload")


@pytest.mark.long
def test_a_cf_behind_a_link(relay: Relay) -> None:
    """What the link leads to is edited and given back; the link stays."""
    linked = "mkdir /etc/mailcf; mv $1 /etc/mailcf/; ln -s /etc/mailcf/sendmail.cf $1"
    relay.said("/bin/sh", "-c", linked, "sh", "/etc/mail/sendmail.cf")
    there_and_back(relay)
    assert relay.lab.manifest("/etc/mail")["/etc/mail/sendmail.cf"].kind == "symlink"


QUEUES = """
cd /etc/mail; Q=/var/spool/mqueue
sed -i 's,^MAILER_DEFINITIONS,define(`QUEUE_DIR'"'"'\\, `/var/spool/mqueue/q*'"'"')dnl\\n'\\
'QUEUE_GROUP(`slow'"'"'\\, `P=/var/spool/mqueue/slow\\, R=2'"'"')dnl\\n&,' sendmail.mc
mkdir -p $Q/q1 $Q/q2 $Q/slow/df $Q/slow/xf /srv/q3 /srv/qf
mount -t tmpfs -o mode=700 none $Q/q2
ln -s /srv/q3 $Q/q3; ln -s /srv/qf $Q/slow/qf
chown -R smmta:smmsp $Q/q1 $Q/q2 $Q/slow /srv/q?
chmod 2750 $Q/q? $Q/slow $Q/slow/?f /srv/q?
make >/dev/null; /etc/init.d/sendmail restart
grep '^O QueueDirectory=.*q.$' sendmail.cf; grep '^Qslow, P=/var' sendmail.cf
"""


def parts_of_slow(relay: Relay) -> list[str]:
    """What makes the group's queue."""
    return relay.said("find", f"{QUEUE}/slow", "-name", "?f*", "-printf", "%f %y\\n").splitlines()


def assert_given_back(relay: Relay, parts: list[str]) -> None:
    """Every directory is the former owner's, and nothing was set aside."""
    assert not relay.said("find", "-L", QUEUE, "-mindepth", "1", "!", "-user", "smmta")
    assert parts_of_slow(relay) == parts


def test_queues_in_many_places(relay: Relay) -> None:
    """A wildcard, a group, a file system of its own, and links to queues elsewhere.

    Given back by the rollback, and another time by the script that needs no Python.
    """
    kept = ("/etc/mail/sendmail.mc", "/etc/mail/sendmail.cf", "/root")
    relay.said("cp", "--archive", *kept)
    relay.said("/bin/bash", "-ec", QUEUES)
    parts = parts_of_slow(relay)
    assert "qf l" in parts
    relay.make_plan()
    assert "Done: proven" in relay.apply()
    assert relay.document(0, "verify", *PROBE)["verdict"] == "proven"
    assert relay.document(0, "audit")["verdict"] == "well"
    assert not relay.said("find", "-L", QUEUE, "!", "-user", "sendmail")
    relay.rollback()
    assert_given_back(relay, parts)
    relay.apply()
    undo(relay)
    assert_given_back(relay, parts)
    put_back = (
        "cd /var/spool/mqueue; umount q2; rm -r q? slow /srv/q?; cp -a /root/sendmail.?? /etc/mail"
    )
    relay.said("/bin/sh", "-ec", f"{put_back}; /etc/init.d/sendmail restart")


def test_switching_by_reload(relay: Relay) -> None:
    """The relay answers all the while; what was queued meanwhile is handed over too."""
    relay.queue_waiting("waits through the reload")
    cf, told = there_and_back_with_mail(relay)
    assert RUN_AS in cf
    assert "Done: proven" in told


def there_and_back_with_mail(relay: Relay) -> tuple[str, str]:
    """By reload, with a message in the queue."""
    queued = relay.queued()
    relay.make_plan("--switch", "reload")
    told = relay.apply()
    assert relay.relays("after the reload")
    assert relay.queued() == queued
    cf = relay.cf()
    relay.rollback()
    assert relay.queued() == queued
    assert relay.relays("after the reload's rollback")
    return cf, told
