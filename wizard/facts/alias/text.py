"""The text of aliases, read as newaliases reads it, a million lines in a few seconds.

Lines that only send a name to another host are recognised by one expression and counted; what
could matter is parsed with all the rules of readaliases() in alias.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from wizard.facts.alias.model import AliasEntry
from wizard.facts.alias.sources import split_outside_quotes
from wizard.facts.alias.targets import Target, elsewhere, kind_of

KEEP = 10_000
"As many aliases of each weight are kept; the others are counted."
LINE_LIMIT = 8190
"Bytes of one alias, continuations included; newaliases refuses a longer one (BUFSIZ, seen)."
_ADDRESS = rb"[\w.+=-]+(?:@[\w-]+(?:\.[\w-]+)*\.?)?"
_PLAIN = re.compile(
    rb"^([\w.+=-]+)[ \t]*:[ \t]*("
    + _ADDRESS
    + rb"(?:[ \t]*,[ \t]*"
    + _ADDRESS
    + rb")*)[ \t]*\r?\n(?![ \t])",
    re.MULTILINE,
)
_QUOTED_OR_BLANK = re.compile(r'("[^"]*")|\s+')
Seen = Callable[[bytes, bytes, int], None]
"Told of each alias's key and value, as text and database compare, and of its line."


class Parsed(Struct):
    """What was read so far."""

    path: str
    own: frozenset[str]
    "Names of this host, in lower case."
    kept: dict[bytes, tuple[AliasEntry, bytes]]
    "What could matter, by key, with the value that text and database compare: the last one wins."
    problems: list[str]
    total: int = 0
    special: int = 0
    ordinary: int = 0
    repeated: int = 0

    @property
    def entries(self) -> tuple[AliasEntry, ...]:
        """What matters, in the order of the text."""
        return tuple(entry for entry, _value in self.kept.values())

    @property
    def left_out(self) -> int:
        """Aliases that would matter, beyond those that are kept."""
        return self.special + self.ordinary - len(self.kept) - self.repeated

    def take(self, entry: AliasEntry, key: bytes, value: bytes) -> None:
        """Count an alias; keep it where a target of it is not plainly elsewhere."""
        self.count(key, entry.line)
        kinds = {kind_of(t) for t in entry.targets if not elsewhere(t, self.own)}
        if kinds - {Target.ADDRESS}:
            self.special += 1
            kept = self.special <= KEEP
        elif kinds:
            self.ordinary += 1
            kept = self.ordinary <= KEEP
        else:
            return
        if kept:
            self.kept[key] = (entry, value)

    def count(self, key: bytes, line: int) -> None:
        """One alias more; an earlier one of the same name is no longer in force."""
        self.total += 1
        if key in self.kept:
            earlier, _value = self.kept.pop(key)
            self.repeated += 1
            where = f"{self.path}:{line}  repeats {earlier.name}, line {earlier.line}"
            self.problems.append(f"{where}: the last one counts")


def started(path: str, own: frozenset[str]) -> Parsed:
    """Nothing read yet."""
    return Parsed(path, own, {}, [])


def parse_aliases(
    text: str, path: str, own: frozenset[str] = frozenset()
) -> tuple[tuple[AliasEntry, ...], tuple[str, ...]]:
    """Entries that matter and problems (`file:line  what`) of an alias text."""
    parsed = started(path, own)
    read_text(parsed, text.encode("utf-8", "surrogateescape"))
    return parsed.entries, tuple(parsed.problems)


def all_entries(text: str) -> list[tuple[str, str, int]]:
    """Name, value and line of every alias, those that lead elsewhere too, in compared form."""
    found: list[tuple[str, str, int]] = []

    def seen(name: bytes, value: bytes, line: int) -> None:
        found.append((_text(name), _text(value), line))

    read_text(started("", frozenset()), _raw(text), seen=seen)
    return found


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def read_text(parsed: Parsed, data: bytes, first: int = 1, seen: Seen | None = None) -> None:
    """Parse a text that begins with that line."""
    line, done = first, 0
    for found in _PLAIN.finditer(data):
        start = found.start()
        if start > done:
            if data.endswith((b"\\\n", b"\\\r\n"), done, start):
                continue  # the line before goes on in this one: both are parsed together
            _read_lines(parsed, data[done:start], line, seen)
            line += data.count(b"\n", done, start)
        name, value = found.groups()
        _plain(parsed, name, value, line, seen)
        line, done = line + 1, found.end()
    if done < len(data):
        _read_lines(parsed, data[done:], line, seen)


def normal(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Key and value in the form in which text and database compare: blanks do not count."""
    return name.lower(), b"".join(value.split()).strip(b",")


def _plain(parsed: Parsed, name: bytes, value: bytes, line: int, seen: Seen | None) -> None:
    """A line of nothing but addresses."""
    key, compared = normal(name, value)
    if seen is not None:
        seen(key, compared, line)
    parsed.count(key, line)
    if len(name) + len(value) > LINE_LIMIT:
        parsed.problems.append(_too_long(parsed.path, line, name.decode()))
    if _all_elsewhere(value, parsed.own):
        return
    parsed.ordinary += 1
    if parsed.ordinary <= KEEP:
        text, targets = f"{name.decode()}: {value.decode()}", split_outside_quotes(value.decode())
        entry = AliasEntry(parsed.path, line, name.decode(), targets, text)
        parsed.kept[key] = (entry, compared)


def _all_elsewhere(value: bytes, own: frozenset[str]) -> bool:
    """Whether each address has a qualified domain that is not this host's."""
    for address in value.split(b",") if b"," in value else (value,):
        _user, _at, domain = address.strip().partition(b"@")
        if b"." not in domain or domain.decode("utf-8", "replace").rstrip(".").lower() in own:
            return False
    return True


def _read_lines(parsed: Parsed, data: bytes, first: int, seen: Seen | None) -> None:
    """Lines that need all the rules. `#` is a comment in the first column only."""
    text = data.decode("utf-8", "surrogateescape")
    for number, line, size in _logical_lines(text, first):
        place = f"{parsed.path}:{number}"
        if line[0].isspace():
            parsed.problems.append(f"{place}  continues no alias: {line.strip()}")
            continue
        if "\0" in line:
            parsed.problems.append(f"{place}  holds a NUL byte: newaliases skips this line")
            continue
        lhs, rest = _split_name(line)
        name, targets = _unquoted(lhs), split_outside_quotes(rest)
        key, value = normal(_raw(_key(lhs, parsed.own)), _raw(rest))
        if seen is not None and key and rest.strip():
            seen(key, value, number)
        if not name or not targets:
            parsed.problems.append(f"{place}  is no `name: value`: {line}")
            continue
        if size > LINE_LIMIT:
            parsed.problems.append(_too_long(parsed.path, number, name))
        parsed.take(AliasEntry(parsed.path, number, name, targets, line), key, value)


def _too_long(path: str, number: int, name: str) -> str:
    return f"{path}:{number}  is longer than newaliases reads: {name[:40]} is not in force"


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _key(name: str, own: frozenset[str]) -> str:
    """The name as newaliases stores it: without comment, phrase, quotes it needs not, this host."""
    text = re.sub(r"\s*\([^()]*\)\s*", "", name)
    if angle := re.search(r"<([^<>]*)>", text):
        text = angle[1]
    user, at, host = text.rpartition("@")
    if at and host.strip().lower() in own:
        text = user
    if re.fullmatch(r'"[^"\s]*"', text):
        text = text[1:-1]
    return _QUOTED_OR_BLANK.sub(lambda found: found[1] or ".", text.strip())


def _logical_lines(text: str, first: int) -> Iterator[tuple[int, str, int]]:
    """Each joined line with the number of its first and its size; comments left out."""
    joined, start, size = "", 0, 0
    for number, line in _unescaped_lines(text, first):
        if joined and line[:1] in (" ", "\t"):
            joined = f"{joined} {line.strip()}".rstrip()
            size += len(line)
            continue
        if joined:
            yield start, joined, size
        joined, start = ("" if line.startswith("#") else line.rstrip()), number
        size = len(line)
    if joined:
        yield start, joined, size


def _unescaped_lines(text: str, first: int) -> Iterator[tuple[int, str]]:
    """Lines, each joined with the next where it ends with a backslash, as comments are too."""
    held: str | None = None
    start = first
    for number, raw in enumerate(text.split("\n"), first):
        start = number if held is None else start
        line = (held or "") + raw.rstrip("\r")
        held = line[:-1] if line.endswith("\\") else None
        if held is None:
            yield start, line
    if held is not None:
        yield start, held


def _split_name(line: str) -> tuple[str, str]:
    """Name and value. A quoted name may hold a colon, yet the value begins behind the first."""
    _before, _colon, rest = line.partition(":")
    quoted = re.match(r'"(?:[^"\\]|\\.)*"(?=\s*:)', line)
    return (quoted[0] if quoted else line.partition(":")[0].strip() if _colon else ""), rest


def _unquoted(name: str) -> str:
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name
