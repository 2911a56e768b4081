"""Ways from the account to root: what root reads or runs for Sendmail, given to the account."""

from __future__ import annotations

from tests.faults.fault import Fault

ESCAPE = ("account.escape",)
CRON = "/etc/cron.d/sendmail"
DROP_IN = "/etc/systemd/system/sendmail.service.d/limits.conf"


def _may(path: str, what: str, give: str, *, touches: tuple[str, ...] = ()) -> Fault:
    """The account may write a path that root trusts."""
    return Fault(
        id=f"escape-{what}",
        title=f"The account may write {path}",
        seed=f"{give} {path}",
        proofs=ESCAPE,
        names=(path,),
        effect=f"account test -w {path}",
        touches=touches or (path,),
        probes=False,
        held=path.startswith(("/etc/mail", "/etc/aliases")),
    )


FAULTS = (
    _may("/etc/mail/sendmail.cf", "cf", "chown sendmail"),
    _may("/etc/mail/sendmail.mc", "mc", "chmod g+w"),
    _may("/etc/mail/submit.cf", "submit-cf", "chmod g+w"),
    _may("/etc/mail/Makefile", "makefile", "chmod 0777"),
    _may("/etc/mail/GNUmakefile", "guard", "chown sendmail"),
    _may("/etc/mail/m4/dialup.m4", "m4-include", "setfacl -m u:sendmail:rw"),
    _may("/etc/mail/m4", "m4-directory", "chmod g+w"),
    _may("/etc/mail/sendmail.conf", "conf", "chmod 0666"),
    _may("/etc/mail", "mail-directory", "chown sendmail"),
    _may("/etc/mail/databases", "databases", "setfacl -m g:sendmail:rw"),
    _may("/etc/init.d/sendmail", "init-script", "chgrp sendmail /etc/init.d/sendmail; chmod g+w"),
    _may(CRON, "cron", "chown sendmail"),
    _may("/etc/cron.d", "cron-directory", "setfacl -m u:sendmail:rwx"),
    _may("/etc", "etc", "chgrp sendmail /etc; chmod g+w"),
    _may("/etc/aliases", "aliases", "chmod g+w"),
    _may("/usr/share/sendmail/cf/m4/cfhead.m4", "m4-macros", "chmod o+w"),
    _may("/usr/share/sendmail", "scripts-directory", "chown sendmail"),
    _may("/usr/share/sendmail/update_mk", "make-script", "chown sendmail"),
    _may("/usr/libexec/sendmail/sendmail", "program", "chmod o+w"),
    _may("/etc/alternatives", "program-link", "setfacl -m u:sendmail:rwx"),
    _may("/usr/local/sbin", "guard-directory", "setfacl -m u:sendmail:rwx"),
    _may("/etc/dpkg/dpkg.cfg.d/stepdown", "dpkg-hook", "chmod 0666"),
    Fault(
        "escape-drop-in",
        "The account may write a drop-in of the service's unit",
        f"mkdir -p {DROP_IN.rpartition('/')[0]}; printf '[Service]\\nNice=0\\n' > {DROP_IN};"
        f" chmod 0666 {DROP_IN}; systemctl daemon-reload",
        ESCAPE,
        (DROP_IN,),
        f"account test -w {DROP_IN}",
        touches=(DROP_IN, DROP_IN.rpartition("/")[0]),
        heal="systemctl daemon-reload",
    ),
    Fault(
        "escape-new-cf",
        "The cf is a link into a directory of the account",
        "mkdir /srv/conf; cp -a /etc/mail/sendmail.cf /srv/conf/; chown sendmail /srv/conf;"
        " ln -sf /srv/conf/sendmail.cf /etc/mail/sendmail.cf",
        ESCAPE,
        ("/srv/conf",),
        "account test -w /srv/conf",
        touches=("/etc/mail/sendmail.cf", "/srv/conf"),
    ),
    Fault(
        "escape-pid-directory",
        "The pid file's directory belongs to the account: who sends a signal by it is led astray",
        "chown sendmail /run/sendmail/mta",
        ESCAPE,
        ("/run/sendmail/mta",),
        "account test -w /run/sendmail/mta",
        touches=("/run/sendmail/mta",),
    ),
)
