"""Keys, a milter, statistics and host status on real Sendmail: migrated, used, and given back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.engine.relay import Manifest, Relay
from tests.lab.opening import open_or_skip
from wizard.lab.practice import Init, Lab
from wizard.lab.practice_milter import INIT_SCRIPT, NAME, SOCKET

pytestmark = pytest.mark.lab

CHANGING = ("/var/lib/sendmail/sendmail.st", "/var/lib/sendmail/host_status")
"What the relay's own work changes."
OFFERS = """
import smtplib
with smtplib.SMTP("127.0.0.1", 25, timeout=10) as client:
    client.ehlo()
    print(*sorted(client.esmtp_features))
"""
STRICTER = r"""
chmod 600 /etc/mail/tls/sendmail-common.key; chmod 700 /etc/mail/tls
sed -i 's/,GroupReadableKeyFile//' /etc/mail/tls/starttls.m4
mkdir -m 0755 /srv/maps; makemap hash /srv/maps/extra < /etc/mail/mailertable
chmod 600 /srv/maps/extra.db
sed -i 's#^MAILER_DEFINITIONS#LOCAL_CONFIG\nKextra hash /srv/maps/extra.db\nMAILER_DEFINITIONS#' \
  /etc/mail/sendmail.mc
make -C /etc/mail
"""
"Keys of root's alone, no GroupReadableKeyFile, and a map elsewhere."


def offers(relay: Relay) -> list[str]:
    return relay.said("/usr/bin/python3", "-c", OFFERS).split()


def kept(lab: Lab) -> Manifest:
    found = lab.manifest("/etc", "/srv", "/run/practice-milter", "/var/lib/sendmail")
    return {path: one for path, one in found.items() if not path.startswith(CHANGING)}


def sent(relay: Relay) -> int:
    """Messages that mailstats counts as delivered by esmtp."""
    row = re.search(r"^ *\d+ +\d+ +\S+ +(\d+) .* esmtp$", relay.said("mailstats", code=None), re.M)
    assert row is not None
    return int(row[1])


def blocks(relay: Relay, *ids: str) -> None:
    """Exactly these checks keep the plan from being made."""
    results = relay.document(3, "check")["results"]
    found = {one["id"] for one in results if one["severity"] in ("blocker", "overridable")}
    assert found == set(ids)


@pytest.mark.parametrize("init", ["systemd", pytest.param("script", marks=pytest.mark.long)])
def test_tls_milter_statistics_and_host_status_work_on(init: Init) -> None:
    with open_or_skip("milter-tls", init=init) as lab:
        relay = Relay(lab)
        before, offered, counted = kept(lab), offers(relay), sent(relay)
        assert "starttls" in offered
        relay.make_plan()
        relay.apply()
        assert offers(relay) == offered
        assert relay.relays("as the account")
        assert b"X-Practice-Milter: yes" in lab.messages()[-1].content
        assert sent(relay) > counted
        status = lab.manifest("/var/lib/sendmail/host_status")
        assert {one.owner_name for one in status.values()} == {"sendmail"}
        assert not any(one.mode & 0o022 for one in status.values())
        socket = lab.manifest(SOCKET)[SOCKET]
        assert (socket.owner_name, socket.group_name, socket.mode) == (NAME, "sendmail", 0o660)
        relay.rollback()
        assert kept(lab) == before
        assert offers(relay) == offered
        assert relay.relays("as root again")
        assert b"X-Practice-Milter: yes" in lab.messages()[-1].content


@pytest.mark.parametrize(
    ("edit", "switch"), [("mc", "restart"), pytest.param("cf", "reload", marks=pytest.mark.long)]
)
def test_the_option_is_added_and_the_key_closed_again(edit: str, switch: str) -> None:
    with open_or_skip("milter-tls", init="script") as lab:
        relay = Relay(lab)
        relay.said("/bin/sh", "-c", STRICTER)
        relay.restart()
        before, offered = kept(lab), offers(relay)
        assert "starttls" in offered
        relay.make_plan("--edit", edit, "--switch", switch)
        relay.apply()
        assert offers(relay) == offered
        (blamed,) = re.findall(r"^O DontBlameSendmail=(.*)$", relay.cf(), re.M)
        assert blamed.count("GroupReadableKeyFile") == 1
        mc = lab.read("/etc/mail/sendmail.mc").decode()
        assert (",GroupReadableKeyFile')dnl\n" in mc) is (edit == "mc")
        keys = lab.manifest("/etc/mail/tls", "/srv")
        key = keys["/etc/mail/tls/sendmail-common.key"]
        assert (key.owner_name, key.group_name, key.mode) == ("root", "sendmail", 0o640)
        assert keys["/srv/maps/extra.db"].group_name == "sendmail"
        relay.rollback()
        assert kept(lab) == before
        assert offers(relay) == offered


@pytest.mark.long
def test_a_milter_that_starts_anew_is_reached_again() -> None:
    with open_or_skip("milter-tls", init="systemd") as lab:
        relay = Relay(lab)
        relay.make_plan()
        relay.apply()
        relay.said("systemctl", "restart", NAME)
        # Until the guard has seen it, F=T has every client come again later.
        relay.said("/bin/sh", "-c", f"until stat -c %G {SOCKET} | grep -qx sendmail; do :; done")
        relay.restart()
        assert relay.relays("after the milter's restart")
        assert b"X-Practice-Milter: yes" in lab.messages()[-1].content


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """One relay for faults that are seeded, named by the checks, and taken back."""
    with open_or_skip("milter-tls", init="script") as lab:
        yield Relay(lab)


KEY = "/etc/mail/tls/sendmail-common.key"
MAPS = (
    "sed -i 's#^MAILER_DEFINITIONS#LOCAL_CONFIG\\nKextra hash /srv/x/extra.db\\n&#' "
    "/etc/mail/sendmail.mc; mkdir -p /srv/x; makemap hash /srv/x/extra < /etc/mail/mailertable;"
)
FAULTS = {
    "key directory closed": (
        f"groupadd ssl; mkdir -m 0710 /srv/k; cp {KEY} /srv/k/x.key; chgrp -R ssl /srv/k; "
        "sed -i 's#/etc/mail/tls/sendmail-common.key#/srv/k/x.key#' /etc/mail/tls/starttls.m4",
        ("needs.tls-keys",),
        "/srv/k  root:ssl 0710",
    ),
    "milter directory closed": (
        "cp -a /run/practice-milter /srv/closed; chown root:root /srv/closed; "
        "chmod 0700 /srv/closed; "
        "sed -i 's#/run/practice-milter/#/srv/closed/#' /etc/mail/sendmail.mc",
        ("needs.milters",),
        "/srv/closed  root:root 0700",
    ),
    "milter directory writable": (
        "chmod 0770 /run/practice-milter",
        ("needs.milters", "needs.tls-keys"),
        "chmod go-w /run/practice-milter",
    ),
    "milter by ACL": (
        f"setfacl -m u:backup:rw,g::- {SOCKET}",
        ("needs.milters",),
        f"setfacl -b {SOCKET}",
    ),
    "milter by second group": (
        f"usermod -aG {NAME} backup",
        ("needs.milters",),
        "shared with a group of others",
    ),
    "milter down": (f"{INIT_SCRIPT} stop; rm -f {SOCKET}", ("needs.milters",), "451 4.3.2"),
    "map directory closed": (
        f"{MAPS} chmod 0750 /srv/x",
        ("needs.files",),
        "chmod o+x /srv/x",
    ),
    "map directory writable": (
        f"{MAPS} chmod 0777 /srv/x",
        ("needs.files", "account.escape"),
        "chmod go-w /srv/x",
    ),
    "map by ACL": (
        "setfacl -m u:backup:r,g::- /etc/mail/access.db",
        ("needs.files",),
        "setfacl -b /etc/mail/access.db",
    ),
    "map by second group": (
        f"{MAPS} chgrp mail /srv/x/extra.db; chmod 640 /srv/x/extra.db",
        ("needs.files",),
        "smmta:mail 0640: read by its group",
    ),
}
KEEP = "tar -C / -cpf /root/keep.tar etc/mail; getent group > /root/group; cp /etc/group /root/g"
BACK = (
    "cp /root/g /etc/group; rm -rf /srv/k /srv/x /srv/closed; rm -rf /etc/mail; "
    f"tar -C / -xpf /root/keep.tar; {INIT_SCRIPT} restart"
)


def test_the_healthy_relay_is_ready(relay: Relay) -> None:
    told = relay.document(0, "check")
    assert told["verdict"] == "ready"
    ours = {one["id"]: one["outcome"] for one in told["results"] if one["id"].startswith("needs.")}
    assert {ours[f"needs.{name}"] for name in ("tls-keys", "milters", "files")} == {"pass"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_before_any_change(relay: Relay, name: str) -> None:
    seed, ids, says = FAULTS[name]
    relay.said("/bin/sh", "-c", KEEP)
    try:
        relay.said("/bin/sh", "-ec", f"{seed}; make -C /etc/mail >/dev/null", code=None)
        blocks(relay, *ids)
        assert says in relay.expect(3, "check")
        refused = relay.stepdown("plan", "-o", "/root/refused.json")
        assert refused.returncode != 0
        assert ids[0] in (refused.stdout + refused.stderr).decode()
    finally:
        relay.said("/bin/sh", "-c", BACK)


UNFORESEEN = {
    "a milter that died and left its socket": (
        "true",
        f"kill -9 $(cat /run/{NAME}.pid)",
        "451 4.3.2 Please try again later",
    ),
    "a key that an ACL denies to the account": (
        f"mkdir -p /srv/k; cp {KEY} /srv/k/x.key; chgrp smmsp /srv/k/x.key; chmod 640 /srv/k/x.key;"
        f"sed -i 's#{KEY}#/srv/k/x.key#' /etc/mail/tls/starttls.m4; make -C /etc/mail",
        "setfacl -m u:{uid}:--- /srv/k/x.key",
        "nothing it said matches ^250[- ]STARTTLS",
    ),
}
"What the host is like, what happens after the plan, and what the dialogue with the candidate says."


@pytest.mark.parametrize("name", UNFORESEEN)
def test_what_no_check_foresees_is_stopped_while_the_relay_runs(relay: Relay, name: str) -> None:
    seed, happens, says = UNFORESEEN[name]
    relay.said("/bin/sh", "-c", KEEP)
    try:
        relay.said("/bin/sh", "-c", seed)
        uid = relay.make_plan()["uid"]
        relay.said("/bin/sh", "-c", happens.format(uid=uid))
        before = relay.lab.manifest("/etc/mail", "/srv", SOCKET)
        told = relay.apply(1)
        assert says in told
        assert "port 25 is closed" not in told
        assert relay.lab.manifest("/etc/mail", "/srv", SOCKET) == before
        assert "sendmail" not in relay.said("getent", "passwd").split(":")
    finally:
        relay.said("/bin/sh", "-c", BACK)
    assert relay.relays(f"in spite of {name}")
