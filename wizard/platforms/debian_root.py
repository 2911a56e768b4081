"""What Debian's sendmail packages and this program install that root reads, runs or writes by path.

Sources: `dpkg -L sendmail-base sendmail-bin sendmail-cf sensible-mda` of 8.17.1.9, its init
script and update_sys, and the guard of this program.
"""

from __future__ import annotations

_UNITS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system")
_HOOKS = (
    "/etc/network/if-up.d",
    "/etc/network/if-down.d",
    "/etc/network/if-post-down.d",
    "/etc/ppp/ip-up.d",
    "/etc/ppp/ip-down.d",
    "/etc/dhcp/dhclient-exit-hooks.d",
    "/etc/resolvconf/update-libc.d",
)

ROOT_READS: tuple[tuple[str, str], ...] = (
    ("/etc/mail/**", "configuration"),
    ("/etc/mail/sendmail.conf", "settings that root's shell runs"),
    ("/etc/mail/databases", "what the Makefile is made of"),
    ("/etc/mail/Makefile", "Makefile"),
    ("/etc/mail/GNUmakefile", "Makefile"),
    ("/etc/mail/makefile", "Makefile"),
    ("/etc/mail/Makefile.local", "Makefile"),
    ("/etc/mail/submit.mc", "submit.mc"),
    ("/etc/mail/submit.cf", "submit.cf"),
    ("/etc/aliases", "aliases, which root's newaliases reads"),
    ("/etc/init.d/sendmail", "init script"),
    ("/etc/default/sendmail", "init script's settings"),
    ("/etc/default/rcS", "init script's settings"),
    ("/lib/init/vars.sh", "init script's functions"),
    ("/lib/lsb/init-functions", "init script's functions"),
    ("/lib/lsb/init-functions.d/*", "init script's functions"),
    ("/run/systemd/generator.late/sendmail.service", "unit"),
    *((f"{place}/sendmail.service", "unit") for place in _UNITS),
    *((f"{place}/sendmail.service.d/*", "drop-in of the unit") for place in _UNITS),
    ("/etc/cron.d/sendmail", "cron job"),
    ("/etc/cron.daily/sendmail", "cron job"),
    *((f"{place}/sendmail", "network hook") for place in _HOOKS),
    ("/etc/pam.d/smtp", "PAM service"),
    ("/usr/share/sendmail/*", "Debian's script"),
    ("/usr/libexec/sendmail/*", "program"),
    ("/usr/lib/sm.bin/*", "program"),
    ("/usr/sbin/sendmail-mta", "program"),
    ("/usr/sbin/sendmail-msp", "program"),
    ("/usr/sbin/sendmailconfig", "program"),
    ("/usr/sbin/makemap", "program"),
    ("/usr/bin/newaliases", "program"),
    ("/usr/lib/sendmail", "program"),
    ("/usr/bin/make", "program"),
    ("/usr/bin/m4", "program"),
    ("/usr/bin/perl", "program"),
    ("/bin/sh", "program"),
    ("/var/lib/dpkg/info", "the packages' scripts"),
    ("/var/lib/sendmail", "where update_sys gives files away by name"),
    ("/run/sendmail", "where the init script gives files away by name"),
    ("/run/sendmail/mta", "where the init script gives files away by name"),
    ("/usr/local/sbin/stepdown-*", "guard"),
    ("/etc/systemd/system/stepdown-*", "guard"),
    ("/etc/dpkg/dpkg.cfg.d/stepdown*", "guard"),
    ("/etc/apt/apt.conf.d/*stepdown*", "guard"),
    ("/etc/cron.d/stepdown*", "guard"),
)
"""Path and role. A `*` in the last name stands for any; `/*` is the directory and what is in it,
`/**` the directory and all below it."""
