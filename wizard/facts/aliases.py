"""Aliases: every file that `O AliasFile` names, parsed as newaliases parses it.

Sendmail reads the database built from the text, so a database without its text, or older than
it, leaves what is in force unknown: it is told as unreadable, never as "no aliases".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from wizard.facts.mail_model import AliasEntry, Aliases, AliasFile
from wizard.facts.model import Cf
from wizard.host.base import HostReader, Unreadable
from wizard.model import FileState, Kind

_DATABASES = {
    "implicit": (".db", ".pag", ".cdb"),
    "hash": (".db",),
    "btree": (".db",),
    "dbm": (".pag",),
    "cdb": (".cdb",),
    "files": (),
    "text": (),
}
_SWITCH_DEFAULT = "/etc/mail/service.switch"
_CLASS = re.compile(r"^([^,\s/:]+):")
_NS = 1_000_000_000


class AliasSource(Struct, frozen=True):
    """One source of aliases, as the cf spells it."""

    map_class: str
    "hash, btree, dbm, implicit, nis, ldap ..."
    spec: str
    "The path, or what else such a map wants to know."


def gather(host: HostReader, cf: Cf) -> Aliases:
    """Every alias source of the cf, and of the service switch."""
    files: list[AliasFile] = []
    unreadable = list(_switched(host, cf))
    for source in parse_alias_option(cf.options.get("AliasFile", ())):
        if source.map_class == "null":
            continue
        try:
            files.append(_read(host, source))
        except Unreadable as problem:
            unreadable.append(str(problem))
    return Aliases(tuple(files), tuple(unreadable))


def parse_alias_option(values: tuple[str, ...]) -> tuple[AliasSource, ...]:
    """The sources in all values of AliasFile: each line of the cf adds to those before it.

    `class:spec` or a bare path, comma separated outside double quotes (setalias() in alias.c).
    """
    sources = []
    for part in (part for value in values for part in split_outside_quotes(value)):
        found = _CLASS.match(part)
        spec = part[found.end() :] if found else part
        words = [word for word in spec.split() if not word.startswith("-")]
        file_like = found is None or found[1] in _DATABASES
        path = words[0] if words and file_like else spec.strip()
        sources.append(AliasSource(found[1] if found else "implicit", path))
    return tuple(sources)


def split_outside_quotes(text: str) -> tuple[str, ...]:
    """Parts between commas that stand outside double quotes, stripped, empty ones left out."""
    parts, current, quoted, escaped = [], "", False, False
    for char in text:
        if char == "," and not quoted and not escaped:
            parts.append(current)
            current = ""
            continue
        if char == '"' and not escaped:
            quoted = not quoted
        escaped = char == "\\" and not escaped
        current += char
    return tuple(part.strip() for part in (*parts, current) if part.strip())


def parse_aliases(text: str, path: str) -> tuple[tuple[AliasEntry, ...], tuple[str, ...]]:
    """Entries and problems (`file:line  what`) of an alias text, by readaliases()'s rules.

    A line that starts with a blank continues the one before it, a line that ends with a
    backslash is continued by the next; `#` is a comment in the first column only.
    """
    entries, problems = [], []
    for number, line in _logical_lines(text):
        if line[0].isspace():
            problems.append(f"{path}:{number}  continues no alias: {line.strip()}")
            continue
        name, colon, rest = _split_name(line)
        targets = split_outside_quotes(rest)
        if not colon or not name or not targets:
            problems.append(f"{path}:{number}  is no `name: value`: {line}")
            continue
        entries.append(AliasEntry(path, number, name, targets, line))
    return tuple(entries), tuple(problems)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each joined line with the number of its first; comments and empty lines left out."""
    joined, start = "", 0
    for number, line in _unescaped_lines(text):
        if joined and line[:1] in (" ", "\t"):
            joined = f"{joined} {line.strip()}".rstrip()
            continue
        if joined:
            yield start, joined
        joined, start = ("" if line.startswith("#") else line.rstrip()), number
    if joined:
        yield start, joined


def _unescaped_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines, each joined with the next where it ends with a backslash, as comments are too."""
    held: str | None = None
    start = 0
    for number, raw in enumerate(text.split("\n"), 1):
        start = number if held is None else start
        line = (held or "") + raw.rstrip("\r")
        held = line[:-1] if line.endswith("\\") else None
        if held is None:
            yield start, line
    if held is not None:
        yield start, held


def _split_name(line: str) -> tuple[str, str, str]:
    """Name, colon and value; a quoted name may hold a colon."""
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"\s*(:)(.*)$', line, re.DOTALL)
    if quoted:
        return quoted[1], quoted[2], quoted[3]
    name, colon, rest = line.partition(":")
    return name.strip(), colon, rest


def _read(host: HostReader, source: AliasSource) -> AliasFile:
    """One source as text. Raises Unreadable where what Sendmail uses cannot be told from it."""
    if source.map_class not in _DATABASES or not source.spec.startswith("/"):
        raise Unreadable(f"{source.map_class}:{source.spec}  is not a file that can be read here")
    path = host.resolve(source.spec)
    state = host.state(path, content=True)
    suffixes = _DATABASES[source.map_class]
    built = [host.state(host.resolve(source.spec + suffix)) for suffix in suffixes]
    _refuse_unlike(source.spec, state, [database for database in built if database.exists])
    entries, problems = parse_aliases(state.text(), path)
    return AliasFile(path, state, entries, problems)


def _refuse_unlike(path: str, text: FileState, databases: list[FileState]) -> None:
    """Raise Unreadable where the text does not tell what the database holds."""
    if text.kind not in (Kind.FILE, Kind.ABSENT):
        raise Unreadable(f"{path}  is a {text.kind.value}, not a file of aliases")
    if databases and not text.exists:
        raise Unreadable(f"{path}  is absent, yet its database is there: what it holds is unknown")
    if any(text.mtime_ns // _NS > database.mtime_ns // _NS for database in databases):
        raise Unreadable(f"{path}  is newer than its database: run newaliases, then re-check")


def _switched(host: HostReader, cf: Cf) -> Iterator[str]:
    """Sources that the service switch adds to the files: each is out of our reach."""
    path = cf.option("ServiceSwitchFile", _SWITCH_DEFAULT)
    try:
        text = host.state(host.resolve(path), content=True).text()
    except Unreadable as problem:
        yield str(problem)
        return
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if words[:1] == ["aliases"]:
            yield from (
                f"{path}:{number}  aliases come from {word} too, which cannot be read here"
                for word in words[1:]
                if word != "files"
            )
