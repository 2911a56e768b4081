"""Aliases: every source that the cf and the service switch name, text and database.

Sendmail delivers by the database; newaliases will put the text in force. Both are told, and where
they disagree. What cannot be read is told as unreadable, never as "no aliases".
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from wizard.facts.alias import database as alias_database
from wizard.facts.alias import ends as alias_ends
from wizard.facts.alias import lists as alias_lists
from wizard.facts.alias import text as alias_text
from wizard.facts.alias.model import AliasEntry, Aliases, AliasFile
from wizard.facts.alias.sources import (
    ASKED,
    DATABASES,
    TEXTS,
    AliasSource,
    parse_alias_option,
    sources_of,
    split_outside_quotes,
)
from wizard.facts.alias.targets import local_name
from wizard.facts.alias.text import parse_aliases
from wizard.facts.cf_model import Cf
from wizard.facts.model import Classes
from wizard.facts.route.verified import Verified, hub_takes, verify
from wizard.host.base import HostReader, Unreadable
from wizard.host.files import CONTENT_LIMIT
from wizard.model import FileState, Kind

__all__ = ["AliasSource", "gather", "parse_alias_option", "parse_aliases", "split_outside_quotes"]

_CUT = ("the aliases lead to one another in too many ways to be followed",)
_SUFFIX = {"hash": ".db", "btree": ".db", "cdb": ".cdb", "dbm": ".pag"}


def gather(host: HostReader, sendmail: str, cf: Cf, classes: Classes) -> Aliases:
    """Every alias source, the lists they include, and where their chains end."""
    own = frozenset(name.lower() for name in classes.w)
    sources, missing, problems = sources_of(host, cf)
    files: list[AliasFile] = []
    unreadable = list(missing)
    for source in sources:
        if source.map_class == "null":
            continue
        try:
            file, trouble = _read(host, source, own)
            files.append(file)
            unreadable.extend(trouble)
        except Unreadable as problem:
            unreadable.append(f"{source.place}  {problem}" if source.place else str(problem))
    entries = [entry for file in files for entry in file.entries]
    owners = {file.path: file.state.uid for file in files}
    lists = alias_lists.follow(host, entries, owners, own)
    entries += [entry for file in lists.files for entry in file.entries]
    found = Aliases(
        tuple(files), (*unreadable, *lists.unreadable), tuple(lists.files), tuple(problems)
    )
    return _with_ends(
        found, entries, own, _asker(host, sendmail, cf, files, own), hub_takes(cf, classes)
    )


def _with_ends(
    found: Aliases,
    entries: list[AliasEntry],
    own: frozenset[str],
    ask: alias_ends.Ask,
    hub: Callable[[str], bool],
) -> Aliases:
    chains = alias_ends.chains_of(entries, own)
    answers = alias_ends.ask_about(chains.ends, ask, hub)
    return replace(
        found,
        ends=tuple(answers.ends),
        unasked=(*answers.unasked, *(_CUT if chains.cut else ())),
        loops=tuple(chains.loops),
    )


def _asker(
    host: HostReader, sendmail: str, cf: Cf, files: list[AliasFile], own: frozenset[str]
) -> alias_ends.Ask:
    """Asks by the database. A name that the text is about to change is asked for itself too.

    `root: root` in the text ends here, whatever the database still says of root.
    """
    changing = {one.name for file in files for one in file.unlike}

    def ask(name: str) -> Verified:
        answer = verify(host, sendmail, cf.path, name)
        bare = local_name(name, own)
        if bare not in changing or name.startswith("\\"):
            return answer
        itself = verify(host, sendmail, cf.path, f"\\{bare}")
        both = (*answer.destinations, *itself.destinations)
        return Verified(tuple(dict.fromkeys(both)), (*itself.says, *answer.says))

    return ask


def _read(
    host: HostReader, source: AliasSource, own: frozenset[str]
) -> tuple[AliasFile, tuple[str, ...]]:
    """One source, and what of it could not be read. Raises Unreadable where nothing could."""
    if source.map_class.startswith("map "):
        return _of_map(host, source, own), ()
    if source.map_class not in TEXTS or not source.spec.startswith("/"):
        raise Unreadable(_out_of_reach(source))
    path = host.resolve(source.spec)
    state = host.state(path)
    if state.kind not in (Kind.FILE, Kind.ABSENT):
        kind = "device, socket or pipe" if state.kind is Kind.OTHER else state.kind.value
        raise Unreadable(f"{path}  is a {kind}, not a file of aliases")
    built = _built(host, source)
    if built is None:
        parsed = _parse(host, path, state, own)(None)
        unbuilt = source.map_class in DATABASES and state.exists
        return _file(source, path, state, parsed, unbuilt=unbuilt), ()
    map_type, database = built
    try:
        dumped = alias_database.dump(host, map_type, database)
    except Unreadable as problem:
        parsed = _parse(host, path, state, own)(None)
        return _file(source, path, state, parsed), (str(problem),)
    return _compared(host, source, path, state, database, dumped, own), ()


def _out_of_reach(source: AliasSource) -> str:
    named = f"{source.map_class}:{source.spec}"
    if source.map_class in TEXTS:
        return f"{named}  is not an absolute path: Sendmail finds it in its own directory or not"
    if source.map_class in (*ASKED, "program", "sequence", "switch", "text"):
        return f"{named}  is not a file that can be read here: what it holds is unknown"
    return f"{named}  is no class of aliases that this Sendmail is known to have"


def _of_map(host: HostReader, source: AliasSource, own: frozenset[str]) -> AliasFile:
    """A K map that the service switch names: its database alone counts."""
    map_type = source.map_class.removeprefix("map ")
    if map_type not in ("hash", "btree") or not source.spec.startswith("/"):
        raise Unreadable(f"a map of type {map_type}: what it holds is unknown")
    path = source.spec.removesuffix(".db") + ".db"
    dumped = alias_database.dump(host, map_type, path)
    parsed = alias_database.entries_of(dumped, path, own)
    entries = tuple(replace(entry, only_in="") for entry in parsed.entries)
    state = host.state(path)
    return AliasFile(path, state, entries, (), parsed.total, parsed.left_out, place=source.place)


def _built(host: HostReader, source: AliasSource) -> tuple[str, str] | None:
    """Type and path of the database, where there is one."""
    types = ("hash", "cdb", "dbm") if source.map_class == "implicit" else (source.map_class,)
    for map_type in types:
        if suffix := _SUFFIX.get(map_type):
            path = source.spec.removesuffix(suffix) + suffix
            state = host.state(path)
            if state.kind is Kind.SYMLINK:
                path = host.resolve(path)
                state = host.state(path)
            if state.exists:
                return map_type, path
    return None


def _parse(
    host: HostReader, path: str, state: FileState, own: frozenset[str]
) -> alias_database.Reader:
    """How the text is read, once or again."""

    def read(seen: alias_text.Seen | None) -> alias_text.Parsed:
        parsed = alias_text.started(path, own)
        if state.size <= CONTENT_LIMIT:
            content = host.state(path, content=True).content or b""
            alias_text.read_text(parsed, content, 1, seen)
        else:
            _read_pieces(host, parsed, seen)
        return parsed

    return read


def _read_pieces(host: HostReader, parsed: alias_text.Parsed, seen: alias_text.Seen | None) -> None:
    """A text too large for one look, by pieces, each cut before a line that begins an alias."""
    offset, line = 0, 1
    while piece := host.read_from(parsed.path, offset):
        cut = _cut(piece) if len(piece) >= CONTENT_LIMIT else len(piece)
        alias_text.read_text(parsed, piece[:cut], line, seen)
        line += piece.count(b"\n", 0, cut)
        offset += cut
        if len(piece) < CONTENT_LIMIT:
            return


def _cut(piece: bytes) -> int:
    """Where the last line begins that continues none before it; all of it where there is none."""
    at = len(piece)
    while (at := piece.rfind(b"\n", 0, at)) > 0:
        if piece[at + 1 : at + 2] not in (b" ", b"\t", b"") and piece[at - 1 : at] != b"\\":
            return at + 1
    return len(piece)


def _file(
    source: AliasSource,
    path: str,
    state: FileState,
    parsed: alias_text.Parsed,
    *,
    unbuilt: bool = False,
) -> AliasFile:
    return AliasFile(
        path,
        state,
        parsed.entries,
        tuple(parsed.problems),
        parsed.total,
        parsed.left_out,
        unbuilt=unbuilt,
        place=source.place,
    )


def _compared(
    host: HostReader,
    source: AliasSource,
    path: str,
    state: FileState,
    database: str,
    dumped: bytes,
    own: frozenset[str],
) -> AliasFile:
    """Text and database of one source together."""
    problems: list[str] = []
    parse = _parse(host, path, state, own)

    def read(seen: alias_text.Seen | None) -> alias_text.Parsed:
        parsed = parse(seen) if state.exists else alias_text.started(path, own)
        problems[:] = parsed.problems
        return parsed

    both = alias_database.compare(read, dumped, database, own)
    if not both.complete:
        problems.append(f"{database}  holds no @: newaliases did not make it, or did not finish it")
    return AliasFile(
        path,
        state,
        both.entries,
        tuple(problems),
        both.total,
        both.left_out,
        database,
        unlike=both.unlike,
        unlike_total=both.unlike_total,
        place=source.place,
    )
