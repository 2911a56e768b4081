"""Whether SELinux is enforced here, and whether AppArmor confines Sendmail.

That a security module is absent is an answer only where the kernel says so: a container may lack
the file systems in which they tell what they do.
"""

from __future__ import annotations

import re

from wizard.facts.daemons import is_master, is_sendmails
from wizard.facts.model import Profile
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind

ENFORCE = "/sys/fs/selinux/enforce"
FILE_SYSTEMS = "/proc/filesystems"
APPARMOR = "/sys/module/apparmor/parameters/enabled"
PROFILES = "/sys/kernel/security/apparmor/profiles"
PROFILE_FILES = "/etc/apparmor.d"
_PROFILE = re.compile(r"(?P<name>.+?) \((?P<mode>\w+)\)")
_OURS = re.compile(r"sendmail|sm-mta")


def selinux(host: HostReader) -> str:
    """`enforcing`, `permissive`, `active`, or empty where there is none. Raises Unreadable."""
    enforce = host.state(ENFORCE, content=True)
    if enforce.kind is Kind.FILE:
        return "permissive" if enforce.text().strip() == "0" else "enforcing"
    known = host.state(FILE_SYSTEMS, content=True)
    if "selinuxfs" in known.text().split():
        return "active"
    if not known.exists:
        raise Unreadable(f"Neither {ENFORCE} nor {FILE_SYSTEMS} is there")
    return ""


def apparmor(host: HostReader) -> tuple[Profile, ...]:
    """Profiles that confine Sendmail; none where AppArmor is off. Raises Unreadable."""
    if not _enabled(host):
        return ()
    found = {profile.name: profile for profile in _of_daemons(host)}
    if not found or host.state(PROFILES).exists:
        for profile in _loaded(host):
            found.setdefault(profile.name, profile)
    return tuple(found.values())


def _enabled(host: HostReader) -> bool:
    enabled = host.state(APPARMOR, content=True)
    if enabled.exists:
        return enabled.text().strip() == "Y"
    if host.state("/sys/module").exists:
        return False
    raise Unreadable("/sys/module is not there: whether AppArmor is active cannot be told")


def _loaded(host: HostReader) -> list[Profile]:
    """Loaded profiles by a name of Sendmail's; which of them stand in a file is told too."""
    if not host.state(PROFILES).exists:
        return []
    files = [name for name in host.listdir(PROFILE_FILES) if _OURS.search(name)]
    place = f"{PROFILE_FILES}/{files[0]}" if files else PROFILES
    lines = host.state(PROFILES, content=True).text().splitlines()
    shown = (_PROFILE.fullmatch(line.strip()) for line in lines)
    return [Profile(p["name"], p["mode"], place) for p in shown if p and _OURS.search(p["name"])]


def _of_daemons(host: HostReader) -> list[Profile]:
    """What confines the daemons that run now; only root may look."""
    found = []
    for process in host.processes():
        if is_sendmails(process) and is_master(process):
            path = f"/proc/{process.pid}/attr/current"
            label = host.state(path, content=True).text().strip().rstrip("\0")
            if shown := _PROFILE.fullmatch(label):
                found.append(Profile(shown["name"], shown["mode"], path))
    return found
