"""The escape on real Sendmail: how smmta becomes root again, and that the new account cannot."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.checks.test_real_host import judge
from tests.engine.relay import QUEUE, Relay
from tests.lab.opening import open_or_skip
from wizard.lab.boot import PYTHON_ENVIRONMENT
from wizard.lab.practice import Lab

KERNEL = (Path(__file__).parent / "kernel_says.py").read_text()
AS = ("setpriv", "--clear-groups")
SMMTA = (*AS, "--reuid=smmta", "--regid=smmsp")
TAKE_RUN_AS_USER_OUT = (
    "cd /etc/mail && grep -v '^O RunAsUser=' sendmail.cf > .new && mv -f .new sendmail.cf"
)
HANG_UP = 'kill -HUP "$(head -1 /run/sendmail/mta/sendmail.pid)"'


def uids(relay: Relay, wanted: set[str]) -> set[str]:
    """Of the serving child, once it is one of those wanted or ten seconds have gone by."""
    end = time.monotonic() + 10
    while True:
        try:
            found = set(relay.serving_child()["Uid"].split())
        except AssertionError:
            found = set()  # the daemon is just reading its cf
        if found == wanted or time.monotonic() > end:
            return found
        time.sleep(0.3)


def by_hand_as_smmta(relay: Relay) -> str:
    """What the article's recipe comes to with Debian's own account. The account's uid."""
    relay.said(
        *("/bin/sh", "-c"),
        "sed -i 's/^#O RunAsUser=.*/O RunAsUser=smmta:smmsp/' /etc/mail/sendmail.cf && "
        f"chown -R smmta:smmsp {QUEUE} && {HANG_UP}",
    )
    return relay.said("id", "-u", "smmta").strip()


def proof(relay: Relay) -> tuple[str, str]:
    """Outcome and evidence of the proof, out of `stepdown verify --json`."""
    told = json.loads(relay.stepdown("verify", "--json").stdout)
    one = next(row for row in told["results"] if row["id"] == "account.escape")
    assert one["outcome"] == "pass" or told["verdict"] == "failed"
    return one["outcome"], "\n".join(one["evidence"])


def test_a_child_that_runs_as_smmta_is_root_again_after_a_hang_up() -> None:
    """And both the check, before, and the proof, after, had said so."""
    with open_or_skip("relay", init="script") as lab:
        relay = Relay(lab)
        refused = judge(lab, "--user", "smmta").blocking()
        assert "/etc/mail  smmta:smmsp 2755, its owner: sendmail.cf" in refused["account.escape"]
        assert "account.name" in refused
        uid = by_hand_as_smmta(relay)
        assert uids(relay, {uid}) == {uid}
        outcome, evidence = proof(relay)
        assert outcome == "found"
        assert "could take RunAsUser out: root children after the next SIGHUP" in evidence
        relay.said(*SMMTA, "/bin/sh", "-c", TAKE_RUN_AS_USER_OUT)
        relay.said("/bin/sh", "-c", HANG_UP)
        assert uids(relay, {"0"}) == {"0"}


def test_debians_own_clean_up_gives_smmta_any_file_of_the_host() -> None:
    """update_sys follows the links in the queue: another reason not to run as smmta."""
    with open_or_skip("relay", init="script") as lab:
        relay = Relay(lab)
        by_hand_as_smmta(relay)
        link = ("ln", "-s", "/etc/sudo.conf.practice", f"{QUEUE}/xfAAAA")
        lab.write("/etc/sudo.conf.practice", b"root's\n", 0o600)
        relay.said(*SMMTA, *link)
        relay.said("/usr/share/sendmail/update_sys", code=None)
        owner = relay.said("stat", "-c", "%U", "/etc/sudo.conf.practice").strip()
        assert owner == "smmta"


def kernel_says(lab: Lab, *names: str) -> dict[str, tuple[list[str], list[str]]]:
    """What the kernel grants and what stepdown names, by account."""
    done = lab.run(["/usr/bin/python3", "-c", KERNEL, *names], env=PYTHON_ENVIRONMENT)
    assert done.returncode == 0, done.stderr.decode()
    return {name: (one[0], one[1]) for name, one in json.loads(done.stdout).items()}


SPOIL = """
useradd -r alice; useradd -r bob; groupadd -r ops
mkdir -p /srv/a /srv/b /srv/c
chown alice /srv/a; chgrp bob /srv/b; chmod 0775 /srv/b; chmod 0606 /usr/share/sendmail/parse_mc
chgrp bob /usr/share/sendmail/parse_mc
setfacl -m u:alice:rwx /usr/share/sendmail/examples
setfacl -m u:alice:rw,m::r /usr/share/sendmail/dynamic
setfacl -m g:bob:rw,u:alice:r /usr/share/sendmail/update_sys
chmod 0777 /usr/share/sendmail/cf/hack
for one in a b c; do : > /srv/$one/x.m4; echo "include(\\`/srv/$one/x.m4')dnl"; done \\
    >> /etc/mail/sendmail.mc
"""


def test_stepdown_names_what_the_kernel_grants_and_nothing_else() -> None:
    with open_or_skip("relay", init="script") as lab:
        Relay(lab).said("/bin/sh", "-ec", SPOIL)
        said = kernel_says(lab, "alice", "bob", "smmta", "smmsp", "nobody", "mail")
    for granted, named in said.values():
        assert granted == named
    assert "/srv/a" in said["alice"][1]
    assert "/srv/b" in said["bob"][1]
    assert "/etc/mail" in said["smmta"][1]
    assert said["nobody"][1] == ["/usr/share/sendmail/cf/hack", "/usr/share/sendmail/parse_mc"]


@pytest.mark.parametrize("init", ["systemd", pytest.param("script", marks=pytest.mark.long)])
def test_the_account_of_a_migrated_relay_has_no_way_back(init: str) -> None:
    with open_or_skip("relay", init="systemd" if init == "systemd" else "script") as lab:
        relay = Relay(lab)
        relay.planned()
        relay.apply()
        outcome, evidence = proof(relay)
        assert outcome == "pass"
        assert "none may be written by uid" in evidence
        granted, named = kernel_says(lab, "sendmail")["sendmail"]
        assert granted == named == []
        ids = (*AS, "--reuid=sendmail", "--regid=sendmail")
        said = relay.said(*ids, "/bin/sh", "-c", TAKE_RUN_AS_USER_OUT, code=None)
        assert "Permission denied" in said
        escapes(relay)


def escapes(relay: Relay) -> None:
    """Each of these the proof must name; the host is put right after each.

    All lie where no guard looks: what it watches, it would put right before the proof comes.
    """
    for spoil, undo, says in SEEDED:
        relay.said("/bin/sh", "-ec", spoil)
        outcome, evidence = proof(relay)
        relay.said("/bin/sh", "-ec", undo)
        assert outcome == "found", spoil
        assert says in evidence, spoil
    assert proof(relay)[0] == "pass"


SEEDED = (
    (
        "chown sendmail /usr/share/sendmail/cf/m4",
        "chown root /usr/share/sendmail/cf/m4",
        "/usr/share/sendmail/cf/m4  sendmail:root 0755, its owner: m4 macros",
    ),
    (
        "chgrp sendmail /etc/init.d/sendmail; chmod g+w /etc/init.d/sendmail",
        "chgrp root /etc/init.d/sendmail; chmod g-w /etc/init.d/sendmail",
        "/etc/init.d/sendmail  root:sendmail 0775, its group may write: init script",
    ),
    ("chmod o+w /usr/share", "chmod o-w /usr/share", "/usr/share  root:root 0757"),
    (
        "setfacl -m u:sendmail:rw /usr/share/sendmail/dynamic",
        "setfacl -b /usr/share/sendmail/dynamic; chmod 0755 /usr/share/sendmail/dynamic",
        "an ACL lets it write: Debian's script; root runs it at the next start",
    ),
    ("usermod -aG sendmail smmsp", "gpasswd -d smmsp sendmail", "sendmail  gid"),
    (
        "echo '@daily sendmail /bin/true' > /etc/cron.d/own",
        "rm /etc/cron.d/own",
        "/etc/cron.d/own:1  @daily sendmail /bin/true: cron runs it as sendmail",
    ),
    (
        "echo '*/5 * * * * root /var/spool/mqueue/run' > /etc/cron.d/own",
        "rm /etc/cron.d/own",
        "/var/spool/mqueue/run: root runs what lies there",
    ),
)
