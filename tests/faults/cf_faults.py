"""Faults of the configuration, and of the daemon that reads it."""

from __future__ import annotations

from pathlib import Path

from tests.engine.relay import Relay
from tests.faults.effects import served_by_root, silent, stuck
from tests.faults.fault import Fault

CF = "/etc/mail/sendmail.cf"
MC = "/etc/mail/sendmail.mc"
SUBMIT = "/etc/mail/submit.cf"
OTHER = Path(__file__).parent / "other_listener.py"
RUN_AS = "O RunAsUser=sendmail:sendmail"
START = "systemctl restart sendmail"
MAKE = "make -C /etc/mail >/dev/null"
BUILT = (MC, CF, "/etc/mail/databases", "/etc/mail/Makefile")
TABLES = ("access", "mailertable", "virtusertable", "aliases")
SETTING = ("cf.run-as-user",)


def _cf(fault_id: str, title: str, edit: str, *names: str) -> Fault:
    """A cf edited in place and read by the daemon, whose children are root then."""
    seed, touches = f"sed -i '{edit}' {CF}", (CF,)
    return Fault(
        fault_id, title, seed, SETTING, names, served_by_root, touches=touches, reloads=True
    )


def _refused(fault_id: str, title: str, value: str, *names: str) -> Fault:
    """A RunAsUser that leaves no daemon."""
    seed = f"sed -i 's/^O RunAsUser=.*/O RunAsUser={value}/' {CF}; kill -HUP $(pid)"
    return Fault(fault_id, title, seed, SETTING, names, silent, touches=(CF,), heal=START)


def other_listener(relay: Relay) -> None:
    """Take port 25 away from Sendmail."""
    relay.lab.write("/run/other.py", OTHER.read_bytes())
    relay.said("systemctl", "stop", "sendmail")
    run = "setsid python3 /run/other.py >/dev/null 2>&1 & until [ -s /run/other.pid ]; do :; done"
    relay.said("/bin/sh", "-c", run)


FAULTS = (
    Fault(
        "next-start-as-root",
        "The next start says RunAsUser=root on the command line, which is stronger than the cf",
        "sed -i 's/^DAEMON_PARMS=.*/DAEMON_PARMS=\"-O RunAsUser=root\";/' /etc/mail/sendmail.conf",
        SETTING,
        ("/etc/mail/sendmail.conf", "from the next start on"),
        "grep -q '^DAEMON_PARMS=.*RunAsUser=root' /etc/mail/sendmail.conf",
        touches=("/etc/mail/sendmail.conf",),
    ),
    _cf("option-commented", "RunAsUser is a comment", "s/^O RunAsUser/#&/", CF, "RunAsUser"),
    _cf("option-is-root", "RunAsUser names root", "s/^O RunAsUser=.*/O RunAsUser=root/", CF),
    _cf("option-is-zero", "RunAsUser is 0:0", "s/^O RunAsUser=.*/O RunAsUser=0:0/", CF),
    Fault(
        "option-twice",
        "A second RunAsUser, further down, names root",
        f"sed -i 's/^O RunAsUser=.*/&\\nO RunAsUser=root/' {CF}",
        SETTING,
        (CF, "RunAsUser=root"),
        f"test $(grep -c '^O RunAsUser' {CF}) = 2",
        touches=(CF,),
        reloads=True,
    ),
    Fault(
        "option-twice-first",
        "A second RunAsUser, further up, names the package's account: Sendmail takes the first",
        f"sed -i 's/^O RunAsUser=.*/O RunAsUser=smmta:smmta\\n&/' {CF}",
        SETTING,
        (CF, "smmta"),
        stuck,
        touches=(CF,),
        reloads=True,
    ),
    Fault(
        "group-wrong",
        "RunAsUser has the account with the group of the MSP queue",
        f"sed -i 's/^O RunAsUser=.*/O RunAsUser=sendmail:smmsp/' {CF}",
        ("cf.built",),
        ("sendmail:smmsp",),
        stuck,
        touches=(CF,),
        reloads=True,
    ),
    Fault(
        "group-wrong-and-built",
        "The same by the .mc: the children may write the MSP's queue",
        f"sed -i 's/sendmail:sendmail/sendmail:smmsp/' {MC}; {MAKE}; chmod o+r /etc/mail/*.db",
        ("msp.queue",),
        ("/var/spool/mqueue-client",),
        "setpriv --reuid=sendmail --regid=smmsp --clear-groups test -w /var/spool/mqueue-client",
        touches=(*BUILT, *(f"/etc/mail/{name}.db" for name in TABLES)),
        reloads=True,
    ),
    Fault(
        "user-wrong",
        "RunAsUser names the package's own account",
        f"sed -i 's/^O RunAsUser=.*/O RunAsUser=smmta:smmta/' {CF}",
        ("cf.built", "queue.writable"),
        ("smmta:smmta", "not smmta's"),
        stuck,
        touches=(CF,),
        reloads=True,
    ),
    _refused("user-unknown", "RunAsUser names nobody", "nosuchuser:sendmail", "nosuchuser"),
    _refused("group-unknown", "RunAsUser names no group", "sendmail:nosuchgroup", "nosuchgroup"),
    Fault(
        "define-apostrophe",
        "The define in the .mc is quoted with apostrophes: m4 drops it without a word",
        f"sed -i \"s/^define(.confRUN_AS_USER.*/define('confRUN_AS_USER', 'sendmail:sendmail')/\""
        f" {MC}; {MAKE}",
        SETTING,
        (CF,),
        served_by_root,
        touches=BUILT,
        reloads=True,
    ),
    Fault(
        "define-lost",
        "The .mc has no RunAsUser any more, the cf still has: the next make removes it",
        f"sed -i '/confRUN_AS_USER/d' {MC}",
        ("cf.built",),
        (MC,),
        f"not grep -q RUN_AS {MC}",
        touches=(MC,),
    ),
    Fault(
        "define-twice",
        "A second define in the .mc names root; the cf is not built yet",
        f"printf '%s\\n' \"define(\\`confRUN_AS_USER', \\`root')\" >> {MC}",
        ("cf.built",),
        (MC,),
        f"test $(grep -c confRUN_AS_USER {MC}) = 2",
        touches=(MC,),
    ),
    Fault(
        "submit-cf-instead",
        "RunAsUser stands in submit.cf, not in sendmail.cf",
        f"sed -i '/^O RunAsUser/d' {CF}; echo '{RUN_AS}' >> {SUBMIT}",
        SETTING,
        (CF, SUBMIT),
        served_by_root,
        touches=(CF, SUBMIT),
        reloads=True,
    ),
    Fault(
        "another-cf",
        "The daemon was started with another cf, one without RunAsUser",
        "sed '/^O RunAsUser/d' /etc/mail/sendmail.cf > /etc/mail/old.cf; systemctl stop sendmail;"
        " /usr/sbin/sendmail -C /etc/mail/old.cf -L sm-mta -bd -q10m",
        ("daemon.current",),
        ("/etc/mail/old.cf",),
        served_by_root,
        touches=("/etc/mail/old.cf",),
        heal=f"kill $(pid); {START}",
    ),
    Fault(
        "old-daemon",
        "The cf is right, the daemon still runs with the one before",
        f"sed -i 's/^O RunAsUser/#&/' {CF}; reload; sed -i 's/^#O RunAsUser=sendmail:/O"
        f" RunAsUser=sendmail:/' {CF}",
        ("daemon.current",),
        ("cf changed",),
        served_by_root,
        touches=(CF,),
        heal="reload",
    ),
    Fault(
        "second-instance",
        "A second daemon with a cf of its own runs as root on another address",
        "mkdir -p /var/spool/mqout; sed -e 's,^O QueueDirectory=.*,O"
        " QueueDirectory=/var/spool/mqout,;s,^O PidFile=.*,O PidFile=/run/out.pid,;/^O"
        " ControlSocketName/d;/^O RunAsUser/d;/^O DaemonPortOptions/d'"
        " /etc/mail/sendmail.cf > /etc/mail/out.cf;"
        " echo 'O DaemonPortOptions=Port=25, Addr=127.0.0.3' >> /etc/mail/out.cf;"
        " /usr/sbin/sendmail -C /etc/mail/out.cf -bd -q1h; sleep 0.3",
        ("daemon.alone",),
        ("out.cf",),
        "bash -c 'exec 3<>/dev/tcp/127.0.0.3/25'",
        touches=("/etc/mail/out.cf", "/var/spool/mqout"),
        heal="kill $(head -1 /run/out.pid); rm -f /run/out.pid",
    ),
    Fault(
        "runner-of-root",
        "A queue runner of its own, with an older cf, is root",
        "sed '/^O RunAsUser/d' /etc/mail/sendmail.cf > /etc/mail/old.cf;"
        " sed -i 's,^O PidFile=.*,O PidFile=/run/old.pid,' /etc/mail/old.cf;"
        " /usr/sbin/sendmail -C /etc/mail/old.cf -q1h; sleep 0.3",
        ("runner.identity",),
        ("Queue runner@01:00:00", "uids 0"),
        "ps -C sendmail-mta,sendmail -o user=,args= | grep -q '^root.*01:00:00'",
        touches=("/etc/mail/old.cf",),
        heal="pkill -f '[Q]ueue runner@01:00:00'; sleep 0.2",
    ),
    Fault(
        "not-sendmail",
        "What listens on port 25 is another program, run by the account",
        other_listener,
        ("child.identity",),
        ("not Sendmail",),
        stuck,
        touches=("/run/other.py",),
        heal=f"kill $(cat /run/other.pid); rm /run/other.pid; {START}",
    ),
)
