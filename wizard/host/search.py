"""Searching mail logs for deliveries in one pass and in flat memory.

A log is read in pieces that end with a line. In each piece every `mailer=` is counted by the
regular expression engine; only lines that name a local mailer are looked at one by one.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple, Protocol

from wizard.host.delivery import addresses, delivery_of, was_refused
from wizard.model import Logged, LogScan, Match, Matches

PIECE = 256 * 1024
"Bytes read at once: what the processor's cache holds."
OVERLAP = 4096
"Bytes of a line longer than a piece that are looked at again with what follows."
KEEP = 20
"Local deliveries that are kept, the first and the last half of them."
RECIPIENTS = 200
"Recipients that are told, the most recent ones."
HELD = 5_000
"Recipients that are counted one by one."
SEEN = 50_000
"Recipients that are told apart; beyond them only that there are more is known."
ENDS = 5
"Lines kept of either end, for their time stamps."
LINE = 1000
"Bytes of a line that are kept."
DELIVERY = re.compile(rb", mailer=([^,]*)")
_USUAL = 64
"Distinct mailers that are counted by name; more of them are somebody's joke."


class Stream(Protocol):
    """What is read: a file, or what takes a compressed one apart."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer; 0 at the end."""


class _Line(NamedTuple):
    """A line to be kept: where it is, and its text."""

    offset: int
    number: int
    "From 1; 0 where lines are not counted."
    text: bytes


class _Recipient:
    """One address and mailer."""

    __slots__ = ("count", "last")

    def __init__(self) -> None:
        self.count = 0
        self.last = _Line(0, 0, b"")


class LogScanner:
    """Takes a log piece by piece and tells what it holds.

    Counting lines takes half as long as all the rest, so that of a large plain file they are
    counted afterwards (Numbers), where there is something to number.
    """

    def __init__(self, local_mailers: Iterable[str], *, counting: bool = True) -> None:
        self.counting = counting
        self._newlines = 0
        names = [name.encode() for name in local_mailers]
        self._local = frozenset(names)
        named = b"|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._named = re.compile(rb", mailer=(?:" + named + rb")(?![^,\s])")
        self._counts: Counter[bytes] = Counter()
        self._local_counts: Counter[bytes] = Counter()
        self._first: list[_Line] = []
        self._last: deque[_Line] = deque(maxlen=KEEP - KEEP // 2)
        self._who: OrderedDict[tuple[bytes, bytes], _Recipient] = OrderedDict()
        self._seen: set[int] = set()
        self._base = 0
        self._head: list[bytes] = []
        self._tail = bytearray()
        self._binary = False

    def scan(self, stream: Stream) -> None:
        """Read the stream to its end. Raises what the stream raises."""
        buffer = bytearray(PIECE)
        view = memoryview(buffer)
        held = 0
        while got := stream.readinto(view[held:]):
            end = held + got
            cut = buffer.rfind(b"\n", held, end) + 1
            if not cut:
                cut = end - OVERLAP if end == PIECE else 0
            if cut:
                self._piece(buffer, cut)
                view[: end - cut] = view[cut:end]
            held = end - cut
        if held:
            self._piece(buffer, held)

    def _piece(self, buffer: bytearray, end: int) -> None:
        """Count and look at what lies in the buffer up to the end."""
        found = DELIVERY.findall(buffer, 0, end)
        if self._count(found):
            self._look(buffer, end)
        if len(self._head) < ENDS:
            self._head += _lines(buffer[: min(end, ENDS * LINE)])[: ENDS - len(self._head)]
        self._tail = buffer[max(0, end - ENDS * LINE) : end]
        if not self._base:
            self._binary = not _is_text(buffer[: min(end, LINE)])
        self._base += end
        if self.counting:
            self._newlines += buffer.count(b"\n", 0, end)

    def _count(self, found: list[bytes]) -> bool:
        """Count the names; whether a local mailer is among them."""
        counted = _tally(found)
        here = False
        for kind, number in counted.items():
            name = b"".join(kind[:LINE].split(None, 1)[:1])
            if name in self._local:
                here = True
            elif name in self._counts or len(self._counts) < _USUAL:
                self._counts[name[:32]] += number
            else:
                self._counts[b"?"] += number
        return here

    def _look(self, buffer: bytearray, end: int) -> None:
        """Look at each line that names a local mailer."""
        done = counted = 0
        lines = self._newlines + 1
        for found in self._named.finditer(buffer, 0, end):
            if found.start() < done:
                continue
            start = buffer.rfind(b"\n", 0, found.start()) + 1
            done = buffer.find(b"\n", found.end() - 1, end)
            done = end if done < 0 else done
            line = bytes(buffer[max(start, found.start() - OVERLAP) : done])
            delivery = delivery_of(line, self._local)
            if delivery is None or was_refused(line):
                continue
            if delivery.mailer in self._local:
                if self.counting:
                    lines += buffer.count(b"\n", counted, start)
                    counted = start
                kept = _Line(self._base + start, lines if self.counting else 0, line[:LINE])
                self._keep(kept, delivery.mailer, delivery.to)

    def _keep(self, line: _Line, mailer: bytes, to: bytes) -> None:
        """One local delivery."""
        self._local_counts[mailer] += 1
        if len(self._first) < KEEP // 2:
            self._first.append(line)
        else:
            self._last.append(line)
        for address in addresses(to) or [b"?"]:
            who = (address[:LINE], mailer)
            recipient = self._who.get(who)
            if recipient is None:
                recipient = self._who[who] = _Recipient()
                if len(self._seen) < SEEN:
                    self._seen.add(hash(who))
                if len(self._who) > HELD:
                    self._who.popitem(last=False)
            else:
                self._who.move_to_end(who)
            recipient.count += 1
            recipient.last = line

    def wanted(self) -> list[int]:
        """Offsets of lines whose numbers are still to be told, in order."""
        told = islice(reversed(self._who.values()), RECIPIENTS)
        lines = [*self._first, *self._last, *(one.last for one in told)]
        return sorted({line.offset for line in lines if not line.number})

    def result(self, numbers: dict[int, int]) -> LogScan:
        """What was found, with the numbers of the lines that were wanted."""

        def match(line: _Line) -> Match:
            return Match(line.number or numbers.get(line.offset, 0), _text(line.text))

        mailers = self._counts + self._local_counts
        total = self._local_counts.total()
        newest = islice(reversed(self._who.items()), RECIPIENTS)
        return LogScan(
            {_text(name): number for name, number in mailers.most_common()},
            Matches(total, tuple(match(line) for line in (*self._first, *self._last))),
            tuple(Logged(_text(a), _text(m), one.count, match(one.last)) for (a, m), one in newest),
            max(0, len(self._seen) - RECIPIENTS),
            tuple(_text(line) for line in self._head),
            tuple(_text(line) for line in _lines(self._tail)[-ENDS:]),
            self._binary,
        )


class Numbers:
    """Counts lines up to each of the offsets, given the same bytes once more."""

    def __init__(self, offsets: list[int]) -> None:
        self._offsets = offsets
        self.found: dict[int, int] = {}
        self.lines = 0
        "That ended in what was read."

    def count(self, stream: Stream, *, whole: bool = False) -> None:
        """Read the stream up to the last offset, or all of it."""
        buffer = bytearray(PIECE)
        view = memoryview(buffer)
        waiting = iter(self._offsets)
        wanted = next(waiting, None)
        base, lines = 0, 1
        while (whole or wanted is not None) and (got := stream.readinto(view)):
            start = 0
            while wanted is not None and wanted < base + got:
                lines += buffer.count(b"\n", start, wanted - base)
                start = wanted - base
                self.found[wanted] = lines
                wanted = next(waiting, None)
            lines += buffer.count(b"\n", start, got)
            base += got
        self.lines = lines - 1


def _tally(found: list[bytes]) -> dict[bytes, int]:
    """How often each is there; most pieces hold one alone, which is counted without hashing."""
    if found and found.count(found[0]) == len(found):
        return {found[0]: len(found)}
    kinds = set(found)
    if len(kinds) > _USUAL:
        return Counter(found)
    return {kind: found.count(kind) for kind in kinds}


def _lines(piece: bytearray) -> list[bytes]:
    return [bytes(line[:LINE]) for line in piece.splitlines() if line.strip(b"\0 ")]


def _is_text(piece: bytearray) -> bool:
    """Whether it is made of lines: hardly a control character in it."""
    return sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in piece) * 20 <= len(piece)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").strip("\0\r\n")
