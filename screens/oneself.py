"""How an admin sees with their own eyes what a check has seen: commands that only look.

Taken from the evidence, which names files and lines, and from the facts that the check looks at.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator

from wizard.api import Check
from wizard.facts.model import Facts, Unknown
from wizard.facts.sources import SOURCES
from wizard.model import CheckResult

_PLACE = re.compile(r"^(/[^\s:]+):(\d+)(?=$|[\s:])")
_PAGERS = {".gz": "zless", ".xz": "xzless", ".zst": "zstdless"}
_FEW = 3
_MOST = 6


def see_oneself(result: CheckResult, check: Check | None, facts: Facts | None) -> tuple[str, ...]:
    """Commands that show it, the closest to the evidence first."""
    evidence = [line for finding in result.findings for line in finding.evidence]
    told = list(_places(evidence))
    named = {word for command in told for word in command.split()}
    told += [one for one in _facts(check, facts) if one.split()[-1] not in named]
    return tuple(dict.fromkeys(told))[:_MOST]


def _places(evidence: Iterable[str]) -> Iterator[str]:
    """`less +14 /etc/aliases` for a line that begins `/etc/aliases:14`; a file once."""
    seen: set[str] = set()
    for line in evidence:
        if (found := _PLACE.match(line)) and found[1] not in seen and len(seen) < _FEW:
            path, number = found.groups()
            seen.add(path)
            pager = next((tool for end, tool in _PAGERS.items() if path.endswith(end)), "less")
            yield f"{pager} +{number} {shlex.quote(path)}"


def _facts(check: Check | None, facts: Facts | None) -> Iterator[str]:
    """What shows the facts, the most particular first."""
    if check is None or facts is None:
        return
    for source in reversed(SOURCES):
        if source.fact in check.reads and source.fact in _SHOWS:
            yield from _SHOWS[source.fact](facts)


def _some(words: Iterable[str]) -> str:
    return " ".join(shlex.quote(word) for _, word in zip(range(_FEW), words, strict=False))


def _sendmail(facts: Facts) -> str:
    found = facts.sendmail
    return "sendmail" if isinstance(found, Unknown) else shlex.quote(found.path)


def _logs(facts: Facts) -> Iterator[str]:
    if isinstance(facts.logs, Unknown):
        return
    local = "'mailer=(local|prog|\\*)'"
    paths = [file.path for file in facts.logs.files]
    if files := _some(path for path in paths if path.startswith("/")):
        yield f"zgrep -hE {local} {files}"
    if any(not path.startswith("/") for path in paths):
        yield f"journalctl SYSLOG_FACILITY=2 -g {local}"


def _aliases(facts: Facts) -> Iterator[str]:
    if not isinstance(facts.aliases, Unknown) and facts.aliases.files:
        yield f"less {_some(file.path for file in facts.aliases.files)}"


def _tables(facts: Facts) -> Iterator[str]:
    if isinstance(facts.tables, Unknown) or isinstance(facts.cf, Unknown):
        return
    types = {one.name: one.type for one in facts.cf.maps}
    for table in facts.tables.tables[:_FEW]:
        if table.path and types.get(table.map) in ("hash", "btree", "dbm", "cdb"):
            yield f"makemap -u {types[table.map]} {shlex.quote(table.path)}"


def _mailboxes(facts: Facts) -> Iterator[str]:
    if not isinstance(facts.mailboxes, Unknown) and facts.mailboxes.directories:
        yield f"ls -lt {_some(facts.mailboxes.directories)}"


def _map_files(facts: Facts) -> Iterator[str]:
    if not isinstance(facts.map_files, Unknown):
        yield f"ls -l {shlex.quote(facts.map_files.directory)}"


def _queues(facts: Facts) -> Iterator[str]:
    if not isinstance(facts.queues, Unknown):
        yield f"ls -ld {_some(facts.queues.roots)}"


def _config(facts: Facts) -> Iterator[str]:
    if not isinstance(facts.config, Unknown) and facts.config.mc.exists:
        mc, cf = shlex.quote(facts.config.mc_path), shlex.quote(facts.config.cf_path)
        yield f"m4 {mc} | diff - {cf}"


def _cf(facts: Facts) -> Iterator[str]:
    if not isinstance(facts.cf, Unknown):
        yield f"less {shlex.quote(facts.cf.path)}"


def _disk(facts: Facts) -> Iterator[str]:
    if not isinstance(facts.disk, Unknown):
        yield f"df -h {shlex.quote(facts.disk.path)}"


_SHOWS: dict[str, Callable[[Facts], Iterable[str]]] = {
    "sendmail": lambda facts: (f"{_sendmail(facts)} -d0.1 -bt < /dev/null",),
    "daemons": lambda _: ("ss -ltnp",),
    "accounts": lambda _: ("getent passwd; getent group",),
    "classes": lambda facts: (f"echo '$=w' | {_sendmail(facts)} -bt",),
    "resolutions": lambda facts: (f"{_sendmail(facts)} -bv root postmaster MAILER-DAEMON",),
    "forwards": lambda _: (
        "getent passwd | cut -d: -f6 | sort -u | sed 's|$|/.forward|' | xargs ls -ld",
    ),
    "jobs": lambda _: ("ls -l /etc/cron* /var/spool/cron*",),
    "mailstats": lambda _: ("mailstats",),
    "aliases": _aliases,
    "cf": _cf,
    "config": _config,
    "disk": _disk,
    "logs": _logs,
    "mailboxes": _mailboxes,
    "map_files": _map_files,
    "queued": lambda _: ("mailq -Am",),
    "queues": _queues,
    "tables": _tables,
}
"""By fact: commands that show the same."""
