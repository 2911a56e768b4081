"""What an alias database holds, and where its text says something else.

Sendmail delivers by the database; the text counts after the next newaliases. Blanks, commas at
the end and the case of the name do not make a difference: newaliases keeps or changes them freely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from wizard.facts.alias.model import AliasDifference, AliasEntry
from wizard.facts.alias.sources import split_outside_quotes
from wizard.facts.alias.text import Parsed, Seen, normal, started
from wizard.host.base import HostReader, Unreadable
from wizard.plans import Command

MAKEMAP = "/usr/sbin/makemap"
BYTES = 512 * 1024 * 1024
"Of a database that are looked at; some ten million aliases."
KEEP = 200
"As many differences are told."
_ROW = re.compile(rb"^([^\t\n]*)\t([^\n]*)\n", re.MULTILINE)
_END = b"@"
"The key that newaliases writes last: a database without it is not complete."


class Compared(Struct):
    """Text and database side by side."""

    entries: tuple[AliasEntry, ...]
    "Of both; what only one of them holds says so."
    total: int
    left_out: int
    unlike: tuple[AliasDifference, ...]
    unlike_total: int
    complete: bool
    "Whether newaliases finished it."


Reader = Callable[[Seen | None], Parsed]
"Reads the text, telling each alias."


def dump(host: HostReader, map_type: str, path: str) -> bytes:
    """Every key and value, a line each, by `makemap -u`. Raises Unreadable."""
    argv = (MAKEMAP, "-u", map_type, path)
    command = Command(argv, timeout=300.0, ok_codes=tuple(range(256)), keep=BYTES)
    done = host.probe(command)
    if done.code != 0:
        said = [ln for ln in done.stderr.decode("utf-8", "replace").splitlines() if ln.strip()]
        raise Unreadable(f"{path}  {command}: {said[-1] if said else f'code {done.code}'}")
    if len(done.stdout) >= BYTES:
        raise Unreadable(f"{path}  is larger than {BYTES >> 20} MB: it was not looked at")
    return done.stdout


def rows(dumped: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each row."""
    for found in _ROW.finditer(dumped):
        key, value = found.groups()
        yield key, value


def compare(read: Reader, dumped: bytes, database: str, own: frozenset[str]) -> Compared:
    """Read the text and hold each row of the database against it."""
    hashes: set[int] = set()
    parsed = read(lambda key, value, _line: hashes.add(hash((key, value))))
    stored = started(database, own)
    others, unlike, complete = _not_in(hashes, dumped, stored)
    lacking, texts = _left(read, hashes) if hashes else (0, {})
    repeated = _matched(texts, dumped, others)
    texts = {key: at for key, at in texts.items() if key not in repeated}
    alone = max(0, lacking - len(repeated) - len(texts.keys() & others.keys()))
    return Compared(
        tuple(_marked(parsed, texts)) + stored.entries,
        parsed.total + len(others.keys() - texts.keys()),
        parsed.left_out + stored.left_out,
        tuple(_differences(texts, others)),
        unlike + alone,
        complete,
    )


def _not_in(
    hashes: set[int], dumped: bytes, stored: Parsed
) -> tuple[dict[bytes, bytes], int, bool]:
    """Rows that the text lacks, how many, and whether the database is complete.

    The others' hashes are taken out: what remains of them only the text holds.
    """
    others: dict[bytes, bytes] = {}
    complete, unlike = False, 0
    for name, value in rows(dumped):
        complete = complete or name == _END
        pair = normal(name, value)
        known = hash(pair)
        if known in hashes:
            hashes.discard(known)
        elif pair != (_END, _END):
            unlike += 1
            if len(others) < KEEP * 50:
                others[pair[0]] = value
            _store(stored, name, value, pair)
    return others, unlike, complete


def entries_of(dumped: bytes, database: str, own: frozenset[str]) -> Parsed:
    """What a database without a text holds."""
    stored = started(database, own)
    for name, value in rows(dumped):
        pair = normal(name, value)
        if pair != (_END, _END):
            _store(stored, name, value, pair)
    return stored


def _store(stored: Parsed, name: bytes, value: bytes, pair: tuple[bytes, bytes]) -> None:
    said, key = value.decode("utf-8", "surrogateescape"), name.decode("utf-8", "surrogateescape")
    targets = split_outside_quotes(said)
    text = f"{key}: {said.strip()}"
    stored.take(AliasEntry(stored.path, 0, key, targets, text, "database"), *pair)


def _left(read: Reader, hashes: set[int]) -> tuple[int, dict[bytes, tuple[int, bytes]]]:
    """How many aliases of the text the database lacks; line and value of the first of them."""
    left: dict[bytes, tuple[int, bytes]] = {}
    number = 0

    def seen(key: bytes, value: bytes, line: int) -> None:
        nonlocal number
        if hash((key, value)) in hashes:
            number += 1
            if len(left) < KEEP * 50 or key in left:
                left[key] = (line, value)

    read(seen)
    return number, left


def _matched(
    texts: dict[bytes, tuple[int, bytes]], dumped: bytes, others: dict[bytes, bytes]
) -> set[bytes]:
    """Keys that the database has with the value of a later line: the earlier one is void."""
    if not texts:
        return set()
    return {k for name, _v in rows(dumped) if (k := name.lower()) in texts and k not in others}


def _differences(
    texts: dict[bytes, tuple[int, bytes]], others: dict[bytes, bytes]
) -> Iterator[AliasDifference]:
    for key in list(dict.fromkeys((*texts, *others)))[:KEEP]:
        line, text = texts.get(key, (0, b""))
        said = (key, text, b" ".join(others.get(key, b"").split()))
        name, value, stored = (part.decode("utf-8", "backslashreplace") for part in said)
        yield AliasDifference(name, line, value, stored)


def _marked(parsed: Parsed, texts: dict[bytes, tuple[int, bytes]]) -> Iterator[AliasEntry]:
    """Entries of the text; those that the database lacks say so."""
    for key, (entry, _value) in parsed.kept.items():
        lacking = key in texts and texts[key][0] == entry.line
        yield replace(entry, only_in="text") if lacking else entry
