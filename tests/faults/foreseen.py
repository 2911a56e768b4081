"""Faults that are there before the migration, and must stop it while nothing has changed yet."""

from __future__ import annotations

from tests.engine.relay import QUEUE
from tests.faults.cf_faults import CF, MC
from tests.faults.door_faults import KEY, SOCKET
from tests.faults.fault import Foreseen
from tests.faults.upkeep_faults import ACCOUNTS

MAIL = "/etc/mail"
DROP_IN = "/etc/systemd/system/sendmail.service.d/limits.conf"
ESCAPE = "account.escape"
TLS_FOR_CLIENTS = "/etc/ssl/private/relay.key"


def _writable(path: str, what: str, give: str) -> Foreseen:
    """Anybody may write what root trusts, outside of what the plan itself closes."""
    return Foreseen(f"escape-{what}", f"{give} {path}", ESCAPE, (path,), touches=(path,))


QUEUES = (
    Foreseen("queue-immutable", f"chattr +i {QUEUE}", "host.immutable", (QUEUE,), (QUEUE,)),
    Foreseen(
        "queue-read-only",
        f"mount --bind {QUEUE} {QUEUE}; mount -o remount,bind,ro {QUEUE}",
        "host.mail-directory",
        (QUEUE,),
        heal=f"umount -l {QUEUE}",
    ),
    Foreseen(
        "queue-parent-closed",
        "chmod 0700 /var/spool",
        "relay.jobs",
        ("/var/spool",),
        ("/var/spool",),
    ),
)
FILES = (
    Foreseen("etc-closed", "chmod 0750 /etc", "needs.files", ("/etc",), ("/etc",)),
    Foreseen(
        "map-behind-a-link",
        f"cp -a {MAIL}/mailertable.db /root/; ln -sf /root/mailertable.db {MAIL}/mailertable.db",
        "needs.files",
        ("/root",),
        (f"{MAIL}/mailertable.db",),
    ),
    Foreseen(
        "map-in-a-writable-directory",
        f"mkdir -p /srv/maps; cp -a {MAIL}/virtusertable.db /srv/maps/; chmod 0777 /srv/maps;"
        f" ln -sf /srv/maps/virtusertable.db {MAIL}/virtusertable.db",
        "needs.files",
        ("/srv/maps",),
        (f"{MAIL}/virtusertable.db", "/srv/maps"),
    ),
    Foreseen(
        "map-not-built",
        f"rm {MAIL}/mailertable.db",
        "relay.tables-stale",
        ("mailertable",),
        (f"{MAIL}/mailertable.db",),
    ),
    Foreseen(
        "class-file-gone",
        f"rm {MAIL}/local-host-names",
        "relay.system-mail",
        (f"{MAIL}/local-host-names",),
        (f"{MAIL}/local-host-names",),
    ),
)
ESCAPES = (
    _writable("/etc", "etc", "chmod o+w"),
    _writable("/etc/init.d/sendmail", "init-script", "chmod o+w"),
    _writable("/etc/cron.d/sendmail", "cron", "chmod 0666"),
    _writable("/etc/cron.d", "cron-directory", "chmod 0777"),
    _writable("/usr/share/sendmail/cf/m4/cfhead.m4", "m4-macros", "chmod o+w"),
    _writable("/usr/share/sendmail", "scripts-directory", "chmod 0777"),
    _writable("/usr/share/sendmail/update_mk", "make-script", "chmod o+w"),
    _writable("/usr/libexec/sendmail/sendmail", "program", "chmod o+w"),
    _writable("/etc/alternatives", "program-link", "chmod o+w"),
    _writable("/usr/local/sbin", "guard-directory", "chmod o+w"),
    Foreseen(
        "escape-drop-in",
        f"mkdir -p {DROP_IN.rpartition('/')[0]}; printf '[Service]\\nNice=0\\n' > {DROP_IN};"
        f" chmod 0666 {DROP_IN}; systemctl daemon-reload",
        ESCAPE,
        (DROP_IN,),
        (DROP_IN, DROP_IN.rpartition("/")[0]),
        "systemctl daemon-reload",
    ),
)
ACCOUNT = (
    Foreseen(
        "user-wrong",
        "true",
        ESCAPE,
        ("smmta",),
        heal="true",
        choices=("--user", "smmta", "--group", "smmta"),
    ),
    Foreseen("account-has-a-twin", ":", "account.name", ("www-data",), choices=("--uid", "33")),
    Foreseen(
        "group-wrong",
        "true # the group",
        "account.name",
        ("smmsp",),
        choices=("--group", "smmsp"),
    ),
    Foreseen(
        "account-has-a-shell",
        "useradd -M -s /bin/bash sendmail",
        "account.name",
        ("/bin/bash",),
        (*ACCOUNTS, "/etc/subuid", "/etc/subgid", "/etc/subuid-", "/etc/subgid-"),
    ),
    Foreseen(
        "account-has-company",
        "groupadd sendmail; usermod -aG sendmail nobody",
        "account.name",
        ("nobody",),
        ACCOUNTS,
    ),
)
CONFIG = (
    Foreseen(
        "mc-cut-off",
        f"printf '%s\\n' \"define(\\`confSMTP_LOGIN_MSG', \\`x'\" >> {MC}",
        "config.m4",
        (MC,),
        (MC,),
    ),
    Foreseen(
        "cf-edited",
        f"echo 'O MaxMessageSize=20971520' >> {CF}",
        "config.hand-edited",
        ("MaxMessageSize",),
        (CF,),
    ),
    Foreseen(
        "option-there-already",
        f"echo 'O RunAsUser=nobody' >> {CF}",
        "host.migrated",
        ("RunAsUser=nobody",),
        (CF,),
    ),
)
DAEMONS = (
    Foreseen(
        "second-instance",
        "mkdir -p /var/spool/mqout; sed -e 's,^O QueueDirectory=.*,O"
        " QueueDirectory=/var/spool/mqout,;s,^O PidFile=.*,O PidFile=/run/out.pid,;/^O"
        " ControlSocketName/d;/^O DaemonPortOptions/d' /etc/mail/sendmail.cf > /etc/mail/out.cf;"
        " echo 'O DaemonPortOptions=Port=25, Addr=127.0.0.3' >> /etc/mail/out.cf;"
        " /usr/sbin/sendmail -C /etc/mail/out.cf -bd -q1h; sleep 0.3",
        "needs.instances",
        ("out.cf",),
        ("/etc/mail/out.cf", "/var/spool/mqout"),
        "kill $(head -1 /run/out.pid); rm -f /run/out.pid",
    ),
    Foreseen(
        "runner-of-root",
        "sed 's,^O PidFile=.*,O PidFile=/run/old.pid,' /etc/mail/sendmail.cf > /etc/mail/old.cf;"
        " /usr/sbin/sendmail -C /etc/mail/old.cf -q1h; sleep 0.3",
        "needs.queue-runner",
        ("01:00:00",),
        ("/etc/mail/old.cf",),
        "pkill -f '[Q]ueue runner@01:00:00'; sleep 0.2",
    ),
    Foreseen(
        "undone-by-cron",
        "echo '@daily root chown -R smmta:smmsp /var/spool/mqueue /etc/mail && cp"
        " /srv/sendmail.cf /etc/mail/' > /etc/cron.d/own",
        "host.undoers",
        ("/etc/cron.d/own",),
        ("/etc/cron.d/own",),
    ),
)
DOORS = (
    Foreseen(
        "key-directory-closed",
        f"install -D -m 0600 {KEY} {TLS_FOR_CLIENTS}; chmod 0700 /etc/ssl/private;"
        f" ln -sf {TLS_FOR_CLIENTS} {KEY}",
        "needs.tls-keys",
        ("/etc/ssl/private",),
        (KEY, TLS_FOR_CLIENTS, "/etc/ssl/private"),
        scenario="milter-tls",
    ),
    Foreseen(
        "milter-directory-closed",
        "chown root:root /run/practice-milter; chmod 0700 /run/practice-milter",
        "needs.milters",
        ("/run/practice-milter",),
        ("/run/practice-milter",),
        scenario="milter-tls",
    ),
    Foreseen(
        "milter-gone",
        "systemctl stop practice-milter",
        "needs.milters",
        (SOCKET,),
        heal="systemctl start practice-milter",
        scenario="milter-tls",
    ),
)
FORESEEN = (*QUEUES, *FILES, *ESCAPES, *ACCOUNT, *CONFIG, *DAEMONS, *DOORS)
