"""Programs that mail a report to whom their settings name: logwatch, smartd, mdadm and others.

A table of well-known files, each with the line that names the recipient. Only such lines are
read, for settings may hold passwords too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from wizard.facts import grep
from wizard.facts.job.sources import Found
from wizard.facts.mail_model import Job
from wizard.host.base import HostReader


class Setting(Struct, frozen=True):
    """Where one program names whom it mails."""

    program: str
    paths: tuple[str, ...]
    "What overrides first: the first that names somebody counts. `DIR/*` is every file in it."
    word: str
    "What stands in every such line, for grep."
    line: str
    "Regular expression of the whole line; `to` is who."


def _assigned(name: str) -> str:
    """A shell or ini assignment of this name."""
    return rf"""\s*(?:export\s+)?{name}\s*=\s*["']?(?P<to>[^"'#;]*?)["']?\s*;?\s*(?:#.*)?"""


def _variable(program: str, name: str, *paths: str) -> Setting:
    return Setting(program, paths, name, _assigned(name))


SETTINGS = (
    Setting(
        "logwatch",
        (
            "/etc/logwatch/conf/override.conf",
            "/etc/logwatch/conf/logwatch.conf",
            "/usr/share/logwatch/dist.conf/logwatch.conf",
            "/usr/share/logwatch/default.conf/logwatch.conf",
        ),
        "mailto",
        _assigned(r"(?:logwatch:\s*)?[Mm]ail[Tt]o"),
    ),
    Setting(
        "unattended-upgrades",
        ("/etc/apt/apt.conf", "/etc/apt/apt.conf.d/*"),
        "Unattended-Upgrade::Mail",
        r"""\s*Unattended-Upgrade::Mail\s+"(?P<to>[^"]*)"\s*;.*""",
    ),
    _variable(
        "apt-listchanges",
        "email_address",
        *("/etc/apt/listchanges.conf.d/*", "/etc/apt/listchanges.conf"),
    ),
    _variable(
        "apticron", "EMAIL", "/etc/apticron/apticron.conf", "/usr/lib/apticron/apticron.conf"
    ),
    _variable("cron-apt", "MAILTO", "/etc/cron-apt/config.d/*", "/etc/cron-apt/config"),
    Setting(
        "mdadm",
        ("/etc/mdadm/mdadm.conf", "/etc/mdadm.conf"),
        "MAILADDR",
        r"\s*MAILADDR\s+(?P<to>[^#\s]+).*",
    ),
    Setting(
        "smartd",
        ("/etc/smartd.conf", "/etc/smartmontools/smartd.conf"),
        "-m ",
        r"[^#]*\s-m\s+(?P<to>[^\s<#]+).*",
    ),
    _variable(
        "fail2ban",
        "destemail",
        *("/etc/fail2ban/jail.d/*", "/etc/fail2ban/jail.local", "/etc/fail2ban/jail.conf"),
    ),
    _variable("aide", "MAILTO", "/etc/default/aide"),
    _variable(
        "logcheck",
        "SENDMAILTO",
        *("/etc/logcheck/logcheck.conf.d/*", "/etc/logcheck/logcheck.conf"),
    ),
    Setting(
        "monit",
        ("/etc/monit/conf-enabled/*", "/etc/monit/monitrc", "/etc/monitrc"),
        "alert",
        r"\s*(?i:set\s+)?(?i:alert)\s+(?P<to>[^\s#]+@[^\s#]+).*",
    ),
    _variable("rkhunter", "REPORT_EMAIL", "/etc/default/rkhunter"),
    _variable("rkhunter", "MAIL-ON-WARNING", "/etc/rkhunter.conf.local", "/etc/rkhunter.conf"),
    _variable("chkrootkit", "MAILTO", "/etc/chkrootkit/chkrootkit.conf", "/etc/chkrootkit.conf"),
    _variable("tiger", "Tiger_Mail_RCPT", "/etc/tiger/tigerrc"),
    _variable("zed", "ZED_EMAIL_ADDR", "/etc/zfs/zed.d/zed.rc"),
    _variable("auditd", "action_mail_acct", "/etc/audit/auditd.conf"),
    _variable("yum-cron", "email_to", "/etc/yum/yum-cron.conf", "/etc/dnf/automatic.conf"),
    _variable("apcupsd", "SYSADMIN", "/etc/apcupsd/apccontrol"),
    Setting(
        "periodic",
        ("/etc/periodic.conf.local", "/etc/periodic.conf"),
        "_output",
        _assigned(r"(?:daily|weekly|monthly)_(?:status_security_)?output"),
    ),
)


def collect(found: Found) -> None:
    """Whoever these programs mail."""
    for setting in SETTINGS:
        for path in _paths(found, setting):
            if found.add(partial(named, found.host, path, setting)):
                break


def _paths(found: Found, setting: Setting) -> Iterator[str]:
    """The files themselves; of a directory the last one first, for it overrides the others."""
    for path in setting.paths:
        if path.endswith("/*"):
            yield from (f"{path[:-1]}{name}" for name in reversed(found.names(path[:-2])))
        else:
            yield path


def named(host: HostReader, path: str, setting: Setting) -> Iterator[Job]:
    """Recipients that a file names; none where it is absent. Raises Unreadable."""
    for line in grep.lines(host, setting.word, [path]):
        found = re.fullmatch(setting.line, line.text.rstrip("\r"))
        for recipient in re.split(r"[,\s]+", found["to"]) if found else ():
            if recipient and not recipient.startswith("/"):
                yield Job(f"{path}:{line.number}", f"{setting.program}: {recipient}", recipient)
