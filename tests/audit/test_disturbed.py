"""A migrated relay, disturbed in many ways: the audit names each, and is still otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.audit.by_hand import NO_CRON
from tests.audit.test_by_hand import rows, shell
from tests.engine.relay import QUEUE, Relay
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

CF = "/etc/mail/sendmail.cf"


@dataclass(frozen=True)
class Disturbed:
    """What was done to the host, the row that names it, what it says, and how it is undone."""

    name: str
    script: str
    row: str
    says: str
    undo: str


AS_IT_WAS = f"cp -p /root/kept.cf {CF}"
DISTURBED = (
    Disturbed(
        "queue",
        f"chown root:root {QUEUE}",
        "still.queue-owner",
        "the children cannot write it",
        f"chown sendmail:sendmail {QUEUE}",
    ),
    Disturbed(
        "entry",
        f"touch {QUEUE}/qfx",
        "still.queue-owner",
        "never run, and nothing is logged",
        f"rm {QUEUE}/qfx",
    ),
    Disturbed(
        "map's group",
        "chgrp smmsp /etc/mail/mailertable.db",
        "still.mail-directory",
        "the account cannot read it any more",
        "chgrp sendmail /etc/mail/mailertable.db",
    ),
    Disturbed(
        "directory's mode",
        "chmod g+w /etc/mail",
        "still.mail-directory",
        "the account may write it now",
        "chmod g-w /etc/mail",
    ),
    Disturbed(
        "cf is the account's",
        f"chown sendmail {CF}",
        "still.config-cf",
        "it belongs to the account now",
        f"chown root {CF}",
    ),
    Disturbed(
        "guard removed",
        "mv /etc/mail/GNUmakefile /root/",
        "still.guard",
        "the guard is gone",
        "mv /root/GNUmakefile /etc/mail/",
    ),
    Disturbed(
        "guard edited",
        "cp -p /etc/mail/GNUmakefile /root/; echo '# mine' >> /etc/mail/GNUmakefile",
        "still.guard",
        "not the one that was reviewed",
        "cp -p /root/GNUmakefile /etc/mail/",
    ),
    Disturbed(
        "RunAsUser removed",
        f"sed -i '/^O RunAsUser/d' {CF}",
        "still.config-cf",
        "no active RunAsUser",
        AS_IT_WAS,
    ),
    Disturbed(
        "shell",
        "usermod -s /bin/bash sendmail",
        "still.account",
        "a shell to log in with",
        "usermod -s /usr/sbin/nologin sendmail",
    ),
    Disturbed(
        "password",
        "echo sendmail:secret | chpasswd",
        "still.account",
        "its password is not locked",
        "usermod -L sendmail",
    ),
    Disturbed(
        "a member",
        "gpasswd -a nobody sendmail",
        "still.account",
        "others read all that the children read",
        "gpasswd -d nobody sendmail",
    ),
    Disturbed(
        "update_sys without the guard",
        "/usr/share/sendmail/update_sys",
        "still.queue-owner",
        "is smmta:smmsp 2750",
        "/usr/local/sbin/stepdown-guard",
    ),
)


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """A relay that stepdown migrated; each test gives it back as it was."""
    with open_or_skip(init="script") as lab:
        found = Relay(lab)
        found.make_plan()
        found.apply()
        shell(found, f"cp -p {CF} /root/kept.cf; {NO_CRON}")
        yield found


@pytest.mark.parametrize("one", DISTURBED, ids=lambda one: one.name)
def test_each_disturbance_is_named(relay: Relay, one: Disturbed) -> None:
    shell(relay, one.script)
    try:
        told = relay.document(4, "audit")
    finally:
        shell(relay, one.undo)
    assert told["state"] == "changed"
    row = rows(told)[one.row]
    assert one.says in " ".join(row["evidence"])
    assert row["meaning"]
    assert "--repair" in row["remedy"]
    assert "stepdown rollback" in row["remedy"]
    assert one.row in told["summary"]


def test_undisturbed_it_is_quiet(relay: Relay) -> None:
    told = relay.document(0, "audit")
    assert (told["state"], told["verdict"], told["changes"]) == ("migrated", "well", [])
    assert relay.expect(0, "audit").count("\n") == 1
    assert relay.expect(0, "audit", "--quiet") == ""


def test_an_admins_edit_is_a_note_and_no_alarm(relay: Relay) -> None:
    """The table edited and built, the cf rebuilt by make: the guard is in their way, all holds.

    The aliases too, and newaliases not run yet.
    """
    relay.route("new.example", "esmtp:[127.0.0.2]")
    later = "touch -d '+60 seconds' /etc/aliases"
    shell(relay, f"make -C /etc/mail; chown smmsp {CF}; {later}")
    try:
        told = relay.document(0, "audit")
    finally:
        shell(relay, f"chown root {CF}; touch -d '-60 seconds' /etc/aliases")
    (change,) = told["changes"]
    assert (change["path"], change["breaks"]) == (CF, False)
    assert "1 harmless difference" in told["summary"]


def test_what_breaks_is_a_change_with_was_and_is(relay: Relay) -> None:
    shell(relay, "chgrp smmsp /etc/mail/access.db")
    try:
        told = relay.document(4, "audit")
    finally:
        shell(relay, "chgrp sendmail /etc/mail/access.db")
    (change,) = told["changes"]
    assert change["path"] == "/etc/mail/access.db"
    assert change["was"].endswith(":sendmail 0640")
    assert change["is"].endswith(":smmsp 0640")
    assert change["breaks"] is True
