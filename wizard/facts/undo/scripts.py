"""Jobs and hooks of root that give files away or write them: cron, timers, apt, certificates.

The lines of the jobs themselves, and of each script that they name: one level deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from wizard.facts.grep import Line
from wizard.facts.job.crontabs import ANACRON, SYSTEM_DIRECTORIES, SYSTEM_FILES, USERS
from wizard.facts.undo.found import Found, located
from wizard.facts.undo.shell import Deed, deed
from wizard.facts.way_model import Undoer
from wizard.model import Kind

UNITS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system")
HOOKS = (
    ("/etc/cron.hourly", "each hour"),
    ("/etc/cron.daily", "each day"),
    ("/etc/cron.weekly", "each week"),
    ("/etc/cron.monthly", "each month"),
    ("/etc/letsencrypt/renewal-hooks/deploy", "when a certificate is renewed"),
    ("/etc/letsencrypt/renewal-hooks/post", "when a certificate is renewed"),
    ("/etc/logrotate.d", "when logs are rotated"),
    ("/etc/apt/apt.conf.d", "at each run of apt"),
    ("/etc/dpkg/dpkg.cfg.d", "at each run of dpkg"),
    ("/etc/network/if-up.d", "when the network comes up"),
)
"Directories whose files root runs or reads as commands, and when."
SINGLE = (("/etc/rc.local", "at each boot"),)
BY_CRON, BY_TIMER, AT_START = "as cron runs it", "by a timer", "at each start of Sendmail"
LISTED = (BY_CRON, BY_TIMER, AT_START, "at each boot")
"Files that name the scripts they run; the others are scripts themselves."
SYSTEMS = (
    *("/bin/", "/sbin/", "/lib", "/usr/bin/", "/usr/sbin/", "/usr/lib", "/usr/share/"),
    *("/proc/", "/sys/", "/dev/", "/run/"),
)
"Programs of the system are no scripts of the admin's."
LARGEST = 1 << 20
"Bytes; larger ones are no scripts."
_PATH = re.compile(r"(?<![\w.])/[\w.+/-]+")


def collect(found: Found) -> Iterator[Undoer]:
    """Whatever touches the places. Raises Unreadable."""
    when = dict(_jobs(found))
    lines = found.lines(found.places.pattern(), when)
    yield from _undoers(found, lines, when)
    named = {path: when[line.path] for line in _commands(found, when) for path in _scripts(line)}
    scripts = {
        path: at for path, at in named.items() if path not in when and _is_script(found, path)
    }
    yield from _undoers(found, found.lines(found.places.pattern(), scripts), scripts)


def _jobs(found: Found) -> Iterator[tuple[str, str]]:
    """Files that hold commands of root, and when these run."""
    for directory in (*SYSTEM_DIRECTORIES, *USERS):
        yield from ((path, BY_CRON) for path in found.names(directory))
    yield from ((path, BY_CRON) for path in (*SYSTEM_FILES, ANACRON))
    for directory, when in HOOKS:
        yield from ((path, when) for path in found.names(directory))
    yield from SINGLE
    for directory in UNITS:
        names = found.names(directory)
        timers = [path for path in names if path.endswith(".timer")]
        yield from ((f"{one.removesuffix('.timer')}.service", BY_TIMER) for one in timers)
        for unit in ("sendmail.service", "sm-client.service"):
            if f"{directory}/{unit}" in names:
                yield f"{directory}/{unit}", AT_START
            drop_ins = found.names(f"{directory}/{unit}.d")
            yield from ((path, AT_START) for path in drop_ins)


def _commands(found: Found, when: dict[str, str]) -> list[Line]:
    """Lines that run something: of jobs, not of scripts that are looked at already."""
    return found.lines(r"/[A-Za-z]", [path for path, at in when.items() if at in LISTED])


def _scripts(line: Line) -> Iterator[str]:
    for path in _PATH.findall(line.text):
        if not path.startswith(SYSTEMS):
            yield path.rstrip("/.")


def _is_script(found: Found, path: str) -> bool:
    state = found.host.state(found.host.resolve(path))
    return state.kind is Kind.FILE and state.size <= LARGEST and not found.places.holds(path)


def _undoers(found: Found, lines: Iterable[Line], when: dict[str, str]) -> Iterator[Undoer]:
    for path, group in groupby(lines, key=lambda line: line.path):
        done = [(line, one) for line in group if (one := deed(line.text, found.places))]
        if done and not path.rpartition("/")[2].startswith("stepdown"):
            worst = max((one for _line, one in done), key=list(Deed).index)
            yield _undoer(path, worst, when[path], located(line for line, _one in done))


WORDS = {
    Deed.OWN: "runs Debian's own scripts, which give queue and configuration away",
    Deed.META: "sets owner, group or mode",
    Deed.WRITE: "writes files of the configuration, with an owner and a mode of its own",
    Deed.REWRITE: "writes the .mc or the cf: RunAsUser would be gone",
}


def _undoer(path: str, worst: Deed, when: str, places: tuple[str, ...]) -> Undoer:
    resets = f"{WORDS[worst]}, {when}"
    return Undoer(path, resets, places, worst is Deed.OWN, rewrites=worst is Deed.REWRITE)
