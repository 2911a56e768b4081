"""What Debian itself does to a migrated relay: make, update_sys, packages, sendmail.conf (fact 8).

Seen on sendmail 8.17.1.9: all of it is put right by the guard that the plan installs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.facts import grep
from wizard.facts.way_model import Undoer
from wizard.host.base import HostReader

MAKEFILE = "/etc/mail/Makefile"
UPDATE_SYS = "/usr/share/sendmail/update_sys"
SETTINGS = "/etc/mail/sendmail.conf"
OVERRIDES = "/var/lib/dpkg/statoverride"
POSTINST = tuple(f"/var/lib/dpkg/info/sendmail-{name}.postinst" for name in ("base", "bin"))
UPGRADES = ("/etc/apt/apt.conf.d/20auto-upgrades", "/etc/apt/apt.conf.d/50unattended-upgrades")
SHOWN = 4
"As many lines of a script as show what it does."
_GIVEN = r"(/etc/mail|/var/spool/mqueue)[ ;]"
_PLACES = r"/etc/(mail|aliases)|/var/spool/mqueue([^-]|$)|/var/lib/sendmail"


def undoers(host: HostReader) -> Iterator[Undoer]:
    """Each that is there. Raises Unreadable."""
    conf = _settings(host)
    yield from _make(host)
    yield from _update_sys(host, conf)
    yield from _of_settings(conf)
    yield from _packages(host)
    yield from _overrides(host)


def _settings(host: HostReader) -> dict[str, tuple[str, str]]:
    """Value and place of the two settings; the last assignment wins, as in the shell."""
    found = {}
    for line in grep.lines(host, "^[ 	]*(HANDS_OFF|DAEMON_RUNASUSER)=", [SETTINGS]):
        name, _equals, value = line.text.strip().partition("=")
        plain = re.split(r"[;#\s]", value.strip().strip("\"'"))[0].strip("\"';")
        found[name] = (plain, _place(line))
    return found


def _make(host: HostReader) -> Iterator[Undoer]:
    lines = grep.lines(host, r"^[ 	@]+(chown|chgrp|chmod) .*\.db", [MAKEFILE])
    if lines:
        resets = "group and mode of each map that it rebuilds, at each start, reload and make"
        yield Undoer("Debian's Makefile", resets, _places(lines), guarded=True)


def _update_sys(host: HostReader, conf: dict[str, tuple[str, str]]) -> Iterator[Undoer]:
    if conf.get("HANDS_OFF", ("No", ""))[0] != "No":
        return
    lines = grep.lines(host, rf"chown .*{_GIVEN}|xargs -r chown", [UPDATE_SYS])
    if lines:
        resets = (
            "owner and mode of the queue and of /etc/mail, at each sendmailconfig and each "
            "configuration of the packages: a total outage until the guard has been by"
        )
        yield Undoer("update_sys", resets, _places(lines), guarded=True)


def _of_settings(conf: dict[str, tuple[str, str]]) -> Iterator[Undoer]:
    value, place = conf.get("HANDS_OFF", ("No", ""))
    if value != "No":
        resets = (
            "nothing: update_sys leaves owners alone. But the next sendmailconfig removes "
            "/etc/cron.d/sendmail, and with it the runs of the submission queue"
        )
        yield Undoer(f"HANDS_OFF={value}", resets, (place,), guarded=True)
    value, place = conf.get("DAEMON_RUNASUSER", ("No", ""))
    if value != "No":
        resets = "nothing: Debian reads it and uses it nowhere. It makes no child step down"
        yield Undoer(f"DAEMON_RUNASUSER={value}", resets, (place,), guarded=True)


def _packages(host: HostReader) -> Iterator[Undoer]:
    lines = grep.lines(host, r"^[^#]*/(update_sendmail|update_sys)", POSTINST)
    if not lines:
        return
    active = r'^[ 	]*APT::Periodic::Unattended-Upgrade[ 	]+"[1-9]'
    alone = grep.lines(host, active, UPGRADES)
    when = "at each upgrade and reinstallation"
    when += ", which unattended-upgrades does by itself" if alone else ""
    resets = f"runs update_sys, and stops and starts Sendmail, {when}"
    places = (*_places(lines), *_places(alone))
    yield Undoer("the packages' own scripts", resets, places, guarded=True)


def _overrides(host: HostReader) -> Iterator[Undoer]:
    lines = grep.lines(host, rf" ({_PLACES})", [OVERRIDES])
    if lines:
        resets = "owner, group and mode as listed, when the package that holds it is unpacked"
        yield Undoer("dpkg-statoverride", resets, _places(lines), guarded=False)


def _places(lines: list[grep.Line]) -> tuple[str, ...]:
    return tuple(_place(line) for line in lines[:SHOWN])


def _place(line: grep.Line) -> str:
    return f"{line.path}:{line.number}  {line.text.strip()}"
