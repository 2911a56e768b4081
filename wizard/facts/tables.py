"""Routing tables: every map that a routing rule of the cf asks, text and database.

What is in force is the database; the text tells the lines. A map that lies elsewhere (LDAP, NIS,
a program) answers what nobody here can list: it is told as unreadable, never as empty.
"""

from __future__ import annotations

from msgspec import Struct

from wizard.facts.cf_model import Cf, CfMap
from wizard.facts.mail_model import Table, TableRow, Tables
from wizard.facts.map_files import SUFFIXES
from wizard.facts.model import Classes
from wizard.host.base import HostReader, Unreadable
from wizard.host.table import Sifted, TableQuestion
from wizard.model import Kind

SORTING = {
    "mailertable": "mailer",
    "virtuser": "virtual",
    "domaintable": "domain",
    "bitdomain": "domain",
    "uudomain": "domain",
}
"How the rows of the tables that cf/README knows are told apart."
NO_TABLES = ("arith", "bestmx", "dequote", "host", "macro", "null", "regex", "syslog", "user")
"Map types that compute, or ask DNS or passwd: they hold no routes of their own."
_TYPES = {"implicit": "hash"}
"What makemap(8) calls a map type, where it has another name for it."
_LOOKUP_FLAGS = ("-k", "-v", "-z")
"Other columns than the first two of a text map."


class _Asked(Struct, frozen=True):
    """A map that a routing rule asks."""

    name: str
    "As the rule has it; a sequence's parts are asked in its name."
    map: CfMap
    line: int


def gather(host: HostReader, cf: Cf, classes: Classes) -> Tables:
    """Every table that routes. What cannot be read is told with its reason."""
    tables: list[Table] = []
    unreadable: dict[str, str] = {}
    here = classes.w
    for asked in sorted(_asked(cf), key=lambda asked: _sorting(asked) != "domain"):
        try:
            table = _read(host, cf, asked, here)
        except Unreadable as problem:
            unreadable[asked.name] = f"{cf.path}:{asked.map.line}  {_spelt(asked.map)}: {problem}"
            continue
        if table is not None:
            tables.append(table)
            here = (*here, *_made_local(table))
    return Tables(tuple(tables), unreadable)


def _asked(cf: Cf) -> list[_Asked]:
    """Maps of the routing rules, each once, sequences taken apart; the last K line counts."""
    defined = {one.name: one for one in cf.maps}
    waiting = [(name, name, rule.line) for rule in cf.rules for name in rule.maps]
    found: dict[str, _Asked] = {}
    seen: set[str] = set()
    while waiting:
        name, called, line = waiting.pop(0)
        if name in seen or name not in defined:
            continue
        seen.add(name)
        one = defined[name]
        if one.type == "sequence":
            parts = [word for word in one.arguments if not word.startswith("-")]
            waiting = [*((part, called, line) for part in parts), *waiting]
        elif one.type not in NO_TABLES:
            found[name] = _Asked(called, one, line)
    return list(found.values())


def _made_local(table: Table) -> tuple[str, ...]:
    """Domains that it turns into names of this host; `*` where not all of them are known."""
    if SORTING.get(table.map) != "domain":
        return ()
    rows = [row for row in table.rows if row.kind == "here"]
    return tuple(row.key for row in rows) if len(rows) == table.kinds.get("here", 0) else ("*",)


def _read(host: HostReader, cf: Cf, asked: _Asked, here: tuple[str, ...]) -> Table | None:
    """One table; None where it may be absent and is. Raises Unreadable."""
    one = asked.map
    if not one.path.startswith("/"):
        raise Unreadable("what it answers cannot be listed here")
    suffix = SUFFIXES.get(one.type, "")
    text = one.path.removesuffix(suffix)
    if not suffix and any(word[:2] in _LOOKUP_FLAGS for word in one.arguments):
        raise Unreadable("a text map with columns of its own is not read here")
    database = host.resolve(text + suffix) if suffix else ""
    in_force = database or host.resolve(text)
    if host.state(in_force).kind is Kind.ABSENT:
        if one.optional:
            return None
        raise Unreadable(f"{in_force} is absent, and Sendmail defers all mail that asks for it")
    question = TableQuestion(
        host.resolve(text), database, _TYPES.get(one.type, one.type), _sorting(asked), here
    )
    return _table(asked.name, question, host.table(question))


def _sorting(asked: _Asked) -> str:
    return SORTING.get(asked.name, "mailer")


def _table(name: str, question: TableQuestion, found: Sifted) -> Table:
    rows = tuple(TableRow(row.key, row.value, row.line, row.kind) for row in found.rows)
    path = question.text if found.text else question.database
    return Table(name, path, found.entries, rows, found.unlike, found.kinds, found.more)


def _spelt(one: CfMap) -> str:
    return f"K{one.name} {one.type} {' '.join(one.arguments)}".rstrip()
