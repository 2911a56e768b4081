"""What stands around Sendmail: file systems, attributes, confinement, other mail software.

Each part is looked at for itself: what one of them cannot tell leaves the others known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from wizard.facts import grep
from wizard.facts.around import attributes, confinement, mounts
from wizard.facts.cf_model import Cf
from wizard.facts.instances import named_cf
from wizard.facts.model import Ground, Profile, Queues, Unknown
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind
from wizard.platforms.base import Platform

T = TypeVar("T")

SOFTWARE = {
    "procmail": ("/usr/bin/procmail", "/usr/local/bin/procmail"),
    "vacation": ("/usr/bin/vacation", "/usr/local/bin/vacation"),
    "maildrop": ("/usr/bin/maildrop", "/usr/local/bin/maildrop"),
    "majordomo": ("/usr/lib/majordomo", "/usr/local/majordomo", "/usr/local/lib/majordomo"),
    "mailman": ("/usr/lib/mailman", "/usr/local/mailman", "/usr/lib/mailman3", "/opt/mailman"),
    "smartlist": ("/var/list", "/usr/lib/smartlist", "/var/spool/smartlist"),
    "sympa": ("/usr/lib/sympa", "/home/sympa", "/usr/libexec/sympa"),
    "mlmmj": ("/usr/bin/mlmmj-receive", "/usr/bin/mlmmj-recieve"),
    "cyrus": (
        *("/usr/sbin/cyrdeliver", "/usr/lib/cyrus/bin/deliver", "/usr/lib/cyrus-imapd/deliver"),
        *("/usr/cyrus/bin/deliver", "/usr/libexec/cyrus-imapd/deliver"),
    ),
    "dovecot": (
        *("/usr/lib/dovecot/dovecot-lda", "/usr/lib/dovecot/deliver"),
        *("/usr/libexec/dovecot/dovecot-lda", "/usr/libexec/dovecot/deliver"),
    ),
}
"Name to the paths where its packages put it."
UNITS = ("/etc/systemd/system", "/etc/init.d", "/etc/cron.d", "/lib/systemd/system")
UNIT_FILES = ("/etc/rc.local", "/etc/crontab", "/etc/inittab")
_ANOTHER_CF = re.compile(r"""[^#]*/(?:sendmail|sendmail-mta|sm-mta)["']?\s[^#]*-C\s*["']?[/$]""")
_ASKS = re.compile(r"\s-(?:bt|bv|bp|bi|bC)\b")
"Modes that ask Sendmail something and start nothing."


def gather(host: HostReader, platform: Platform, cf: Cf, queues: Queues) -> Ground:
    """Look around. Each part that could not be looked at is named in `unknown`."""
    unknown: dict[str, Unknown] = {}

    def part(name: str, ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except Unreadable as problem:
            unknown[name] = Unknown(str(problem), "root" if "root" in problem.remedy else "")
            return otherwise

    no_profiles: tuple[Profile, ...] = ()
    touched = (platform.mail_dir, cf.path, platform.mc_path, "/etc", *queues.roots)
    replaced = (*platform.etc_aliases, *platform.account_files())
    return Ground(
        part("mounts", lambda: mounts.gather(host, touched, replaced), ()),
        part("immutable", lambda: attributes.gather(host, written(host, platform, cf, queues)), ()),
        part("selinux", lambda: confinement.selinux(host), ""),
        part("apparmor", lambda: confinement.apparmor(host), no_profiles),
        part("software", lambda: _software(host), ()),
        part("other_cf", lambda: _other_cf(host, platform), ()),
        unknown,
    )


def written(host: HostReader, platform: Platform, cf: Cf, queues: Queues) -> tuple[str, ...]:
    """What a migration writes or re-owns, as far as it is there; a queue by its directories."""
    own = (platform.mail_dir, cf.path, platform.mc_path, *platform.etc_aliases)
    inside = tuple(_below(host, platform.mail_dir))
    split = [f"{d.path}/{name}" for d in queues.directories for name in d.subdirectories]
    whole = (*queues.roots, *(directory.path for directory in queues.directories), *split)
    named = (*own, *inside, *whole, "/etc", *platform.account_files())
    real = (host.resolve(path) for path in named if path)
    return tuple(dict.fromkeys(real))


def _below(host: HostReader, directory: str, depth: int = 4) -> list[str]:
    """Files and directories below; links are left out, for only what they lead to is written."""
    found: list[str] = []
    for name in host.listdir(directory):
        path = f"{directory}/{name}"
        kind = host.state(path).kind
        if kind in (Kind.FILE, Kind.DIRECTORY):
            found.append(path)
        if kind is Kind.DIRECTORY and depth:
            found.extend(_below(host, path, depth - 1))
    return found


def _software(host: HostReader) -> tuple[tuple[str, str], ...]:
    there = (
        (name, next((path for path in paths if host.state(path).exists), ""))
        for name, paths in SOFTWARE.items()
    )
    return tuple((name, path) for name, path in there if path)


def _other_cf(host: HostReader, platform: Platform) -> tuple[str, ...]:
    """Lines of units, scripts and crontabs that start Sendmail with another cf."""
    listed = [f"{directory}/{name}" for directory in UNITS for name in host.listdir(directory)]
    stock = (platform.cf_path, f"{platform.mail_dir}/submit.cf", "")
    found = []
    for line in grep.lines(host, "sendmail.* -C|sm-mta.* -C", (*listed, *UNIT_FILES)):
        text = line.text.strip()
        starts = _ANOTHER_CF.match(text) and not _ASKS.search(text)
        if starts and named_cf(text) not in stock:
            found.append(f"{line.path}:{line.number}  {text}")
    return tuple(found)
