"""The whole journey on real Sendmail: there, proven, and back; systemd and the init script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.engine.relay import HOP, QUEUE, Manifest, Relay, Whole
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Init

pytestmark = pytest.mark.lab

GUARD = "/etc/mail/GNUmakefile"
WAITING = "waits since before the change"


@dataclass
class Journey:
    """What was seen on the way; every test below looks at one part of it."""

    relay: Relay
    before: Whole
    cf_before: str
    queued_before: dict[str, list[str]]
    plan_notes: str
    apply_told: str = ""
    relayed: dict[str, bool] = field(default_factory=dict)
    child: dict[str, str] = field(default_factory=dict)
    passwd: list[str] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    shadow: list[str] = field(default_factory=list)
    migrated: Manifest = field(default_factory=dict)
    cf_migrated: str = ""
    queued_migrated: dict[str, list[str]] = field(default_factory=dict)
    queued_after: dict[str, list[str]] = field(default_factory=dict)
    after: Whole | None = None


def set_out(relay: Relay) -> Journey:
    """A relay that relays and has one message waiting, and its plan."""
    relayed = {"before": relay.relays("before the change")}
    relay.queue_waiting(WAITING)
    told = relay.make_plan()
    notes = " ".join(note for step in told["steps"] for note in step["notes"])
    found = Journey(relay, relay.whole(), relay.cf(), relay.queued(), notes)
    found.relayed = relayed
    return found


def look_at_migrated(journey: Journey) -> None:
    """Everything that the recipe promises, as the host shows it."""
    relay = journey.relay
    journey.relayed["after"] = relay.relays("after the change")
    journey.child = relay.serving_child()
    journey.passwd = relay.said("getent", "passwd", "sendmail").strip().split(":")
    journey.group = relay.said("getent", "group", "sendmail").strip().split(":")
    journey.shadow = relay.said("getent", "shadow", "sendmail").strip().split(":")
    journey.migrated = relay.lab.manifest("/etc", QUEUE)
    journey.cf_migrated = relay.cf()
    journey.queued_migrated = relay.queued()


@pytest.fixture(scope="module", params=["systemd", pytest.param("script", marks=pytest.mark.long)])
def journey(request: pytest.FixtureRequest) -> Iterator[Journey]:
    """There and back once; the lab stays open for more."""
    init: Init = request.param
    with open_or_skip(init=init) as lab:
        found = set_out(Relay(lab))
        found.apply_told = found.relay.apply()
        look_at_migrated(found)
        found.relay.rollback()
        found.after = found.relay.whole()
        found.queued_after = found.relay.queued()
        found.relayed["again"] = found.relay.relays("after the rollback")
        yield found


def test_a_message_relays_before_after_and_after_the_rollback(journey: Journey) -> None:
    assert journey.relayed == {"before": True, "after": True, "again": True}


def test_the_serving_child_is_the_account_for_good(journey: Journey) -> None:
    uid, gid = journey.passwd[2], journey.group[2]
    assert journey.child["Uid"].split() == [uid] * 4
    assert journey.child["Gid"].split() == [gid] * 4
    assert journey.child["Groups"].split() == [gid]
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(journey.child[name], 16) == 0, name


def test_the_account_is_locked_without_shell_and_lives_in_the_queue(journey: Journey) -> None:
    _name, _x, uid, gid, _gecos, home, shell = journey.passwd
    assert (home, shell) == (QUEUE, "/usr/sbin/nologin")
    assert journey.shadow[1].startswith("!")
    assert gid == journey.group[2]
    assert journey.group[3] == "", "nobody else is a member"
    assert 0 < int(uid) < 1000


def test_gid_24_is_taken_on_debian_and_the_plan_says_by_whom(journey: Journey) -> None:
    assert "cdrom" in journey.plan_notes
    assert journey.group[2] != "24"
    assert "24" not in journey.passwd[2:4]


def test_the_queue_is_the_accounts_alone(journey: Journey) -> None:
    queue = journey.migrated[QUEUE]
    assert (queue.owner_name, queue.group_name, queue.mode) == ("sendmail", "sendmail", 0o700)
    inside = [e for path, e in journey.migrated.items() if path.startswith(f"{QUEUE}/")]
    assert inside
    assert {(e.owner_name, e.group_name) for e in inside} == {("sendmail", "sendmail")}


def test_etc_mail_is_roots_and_readable_by_the_group(journey: Journey) -> None:
    top = journey.migrated["/etc/mail"]
    assert (top.owner_name, top.group_name, top.mode) == ("root", "sendmail", 0o2755)
    below = {p: e for p, e in journey.migrated.items() if p.startswith("/etc/mail/")}
    for path, entry in below.items():
        assert entry.owner_name != "sendmail", path
        if entry.kind == "directory":
            assert (entry.owner_name, entry.mode & 0o022) == ("root", 0), path
        if path.endswith(".db"):
            assert (entry.group_name, entry.mode & 0o040) == ("sendmail", 0o040), path


def without_run_as_user(cf: str) -> list[str]:
    """Active lines but RunAsUser: no comments, no banner."""
    lines = (line for line in cf.splitlines() if line.strip() and not line.startswith("#"))
    return [line for line in lines if not line.startswith("O RunAsUser")]


def test_the_cf_gains_exactly_one_active_line(journey: Journey) -> None:
    active = re.findall(r"^O\s+RunAsUser.*$", journey.cf_migrated, re.MULTILINE)
    assert active == ["O RunAsUser=sendmail:sendmail"]
    assert not re.search(r"^O\s+RunAsUser", journey.cf_before, re.MULTILINE)
    assert without_run_as_user(journey.cf_before) == without_run_as_user(journey.cf_migrated)


def test_a_waiting_message_stays_what_it_was(journey: Journey) -> None:
    assert len(journey.queued_before) == 2, "a qf and a df"
    assert journey.queued_migrated == journey.queued_before
    assert journey.queued_after == journey.queued_before


def test_rollback_gives_the_host_back(journey: Journey) -> None:
    """The waiting message's counters may go on: root's queue runner tries it again."""
    assert journey.after is not None
    differing = {
        path: (journey.before.files.get(path), journey.after.files.get(path))
        for path in {*journey.before.files, *journey.after.files}
        if journey.before.files.get(path) != journey.after.files.get(path)
        and not path.startswith(f"{QUEUE}/qf")
    }
    assert not differing
    for path in (p for p in journey.before.files if p.startswith(f"{QUEUE}/")):
        then, now = journey.before.files[path], journey.after.files[path]
        assert (then.owner, then.group, then.mode) == (now.owner, now.group, now.mode), path
    assert journey.after.service == journey.before.service
    assert journey.after.accounts == journey.before.accounts


def test_apply_tells_the_proof(journey: Journey) -> None:
    for words in ("> EHLO", "< 250", "serves this connection", "stat=Sent", "Done: proven"):
        assert words in journey.apply_told


def test_the_trap_of_make_and_restart(journey: Journey) -> None:
    """Debian's own make would give a rebuilt map to a group that the children are not in."""
    relay = journey.relay
    relay.make_plan()
    relay.apply()
    relay.route("later.example", HOP)
    relay.route("new.example", HOP)
    relay.said("make", "-C", "/etc/mail")
    relay.restart()
    assert relay.serving_child()["Uid"].split() != ["0"] * 4
    assert relay.relays("to a new route", "x@new.example")
    relay.said("sendmail", "-q")
    assert relay.relayed(WAITING), "the message that waited goes by the account's queue run"
    relay.rollback()
    assert relay.relays("by the edited table", "x@new.example")


def test_without_the_guard_the_same_steps_stop_the_mail(journey: Journey) -> None:
    relay = journey.relay
    relay.make_plan()
    relay.apply()
    relay.guard_sleeps()
    relay.said("rm", GUARD)
    relay.route("newer.example", HOP)
    relay.said("make", "-C", "/etc/mail")
    relay.restart()
    relay.send("stuck", "x@newer.example")
    assert not relay.relayed("stuck", within=3)
    assert "unsafe map file" in relay.lab.read("/var/log/mail.log").decode()
    relay.rollback()
    relay.said("sendmail", "-q")
    assert relay.relayed("stuck"), "nothing was lost"
