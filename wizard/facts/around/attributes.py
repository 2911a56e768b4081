"""Files that even root cannot change: chattr(1)'s immutable and append-only attributes.

lsattr tells them. A file system without attributes has none, and that is an answer; a file whose
attributes may not be read is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind
from wizard.plans import Command

TOOLS = ("/usr/bin/lsattr", "/bin/lsattr")
BATCH = 200
"Paths in one call."
NO_TOOL = "lsattr is not installed here"
_LINE = re.compile(r"(?P<flags>[-A-Za-z]{8,}) (?P<path>/.*)")
_NONE_THERE = (
    "Operation not supported",
    "Inappropriate ioctl",
    "No such file",
    "Function not implemented",
)
"What lsattr says where there are no attributes, or no file."


def gather(host: HostReader, paths: Sequence[str]) -> tuple[str, ...]:
    """`path  +i` for each of these that is immutable or append-only. Raises Unreadable."""
    tool = next((path for path in TOOLS if host.state(path).exists), "")
    if not tool:
        raise Unreadable(NO_TOOL)
    there = [path for path in paths if host.state(path).kind in (Kind.FILE, Kind.DIRECTORY)]
    found: list[str] = []
    for start in range(0, len(there), BATCH):
        found.extend(_batch(host, tool, there[start : start + BATCH]))
    return tuple(found)


def _batch(host: HostReader, tool: str, paths: Sequence[str]) -> list[str]:
    answer = host.probe(Command((tool, "-d", "--", *paths), ok_codes=(0, 1)))
    problems = [
        line
        for line in answer.stderr.decode("utf-8", "replace").splitlines()
        if line.strip() and not line.startswith("lsattr 1.") and not _harmless(line)
    ]
    if problems:
        denied = "denied" in problems[0] or "not permitted" in problems[0]
        raise Unreadable(problems[0], "Run it as root." if denied else "")
    return parse(answer.stdout.decode("utf-8", "surrogateescape"), paths)


def _harmless(line: str) -> bool:
    return any(words in line for words in _NONE_THERE)


def parse(text: str, asked: Sequence[str]) -> list[str]:
    """Lines of `lsattr -d` with i or a in them, for paths that were asked for."""
    wanted = set(asked)
    found = []
    for line in text.splitlines():
        shown = _LINE.fullmatch(line)
        if shown and shown["path"] in wanted:
            marks = "".join(flag for flag in "ia" if flag in shown["flags"])
            if marks:
                found.append(f"{shown['path']}  +{marks}")
    return found
