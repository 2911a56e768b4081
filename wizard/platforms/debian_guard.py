"""The guard on Debian: one script that knows what the plan left, and who calls it.

Debian's make, sendmailconfig and package scripts give queue and maps back to smmta and smmsp
(fact 8). docs/decisions/0003-guard.md says why the guard is made as it is.
"""

from __future__ import annotations

from posixpath import dirname

from wizard.host.base import HostReader
from wizard.model import Kind
from wizard.plans import Command, RunCommand
from wizard.platforms.base import MARK, GuardFile, Kept
from wizard.platforms.debian_guard_text import (
    ALIASES,
    CRONTAB,
    GNUMAKE,
    HOOK,
    PATH_TEXT,
    SCRIPT,
    SCRIPT_TEXT,
    TIMER_UNIT,
    UNIT,
)

GNUMAKEFILE = "/etc/mail/GNUmakefile"
MAKEFILE = "/etc/mail/Makefile"
"Debian's own; without it make is in nobody's way."
NEWALIASES = "/usr/local/sbin/newaliases"
DPKG = "/etc/dpkg/dpkg.cfg.d/stepdown"
UNITS = "/etc/systemd/system"
SERVICE = f"{UNITS}/stepdown-guard.service"
PATH_UNIT = f"{UNITS}/stepdown-guard.path"
TIMER = f"{UNITS}/stepdown-guard.timer"
CRON = "/etc/cron.d/stepdown-guard"
CALLERS = (GNUMAKEFILE, DPKG, SERVICE, CRON)
ALL: tuple[str, ...] = (SCRIPT, GNUMAKEFILE, NEWALIASES, DPKG, SERVICE, PATH_UNIT, TIMER, CRON)
SYSTEMCTL = "/usr/bin/systemctl"
WATCHING = ("stepdown-guard.path", "stepdown-guard.timer")
"Units that are enabled; the service is what they start."
FORGET = Command((SYSTEMCTL, "daemon-reload"))


def files(kept: Kept, *, systemd: bool) -> tuple[GuardFile, ...]:
    """What lies in its place before the switch. Nothing of it acts before RunAsUser is there."""
    found = [
        GuardFile(SCRIPT, script(kept), 0o755, "keeps what the plan leaves, and tells the log"),
        GuardFile(GNUMAKEFILE, GNUMAKE.encode(), 0o644, "make prefers it to Makefile"),
        GuardFile(DPKG, HOOK.encode(), 0o644, "dpkg calls the guard when it is done"),
        GuardFile(NEWALIASES, ALIASES.encode(), 0o755, "newaliases works for root", spare=True),
    ]
    if systemd:
        found += [
            GuardFile(SERVICE, UNIT.encode(), 0o644, ""),
            GuardFile(PATH_UNIT, path_unit(kept).encode(), 0o644, "starts it at a change"),
            GuardFile(TIMER, TIMER_UNIT.encode(), 0o644, "starts it each minute"),
        ]
    return tuple(found)


def late_files(*, systemd: bool) -> tuple[GuardFile, ...]:
    """What acts as soon as it is there, and so comes after the switch."""
    return () if systemd else (GuardFile(CRON, CRONTAB.encode(), 0o644, "each minute, by cron"),)


def commands(*, systemd: bool) -> tuple[RunCommand, ...]:
    """What has the guard watch from now on, and what ends a run that is under way too."""
    if not systemd:
        nothing, stop = Command(("/bin/true",)), Command((SCRIPT, "--stop"))
        return (RunCommand(nothing, stop, only_undo=True),)
    on = Command((SYSTEMCTL, "enable", "--now", *WATCHING))
    off = Command((SYSTEMCTL, "disable", "--now", *WATCHING, "stepdown-guard.service"))
    return (RunCommand(on, off, note="from now on, and after each boot"),)


def trouble(host: HostReader, user: str, *, systemd: bool) -> tuple[str, ...]:
    """What keeps the guard from its work, a line each. Raises Unreadable."""
    found = [
        *(line for path in _callers(host, systemd=systemd) if (line := _wrong(host, path))),
        *(_asleep(host) if systemd else []),
    ]
    now = host.state(SCRIPT, content=True)
    if now.exists and f"user={user}\n" not in now.text():
        found.append(f"{SCRIPT}  guards another account than {user}")
    if not found:
        told = host.probe(Command((SCRIPT, "--check"), ok_codes=(0, 1)))
        found = [f"{SCRIPT} --check  {line}" for line in told.output.splitlines()]
    return tuple(found)


def _callers(host: HostReader, *, systemd: bool) -> tuple[str, ...]:
    made = (GNUMAKEFILE,) if host.state(MAKEFILE).exists else ()
    watching = (SERVICE, PATH_UNIT, TIMER) if systemd else (CRON,)
    return (SCRIPT, DPKG, *made, *watching)


def _wrong(host: HostReader, path: str) -> str:
    now = host.state(path, content=True)
    if now.kind is not Kind.FILE:
        return f"{path}  is missing"
    if now.uid != 0 or now.mode & 0o022:
        return f"{path}  may be written by another than root"
    if MARK not in (now.content or b"") or (path in CALLERS and SCRIPT not in now.text()):
        return f"{path}  is not what stepdown wrote"
    return ""


def _asleep(host: HostReader) -> list[str]:
    found: list[str] = []
    for verb, wanted in (("is-enabled", "enabled"), ("is-active", "active")):
        argv = (SYSTEMCTL, verb, *WATCHING)
        said = host.probe(Command(argv, ok_codes=(0, 1, 2, 3, 4))).output.split()
        if said != [wanted] * len(WATCHING):
            found.append(f"{' '.join(argv[1:])}  {' '.join(said)}")
    return found


def script(kept: Kept) -> bytes:
    """The script, what it keeps as literal lines."""
    filled = SCRIPT_TEXT.replace("@KEPT@", "\n".join(f"\t{line}" for line in kept_lines(kept)))
    for name, value in (("USER", kept.user), ("GROUP", kept.group), ("CF", kept.cf_path)):
        filled = filled.replace(f"@{name}@", value)
    return filled.encode("utf-8", "surrogateescape")


def kept_lines(kept: Kept) -> list[str]:
    """A call of one of the script's functions for each thing that is kept."""
    return [
        *(f"aliases {quoted(text)} {quoted(db)}" for text, db in kept.aliases),
        *(f"directory {quoted(d[0])} {d[1]}:{d[2]} {d[3]:05o}" for d in kept.directories),
        *(f"tree {quoted(path)}" for path in ([kept.tree] if kept.tree else [])),
        *(f"readable {quoted(path)}" for path in kept.readable),
        *(f"writable {quoted(path)}" for path in kept.writable),
        *(f"socket {quoted(path)} {owner}" for path, owner in kept.sockets),
        *(f"account {quoted(path)}" for path in kept.own),
    ]


def quoted(path: str) -> str:
    """As the shell has it."""
    from shlex import quote

    return quote(path)


def watched(kept: Kept) -> list[str]:
    """Where a change shows that does not change with every message.

    For a directory of the account this is the directory above it: that tells of a new owner or
    mode, and nothing of what comes and goes inside. What else changes all the time is left to the
    timer.
    """
    noisy = {dirname(path) for path in kept.writable}
    places = [one[0] for one in kept.directories]
    places += [path for path in kept.readable if not path.startswith(f"{kept.tree}/")]
    places += [dirname(path) for path, _owner in kept.sockets]
    places += [place for path in kept.own if (place := dirname(path)) not in noisy]
    return list(dict.fromkeys(places))


def path_unit(kept: Kept) -> str:
    """The path unit, for these places."""
    lines = (f"PathChanged={path.replace('%', '%%')}" for path in watched(kept))
    return PATH_TEXT.replace("@PLACES@", "\n".join(lines))
