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
GROUP_PATH = re.compile(r"(?:P|Path)\s*=\s*([^,\s]+)", re.IGNORECASE)


def gather(host: HostReader, cf: Cf, cf_text: str) -> Queues:
    """List the queue directories. Raises Unreadable where one is missing or cannot be read."""
    patterns = list(dict.fromkeys([cf.option("QueueDirectory", DEFAULT), *group_paths(cf_text)]))
    directories = [d for pattern in patterns for d in _expand(host, pattern)]
    if not directories:
        raise Unreadable(f"{', '.join(patterns)}: no such queue directory")
    roots = _outermost(_roots(host, patterns, directories))
    return Queues(roots, tuple(directories), sum(host.count(root) for root in roots))


def group_paths(cf_text: str) -> list[str]:
    """Paths of `Q` lines, QUEUE_GROUP in the .mc."""
    lines = (line for line in cf_text.splitlines() if line.startswith("Q"))
    return [found.group(1) for line in lines if (found := GROUP_PATH.search(line))]


def _roots(host: HostReader, patterns: list[str], directories: list[QueueDirectory]) -> list[str]:
    """Directories to re-own, links followed: each queue directory, and what only holds those.

    The parent of /var/spool/mqueue/q* goes with them where it holds nothing else, as in the
    article's `chown -R`; the parent of /var/spool/mqueue* holds other people's directories.
    """
    roots = [host.resolve(d.path) for d in directories]
    for pattern in patterns:
        parent, last = dirname(pattern), basename(pattern)
        if "*" not in last or parent in SHARED:
            continue
        names = host.listdir(parent)
        if names and all(fnmatchcase(name, last) for name in names):
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


def _outermost(paths: list[str]) -> tuple[str, ...]:
    unique = sorted(set(paths))
    return tuple(
        p for p in unique if not any(p != other and p.startswith(other + "/") for other in unique)
    )
