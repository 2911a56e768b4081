"""Where the syslog daemon writes what Sendmail says: facility mail, severity info.

rsyslog.conf(5) with its selectors, `if ... then` and action(), and syslog.conf(5); of syslog-ng
the files that are named after mail. Templates that make a file's name are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from msgspec import Struct

from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind

FILES = ("/etc/rsyslog.conf", "/etc/syslog.conf", "/etc/syslog-ng/syslog-ng.conf")
DIRECTORIES = (("/etc/rsyslog.d", "*.conf"), ("/etc/syslog.d", "*"))
_SELECTOR = re.compile(r"^((?:[\w*,]+\.[=!]{0,2}[\w*]+)(?:;[\w*,]+\.[=!]{0,2}[\w*]+)*)[ \t]+(.+)$")
_TAKES_INFO = ("*", "debug", "info", "=info", "7", "6")
_PATH = re.compile(r"""(?:^-?|\bthen\s+-?|\bfile\s*=\s*["']|\bfile\(["'])(/[^\s"';)]+)""", re.I)
_REMOTE = re.compile(r"^@|\bthen\s+@|\bomfwd\b|\bomrelp\b", re.I)
_NOT_FOLLOWED = re.compile(r"^[?|^]|\bdynafile\b|\bompipe\b|\bomprog\b", re.I)
_SPEAKS_OF_MAIL = re.compile(r"\bmail\b|sendmail|sm-mta|file\([\"'][^\"']*mail", re.I)


class Destinations(Struct, frozen=True):
    """Where mail's lines go."""

    files: tuple[str, ...]
    elsewhere: tuple[str, ...]
    "`file:line  text` of what goes where we cannot look."
    unreadable: tuple[str, ...]


def gather(host: HostReader) -> Destinations:
    """Read every syslog configuration there is."""
    named: list[str] = []
    caught: list[str] = []
    elsewhere: list[str] = []
    unreadable: list[str] = []
    for path in _configurations(host, unreadable):
        try:
            lines = _lines(host, path)
        except Unreadable as problem:
            unreadable.append(str(problem))
            continue
        for number, line in lines:
            selected, action = _action(line)
            if not selected:
                continue
            if _REMOTE.search(action) or _NOT_FOLLOWED.search(action):
                elsewhere.append(f"{path}:{number}  {line}")
                continue
            (named if selected == "mail" else caught).extend(_PATH.findall(action))
    files = dict.fromkeys(named or caught)
    return Destinations(
        tuple(file for file in files if not file.startswith("/dev/")),
        tuple(elsewhere),
        tuple(unreadable),
    )


def _configurations(host: HostReader, unreadable: list[str]) -> Iterator[str]:
    yield from FILES
    for directory, pattern in DIRECTORIES:
        try:
            names = host.listdir(directory)
        except Unreadable as problem:
            unreadable.append(str(problem))
            continue
        yield from (f"{directory}/{name}" for name in names if fnmatchcase(name, pattern))


def _lines(host: HostReader, path: str) -> list[tuple[int, str]]:
    """Lines with something in them, continued ones joined. Raises Unreadable."""
    state = host.state(host.resolve(path), content=True)
    if state.kind is not Kind.FILE:
        return []
    made: list[tuple[int, str]] = []
    held, start = "", 0
    for number, line in enumerate(state.text().splitlines(), 1):
        start = start if held else number
        held += line.strip()
        if held.endswith("\\"):
            held = held[:-1] + " "
            continue
        if held and not held.startswith("#"):
            made.append((start, held))
        held = ""
    return made


def _action(line: str) -> tuple[str, str]:
    """What a line does with Sendmail's lines, and by what right: `mail`, `*` or none."""
    found = _SELECTOR.match(line)
    if found:
        return _selected(found[1]), found[2].strip()
    if _SPEAKS_OF_MAIL.search(line):
        return "mail", line
    return "", ""


def _selected(selector: str) -> str:
    """Whether a selector takes mail.info: by name, by a star, or not."""
    taken = ""
    for part in selector.split(";"):
        facilities, _dot, severity = part.rpartition(".")
        names = facilities.split(",")
        if "mail" not in names and "*" not in names:
            continue
        by = "mail" if "mail" in names else "*"
        if severity == "none":
            taken = ""
        elif severity in _TAKES_INFO:
            taken = by
    return taken
