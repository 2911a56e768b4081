"""Scanning one large plain log with all processors: a part of the file for each.

Python runs one thread at a time, so that each part is scanned by a process of its own, which
reads its part of the file that we opened and answers with what it found. Lines are counted in a
second round, where there is a line to be numbered.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from itertools import pairwise
from typing import IO

import msgspec
from msgspec.structs import replace

from wizard.host.search import KEEP, RECIPIENTS, LogScanner, Numbers
from wizard.model import Logged, LogScan, Match, Matches

MOST = 4
"Processes."
WORTH = 128 * 1024 * 1024
"Bytes from which on starting processes pays."
_SEEK = 1 << 20
"Bytes in which a line has to end."
_BEGIN = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); " + (
    "from wizard.host.scan_parts import scan_part; scan_part(sys.argv[2:])"
)


class Part(msgspec.Struct, frozen=True):
    """What one process found."""

    scan: LogScan
    lines: int
    "In its part; 0 where they were not counted."


class _Range:
    """A part of an opened file, as a stream; the descriptor's own offset stays where it is."""

    def __init__(self, descriptor: int, start: int, end: int) -> None:
        self._descriptor, self._place, self._end = descriptor, start, end

    def readinto(self, buffer: memoryview, /) -> int:
        """As RawIOBase.readinto."""
        wanted = min(len(buffer), self._end - self._place)
        got = os.preadv(self._descriptor, [buffer[:wanted]], self._place) if wanted else 0
        self._place += got
        return got


def processors() -> int:
    """How many we may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def scan_in_parts(descriptor: int, size: int, mailers: tuple[str, ...]) -> LogScan | None:
    """Scan the opened file with several processes; None where that is not to be had."""
    number = min(MOST, processors())
    if size < WORTH or number < 2:
        return None
    cuts = _cuts(descriptor, size, number)
    running: list[subprocess.Popen[bytes]] = []
    try:
        running += (_start(descriptor, start, end, mailers) for start, end in pairwise(cuts))
        return merged(_ask(running))
    except (OSError, ValueError, msgspec.DecodeError):
        return None  # the one process that we are can do it, too
    finally:
        for process in running:
            _end(process)


def merged(parts: list[Part]) -> LogScan:
    """One answer of the parts', in their order."""
    mailers: dict[str, int] = {}
    kept: list[Match] = []
    people: dict[tuple[str, str], Logged] = {}
    lines = 0
    for part in parts:
        for name, count in part.scan.mailers.items():
            mailers[name] = mailers.get(name, 0) + count
        kept += (Match(one.line + lines, one.text) for one in part.scan.local.kept)
        for one in reversed(part.scan.recipients):
            earlier = people.pop((one.address, one.mailer), None)
            count = one.count + (earlier.count if earlier else 0)
            last = Match(one.last.line + lines, one.last.text)
            people[one.address, one.mailer] = replace(one, count=count, last=last)
        lines += part.lines
    if len(kept) > KEEP:
        kept = kept[: KEEP // 2] + kept[-(KEEP - KEEP // 2) :]
    newest = list(people.values())[::-1]
    more = sum(part.scan.more_recipients for part in parts)
    return LogScan(
        mailers,
        Matches(sum(part.scan.local.total for part in parts), tuple(kept)),
        tuple(newest[:RECIPIENTS]),
        more + max(0, len(newest) - RECIPIENTS),
        parts[0].scan.head,
        parts[-1].scan.tail,
        parts[0].scan.binary,
    )


def scan_part(words: list[str]) -> None:
    """What a process does: scan, say how much is local, hear whether to count, answer."""
    descriptor, start, end = (int(word) for word in words[:3])
    scanner = LogScanner(words[3:], counting=False)
    scanner.scan(_Range(descriptor, start, end))
    sys.stdout.write(f"{len(scanner.wanted())}\n")
    sys.stdout.flush()
    numbers = Numbers(scanner.wanted())
    if sys.stdin.readline() == "count\n":
        numbers.count(_Range(descriptor, start, end), whole=True)
    part = Part(scanner.result(numbers.found), numbers.lines)
    sys.stdout.buffer.write(msgspec.json.encode(part))
    sys.stdout.buffer.flush()


def _cuts(descriptor: int, size: int, number: int) -> list[int]:
    """Where the parts begin, each with a line, and where the last one ends."""
    cuts = [0]
    for part in range(1, number):
        place = size * part // number
        end = os.pread(descriptor, _SEEK, place).find(b"\n")
        if end >= 0 and place + end + 1 > cuts[-1]:
            cuts.append(place + end + 1)
    return [*cuts, size]


def _start(
    descriptor: int, start: int, end: int, mailers: tuple[str, ...]
) -> subprocess.Popen[bytes]:
    words = (str(descriptor), str(start), str(end), *mailers)
    return subprocess.Popen(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            _BEGIN,
            json.dumps([os.path.abspath(one) for one in sys.path if one]),
            *words,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        cwd="/",
    )


def _ask(running: list[subprocess.Popen[bytes]]) -> list[Part]:
    """Hear all of them, have those count that stand before a line to be numbered."""
    wanted = [int(_end_of(process.stdout).readline()) for process in running]
    last = max((place for place, number in enumerate(wanted) if number), default=-1)
    for place, process in enumerate(running):
        stdin = _end_of(process.stdin)
        stdin.write(b"count\n" if place <= last else b"done\n")
        stdin.flush()
    return [msgspec.json.decode(_end_of(process.stdout).read(), type=Part) for process in running]


def _end_of(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _end(process: subprocess.Popen[bytes]) -> None:
    """Whatever happened, nothing of it stays."""
    with suppress(OSError):
        _end_of(process.stdin).close()
    _end_of(process.stdout).close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
