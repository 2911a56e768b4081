"""Every directory in which the MTA keeps messages: QueueDirectory and the queue groups.

Wildcards and qf/df/xf subdirectories included (op guide 5.7 and 5.18; fact 3).
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from posixpath import basename, dirname, normpath

from wizard.facts.cf_model import Cf
from wizard.facts.model import QueueDirectory, Queues
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind

DEFAULT = "/var/spool/mqueue"
SPLIT = ("qf", "df", "xf")
SHARED = ("/", "/var", "/var/spool", "/var/mail", "/var/lib", "/home", "/srv", "/opt", "/data")
"Never a queue's own, whatever a pattern says."
MOUNTS = "/proc/self/mountinfo"
OCTAL = re.compile(r"\\([0-7]{3})")
GROUP_ELSEWHERE = re.compile(rb"^(Q[^\n]*?),\s*P\w*\s*=[^,\n]*", re.MULTILINE)
GROUP_PATH = re.compile(r"(?:P|Path)\s*=\s*([^,\s]+)", re.IGNORECASE)


def gather(host: HostReader, cf: Cf, cf_text: str) -> Queues:
    """List the queue directories. Raises Unreadable where one is missing or cannot be read."""
    patterns = list(dict.fromkeys([cf.option("QueueDirectory", DEFAULT), *group_paths(cf_text)]))
    directories = [d for pattern in patterns for d in _expand(host, pattern)]
    if not directories:
        raise Unreadable(f"{', '.join(patterns)}: no such queue directory")
    roots = _outermost(host, _roots(host, patterns, directories, cf.option("HostStatusDirectory")))
    return Queues(roots, tuple(directories), sum(host.count(root) for root in roots))


def group_paths(cf_text: str) -> list[str]:
    """Paths of `Q` lines, QUEUE_GROUP in the .mc."""
    lines = (line for line in cf_text.splitlines() if line.startswith("Q"))
    return [found.group(1) for line in lines if (found := GROUP_PATH.search(line))]


def in_one_queue(cf: bytes) -> bytes:
    """The cf for a look from a queue directory of its own: no queue group lies outside it.

    Sendmail refuses a group whose path is not below QueueDirectory.
    """
    return GROUP_ELSEWHERE.sub(rb"\1", cf)


def _roots(
    host: HostReader, patterns: list[str], directories: list[QueueDirectory], status: str
) -> list[str]:
    """Directories to re-own, links followed: each queue directory, and what only holds those.

    The parent of /var/spool/mqueue/q* goes with them where it holds nothing else, as in the
    article's `chown -R`; the parent of /var/spool/mqueue* holds other people's directories.
    status: HostStatusDirectory; one that is no whole path lies beside the queues, and goes too.
    """
    roots = [host.resolve(d.path) for d in directories]
    below = [host.resolve(f"{d.path}/{name}") for d in directories for name in d.subdirectories]
    roots += [path for path in below if not any(path.startswith(f"{root}/") for root in roots)]
    known = {d.path for d in directories}
    parents = {dirname(pattern) for pattern in patterns if "*" in basename(pattern)}
    for parent in sorted(parents - set(SHARED)):
        names = host.listdir(parent)
        others = [n for n in names if f"{parent}/{n}" not in known and n != status]
        if names and not others:
            roots.append(host.resolve(parent))
    return [normpath(root) for root in roots]


def _expand(host: HostReader, pattern: str) -> list[QueueDirectory]:
    if "*" not in basename(pattern):
        paths = [pattern]
    else:
        parent = dirname(pattern)
        names = [n for n in host.listdir(parent) if fnmatchcase(n, basename(pattern))]
        paths = [f"{parent}/{name}" for name in names]
    found = []
    for path in paths:
        state = host.state(host.resolve(path))
        if state.kind is Kind.DIRECTORY:
            subdirectories = tuple(n for n in host.listdir(path) if n in SPLIT)
            found.append(QueueDirectory(path, pattern, state, subdirectories))
    return found


def _outermost(host: HostReader, paths: list[str]) -> tuple[str, ...]:
    """Those that no other one holds; before them what another file system brings in below one.

    What keeps to one file system, as `find -xdev`, must be told of each. The inner one comes
    first: the walk through the outer one changes it too.
    """
    unique = sorted(set(paths))
    held = {p for p in unique if any(p.startswith(f"{other}/") for other in unique)}
    apart = held & _mount_points(host) if held else set()
    return (*sorted(apart, reverse=True), *(p for p in unique if p not in held))


def _mount_points(host: HostReader) -> set[str]:
    """Blanks in their names are octal (proc(5)); none where there is no such table."""
    lines = host.state(MOUNTS, content=True).text().splitlines()
    words = [line.split()[4] for line in lines if len(line.split()) > 4]
    return {OCTAL.sub(lambda found: chr(int(found[1], 8)), word) for word in words}
