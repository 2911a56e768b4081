"""Reading a table of a million rows in flat memory: its text, its database, where they differ.

The database is what Sendmail asks, so it decides what a table holds; the text gives the line
numbers. Rows are sorted into kinds by what they lead to, and of each kind only the first few are
kept. Text and database are compared by one sum over all rows; where the sums differ, by sums over
buckets of keys, and only the buckets that differ are read again. Rows come in blocks, so that
regular expressions and counters do the work, not a loop over a million rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from operator import itemgetter

from msgspec import Struct

BUCKETS = 1 << 15
KINDS = 500
"More kinds than a cf has mailers; beyond that they are counted as one."
UNLIKE = 20
"As many differences as a person reads."
_HELD = 20_000
"Rows held at a time to find differences; beyond that the first ones are found."
_COMPARED = 2000
"Differing buckets that are read again."
_MASK = (1 << 64) - 1
OVERFLOW = "…"

_TEXT_ROW = re.compile(rb"^([^#\s]\S*+)[ \t\v\f]+(\S[^\n]*)", re.MULTILINE)
"As makemap(8) reads a text: a comment, a blank or indented line, a key alone are no rows."
_DUMPED_ROW = re.compile(rb"^([^\t\n]*+)\t([^\n]*)", re.MULTILINE)
"As `makemap -u` prints it."
_OWN_KEY = b"@"
"What newaliases puts into a database to mark it complete."

Pair = tuple[bytes, bytes]
"Key in lower case, value."
Pairs = Callable[[bytes], list[Pair]]
"Finds the rows in a block of whole lines."


class Blocks(Struct, frozen=True):
    """A text or a database, opened: blocks of whole lines, and how to find the rows in them."""

    blocks: Iterator[bytes]
    pairs: Pairs


class TableQuestion(Struct, frozen=True):
    """Which table to read, and how its rows are to be told apart."""

    text: str
    "Path of the text."
    database: str
    "Path of the database, its suffix included; empty where the text itself is in force."
    type: str
    "As makemap(8) calls it: hash, btree, dbm, cdb."
    sorting: str
    "`mailer`, `virtual` or `domain`: see kind_of."
    here: tuple[str, ...] = ()
    "Domains that are this host: class w."


class SiftedRow(Struct, frozen=True):
    """One row that was kept."""

    key: str
    value: str
    line: int
    kind: str


class Sifted(Struct, frozen=True):
    """What a table holds."""

    text: bool
    "Whether there is a text."
    entries: int = 0
    rows: tuple[SiftedRow, ...] = ()
    kinds: dict[str, int] = {}
    more: dict[str, int] = {}
    "Distinct destinations of a kind that were not kept."
    unlike: tuple[str, ...] = ()


KEEP = {"name": 200, "here": 200}
"Destinations kept of these kinds, which may be local mail; of all others KEEP_OTHERS."
KEEP_OTHERS = 20


_DOMAIN = re.compile(r"[a-z0-9._-]+|\[[a-z0-9.:]+\]")
"What needs no second look; `<user@host>`, `user@host (comment)` and %2 do."


def kind_of(sorting: str, value: str, here: frozenset[str]) -> str:
    """What a row leads to (cf/README on mailertable, virtusertable, domaintable)."""
    lower = value.strip().lower()
    if sorting == "domain":
        return "here" if lower.rstrip(".") in here else "elsewhere"
    if sorting == "virtual":
        if lower.startswith("error:"):
            return "error"
        domain = lower.rpartition("@")[2].rstrip(".") if "@" in lower else ""
        if not domain:
            return "name"
        sure = _DOMAIN.fullmatch(domain) and "*" not in here
        return "elsewhere" if sure and domain not in here else "here"
    mailer, colon, _host = lower.partition(":")
    return mailer if colon and not lower.startswith("[") else "relay"


class _Sieve:
    """Counts and keeps the rows of one pass."""

    def __init__(self, question: TableQuestion) -> None:
        self._sorting = question.sorting
        self._here = frozenset(name.lower() for name in question.here)
        self._known: dict[bytes, str] = {}
        self.sum = 0
        self.entries = 0
        self.kinds: dict[str, int] = {}
        self.more: dict[str, int] = {}
        self.kept: dict[str, dict[bytes, bytes]] = {}

    def take(self, pairs: list[Pair]) -> None:
        """Sort the rows of a block."""
        self.entries += len(pairs)
        self.sum = (self.sum + sum(map(hash, pairs))) & _MASK
        counts = Counter(map(itemgetter(1), pairs))
        if len(self._known) > _HELD:
            self._known.clear()
        unseen = counts.keys() - self._known.keys()
        if unseen:
            for key, value in pairs:
                if value in unseen:
                    unseen.discard(value)
                    self._known[value] = self._new(value, key)
        for value, number in counts.items():
            self.kinds[self._known[value]] += number

    def _new(self, value: bytes, key: bytes) -> str:
        """The kind of a value not seen before, which is kept where there is room."""
        kind = kind_of(self._sorting, _said(value), self._here)
        if kind not in self.kinds and len(self.kinds) >= KINDS:
            kind = OVERFLOW
        self.kinds.setdefault(kind, 0)
        kept = self.kept.setdefault(kind, {})
        if len(kept) < KEEP.get(kind, KEEP_OTHERS):
            kept.setdefault(value, key)
        elif value not in kept:
            self.more[kind] = self.more.get(kind, 0) + 1
        return kind


Source = Callable[[], AbstractContextManager[Blocks]]
"Opens a text or a database; called once for each pass."


def sift(question: TableQuestion, text: Source | None, database: Source | None) -> Sifted:
    """What the table holds: the database where there is one, else the text."""
    in_force = database or text
    assert in_force is not None
    sieve = _Sieve(question)
    with in_force() as opened:
        for block in opened.blocks:
            sieve.take(opened.pairs(block))
    wanted = {(key, value) for kept in sieve.kept.values() for value, key in kept.items()}
    lines: dict[Pair, int] = {}
    unlike: tuple[str, ...] = ()
    if text is not None:
        total = _lines_of(wanted, text, lines)
        if database is not None and total != sieve.sum:
            unlike = _unlike(question, text, database)
    kept = tuple(
        SiftedRow(_said(key), _said(value), lines.get((key, value), 0), kind)
        for kind, values in sieve.kept.items()
        for value, key in values.items()
    )
    return Sifted(text is not None, sieve.entries, kept, sieve.kinds, sieve.more, unlike)


def _lines_of(wanted: set[Pair], text: Source, lines: dict[Pair, int]) -> int:
    """Note where the wanted rows stand in the text; the sum over all of its rows."""
    total, before = 0, 0
    with text() as opened:
        for block in opened.blocks:
            pairs = opened.pairs(block)
            total = (total + sum(map(hash, pairs))) & _MASK
            if not wanted.isdisjoint(pairs):
                for number, pair in _numbered(opened.pairs, block, before):
                    if pair in wanted:
                        lines.setdefault(pair, number)
            before += block.count(b"\n")
    return total


def _numbered(pairs: Pairs, block: bytes, before: int) -> Iterator[tuple[int, Pair]]:
    """The rows of a block with their line numbers."""
    for number, line in enumerate(block.split(b"\n"), before + 1):
        for pair in pairs(line):
            yield number, pair


def _unlike(question: TableQuestion, text: Source, database: Source) -> tuple[str, ...]:
    """Rows that text and database do not share; of a key that stands twice the first counts."""
    ours, theirs = _sums(text), _sums(database)
    differing = [at for at in range(BUCKETS) if ours[at] != theirs[at]]
    buckets = set(differing[:_COMPARED])
    written: dict[bytes, tuple[int, bytes]] = {}
    for number, (key, value) in _rows(text, buckets):
        if len(written) < _HELD:
            written.setdefault(key, (number, value))
    found = []
    complete = len(written) < _HELD
    for _number, (key, value) in _rows(database, buckets):
        here = f"{_said(key)} {_said(value)}"
        if key not in written:
            if complete:
                found.append(f"{question.database}  {here}  (not in the text)")
            continue
        number, meant = written.pop(key)
        if meant != value:
            place = f"{question.text}:{number}  {_said(key)} {_said(meant)}"
            found.append(f"{place}  (the database has {_said(value)})")
    for key, (number, value) in written.items():
        here = f"{_said(key)} {_said(value)}"
        found.append(f"{question.text}:{number}  {here}  (not in the database)")
    if len(found) <= UNLIKE and len(differing) <= _COMPARED:
        return tuple(found)
    return (*found[:UNLIKE], f"… and more: {len(found) - UNLIKE:,} at least")


def _sums(source: Source) -> list[int]:
    """Sums over the rows of each bucket of keys."""
    sums = [0] * BUCKETS
    with source() as opened:
        for block in opened.blocks:
            for pair in opened.pairs(block):
                at = hash(pair[0]) % BUCKETS
                sums[at] = (sums[at] + hash(pair)) & _MASK
    return sums


def _rows(source: Source, buckets: set[int]) -> Iterator[tuple[int, Pair]]:
    """The rows of these buckets, numbered."""
    before = 0
    with source() as opened:
        for block in opened.blocks:
            for number, pair in _numbered(opened.pairs, block, before):
                if hash(pair[0]) % BUCKETS in buckets:
                    yield number, pair
            before += block.count(b"\n")


def _said(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def text_pairs(block: bytes) -> list[Pair]:
    """The rows that makemap(8) reads from lines of a text."""
    return [(key.lower(), value.rstrip()) for key, value in _TEXT_ROW.findall(block)]


def dumped_pairs(block: bytes) -> list[Pair]:
    """The rows in what `makemap -u` printed; -N leaves a NUL at the ends of key and value."""
    if b"\0" in block:
        block = block.replace(b"\0", b"")
    found = _DUMPED_ROW.findall(block)
    return [(key.lower(), value.strip()) for key, value in found if key != _OWN_KEY]
