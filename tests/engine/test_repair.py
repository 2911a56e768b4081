"""Repair and restore are plans like any other: only what differs, proven, and undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.audit.by_hand import DEAD_LETTER, DEFINE, NO_CRON, ONE_EDIT, TO_THE_LETTER
from tests.engine.relay import PLAN, PROBE, QUEUE, Relay
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

PATHS = ("/etc/mail", QUEUE, "/etc/passwd", "/etc/group", "/var/lib/sendmail")


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A relay that nobody has changed yet."""
    with open_or_skip(init="script") as lab:
        found = Relay(lab)
        shell(found, NO_CRON)
        yield found


def shell(relay: Relay, script: str) -> str:
    return relay.said("/bin/sh", "-c", script)


def master(relay: Relay) -> str:
    return shell(relay, "head -1 /run/sendmail/mta/sendmail.pid").strip()


def steps(relay: Relay, *choices: str) -> list[str]:
    """Ids of the steps of the plan that is made and kept at PLAN."""
    return [step["id"] for step in relay.make_plan(*choices)["steps"]]


def half(relay: Relay) -> None:
    """By hand to the letter, then one edit of the mailertable and make: mail waits forever."""
    shell(relay, TO_THE_LETTER + ONE_EDIT)
    relay.send("waits")
    assert not relay.relayed("waits", within=1)


def test_a_half_migration_is_finished_without_a_stop_and_undone(relay: Relay) -> None:
    half(relay)
    before, pid = relay.lab.manifest(*PATHS), master(relay)
    planned = steps(relay, "--repair")
    assert {"mail-directory", "guard"} <= set(planned)
    assert not {"service-stop", "config-mc", "config-cf", "account-user"} & set(planned)
    assert "Done: proven" in relay.apply()
    assert master(relay) == pid, "nothing needed a restart"
    assert relay.relays("after the repair")
    relay.run_queue()
    assert relay.relayed("waits"), "what waited goes out"
    assert relay.document(0, "audit")["state"] == "migrated"
    shell(relay, ONE_EDIT)
    assert relay.relays("guarded now")
    relay.rollback()
    after = relay.lab.manifest(*PATHS)
    owners = {p: (e.owner, e.group, e.mode) for p, e in after.items() if p in before}
    assert owners == {p: (e.owner, e.group, e.mode) for p, e in before.items() if p in after}
    assert relay.document(4, "audit")["state"] == "by-hand-half"


def test_a_whole_migration_has_nothing_to_repair(relay: Relay) -> None:
    relay.make_plan()
    relay.apply()
    shell(relay, f"rm {PLAN}")
    told = relay.expect(0, "plan", "--repair", "-o", PLAN, *PROBE)
    assert "nothing to repair" in told
    assert relay.stepdown("apply", PLAN, "--yes").returncode == 1, "no plan was written"


def test_a_migration_that_was_taken_apart_is_put_together(relay: Relay) -> None:
    """Queue, cf, shell, password and guard: the account keeps its ids, the .mc its one define."""
    relay.make_plan()
    relay.apply()
    mc = relay.lab.read("/etc/mail/sendmail.mc")
    ids = relay.said("getent", "passwd", "sendmail").split(":")[2:4]
    shell(
        relay,
        "/usr/share/sendmail/update_sys; rm /etc/mail/GNUmakefile; "
        "sed -i '/^O RunAsUser/d' /etc/mail/sendmail.cf; usermod -s /bin/sh sendmail; "
        "echo sendmail:secret | chpasswd; /etc/init.d/sendmail restart; sleep 1",
    )
    assert relay.serving_child()["Uid"].split() == ["0"] * 4
    assert relay.document(4, "audit")["state"] == "changed"
    planned = steps(relay, "--repair")
    assert {"account-user", "queue-owner", "service-stop", "config-cf", "guard"} <= set(planned)
    assert not {"config-mc", "account-group"} & set(planned)
    assert "Done: proven" in relay.apply()
    assert relay.relays("put together")
    user = relay.said("getent", "passwd", "sendmail").strip().split(":")
    assert (user[2:4], user[6]) == (ids, "/usr/sbin/nologin")
    assert relay.said("passwd", "-S", "sendmail").split()[1] == "L"
    assert relay.lab.read("/etc/mail/sendmail.mc") == mc
    assert relay.document(0, "audit")["state"] == "migrated"


@pytest.mark.long
def test_a_queue_alone_is_put_right_and_given_back(relay: Relay) -> None:
    """Nothing else is wrong: the relay stops for it, and starts again."""
    shell(relay, f"{TO_THE_LETTER}{DEAD_LETTER} chmod 770 {QUEUE}")
    was = relay.lab.manifest(QUEUE)[QUEUE]
    assert {"service-stop", "queue-owner"} <= set(steps(relay, "--repair"))
    relay.apply()
    assert relay.lab.manifest(QUEUE)[QUEUE].mode == 0o700
    relay.rollback()
    assert relay.lab.manifest(QUEUE)[QUEUE].mode == was.mode
    assert relay.relays("after the rollback")


@pytest.mark.long
def test_both_runs_are_undone_in_turn(relay: Relay) -> None:
    """Newest first, as the audit says; then the host is what it was before the migration."""
    whole = relay.whole()
    relay.make_plan()
    relay.apply()
    shell(relay, "chgrp smmsp /etc/mail/mailertable.db")
    relay.make_plan("--repair")
    relay.apply()
    first, second = (one["run"] for one in relay.runs())
    relay.expect(0, "rollback", second, "--yes")
    assert "still.mail-directory" in relay.document(4, "audit")["summary"]
    again = relay.expect(1, "rollback", "--yes")
    assert f"Run {first} is in effect" in again
    relay.expect(0, "rollback", first, "--yes")
    assert relay.document(4, "audit")["state"] == "rolled-back"
    now = relay.whole()
    assert now.accounts == whole.accounts
    differing = {p for p in whole.files if whole.files[p] != now.files.get(p)}
    assert not differing, differing


@pytest.mark.long
def test_a_conflicting_define_is_outdone_by_the_last_one(relay: Relay) -> None:
    """An apostrophe define above: the cf lacks RunAsUser, and the repair's own define works."""
    shell(relay, TO_THE_LETTER.replace(DEFINE, DEFINE.replace("`", "'")))
    assert "config-mc" in steps(relay, "--repair")
    assert "Done: proven" in relay.apply()
    assert relay.serving_child()["Uid"].split() != ["0"] * 4


def test_another_account_than_the_hosts_is_no_repair(relay: Relay) -> None:
    half(relay)
    told = relay.expect(3, "plan", "--repair", "--user", "other", "-o", PLAN)
    assert "steps down to sendmail:sendmail" in told


@pytest.mark.long
def test_an_account_that_must_not_be_is_no_repair_but_can_be_restored(relay: Relay) -> None:
    """Debian's own smmta, by hand: a child could come back as root."""
    shell(relay, TO_THE_LETTER.replace("sendmail:sendmail')", "smmta:smmsp')"))
    told = relay.expect(3, "plan", "--repair", "-o", PLAN, *PROBE)
    assert "smmta must not be the user" in told
    relay.make_plan("--restore")
    assert "Done: proven" in relay.apply()
    assert relay.serving_child()["Uid"].split() == ["0"] * 4


def test_a_host_that_was_never_migrated_is_refused(relay: Relay) -> None:
    for way in ("--repair", "--restore"):
        assert "nothing here was migrated" in relay.expect(3, "plan", way, "-o", PLAN)


def test_restore_goes_back_to_roots_children_and_is_undone(relay: Relay) -> None:
    half(relay)
    before = relay.lab.manifest("/etc/mail", QUEUE)
    planned = steps(relay, "--restore")
    assert planned.index("restore-queue") < planned.index("restore-cf")
    assert "Done: proven" in relay.apply()
    assert relay.serving_child()["Uid"].split() == ["0"] * 4
    assert relay.relays("as root again")
    relay.run_queue()
    assert relay.relayed("waits"), "nothing was lost"
    queue = relay.lab.manifest(QUEUE)[QUEUE]
    assert (queue.owner_name, queue.group_name, queue.mode) == ("smmta", "smmsp", 0o2750)
    mail = relay.lab.manifest("/etc/mail")
    assert not {p for p, e in mail.items() if e.group_name == "sendmail" and e.kind != "symlink"}
    shell(relay, ONE_EDIT)
    relay.restart()
    assert relay.serving_child()["Uid"].split() == ["0"] * 4, "the next build keeps it so"
    assert relay.relays("and by make")
    assert relay.document(4, "audit")["state"] == "not-migrated"
    relay.rollback()
    assert relay.serving_child()["Uid"].split() != ["0"] * 4
    after = relay.lab.manifest("/etc/mail", QUEUE)
    for path in ("/etc/mail", "/etc/mail/sendmail.cf", "/etc/mail/sendmail.mc", QUEUE):
        then, now = before[path], after[path]
        assert (then.owner, then.group, then.mode) == (now.owner, now.group, now.mode), path


@pytest.mark.long
def test_what_stepdown_migrated_is_rolled_back_not_restored(relay: Relay) -> None:
    relay.make_plan()
    relay.apply()
    told = relay.expect(3, "plan", "--restore", "-o", PLAN)
    assert "stepdown rollback" in told


@pytest.mark.long
def test_under_systemd_too() -> None:
    with open_or_skip(init="systemd") as lab:
        relay = Relay(lab)
        half(relay)
        relay.make_plan("--repair")
        assert "Done: proven" in relay.apply()
        assert relay.relays("repaired")
        assert relay.document(0, "audit")["state"] == "migrated"
        relay.expect(0, "plan", "--repair", "-o", PLAN, *PROBE)
        relay.rollback()
        relay.make_plan("--restore")
        assert "Done: proven" in relay.apply()
        assert relay.relays("restored")
