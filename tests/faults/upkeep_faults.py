"""Faults around the relay: the guard, the account, the next hop, the log."""

from __future__ import annotations

from tests.engine.relay import GUARD_WATCHES, HOP, NOBODY_THERE, Relay
from tests.faults.effects import served_by_root, stuck
from tests.faults.fault import Fault

SCRIPT = "/usr/local/sbin/stepdown-guard"
GUARDED = ("guard.in-place",)
GUARD = "/etc/mail/GNUmakefile"
ACCOUNTS = tuple(
    f"/etc/{name}{old}" for name in ("passwd", "shadow", "group", "gshadow") for old in ("", "-")
)


def next_hop_down(relay: Relay) -> None:
    """Nobody listens where mail for example.org goes."""
    relay.route("example.org", NOBODY_THERE)
    relay.said("make", "-C", "/etc/mail")


def next_hop_up(relay: Relay) -> None:
    """As it was."""
    relay.route("example.org", HOP)
    relay.said("make", "-C", "/etc/mail")


FORGE = r"""#!/bin/bash
echo $$ > /tmp/forge.pid
while sleep 0.02; do
    for id in $(ps -eo args= | sed -nE 's,^sendmail: MTA: (\./)?([0-9A-Za-z]{14}) .*,\2,p'); do
        logger -t 'sm-mta[9]' -p mail.info "$id: to=<x@example.org>, delay=00:00:00," \
            "mailer=esmtp, relay=[127.0.0.2] [127.0.0.2], dsn=2.0.0, stat=Sent (ok)"
    done
done
"""


def forged(relay: Relay) -> None:
    """The next hop is down, and a user of this host writes into the log that all was sent."""
    next_hop_down(relay)
    relay.lab.write("/tmp/forge", FORGE.encode(), 0o755)
    run = "setsid setpriv --reuid=nobody --clear-groups /tmp/forge >/dev/null 2>&1 &"
    relay.said("/bin/sh", "-c", run)


def true_again(relay: Relay) -> None:
    """Nobody forges, and the next hop answers."""
    relay.said("/bin/sh", "-c", "kill $(cat /tmp/forge.pid); rm /tmp/forge*")
    next_hop_up(relay)


FAULTS = (
    Fault(
        "sent-is-forged",
        "A user of this host writes into the log that the messages were sent",
        forged,
        ("message.relayed",),
        ("still waits in the queue", "stat=Sent"),
        stuck,
        heal=true_again,
    ),
    Fault(
        "next-hop-down",
        "The next hop does not answer: mail is accepted and waits",
        next_hop_down,
        ("message.relayed",),
        ("Deferred",),
        stuck,
        heal=next_hop_up,
    ),
    Fault(
        "guard-removed",
        "The guard is gone: the next make takes the maps away",
        f"rm {GUARD}",
        GUARDED,
        (GUARD,),
        f"not test -e {GUARD}",
        touches=(GUARD,),
        probes=False,
    ),
    Fault(
        "guard-asleep",
        "Nobody watches: the guard's units are stopped",
        "systemctl stop stepdown-guard.path stepdown-guard.timer",
        GUARDED,
        ("stepdown-guard.path", "inactive"),
        "not systemctl -q is-active stepdown-guard.path",
        heal=GUARD_WATCHES,
        probes=False,
    ),
    Fault(
        "guard-disabled",
        "The guard watches until the next boot only",
        "systemctl -q disable stepdown-guard.path stepdown-guard.timer",
        GUARDED,
        ("is-enabled", "disabled"),
        "not systemctl -q is-enabled stepdown-guard.path",
        heal="systemctl -q enable stepdown-guard.path stepdown-guard.timer",
        probes=False,
    ),
    Fault(
        "guard-script-removed",
        "What the guard's units call is gone",
        f"rm {SCRIPT}",
        GUARDED,
        (SCRIPT,),
        f"not test -e {SCRIPT}",
        touches=(SCRIPT,),
        probes=False,
    ),
    Fault(
        "guard-keeps-nothing",
        "The guard's script was emptied: it says that all is well",
        f"printf '#!/bin/sh\\n# Written by stepdown.\\nuser=sendmail\\nexit 0\\n' > {SCRIPT}",
        GUARDED,
        (SCRIPT, "is not what run"),
        f"not grep -q chown {SCRIPT}",
        touches=(SCRIPT,),
        probes=False,
    ),
    Fault(
        "guard-emptied",
        "The guard runs the real Makefile and gives nothing back",
        f"printf 'include Makefile\\n' > {GUARD}",
        GUARDED,
        (GUARD,),
        f"not grep -q chgrp {GUARD}",
        touches=(GUARD,),
        probes=False,
    ),
    Fault(
        "account-has-a-shell",
        "Somebody can log in as the account",
        "usermod -s /bin/bash sendmail; echo sendmail:secret | chpasswd",
        ("account.escape",),
        ("/bin/bash",),
        "getent passwd sendmail | grep -q /bin/bash",
        touches=ACCOUNTS,
        probes=False,
    ),
    Fault(
        "account-has-company",
        "Another user is a member of the account's group, and reads what it reads",
        "usermod -aG sendmail nobody",
        ("account.escape",),
        ("nobody",),
        "getent group sendmail | grep -q nobody",
        touches=ACCOUNTS,
        probes=False,
    ),
    Fault(
        "account-has-a-twin",
        "Another account has the same uid",
        "useradd -o -M -u $(id -u sendmail) twin",
        ("account.escape",),
        ("twin",),
        "id twin | grep -q $(id -u sendmail)",
        touches=(*ACCOUNTS, "/etc/subuid", "/etc/subgid", "/etc/subuid-", "/etc/subgid-"),
        probes=False,
    ),
    Fault(
        "account-is-root",
        "The account's uid is 0: RunAsUser names it, and the children are root",
        "usermod -o -u 0 sendmail",
        ("cf.run-as-user",),
        ("RunAsUser=sendmail", "root's"),
        served_by_root,
        touches=ACCOUNTS,
        reloads=True,
    ),
    Fault(
        "account-may-sudo",
        "A sudo rule makes the account root",
        "mkdir -p /etc/sudoers.d; echo 'sendmail ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/mail",
        ("account.escape",),
        ("/etc/sudoers.d/mail",),
        "grep -q sendmail /etc/sudoers.d/mail",
        touches=("/etc/sudoers.d/mail", "/etc/sudoers.d"),
        probes=False,
    ),
    Fault(
        "account-has-a-job",
        "The account has a crontab",
        "echo '5 4 * * * /bin/true' | crontab -u sendmail -",
        ("account.escape",),
        ("/var/spool/cron/crontabs/sendmail",),
        "crontab -u sendmail -l",
        heal="crontab -u sendmail -r",
        probes=False,
    ),
    Fault(
        "account-has-a-process",
        "A process of the account is no Sendmail",
        "setpriv --reuid=sendmail --regid=sendmail --clear-groups setsid sleep 600"
        " </dev/null >/dev/null 2>&1 & sleep 1.5",
        ("account.escape",),
        ("sleep 600",),
        "pgrep -u sendmail -f 'sleep 600'",
        heal="pkill -u sendmail -x sleep",
        probes=False,
    ),
    Fault(
        "pid-file-gone",
        "The pid file is gone: nothing that signals the daemon finds it",
        "rm /run/sendmail/mta/sendmail.pid",
        ("pid.file",),
        ("sendmail.pid",),
        "not test -e /run/sendmail/mta/sendmail.pid",
        touches=("/run/sendmail/mta/sendmail.pid",),
        heal="reload",
        probes=False,
    ),
    Fault(
        "log-not-written",
        "Nobody writes the mail log, and there is no journal",
        "kill $(cat /run/rsyslogd.pid); sleep 0.2",
        ("message.relayed", "log.clean"),
        ("not one line of Sendmail's",),
        "not pgrep rsyslogd",
        heal="/usr/sbin/rsyslogd; sleep 0.2",
        init="script",
        unknown=True,
    ),
    Fault(
        "log-not-written-unprobed",
        "The same, and no message is sent that could be missed",
        "kill -9 $(cat /run/rsyslogd.pid); sleep 0.2",
        ("log.clean",),
        ("not one line of Sendmail's",),
        "not pgrep rsyslogd",
        heal="/usr/sbin/rsyslogd; sleep 0.2",
        init="script",
        unknown=True,
        probes=False,
    ),
)
