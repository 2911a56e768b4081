"""Reading a table of a million rows in flat memory: its text, its database, where they differ.

The database is what Sendmail asks, so it decides what a table holds; the text gives the line
numbers. Rows are sorted into kinds by what they lead to, and of each kind only the first few are
kept. Text and database are compared by sums over buckets of keys: only the buckets that differ
are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from msgspec import Struct

BUCKETS = 1 << 15
KINDS = 500
"More kinds than a cf has mailers; beyond that they are counted as one."
UNLIKE = 20
"As many differences as a person reads."
_HELD = 20_000
"Rows held at a time to find differences; beyond that the first ones are found."
_MASK = (1 << 64) - 1
OVERFLOW = "…"

Rows = Iterator[tuple[int, bytes, bytes]]
"Line number (0 in a database), key in lower case, value."


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
        return "here" if domain in here or "%" in domain else "elsewhere"
    mailer, colon, _host = lower.partition(":")
    return mailer if colon and not lower.startswith("[") else "relay"


class _Sieve:
    """Counts and keeps the rows of one pass."""

    def __init__(self, question: TableQuestion) -> None:
        self._sorting = question.sorting
        self._here = frozenset(name.lower() for name in question.here)
        self._known: dict[bytes, str] = {}
        self.sums = [0] * BUCKETS
        self.entries = 0
        self.kinds: dict[str, int] = {}
        self.more: dict[str, int] = {}
        self.kept: dict[str, dict[bytes, tuple[int, bytes]]] = {}

    def take(self, rows: Rows) -> None:
        """Sort all rows."""
        kinds, sums, known = self.kinds, self.sums, self._known
        for line, key, value in rows:
            self.entries += 1
            at = hash(key) % BUCKETS
            sums[at] = (sums[at] + hash((key, value))) & _MASK
            kind = known.get(value)
            if kind is None:
                kind = self._new(value, key, line)
            kinds[kind] += 1

    def _new(self, value: bytes, key: bytes, line: int) -> str:
        """The kind of a value not seen before, which is kept where there is room."""
        kind = kind_of(self._sorting, value.decode("utf-8", "surrogateescape"), self._here)
        if kind not in self.kinds and len(self.kinds) >= KINDS:
            kind = OVERFLOW
        self.kinds.setdefault(kind, 0)
        kept = self.kept.setdefault(kind, {})
        if len(kept) < KEEP.get(kind, KEEP_OTHERS):
            kept[value] = (line, key)
        elif value not in kept:
            self.more[kind] = self.more.get(kind, 0) + 1
        if len(self._known) < _HELD:
            self._known[value] = kind
        return kind


Source = Callable[[], AbstractContextManager[Rows]]
"Opens the rows of a text or a database; called once for each pass."


def sift(question: TableQuestion, text: Source | None, database: Source | None) -> Sifted:
    """What the table holds: the database where there is one, else the text."""
    in_force = database or text
    assert in_force is not None
    sieve, written = _Sieve(question), _Sieve(question)
    with in_force() as rows:
        sieve.take(rows)
    lines: dict[tuple[bytes, bytes], int] = {}
    unlike: tuple[str, ...] = ()
    if text is not None and database is not None:
        wanted = {(key, value) for k in sieve.kept.values() for value, (_n, key) in k.items()}
        with text() as rows:
            written.take(_noting(rows, wanted, lines))
        differing = {at for at in range(BUCKETS) if sieve.sums[at] != written.sums[at]}
        unlike = _unlike(question, differing, text, database) if differing else ()
    kept = tuple(
        SiftedRow(_said(key), _said(value), line or lines.get((key, value), 0), kind)
        for kind, values in sieve.kept.items()
        for value, (line, key) in values.items()
    )
    return Sifted(text is not None, sieve.entries, kept, sieve.kinds, sieve.more, unlike)


def _noting(
    rows: Rows, wanted: set[tuple[bytes, bytes]], lines: dict[tuple[bytes, bytes], int]
) -> Rows:
    """The rows as they come; where wanted ones stand is noted."""
    for line, key, value in rows:
        if (key, value) in wanted:
            lines.setdefault((key, value), line)
        yield line, key, value


def _unlike(
    question: TableQuestion, differing: set[int], text: Source, database: Source
) -> tuple[str, ...]:
    """Rows of these buckets that text and database do not share; of two, the first counts."""
    buckets = set(sorted(differing)[:2000])
    written: dict[bytes, tuple[int, bytes]] = {}
    with text() as rows:
        for line, key, value in rows:
            if hash(key) % BUCKETS in buckets and len(written) < _HELD:
                written.setdefault(key, (line, value))
    found = []
    held = len(written) >= _HELD
    with database() as rows:
        for _line, key, value in rows:
            if hash(key) % BUCKETS not in buckets:
                continue
            if key in written:
                line, meant = written.pop(key)
                if meant != value:
                    found.append(
                        f"{question.text}:{line}  {_said(key)} {_said(meant)}"
                        f"  (the database has {_said(value)})"
                    )
            elif not held:
                found.append(f"{question.database}  {_said(key)} {_said(value)}  (not in the text)")
    found += [
        f"{question.text}:{line}  {_said(key)} {_said(value)}  (not in the database)"
        for key, (line, value) in written.items()
    ]
    rest = f"… and {len(found) - UNLIKE:,} more"
    return tuple(found if len(found) <= UNLIKE else [*found[:UNLIKE], rest])


def _said(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def text_rows(lines: Iterator[bytes]) -> Rows:
    """The rows that makemap(8) reads from a text: comments, blank and indented lines are none."""
    for number, line in enumerate(lines, 1):
        if line[:1] in (b"#", b" ", b"\t", b"\n", b"\r", b""):
            continue
        parts = line.split(None, 1)
        if len(parts) == 2 and (value := parts[1].strip()):
            yield number, parts[0].lower(), value


def dumped_rows(lines: Iterator[bytes]) -> Rows:
    """The rows that `makemap -u` prints: key, a tab, value; -N leaves a NUL at their ends."""
    for line in lines:
        key, tab, value = line.partition(b"\t")
        if tab and key != b"@":
            yield 0, key.rstrip(b"\0").lower(), value.rstrip(b"\0\r\n").strip()
