"""Lines of settings files that hold a word, and no other line: the rest may be secret.

grep(1) reads them, so that a recording of the host holds nothing but these lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind
from wizard.plans import Command

TOOL = "/bin/grep"
BATCH = 200
"Files in one call."
_SHOWN = re.compile(r"(?P<path>/[^\0]*)\0(?P<number>\d+):(?P<text>.*)")


class Line(Struct, frozen=True):
    """One line of one file."""

    path: str
    number: int
    text: str


def lines(host: HostReader, words: str, paths: Iterable[str]) -> list[Line]:
    """Lines with an extended regular expression in them, case aside. Raises Unreadable.

    What is absent, or leads to no regular file, has none.
    """
    real = {host.resolve(path): path for path in paths}
    there = [path for path in real if host.state(path).kind is Kind.FILE]
    found: list[Line] = []
    for start in range(0, len(there), BATCH):
        for line in _batch(host, words, there[start : start + BATCH]):
            found.append(Line(real[line.path], line.number, line.text))
    return found


def _batch(host: HostReader, words: str, paths: Sequence[str]) -> list[Line]:
    options = ("-a", "-i", "-n", "-H", "-Z", "-E", "-m", "1000", "-e", words)
    answer = host.probe(Command((TOOL, *options, "--", *paths), ok_codes=(0, 1)))
    if answer.code not in (0, 1):
        said = next(iter(answer.stderr.decode("utf-8", "replace").splitlines()), "grep failed")
        denied = "denied" in said
        raise Unreadable(said.removeprefix(f"{TOOL}: "), "Run it as root." if denied else "")
    text = answer.stdout.decode("utf-8", "surrogateescape")
    shown = (_SHOWN.fullmatch(line) for line in text.split("\n"))
    return [Line(s["path"], int(s["number"]), s["text"]) for s in shown if s]
